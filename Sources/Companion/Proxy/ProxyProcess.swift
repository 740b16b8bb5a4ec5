internal import Basics
internal import Formats
internal import HTTP
internal import Proxying
internal import Reactor
internal import Roles
internal import System

/// The proxy as a program: configuration, workers, admin pages, signals.
@MainLoop final class ProxyProcess {
    /// What happens to the program.
    private enum Event: Sendable {
        case signal(Int32)
        case quit(String)
        case changed
    }

    /// What the admin pages say about the configuration that is followed.
    private(set) var active: LoadedConfiguration?
    /// When it was taken.
    private(set) var taken: Timestamp?
    /// What was wrong with the last one that was refused; `nil` if none was since.
    private(set) var refusal: String?
    /// Why probes are to fail although nothing is wrong; set by `/healthcheck/fail`.
    private(set) var isFailing = false
    let server: ProxyServer
    let options: ProxyOptions
    let metrics = CompanionMetrics()
    let start = Loop.main.now
    let journal: Journal
    private let source: ConfigurationSource
    private let budget: MemoryBudget
    private let events = AsyncQueue<Event>(capacity: 64)
    private var watch: ConfigurationWatch?
    private var settling: Alarm?
    private var tasks: [Task<Void, Never>] = []

    init(_ options: ProxyOptions) {
        self.options = options
        source = ConfigurationSource(options: options)
        journal = Journal(
            level: options.level,
            isJSON: options.isJSON,
            time: { Loop.main.moment.wall.rfc3339Micro },
            write: { line in try? Descriptors.writeAll(2, Array((line + "\n").utf8)) }
        )
        server = ProxyServer(journal: journal)
        budget = MemoryBudget(limit: MemoryBudget.cgroupLimit { try? Files.text($0) })
    }

    /// Runs until a signal or the admin pages end it.
    ///
    /// - Returns: 0 after an end in order, 1 if the configuration is bad at the start.
    func run() async throws(Failure) -> Int32 {
        let names = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1"]
        let signals = try SignalWatch(names.compactMap(Signals.number))
        journal.debug(budget.description)
        journal.debug("descriptors: \(DescriptorLimit.raise())")
        try server.start(workerCount: options.workers.map { max(1, $0) })
        guard take("start") else {
            server.stop()
            return 1
        }
        let admin = try startAdmin()
        sayListeners()
        metrics.state.set(1)
        tasks.append(
            Task { @MainLoop [events] in
                while let number = try? await signals.next() { _ = events.send(.signal(number)) }
            }
        )
        let why = await untilEnd()
        await end(why)
        await admin?.stop(within: .milliseconds(100))
        watch?.close()
        for task in tasks { task.cancel() }
        return 0
    }

    /// Asks the program to end in order.
    func quit(_ why: String) {
        _ = events.send(.quit(why))
    }

    private func untilEnd() async -> String {
        while let event = await events.next() {
            switch event {
            case .signal(let number):
                switch Signals.name(of: number) {
                case "SIGHUP": take("SIGHUP")
                case "SIGUSR1":
                    // HAProxy ends softly with it, the others open their logs again.
                    if active?.dialect == .haproxy { return "SIGUSR1" }
                    server.reopenLogs()
                    journal.info("access logs are opened again")
                case let name: return name
                }
            case .quit(let why): return why
            case .changed: take("change of files")
            }
        }
        return "the end of the program"
    }

    /// Lets probes fail, or no longer.
    func setFailing(_ isFailing: Bool) {
        self.isFailing = isFailing
        server.setFailing(isFailing)
    }

    /// Answers the requests at hand; a second signal ends that at once.
    private func end(_ why: String) async {
        // Kubernetes kills after 30 seconds.
        let limit = active?.configuration.drain ?? .seconds(25)
        metrics.state.set(2)
        let count = await server.connectionCount()
        journal.info("ending on \(why): \(count) connections may go on for \(limit.humanText)")
        let impatience = Task { @MainLoop [events, server] in
            while let event = await events.next() {
                guard case .signal(let number) = event, Signals.name(of: number) != "SIGHUP"
                else { continue }
                server.cut()
                return
            }
        }
        let left = await server.drain(within: limit)
        impatience.cancel()
        if left > 0 { journal.warning("\(left) connections were cut") }
        journal.info("ended")
    }

