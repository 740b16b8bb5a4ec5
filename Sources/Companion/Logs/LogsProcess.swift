internal import Basics
internal import Formats
internal import HTTP
internal import LogPipeline
internal import Proxying
internal import Reactor
internal import Roles
internal import System

/// The shipping of logs as a program: configuration, pipeline, admin pages, signals.
@MainLoop final class LogsProcess {
    /// What happens to the program.
    private enum Event: Sendable {
        case signal(Int32)
        case quit(String)
        case changed
        case ended
    }

    /// What the admin pages say about the configuration that is followed.
    private(set) var active: LoadedLogs?
    /// When it was taken.
    private(set) var taken: Timestamp?
    /// How many configurations were taken.
    private(set) var takenCount = 0
    /// What was wrong with the last one that was refused; `nil` if none was since.
    private(set) var refusal: String?
    /// What runs.
    private(set) var pipeline: Pipeline?
    /// Whether the end has begun.
    private(set) var isEnding = false
    /// The accounts, over all configurations of this run.
    let books = Books()
    let options: LogsOptions
    let metrics = CompanionMetrics()
    let taps = LogTaps()
    let start = Loop.main.now
    let journal: Journal
    private let feed = JournalTap()
    private let source: LogsConfigurationSource
    private let budget: Int?
    private let events = AsyncQueue<Event>(capacity: 64)
    private var watch: ConfigurationWatch?
    private var settling: Alarm?
    private var tasks: [Task<Void, Never>] = []
    private var waiting: Task<Void, Never>?

    init(_ options: LogsOptions) {
        self.options = options
        source = LogsConfigurationSource(options: options)
        journal = Journal(
            level: options.level ?? .info,
            isJSON: options.isJSON,
            time: { Loop.main.moment.wall.rfc3339Micro },
            write: { [feed] line in
                try? Descriptors.writeAll(2, Array((line + "\n").utf8))
                feed.note(line, at: Loop.main.moment.wall.seconds)
            }
        )
        budget = MemoryBudget.cgroupLimit { try? Files.text($0) }
    }

    /// Runs until a signal, the admin pages or the end of what is read end it.
    ///
    /// - Returns: 0 after an end in order, 1 if the configuration is bad at the start.
    func run() async throws(Failure) -> Int32 {
        let names = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"]
        let signals = try SignalWatch(names.compactMap(Signals.number))
        journal.debug("descriptors: \(DescriptorLimit.raise())")
        guard await take("start") else { return 1 }
        let admin = try startAdmin()
        metrics.state.set(1)
        tasks.append(
            Task { @MainLoop [events] in
                while let number = try? await signals.next() { _ = events.send(.signal(number)) }
            }
        )
        let why = await untilEnd()
        await end(why)
        taps.end()
        await admin?.stop(within: .milliseconds(100))
        watch?.close()
        for task in tasks { task.cancel() }
        return 0
    }

    /// Asks the program to end in order.
    func quit(_ why: String) {
        _ = events.send(.quit(why))
    }

    /// Asks for the configuration to be read again.
    func reload() {
        _ = events.send(.changed)
    }

    private func untilEnd() async -> String {
        while let event = await events.next() {
            switch event {
            case .signal(let number):
                guard Signals.name(of: number) == "SIGHUP" else {
                    return Signals.name(of: number)
                }
                _ = await take("SIGHUP")
            case .quit(let why): return why
            case .changed: _ = await take("change of files")
            case .ended: return "the end of what is read"
            }
        }
        return "the end of the program"
    }

    /// Reads to the end and delivers; a second signal ends that at once.
    private func end(_ why: String) async {
        let grace = active?.configuration.service.grace ?? ServiceSettings().grace
        isEnding = true
        metrics.state.set(2)
        journal.info(
            "ending on \(why): what was read is delivered within \(grace.humanText)",
            ["buffered": "\(books.buffered)"]
        )
        guard let pipeline else { return }
        let finishing = Task { @MainLoop in
            await pipeline.finish(by: Loop.main.now + grace)
        }
        let impatience = Task { @MainLoop [events, journal] in
            while let event = await events.next() {
                guard case .signal(let number) = event, Signals.name(of: number) != "SIGHUP"
                else { continue }
                journal.warning("a second signal: ending at once")
                pipeline.hurry()
                return
            }
        }
        let ending = await finishing.value
        impatience.cancel()
        for sentence in ending.remains { journal.warning(sentence) }
        if ending.remains.isEmpty {
            journal.info("ended: every record that was read came to its end")
        }
    }

    // MARK: Configuration

