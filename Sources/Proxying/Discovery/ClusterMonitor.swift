internal import Basics
internal import HTTP
internal import Reactor
internal import Security
internal import System

/// Watches over one cluster on the control thread: finds its hosts, checks them and ejects those whose
/// answers are bad.
///
/// The hosts go to `publish` whenever they are others, and `refresh` is called when only their flags are.
@MainLoop final class ClusterMonitor {
    /// What workers are to say of hosts that fail; from any thread.
    nonisolated let mailbox: OutlierMailbox
    let settings: ClusterSettings
    private(set) var members: [ClusterMember] = []
    /// What the checks of hosts that are gone had counted.
    private(set) var ended = HostChecks.Statistics()
    private var machine: DiscoveryMachine
    private let resolver: NameResolver
    private let journal: Journal
    private let security: ClusterSecurity
    private let hasTraffic: () -> Bool
    private let publish: (ClusterMembers) -> Void
    private let refresh: () -> Void
    private let listeners: (UInt16) -> LoopbackListeners
    private var outliers: OutlierRunner?
    private let group: HostGroup?
    private let gate = CheckGate()
    private var random: RandomSource
    private var alarm: Alarm?
    private var questions: [Int: Task<Void, Never>] = [:]
    private var waiters: [AsyncQueue<Bool>] = []
    private var failing: Set<Int> = []
    private var isStarted = false
    private var isStopped = false
    /// How long one question may take, all servers and tries together.
    private static let questionTimeout = Duration.seconds(10)
    /// How often it is looked whether somebody listens at `localhost` while nobody does.
    private static let loopbackPause = Duration.milliseconds(250)

    init(
        _ settings: ClusterSettings,
        resolver: NameResolver,
        journal: Journal,
        security: ClusterSecurity = ClusterSecurity(),
        seed: UInt64 = Random.number(),
        listeners: @escaping (UInt16) -> LoopbackListeners = { LoopbackListeners(port: $0) },
        hasTraffic: @escaping () -> Bool = { true },
        group: HostGroup? = nil,
        publish: @escaping (ClusterMembers) -> Void,
        refresh: @escaping () -> Void
    ) {
        self.settings = settings
        self.resolver = resolver
        self.journal = journal.with(["cluster": settings.name])
        self.security = security
        self.listeners = listeners
        self.hasTraffic = hasTraffic
        self.group = group
        self.publish = publish
        self.refresh = refresh
        random = RandomSource(seed: seed)
        machine = DiscoveryMachine(settings, at: Loop.main.now, seed: random.next())
        let reference = MonitorReference()
        mailbox = OutlierMailbox { Task { @MainLoop in reference.monitor?.readMailbox() } }
        reference.monitor = self
        outliers = OutlierRunner(
            settings,
            journal: self.journal,
            seed: random.next(),
            now: { Loop.main.now },
            changed: { [weak self] in self?.refresh() }
        )
        group?.join(self)
    }

    isolated deinit {
        stop()
    }

    /// Begins: publishes hosts that are known already, and asks for the others.
    func start() {
        guard !isStarted, !isStopped else { return }
        isStarted = true
        tick()
    }

    /// Ends all questions and checks; nothing is published any more.
    func stop() {
        isStopped = true
        alarm?.cancel()
        alarm = nil
        for task in questions.values { task.cancel() }
        questions = [:]
        for member in members { member.checks?.stop() }
        outliers?.stop()
        tellWaiters()
    }

    /// Whether listeners need not wait for this cluster: names were answered (or failed), and every
    /// host was checked once, unless hosts are taken for healthy before.
    var isReady: Bool {
        if isStopped || !settings.isWaitedFor { return true }
        return isStarted && machine.isReady
            && (assumesHealth || members.allSatisfy { $0.checks?.hasResults ?? true })
    }

    /// Whether hosts are used before their first check.
    private var assumesHealth: Bool {
        settings.healthChecks.allSatisfy { $0.startsHealthy && !$0.check.hasRole }
    }

    /// Waits until it is ready.
    ///
    /// - Returns: Whether it is, or the deadline came first.
    func whenReady(deadline: Instant) async -> Bool {
        if isReady { return true }
        let queue = AsyncQueue<Bool>(capacity: 1)
        waiters.append(queue)
        let alarm = Alarm(at: deadline) { queue.send(false) }
        defer {
            alarm.cancel()
            waiters.removeAll { $0 === queue }
        }
        return await queue.next() ?? isReady
    }

    /// Counts of discovery.
    var discovery: DiscoveryMachine.Statistics { machine.statistics }

    /// Counts of ejections; `nil` if the cluster ejects nobody.
    var ejections: OutlierDetector.Statistics? { outliers?.statistics }

    // MARK: Discovery

    private func tick() {
        perform(machine.tick(at: Loop.main.now))
    }

