import Basics
import HTTP
import Reactor
import System

/// The work of `companion reload`: watches, prepares, acts.
@MainLoop final class ReloadWork: RoleWork {
    private let settings: ReloadSettings
    private let journal: Journal
    private let surroundings: WorkSurroundings
    private let renderer: Renderer
    private let counts: ReloadMetrics
    private var machine: ReloadMachine
    private var generator = SystemRandomNumberGenerator()
    private let events = AsyncQueue<ReloadMachine.Event>(capacity: 256)
    private var watch: ConfigurationWatch?
    private var alarm: Alarm?
    private var last: Alarm?
    private var step: Task<Void, Never>?
    private var code: Int32?
    private var began: Instant?
    private var missing = ""
    private var trouble = ""
    private var hasSucceeded = false

    /// Prepares the work; nothing happens before `run`.
    init(_ settings: ReloadSettings, _ surroundings: WorkSurroundings) {
        self.settings = settings
        self.surroundings = surroundings
        journal = surroundings.journal
        renderer = Renderer(settings, environment: surroundings.environment)
        machine = ReloadMachine(settings.rules, actions: settings.deeds.count)
        var hooks: [String] = []
        for case .webhook(let hook) in settings.deeds { hooks.append("\(hook.address)") }
        counts = ReloadMetrics(hooks)
    }

    func run() async throws(Failure) -> Int32 {
        let server = try makeServer()
        let serving = Task { @MainLoop in await server?.run() }
        renderer.sweep()
        warn()
        let watch = ConfigurationWatch(journal: journal, pace: settings.pace) { [weak self] in
            self?.changed()
        }
        self.watch = watch
        if !settings.rules.isOnce {
            watch.follow(settings.watched, since: FileFingerprint(settings.watched))
        }
        handle(.started)
        while code == nil, let event = await events.next() { handle(event) }
        watch.close()
        alarm = nil
        last = nil
        await server?.stop(within: .milliseconds(100))
        serving.cancel()
        return code ?? 0
    }

    func end(by deadline: Instant) {
        events.send(.end)
        last = Alarm(at: deadline) { [weak self] in self?.step?.cancel() }
    }

    func reload() {
        journal.info("acting because it was asked for")
        events.send(.asked)
    }

    var readiness: AdminPage.Answer {
        guard settings.readiness == .success, !hasSucceeded else { return .ok }
        let why = trouble.isEmpty ? "nothing was done yet" : trouble
        return AdminPage.Answer(status: 503, text: why + "\n")
    }

    var pages: [AdminPage] {
        [
            .get("/status", "what was done last, and what is wrong") { [weak self] _ in
                AdminPage.Answer(text: self?.status ?? "")
            },
            .get("/config", "what is watched, made and done; without passwords") { [settings] _ in
                .json(settings.json)
            },
        ]
    }

    var metrics: String {
        counts.show(isRetrying: machine.isRetrying, isMissing: !missing.isEmpty)
        return counts.text(watch)
    }

