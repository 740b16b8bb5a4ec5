internal import Basics
internal import Formats
internal import HTTP
internal import LogPipeline
internal import Reactor
internal import Roles
internal import System

/// The shipping of logs as a work: configuration, pipeline, and an end that loses no record.
@MainLoop final class LogsWork: RoleWork {
    /// What happens to the work.
    private enum Event: Sendable {
        case reload(String)
        case end(Instant)
        case sourcesEnded
    }

    /// What is followed, beside what is told about it.
    private(set) var active: LoadedLogs?
    /// What is told about configurations.
    private(set) lazy var followed = FollowedConfiguration(surroundings) { [events] in
        _ = events.send(.reload("change of files"))
    }
    /// What runs.
    private(set) var pipeline: Pipeline?
    /// The accounts, over all configurations of this run.
    let books = Books()
    let taps = LogTaps()
    let start = Loop.main.now
    private let options: LogsOptions
    private let surroundings: WorkSurroundings
    private let journal: Journal
    private let feed = JournalTap()
    private let source: LogsConfigurationSource
    private let events = AsyncQueue<Event>(capacity: 64)
    private var reading: Int?
    /// In how many parts the memory was shared when buffers were last fitted into it.
    private var parts = 1
    private var isEnding = false
    private var impatience: Alarm?
    private let settling = Settling()
    private var waiting: Task<Void, Never>?

    /// Prepares the work; nothing happens before `begin`.
    init(_ options: LogsOptions, _ surroundings: WorkSurroundings) {
        self.options = options
        self.surroundings = surroundings
        journal = surroundings.journal
        source = LogsConfigurationSource(options: options)
    }

    func begin() async throws(Failure) {
        reading = surroundings.readers.add { [feed] line in
            feed.note(line, at: Loop.main.moment.wall.seconds)
        }
        journal.debug("descriptors: \(DescriptorLimit.raise())")
        guard await take("start") else {
            close()
            throw Failure(.invalid, followed.refusal ?? "there is no configuration")
        }
    }

    func run() async throws(Failure) -> Int32 {
        defer { close() }
        while let event = await events.next() {
            switch event {
            case .reload(let why): _ = await take(why)
            case .end(let deadline):
                await finish(by: deadline)
                return 0
            case .sourcesEnded:
                let grace = active?.configuration.service.grace ?? ServiceSettings().grace
                let outlook = await outlook(within: grace)
                journal.info("ending on the end of what is read: \(outlook)")
                await finish(by: Loop.main.now + grace)
                return 0
            }
        }
        return 0
    }

    func end(by latest: Instant) {
        // Beside others, what the process allows may be more than the configuration does.
        let own = active?.configuration.service.grace ?? ServiceSettings().grace
        let deadline = min(latest, Loop.main.now + own)
        if !isEnding { _ = events.send(.end(deadline)) }
        isEnding = true
        impatience = Alarm(at: deadline) { [weak self] in self?.pipeline?.hurry() }
    }

    func reload() {
        _ = events.send(.reload("it was asked for"))
    }

    var adminAddress: ListenAddress? {
        active?.configuration.service.admin.flatMap { ListenAddress($0) }
    }

    var grace: Duration? { active?.configuration.service.grace }

    func outlook(within grace: Duration) async -> String {
        "what was read is delivered within \(grace.humanText), \(books.buffered) records on their way"
    }

    /// Reads to the end and delivers.
    private func finish(by deadline: Instant) async {
        isEnding = true
        guard let pipeline else { return }
        let ending = await pipeline.finish(by: deadline)
        for sentence in ending.remains { journal.warning(sentence) }
        if ending.remains.isEmpty {
            journal.info("ended: every record that was read came to its end")
        }
    }

    private func close() {
        taps.end()
        followed.close()
        waiting?.cancel()
        impatience = nil
        if let reading { surroundings.readers.remove(reading) }
    }

    var readiness: AdminPage.Answer {
        if isEnding { return AdminPage.Answer(status: 503, text: "ending\n") }
        if let trouble = pipeline?.trouble {
            return AdminPage.Answer(status: 503, text: trouble + "\n")
        }
        return AdminPage.Answer(text: "ready\n")
    }

    var pages: [AdminPage] { LogsPages(self).pages }

    var metrics: String { LogsMetrics(self).text }

    // MARK: Configuration

    /// Reads the configuration and follows it, if it is good; else the old one stays.
    ///
    /// - Returns: Whether it is followed now.
    private func take(_ why: String) async -> Bool {
        let files = FileAccess()
        var watched: FileFingerprint?
        defer { followed.follow(files.files, files.directories, since: watched) }
        let problem: String
        do throws(LogLoadingError) {
            var loaded = try source.load(files, environment: surroundings.environment)
            watched = FileFingerprint(files: files.files, directories: files.directories)
            let memory = surroundings.memory
            let isFitted = memory.limit == nil || memory.parts == parts
            parts = memory.parts
            LogsBudget.apply(memory.limit, parts: parts, to: &loaded.configuration)
            do throws(Failure) {
                try PipelineParts.check(loaded.configuration)
                if loaded.hash != active?.hash || pipeline == nil || !isFitted {
                    try await swap(to: loaded)
                }
            } catch {
                throw .failure(error)
            }
            accept(loaded, why)
            return true
        } catch {
            problem = error.text
        }
        followed.refuse(problem, because: why)
        return false
    }

    /// Ends what runs, in order, and starts the new one.
    private func swap(to loaded: LoadedLogs) async throws(Failure) {
        if let old = pipeline {
            waiting?.cancel()
            let grace = min(loaded.configuration.service.grace, .seconds(5))
            let ending = await old.pause(by: Loop.main.now + grace)
            if !ending.isComplete {
                for sentence in ending.remains { journal.warning("at the change: " + sentence) }
            }
        }
        let environment = surroundings.environment
        let parts = PipelineParts(
            configuration: loaded.configuration,
            books: books,
            isFirst: active == nil,
            journal: journal,
            journalTap: feed,
            environment: { environment[$0] }
        )
        let pipeline = try parts.pipeline()
        self.pipeline = pipeline
        letTapsSee(pipeline)
        taps.onChange = { [weak self] in
            if let self, let pipeline = self.pipeline { letTapsSee(pipeline) }
        }
        pipeline.start()
        waiting = Task { @MainLoop [events] in
            await pipeline.untilSourcesEnd()
            if !Task.isCancelled { _ = events.send(.sourcesEnded) }
        }
    }

    /// Lets taps see what passes, while there are any.
    private func letTapsSee(_ pipeline: Pipeline) {
        pipeline.graph.onPass =
            taps.isWatched ? { [taps] name, events in taps.pass(name, events) } : nil
    }

    private func accept(_ loaded: LoadedLogs, _ why: String) {
        active = loaded
        followed.accept(
            FollowedConfiguration.Description(
                origin: loaded.origin,
                dialect: loaded.dialect.rawValue,
                hash: loaded.hash,
                warnings: loaded.warnings.map(\.description),
                decisions: loaded.configuration.notes
            ),
            decisions: .warning,
            because: why
        )
        settling.begin()
    }
}
