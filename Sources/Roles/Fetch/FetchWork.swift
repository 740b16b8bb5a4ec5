import Basics
import HTTP
import Reactor
import System

/// The work of `companion fetch --every`: fetches again and again, and tells who uses the files.
@MainLoop final class FetchWork: RoleWork {
    private let settings: FetchSettings
    private let journal: Journal
    private let fetcher: Fetcher
    private let registry = MetricsRegistry()
    private let wishes = AsyncQueue<Bool>(capacity: 8)
    private let good: Gauge
    private let time: Gauge
    private let rounds: Counter
    private let hooks: Counter
    private let failedHooks: Counter
    private var alarm: Alarm?
    private var last: Alarm?
    private var round: Task<Void, Never>?
    private var isEnding = false
    private var isReady = false
    private var trouble = "nothing was fetched yet"
    private var isOwed = false

    /// Prepares the work; nothing happens before `run`.
    init(_ settings: FetchSettings, _ surroundings: WorkSurroundings) {
        self.settings = settings
        journal = surroundings.journal
        fetcher = Fetcher(settings, journal: journal)
        good = registry.gauge(
            "companion_fetch_last_successful",
            help: "Whether the last round fetched everything."
        )
        time = registry.gauge(
            "companion_fetch_last_success_timestamp_seconds",
            help: "When a round fetched everything last."
        )
        rounds = registry.counter("companion_fetch_rounds_total", help: "Rounds that were begun.")
        hooks = registry.counter(
            "companion_fetch_hooks_total",
            help: "Actions that were taken after a change."
        )
        failedHooks = registry.counter(
            "companion_fetch_hooks_failed_total",
            help: "Actions after a change that failed; they are taken again in the next round."
        )
    }

    func run() async throws(Failure) -> Int32 {
        _ = wishes.send(true)
        while !isEnding, await wishes.next() != nil, !isEnding {
            let task = Task { @MainLoop [self] in await fetchAll() }
            round = task
            await task.value
            round = nil
            guard !isEnding, let every = settings.every else { break }
            alarm = Alarm(at: Loop.main.now + every) { [weak self] in self?.wishes.send(true) }
        }
        alarm = nil
        last = nil
        return 0
    }

    func end(by deadline: Instant) {
        isEnding = true
        wishes.finish()
        // What is half fetched is of no use to anybody: the files in place are whole.
        round?.cancel()
    }

    func reload() {
        wishes.send(true)
    }

    var readiness: AdminPage.Answer {
        isReady ? .ok : AdminPage.Answer(status: 503, text: trouble + "\n")
    }

    var pages: [AdminPage] {
        [
            .get("/status", "what is fetched, and what is wrong") { [weak self] _ in
                guard let self else { return .ok }
                var lines = settings.items.map { "\($0.target): \($0.name)" }
                if !trouble.isEmpty { lines.append("trouble: \(trouble)") }
                return AdminPage.Answer(text: lines.joined(separator: "\n") + "\n")
            },
            .get("/config", "what is fetched, and how; without credentials") { [settings] _ in
                .json(settings.json)
            },
        ]
    }

    var metrics: String {
        let retries = registry.counter(
            "companion_fetch_tries_failed_total",
            help: "Tries that failed."
        )
        raise(retries, to: fetcher.failures)
        let resumed = registry.counter(
            "companion_fetch_resumed_total",
            help: "Tries that went on where the one before ended."
        )
        raise(resumed, to: fetcher.resumed)
        return registry.text
    }

    private func raise(_ counter: Counter, to value: Int) {
        let known = counter.value
        if UInt64(value) > known { counter.increment(by: UInt64(value) - known) }
    }

    private func count(_ result: String) {
        registry.counter(
            "companion_fetch_items_total",
            help: "Items by what came of them.",
            labels: ["result": result]
        ).increment()
    }

    private func fetchAll() async {
        rounds.increment()
        var problems: [String] = []
        for item in settings.items where !Task.isCancelled {
            do throws(WebFailure) {
                switch try await fetcher.fetch(item) {
                case .changed(let size):
                    isOwed = true
                    count("changed")
                    journal.info("\(item.target): \(size) bytes of \(item.name)")
                case .same: count("same")
                }
            } catch {
                if Task.isCancelled { return }
                count("failed")
                problems.append("\(error)")
                journal.error("\(item.target) stays as it is: \(error)")
            }
        }
        if Task.isCancelled { return }
        trouble = problems.first ?? ""
        good.set(problems.isEmpty ? 1 : 0)
        if problems.isEmpty {
            // Those who wait for the first files read them without being told.
            if !isReady { isOwed = false }
            isReady = true
            time.set(Loop.main.moment.wall.seconds)
        }
        if isOwed { await tell() }
    }

    private func tell() async {
        var isDone = true
        for deed in settings.deeds {
            do throws(Failure) {
                try await Deeds.take(deed)
                hooks.increment()
                journal.info("done: \(deed)")
            } catch {
                isDone = false
                failedHooks.increment()
                journal.warning("\(error)")
            }
        }
        isOwed = !isDone
    }
}

/// Takes the actions of a reloader one by one.
@MainLoop enum Deeds {
    /// Takes an action.
    ///
    /// - Throws: Why it failed.
    static func take(_ deed: ReloadSettings.Deed) async throws(Failure) {
        switch deed {
        case .webhook(let hook):
            do throws(Webhooks.Refusal) {
                _ = try await Webhooks.call(hook)
            } catch {
                throw error.failure
            }
        case .signal(let signalling): _ = try await ReloadSignal.send(signalling)
        case .run(let words): try await Commands.run(words, what: "the command has failed")
        case .touch(let path):
            do throws(SystemError) {
                try Files.touch(path)
            } catch {
                throw Failure("cannot touch \(path)", error)
            }
        }
    }
}