    private var status: String {
        var lines = ["contents: \(machine.applied ?? "none yet")"]
        if let refused = machine.refused { lines.append("refused: \(refused)") }
        if !missing.isEmpty { lines.append("missing: \(missing)") }
        if !trouble.isEmpty { lines.append("trouble: \(trouble)") }
        lines += settings.deeds.map { "on a change: \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Events

    private func changed() {
        if began == nil { began = watch?.began ?? Loop.main.now }
        events.send(.changed)
    }

    private func handle(_ event: ReloadMachine.Event) {
        let actions = machine.handle(event, at: Loop.main.now, using: &generator)
        for action in actions { perform(action) }
    }

    private func perform(_ action: ReloadMachine.Action) {
        switch action {
        case .examine: examine()
        case .prepare: prepare()
        case .act(let list): act(list)
        case .wake(let instant):
            alarm = Alarm(at: instant) { [weak self] in self?.handle(.woken) }
        case .applied: applied()
        case .unchanged:
            began = nil
            counts.same()
            journal.debug("the files have the same bytes as before")
        case .refused:
            began = nil
            counts.refused()
            journal.error("the new files are refused, the last good ones stay: \(trouble)")
        case .gaveUp(let list):
            began = nil
            counts.ended(isGood: false)
            for case .webhook(let hook) in list.map({ settings.deeds[$0] }) {
                counts.exhausted("\(hook.address)")
            }
            let names = list.map { "\(settings.deeds[$0])" }.joined(separator: ", ")
            journal.error("given up\(names.isEmpty ? "" : " (\(names))"): \(trouble)")
        case .superseded:
            counts.dropped()
            journal.info("the files have changed again: what was tried is dropped")
        case .finished(let code):
            self.code = code
            events.finish()
        }
    }

    private func examine() {
        switch WatchedContent.now(settings.watched) {
        case .digest(let digest):
            if !missing.isEmpty { journal.info("all that is watched can be read again") }
            missing = ""
            events.send(.examined(digest))
        case .missing(let why):
            if missing != why { journal.warning("\(why): waiting for it") }
            missing = why
            began = nil
            events.send(.examined(nil))
        }
    }

    private func prepare() {
        guard !settings.renderings.isEmpty || !settings.validations.isEmpty else {
            events.send(.prepared(.done))
            return
        }
        step = Task { @MainLoop [self] in
            let result: ReloadMachine.Preparation
            do throws(Renderer.Outcome) {
                counts.made(try await renderer.prepare())
                result = .done
            } catch {
                switch error {
                case .refused(let failure):
                    trouble = "\(failure)"
                    result = .refused
                case .failed(let failure):
                    trouble = "\(failure)"
                    journal.warning("\(failure)")
                    result = .failed
                }
            }
            events.send(.prepared(result))
        }
    }

    private func applied() {
        if let began { counts.reaction.observe(Loop.main.now - began) }
        began = nil
        trouble = ""
        hasSucceeded = true
        counts.ended(isGood: true)
    }

    // MARK: Deeds

    private func act(_ list: [Int]) {
        step = Task { @MainLoop [self] in
            var failed: [Int] = []
            for index in list {
                let deed = settings.deeds[index]
                do throws(Failure) {
                    let told = try await perform(deed)
                    counts.acted(deed.kind, isGood: true)
                    journal.info("done: \(deed)\(told.isEmpty ? "" : ": \(told)")")
                } catch {
                    failed.append(index)
                    trouble = "\(error)"
                    counts.acted(deed.kind, isGood: false)
                    journal.warning("\(error)")
                }
            }
            counts.tried(isGood: failed.isEmpty, at: Loop.main.moment.wall)
            events.send(.acted(failed: failed))
        }
    }

    private func perform(_ deed: ReloadSettings.Deed) async throws(Failure) -> String {
        switch deed {
        case .webhook(let hook):
            let start = Loop.main.now
            do throws(Webhooks.Refusal) {
                let status = try await Webhooks.call(hook)
                counts.answered("\(hook.address)", status: status, after: Loop.main.now - start)
                return "status \(status)"
            } catch {
                counts.failed("\(hook.address)", reason: error.reason, status: error.status)
                throw error.failure
            }
        case .signal(let signalling): return try await ReloadSignal.send(signalling)
        case .run(let words):
            try await Commands.run(words, what: "the command has failed")
            return ""
        case .touch(let path):
            do throws(SystemError) {
                try Files.touch(path)
            } catch {
                throw Failure("cannot touch \(path)", error)
            }
            return ""
        }
    }

    // MARK: Surroundings

    private func warn() {
        for warning in settings.warnings { journal.warning(warning) }
        let text = (try? Files.text("/proc/self/mountinfo")) ?? ""
        for warning in WatchedContent.warnings(settings.watched, MountTable(parsing: text)) {
            journal.warning(warning)
        }
        for path in settings.watched.trees where settings.watched.isRecursive {
            if DirectoryContents(path, isRecursive: true).isCut {
                journal.warning(
                    "\(path) holds more than \(DirectoryContents.entriesMaximum) entries, or is deeper "
                        + "than \(DirectoryContents.depthMaximum) directories: the rest is not watched"
                )
            }
        }
    }

    /// Metrics and probes for others than this container.
    private func makeServer() throws(Failure) -> HTTPServer? {
        guard let address = settings.listen else { return nil }
        let listener = try StreamListener.listen(host: address.host, port: address.port)
        var limits = HTTPLimits()
        limits.connections = 64
        let page = AdminPage.get(settings.telemetryPath, "metrics for Prometheus") {
            [weak self, surroundings] _ in
            AdminPage.Answer(
                text: (self?.metrics ?? "")
                    + surroundings.metrics.text(uptime: .zero),
                type: AdminPage.prometheusType
            )
        }
        let probes = AdminPage.probes { [weak self] in
            self?.readiness ?? AdminPage.Answer(status: 503, text: "ending\n")
        }
        let desk = AdminDesk(probes + [page])
        journal.info("metrics at \(address.host):\(listener.port)\(settings.telemetryPath)")
        port = listener.port
        return HTTPServer(
            listener: listener,
            limits: limits,
            identity: settings.listenIdentity
        ) { request, responder in
            try await desk.answer(request, responder)
        }
    }

    /// The port of `--listen`; 0 if there is none.
    private(set) var port: UInt16 = 0
}