    private func perform(_ actions: [DiscoveryMachine.Action]) {
        guard !isStopped else { return }
        for action in actions {
            switch action {
            case .publish(let found): take(found)
            case .ask(let question, let name, let families):
                questions[question] = Task { @MainLoop [weak self] in
                    await self?.ask(question, name, families)
                }
            }
        }
        alarm = machine.nextTick.map { instant in
            Alarm(at: instant) { [weak self] in self?.tick() }
        }
        if isReady { tellWaiters() }
    }

    private func ask(_ question: Int, _ name: String, _ families: [AddressFamily]) async {
        if Self.isLoopback(name) { return answerLoopback(question, name) }
        var event: DiscoveryMachine.Event
        do throws(Failure) {
            let isService = settings.endpoints.contains { $0.isService && $0.address.host == name }
            let answer =
                try await isService ? services(name, families) : addresses(name, families)
            event = .answer(answer)
            note(question, nil)
        } catch {
            event = error.code == .notFound ? .empty : .failure
            note(question, error)
        }
        guard !isStopped, !Task.isCancelled else { return }
        questions[question] = nil
        perform(machine.handle(event, question: question, at: Loop.main.now))
    }

    private func addresses(
        _ name: String,
        _ families: [AddressFamily]
    ) async throws(Failure) -> ResolvedNames {
        try await resolver.addresses(
            of: name,
            families: families,
            servers: settings.resolvers.map(\.description),
            timeout: Self.questionTimeout
        )
    }

    /// The addresses of a service's servers of the first priority, with their ports.
    ///
    /// A server without an address is left out; one whose question fails fails the service's.
    private func services(
        _ name: String,
        _ families: [AddressFamily]
    ) async throws(Failure) -> ResolvedNames {
        let all = try await resolver.services(
            of: name,
            servers: settings.resolvers.map(\.description),
            timeout: Self.questionTimeout
        ).filter { !$0.host.isEmpty }
        let first = all.map(\.priority).min() ?? 0
        var answer = ResolvedNames(addresses: [])
        for server in all.filter({ $0.priority == first }).prefix(Self.serversMaximum) {
            do throws(Failure) {
                let found = try await addresses(server.host, families)
                for address in found.addresses.map({ $0.with(port: server.port) })
                where !answer.addresses.contains(address) {
                    answer.addresses.append(address)
                }
                for family in found.failed where !answer.failed.contains(family) {
                    answer.failed.append(family)
                }
                if let ttl = found.ttl { answer.ttl = min(answer.ttl ?? ttl, ttl) }
            } catch {
                guard error.code == .notFound else { throw error }
            }
        }
        if answer.addresses.isEmpty {
            throw Failure(
                .notFound,
                "cannot look up \(name)",
                cause: "none of its servers has an address"
            )
        }
        return answer
    }

    /// How many servers of a service are looked up.
    private static let serversMaximum = 256

    private static func isLoopback(_ name: String) -> Bool {
        name == "localhost" || name == "localhost."
    }

    /// `localhost` is the one of its two addresses at which somebody listens.
    private func answerLoopback(_ question: Int, _ name: String) {
        questions[question] = nil
        let port = settings.endpoints.first { $0.address.host == name }?.address.port ?? 0
        let seen = listeners(port)
        let before = members.first { Self.isLoopback($0.endpoint.address.host) }?.address
        let chosen = seen.choose(settings.family, before: before?.with(port: 0))
        perform(
            machine.handle(
                .answer(ResolvedNames(addresses: chosen)),
                question: question,
                at: Loop.main.now,
                again: seen.isNone ? min(Self.loopbackPause, settings.refresh) : settings.refresh
            )
        )
    }

    /// A line when a name begins to fail and when it is found again, not for every question.
    private func note(_ question: Int, _ failure: Failure?) {
        if let failure {
            guard failing.insert(question).inserted else { return }
            let isEmpty = failure.code == .notFound
            journal.warning(
                failure.description,
                ["hosts": isEmpty ? "those of the name are dropped" : "kept as they were"]
            )
        } else if failing.remove(question) != nil {
            journal.info("names are found again")
        }
    }

    // MARK: Members

    private func take(_ found: [DiscoveryMachine.Found]) {
        var known: [String: ClusterMember] = [:]
        for member in members { known[member.key] = member }
        var next: [ClusterMember] = []
        for place in found {
            if let member = known.removeValue(forKey: place.key),
                member.endpointIndex == place.endpoint
            {
                member.isLeaving = false
                if member.address != place.address {
                    member.address = place.address
                    startChecks(member)
                }
                next.append(member)
            } else {
                next.append(make(place))
            }
        }
        for member in members where known[member.key] === member {
            // As in Envoy: DNS may forget a host for a moment, but a host that answers checks is there.
            if member.checks?.hasResults == true,
                member.health.flags.isDisjoint(with: [.failedCheck, .pending, .wrongRole])
            {
                member.isLeaving = true
                next.append(member)
            } else {
                end(member)
            }
        }
        members = next
        announce()
    }

