import Basics
import Formats
import HTTP
import Reactor
import Security
import System

/// The work of the role `metrics`: reads sources, and shows their numbers to Prometheus.
@MainLoop final class MetricsWork: RoleWork {
    /// Where the configuration comes from.
    struct Origin {
        /// Reads it again; the warnings are told.
        var load: @MainLoop () throws(ConfigurationErrors) -> LoadedMetrics
    }

    private let origin: Origin
    private let surroundings: WorkSurroundings
    private let journal: Journal
    private var loaded: LoadedMetrics
    private let page: MetricsPage
    private var servers:
        [(address: ListenAddress, server: HTTPServer, running: Task<Void, Never>)] =
            []
    private var targetTasks: [Task<Void, Never>] = []
    private var push: OTLPPush?
    private var pushing: Task<Void, Never>?
    private let ends = AsyncQueue<Instant>(capacity: 16)
    private var watch: ConfigurationWatch?
    private var isEnding = false
    private var impatience: Alarm?

    /// Prepares the work.
    init(_ loaded: LoadedMetrics, _ origin: Origin, _ surroundings: WorkSurroundings) {
        self.loaded = loaded
        self.origin = origin
        self.surroundings = surroundings
        journal = surroundings.journal
        page = MetricsPage(loaded.configuration, [])
    }

    /// The ports that scrapes are answered at.
    var ports: [UInt16] { servers.map { $0.server.port } }
    /// The sources.
    var targets: [MetricTarget] { page.targets }

    func run() async throws(Failure) -> Int32 {
        for finding in loaded.warnings { journal.warning("\(finding)") }
        do throws(Failure) {
            let identity = try identity(loaded.configuration)
            for address in loaded.configuration.listen { try open(address, identity) }
            page.replace(loaded.configuration, try targets(loaded.configuration))
        } catch {
            // Beside others the process goes on, and so would they.
            for entry in servers {
                await entry.server.stop(within: .zero)
                entry.running.cancel()
            }
            throw error
        }
        beginReading()
        accepted()
        let watch = ConfigurationWatch(journal: journal) { [weak self] in self?.reload() }
        self.watch = watch
        follow()
        let deadline = await ends.next() ?? Loop.main.now
        await finish(deadline)
        return 0
    }

    func end(by deadline: Instant) {
        if isEnding {
            for entry in servers { entry.server.stop() }
        }
        isEnding = true
        // A source may be slower than there is time.
        impatience = Alarm(at: deadline) { [page] in
            for target in page.targets { target.giveUp() }
        }
        _ = ends.send(deadline)
    }

    private func finish(_ deadline: Instant) async {
        watch?.close()
        pushing?.cancel()
        if let push, deadline > Loop.main.now {
            // The last numbers are worth a last attempt.
            await push.send(until: min(deadline, Loop.main.now + .seconds(2)))
        }
        for entry in servers {
            await entry.server.stop(within: max(.zero, deadline - Loop.main.now))
            entry.running.cancel()
        }
        impatience = nil
        close(page.targets)
    }

    private func open(_ address: ListenAddress, _ identity: TLSIdentity?) throws(Failure) {
        let listener = try StreamListener.listen(host: address.host, port: address.port)
        var limits = HTTPLimits()
        limits.connections = 256
        let page = page
        let server = HTTPServer(listener: listener, limits: limits, identity: identity) {
            request,
            responder in
            try await page.answer(request, responder)
        }
        let running = Task { @MainLoop in await server.run() }
        servers.append((address, server, running))
        let scheme = identity == nil ? "http" : "https"
        let shown = ListenAddress(host: address.host, port: listener.port)
        journal.info("metrics at \(scheme)://\(shown)\(loaded.configuration.path)")
    }

    private func identity(_ configuration: MetricsConfiguration) throws(Failure) -> TLSIdentity? {
        guard let paths = configuration.identity else { return nil }
        let identity = TLSIdentity(
            certificates: try TransportSecurity.text(paths.certificate),
            privateKey: try TransportSecurity.text(paths.key),
            certificatesPath: paths.certificate,
            privateKeyPath: paths.key
        )
        _ = try identity.check(at: Loop.main.moment.wall)
        return identity
    }