    /// Reads the configuration and follows it, if it is good; else the old one stays.
    ///
    /// - Returns: Whether it is followed now.
    func take(_ why: String) async -> Bool {
        let files = FileAccess()
        var watched: FileFingerprint?
        defer { follow(files.files, files.directories, watched) }
        let problem: String
        do throws(LogLoadingError) {
            var loaded = try source.load(files)
            watched = FileFingerprint(files: files.files, directories: files.directories)
            LogsBudget.apply(budget, to: &loaded.configuration)
            do throws(Failure) {
                try PipelineParts.check(loaded.configuration)
                if loaded.hash != active?.hash || pipeline == nil {
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
        refuse(problem, why)
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
        let surroundings = FileAccess.environment
        let parts = PipelineParts(
            configuration: loaded.configuration,
            books: books,
            isFirst: active == nil,
            journal: journal,
            journalTap: feed,
            environment: { surroundings[$0] }
        )
        let pipeline = try parts.pipeline()
        self.pipeline = pipeline
        letTapsSee(pipeline)
        taps.onChange = { [weak self] in
            if let self, let pipeline = self.pipeline { letTapsSee(pipeline) }
        }
        // What only reading the configuration needed is given back before records come.
        Memory.settle()
        pipeline.start()
        waiting = Task { @MainLoop [events] in
            await pipeline.untilSourcesEnd()
            if !Task.isCancelled { _ = events.send(.ended) }
        }
    }

    /// Lets taps see what passes, while there are any.
    private func letTapsSee(_ pipeline: Pipeline) {
        pipeline.graph.onPass =
            taps.isWatched ? { [taps] name, events in taps.pass(name, events) } : nil
    }

    private func accept(_ loaded: LoadedLogs, _ why: String) {
        let isFirst = active == nil
        let isSame = active?.hash == loaded.hash
        active = loaded
        taken = Loop.main.moment.wall
        takenCount += 1
        refusal = nil
        metrics.accepted(
            dialect: loaded.dialect.rawValue,
            sha256: loaded.hash,
            warnings: loaded.warnings.count,
            at: taken
        )
        for note in loaded.configuration.notes where !isSame { journal.warning(note) }
        for finding in loaded.warnings where !isSame { journal.warning("\(finding)") }
        let what = isFirst ? "configuration taken" : "configuration taken again"
        journal.info(what, ["from": loaded.origin, "sha256": loaded.hash, "because": why])
        settle(after: .milliseconds(500))
    }

    /// Gives memory back that was needed once: soon after the start, and then now and again.
    private func settle(after pause: Duration) {
        settling = Alarm(at: Loop.main.now + pause) { [weak self] in
            Memory.settle()
            self?.settle(after: .seconds(60))
        }
    }

    private func refuse(_ problem: String, _ why: String) {
        metrics.refused()
        // The same mistake is said once.
        guard problem != refusal else { return }
        refusal = problem
        for line in problem.split(separator: "\n") {
            journal.error(line.hasPrefix("error: ") ? String(line.dropFirst(7)) : String(line))
        }
        if let active {
            journal.error(
                "the new configuration is refused, the old one is kept",
                ["from": active.origin, "sha256": active.hash, "because": why]
            )
        }
    }

    private func follow(
        _ files: [String],
        _ directories: [String],
        _ fingerprint: FileFingerprint?
    ) {
        let watch =
            watch
            ?? ConfigurationWatch(journal: journal) { [events] in _ = events.send(.changed) }
        self.watch = watch
        watch.follow(
            files: files,
            directories: directories,
            since: fingerprint ?? FileFingerprint(files: files, directories: directories)
        )
    }

    // MARK: Admin pages

    private func startAdmin() throws(Failure) -> HTTPServer? {
        let address: ListenAddress
        let said = active?.configuration.service.admin.flatMap({ ListenAddress($0) })
        switch options.admin {
        case .off: return nil
        case .at(let given): address = given
        case .usual: address = said ?? ListenAddress(host: "127.0.0.1", port: 2020)
        }
        let listener: StreamListener
        do throws(Failure) {
            listener = try StreamListener.listen(host: address.host, port: address.port)
        } catch {
            // Two roles of one pod both want the usual port; neither may fail for that.
            guard case .usual = options.admin, said == nil else { throw error }
            journal.warning("there are no admin pages: \(error); give --admin ADDR:PORT")
            return nil
        }
        var limits = HTTPLimits()
        limits.connections = 64
        let desk = AdminDesk(LogsPages(self).pages)
        let admin = HTTPServer(listener: listener, limits: limits) { [taps] request, responder in
            if request.path == "/tap" {
                try await taps.serve(request, responder)
            } else {
                try await desk.answer(request, responder)
            }
        }
        tasks.append(Task { @MainLoop in await admin.run() })
        journal.info(
            "admin pages on http://\(ListenAddress(host: address.host, port: listener.port))/"
        )
        return admin
    }
}
