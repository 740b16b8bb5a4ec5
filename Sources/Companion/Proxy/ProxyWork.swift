internal import Basics
internal import Formats
internal import HTTP
internal import Proxying
internal import Reactor
internal import Roles
internal import System

/// The proxy as a work: configuration, workers, listeners, and an end that loses no request.
@MainLoop final class ProxyWork: RoleWork {
    /// What is followed, beside what is told about it.
    private(set) var active: LoadedConfiguration?
    /// What is told about configurations.
    private(set) lazy var followed = FollowedConfiguration(surroundings) { [weak self] in
        self?.take("change of files")
    }
    /// Why probes are to fail although nothing is wrong; set by `/healthcheck/fail`.
    private(set) var isFailing = false
    let server: ProxyServer
    let start = Loop.main.now
    private let options: ProxyOptions
    private let surroundings: WorkSurroundings
    private let journal: Journal
    private let source: ConfigurationSource
    private let ends = AsyncQueue<Instant>(capacity: 4)
    private var impatience: Alarm?
    private let settling = Settling()

    /// Prepares the work; nothing happens before `begin`.
    init(_ options: ProxyOptions, _ surroundings: WorkSurroundings) {
        self.options = options
        self.surroundings = surroundings
        journal = surroundings.journal
        source = ConfigurationSource(options: options)
        server = ProxyServer(journal: journal)
        surroundings.metrics.refusedCertificates = { [weak server] in
            server?.refusedCertificates ?? 0
        }
    }

    func begin() async throws(Failure) {
        journal.debug(budget.description)
        journal.debug("descriptors: \(DescriptorLimit.raise())")
        try server.start(workerCount: options.workers.map { max(1, $0) })
        guard take("start") else {
            server.stop()
            followed.close()
            throw Failure(.invalid, followed.refusal ?? "there is no configuration")
        }
        sayListeners()
    }

    func run() async throws(Failure) -> Int32 {
        let deadline = await ends.next() ?? Loop.main.now
        let left = await server.drain(within: max(.zero, deadline - Loop.main.now))
        impatience = nil
        followed.close()
        if left > 0 { journal.warning("\(left) connections were cut") }
        journal.info("ended")
        return 0
    }

    func end(by deadline: Instant) {
        // Beside others, what the process allows may be more than the configuration does.
        let own = active?.configuration.drain ?? .seconds(25)
        _ = ends.send(min(deadline, Loop.main.now + own))
        impatience = Alarm(at: deadline) { [server] in server.cut() }
    }

    func reload() {
        take("it was asked for")
    }

    var adminAddress: ListenAddress? {
        active?.configuration.admin.map { ListenAddress(host: $0.host, port: $0.port) }
    }

    var wantsAdmin: Bool { active?.configuration.wantsAdmin ?? true }

    // Kubernetes kills after 30 seconds.
    var grace: Duration? { active?.configuration.drain }

    func outlook(within grace: Duration) async -> String {
        "\(await server.connectionCount()) connections may go on for \(grace.humanText)"
    }

    let signals = ["SIGUSR1"]

    func take(signal: String) -> Bool {
        // HAProxy ends softly with it, the others open their logs again.
        if active?.dialect == .haproxy { return true }
        server.reopenLogs()
        journal.info("access logs are opened again")
        return false
    }

    /// Lets probes fail, or no longer.
    func setFailing(_ isFailing: Bool) {
        self.isFailing = isFailing
        server.setFailing(isFailing)
    }

    var readiness: AdminPage.Answer {
        if isFailing { return AdminPage.Answer(status: 503, text: "told to fail\n") }
        if let why = server.unreadiness {
            return AdminPage.Answer(status: 503, text: why + "\n")
        }
        return AdminPage.Answer(text: "ready\n")
    }

    var pages: [AdminPage] { ProxyPages(self).pages }

    var metrics: String {
        (try? server.statisticsText(.prometheus)) ?? ""
    }

    // MARK: Configuration

    private var budget: MemoryBudget {
        MemoryBudget(limit: surroundings.memory.limit, parts: surroundings.memory.parts)
    }

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
            followed.follow(all, files.directories, since: watched)
        }
        let problem: String
        do throws(LoadingError) {
            var loaded = try source.load(files.surroundings(surroundings.environment))
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
        followed.refuse(problem, because: why)
        server.followCertificates()
        return false
    }

    private func accept(_ loaded: LoadedConfiguration, _ why: String) {
        active = loaded
        followed.accept(
            FollowedConfiguration.Description(
                origin: loaded.origin,
                dialect: loaded.dialect?.rawValue,
                hash: loaded.hash,
                warnings: loaded.warnings.map(\.description),
                decisions: loaded.sentences
            ),
            // What nobody wrote down anywhere is said louder.
            decisions: options.quickstarts.isEmpty ? .warning : .info,
            because: why
        )
        // Readers and compilers of configurations are not needed until the next one.
        settling.begin()
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
}