    private func targets(
        _ configuration: MetricsConfiguration
    ) throws(Failure) -> [MetricTarget] {
        var targets: [MetricTarget] = []
        let isOne = configuration.sources.count == 1
        do throws(Failure) {
            for source in configuration.sources {
                targets.append(
                    try MetricTarget(
                        source,
                        label: isOne ? nil : .init(configuration.sourceLabel, source.name),
                        limit: configuration.seriesLimit,
                        journal: journal
                    )
                )
            }
        } catch {
            close(targets)
            throw error
        }
        return targets
    }

    /// Begins what goes on beside scrapes.
    private func beginReading() {
        for target in page.targets {
            targetTasks.append(Task { @MainLoop in try? await target.source.listen() })
            guard target.options.every > .zero else { continue }
            let every = target.options.every
            targetTasks.append(
                Task { @MainLoop in
                    while !Task.isCancelled {
                        let next = Loop.main.now + every
                        await target.refresh(within: target.options.timeout)
                        guard (try? await Loop.main.sleep(until: next)) != nil else { return }
                    }
                }
            )
        }
        guard let options = loaded.configuration.push else { return }
        let push = OTLPPush(options, page, journal: journal)
        self.push = push
        pushing = Task { @MainLoop in await push.run() }
    }

    private func close(_ targets: [MetricTarget]) {
        for task in targetTasks { task.cancel() }
        targetTasks = []
        for target in targets { target.source.close() }
    }

    // MARK: Configuration

    func reload() {
        do throws(ConfigurationErrors) {
            let next = try origin.load()
            guard next.configuration != loaded.configuration else {
                loaded = next
                return follow()
            }
            try take(next)
        } catch {
            surroundings.metrics.refused()
            journal.error("the configuration is refused, the one before it stays: \(error)")
            follow()
        }
    }

    private func take(_ next: LoadedMetrics) throws(ConfigurationErrors) {
        // The sockets of StatsD are free for the new sources only when the old ones are closed.
        let before = page.targets
        pushing?.cancel()
        push = nil
        close(before)
        do throws(Failure) {
            page.replace(next.configuration, try targets(next.configuration))
            if next.configuration.listen != loaded.configuration.listen
                || next.configuration.identity != loaded.configuration.identity
            {
                let identity = try identity(next.configuration)
                let old = servers
                servers = []
                for entry in old { entry.server.stop() }
                for address in next.configuration.listen { try open(address, identity) }
            }
        } catch {
            page.replace(loaded.configuration, (try? targets(loaded.configuration)) ?? [])
            beginReading()
            let finding = ConfigurationFinding(
                .error,
                file: next.name,
                position: nil,
                what: "\(error)"
            )
            throw ConfigurationErrors([finding])
        }
        loaded = next
        beginReading()
        accepted()
        for finding in loaded.warnings { journal.warning("\(finding)") }
        journal.info("the configuration was changed")
        follow()
    }

    private func accepted() {
        surroundings.metrics.accepted(
            dialect: "metrics",
            sha256: loaded.hash,
            warnings: loaded.warnings.count,
            at: Loop.main.moment.wall
        )
    }

    private func follow() {
        watch?.follow(
            files: loaded.files,
            directories: [],
            since: FileFingerprint(files: loaded.files, directories: [])
        )
    }

    // MARK: Telling

    var readiness: AdminPage.Answer {
        guard !servers.isEmpty else { return .init(status: 503, text: "not listening yet\n") }
        return .ok
    }

    var pages: [AdminPage] {
        [
            .get("/sources", "the sources and how they are") { [page] _ in
                let rows = page.targets.map { target in
                    let state =
                        switch target.isUp {
                        case nil: "not read yet"
                        case true?: "up, \(target.samples.count) series"
                        case false?: "down: \(target.problem)"
                        }
                    return "\(target.options.name): \(state)\n"
                }
                return AdminPage.Answer(text: rows.joined())
            }
        ]
    }

    var metrics: String {
        var set = SampleSet()
        for target in page.targets { target.tell(loaded.configuration, into: &set) }
        push?.tell(into: &set)
        var writer = ExpositionWriter(.text)
        writer.write(set)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// A configuration with where it comes from.
struct LoadedMetrics {
    var configuration: MetricsConfiguration
    var warnings: [ConfigurationFinding] = []
    /// What it is called in messages.
    var name = "the command line"
    /// The files that it was read from.
    var files: [String] = []
    var hash = ""
}