    // MARK: Configuration

    /// Reads the configuration and follows it, if it is good; else the old one stays.
    ///
    /// - Returns: Whether it is followed now.
    @discardableResult
    func take(_ why: String) -> Bool {
        let files = FileAccess()
        var named: [String] = []
        var watched: FileFingerprint?
        defer {
            let all = Array(Set(files.files + named)).sorted()
            follow(all, files.directories, watched)
        }
        let problem: String
        do throws(LoadingError) {
            var loaded = try source.load(files.surroundings)
            loaded.hash = files.hash(or: loaded.hash)
            budget.apply(to: &loaded.configuration)
            named = ProxyServer.files(of: loaded.configuration)
            // Before they are read: a change while that is done is seen as one.
            watched = FileFingerprint(
                files: Array(Set(files.files + named)),
                directories: files.directories
            )
            do throws(Failure) {
                try server.apply(loaded.configuration)
            } catch {
                throw .failure(error)
            }
            accept(loaded, why)
            return true
        } catch {
            problem = error.text
        }
        refuse(problem, why)
        server.followCertificates()
        return false
    }

    private func accept(_ loaded: LoadedConfiguration, _ why: String) {
        let isFirst = active == nil
        let isSame = active?.hash == loaded.hash
        active = loaded
        taken = Loop.main.moment.wall
        refusal = nil
        metrics.accepted(
            dialect: loaded.dialect?.rawValue,
            sha256: loaded.hash,
            warnings: loaded.warnings.count,
            at: taken
        )
        // What nobody wrote down anywhere is said louder.
        let level = options.quickstarts.isEmpty ? Journal.Level.warning : .info
        for sentence in loaded.sentences where !isSame { journal.note(level, sentence) }
        for finding in loaded.warnings where !isSame { journal.warning("\(finding)") }
        let what = isFirst ? "configuration taken" : "configuration taken again"
        journal.info(what, ["from": loaded.origin, "sha256": loaded.hash, "because": why])
        // Readers and compilers of configurations are not needed until the next one.
        settling = Alarm(at: Loop.main.now + .milliseconds(500)) { Memory.settle() }
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

    private func sayListeners() {
        for listener in active?.configuration.listeners ?? [] {
            let isTLS = listener.chains.contains { $0.tls != nil }
            let kinds = Set(
                listener.chains.map { chain in
                    if case .http = chain.handler { "HTTP" } else { "TCP" }
                }
            ).sorted().joined(separator: " and ")
            let name = "\(listener.address)" == listener.name ? "" : " (\(listener.name))"
            journal.info("listening on \(listener.address)\(name): \(kinds)\(isTLS ? ", TLS" : "")")
        }
    }

    // MARK: Admin pages

    private func startAdmin() throws(Failure) -> HTTPServer? {
        let address: HostPort
        switch options.admin {
        case .off: return nil
        case .at(let given): address = HostPort(host: given.host, port: given.port)
        case .usual:
            address =
                active?.configuration.admin ?? HostPort(host: "127.0.0.1", port: 9901)
        }
        let listener: StreamListener
        do throws(Failure) {
            listener = try StreamListener.listen(host: address.host, port: address.port)
        } catch {
            // Two proxies of one pod both want the usual port; neither may fail for that.
            guard case .usual = options.admin, active?.configuration.admin == nil else {
                throw error
            }
            journal.warning("there are no admin pages: \(error); give --admin ADDR:PORT")
            return nil
        }
        var limits = HTTPLimits()
        limits.connections = 64
        let desk = AdminDesk(AdminPages(self).pages)
        let admin = HTTPServer(listener: listener, limits: limits) { request, responder in
            try await desk.answer(request, responder)
        }
        tasks.append(Task { @MainLoop in await admin.run() })
        let port = HostPort(host: address.host, port: listener.port)
        journal.info("admin pages on http://\(port)/")
        return admin
    }
}