    private func make(_ place: DiscoveryMachine.Found) -> ClusterMember {
        let endpoint = settings.endpoints[place.endpoint]
        let isChecked =
            !settings.healthChecks.isEmpty && !endpoint.isDisabled && !endpoint.skipsHealthChecks
        func health() -> HostHealth {
            HostHealth(flags: isChecked && !assumesHealth ? .pending : [])
        }
        let member = ClusterMember(
            key: place.key,
            endpointIndex: place.endpoint,
            endpoint: endpoint,
            address: place.address,
            health: group?.health(of: place.key, orMake: health) ?? health()
        )
        if isChecked { startChecks(member) }
        return member
    }

    private func startChecks(_ member: ClusterMember) {
        guard member.checks != nil || !settings.healthChecks.isEmpty,
            !member.endpoint.isDisabled, !member.endpoint.skipsHealthChecks
        else { return }
        end(member)
        let port = member.endpoint.healthPort ?? member.address.port
        let name = member.endpoint.hostname ?? settings.name
        // A port of its own is not the one that expects the header.
        let version = member.endpoint.healthPort == nil ? settings.proxyProtocol : nil
        let preface = version.map { ProxyHeader(isLocal: true).bytes(version: $0) } ?? []
        let checks = settings.healthChecks.enumerated().map { index, settings in
            let target = CheckTarget(
                address: member.address.with(port: port),
                hostname: name,
                security: security.context(ofCheck: index),
                serverName: security.serverName(ofCheck: index) ?? member.endpoint.hostname,
                preface: preface,
                databasePassword: security.databasePassword
            )
            return (settings, HealthChecks.make(settings, target))
        }
        member.checks = HostChecks(
            checks,
            health: member.health,
            gate: gate,
            seed: random.next(),
            hasTraffic: hasTraffic
        ) { [weak self, weak member] event, note in
            guard let self, let member else { return }
            self.handle(event, note, member)
        }
    }

    private func end(_ member: ClusterMember) {
        guard let checks = member.checks else { return }
        checks.stop()
        ended.attempts += checks.statistics.attempts
        ended.successes += checks.statistics.successes
        ended.failures += checks.statistics.failures
        member.checks = nil
    }

    private func handle(_ event: HostChecks.Event, _ note: String, _ member: ClusterMember) {
        switch event {
        case .changed:
            let flags = member.healthFlags
            if member.isLeaving, flags != "healthy" {
                end(member)
                members.removeAll { $0 === member }
                journal.info("host is gone", ["host": member.address.description])
                return announce()
            }
            journal.note(
                flags == "healthy" ? .info : .warning,
                flags == "healthy" ? "host is healthy" : "host is not healthy",
                ["host": member.address.description, "flags": flags, "cause": note]
            )
            refresh()
        case .known: if isReady { tellWaiters() }
        case .succeeded: outliers?.checkSucceeded(member.health)
        }
    }

    private func announce() {
        outliers?.setHosts(
            members.map { ($0.address.description, $0.health, $0.endpoint) }
        )
        publish(ClusterMembers(hosts: members.map(\.published)))
        if isReady { tellWaiters() }
    }

    private func tellWaiters() {
        for waiter in waiters { waiter.send(true) }
        waiters = []
    }

    private func readMailbox() {
        let words = mailbox.take()
        if !isStopped { outliers?.handle(words) }
        group?.tell(words, from: self)
    }

    /// Hears what workers said to another monitor of the group.
    func hear(_ words: [OutlierMailbox.Word]) {
        if !isStopped { outliers?.handle(words) }
    }
}

/// The way from any thread to a monitor that may be gone.
@MainLoop private final class MonitorReference {
    weak var monitor: ClusterMonitor?
}

/// The TLS of a cluster and of its checks.
struct ClusterSecurity: Sendable {
    /// What is spoken to hosts; `nil` is plain text.
    var cluster: TLSClientContext?
    /// The name that is sent to hosts.
    var serverName: String?
    /// The password of database checks that have none of their own.
    var databasePassword: String? = Environment.value("PGPASSWORD")
    /// What single checks speak instead, by their place.
    var checks: [Int: (context: TLSClientContext, serverName: String?)] = [:]

    init(cluster: TLSClientContext? = nil, serverName: String? = nil) {
        self.cluster = cluster
        self.serverName = serverName
    }

    func context(ofCheck index: Int) -> TLSClientContext? {
        checks[index]?.context ?? cluster
    }

    func serverName(ofCheck index: Int) -> String? {
        if let own = checks[index] { return own.serverName }
        return serverName
    }
}

extension HealthCheckSettings.Check {
    /// Whether the check also tells what the server is.
    var hasRole: Bool {
        if case .postgres(_, let role, _, _) = self { role != .any } else { false }
    }
}
