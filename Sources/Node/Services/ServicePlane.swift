internal import Basics
internal import Formats
internal import NodeDrivers
internal import ObjectStore
internal import PodModel
internal import Reactor
internal import System

/// Makes the machine lead to services as the store says: rules and name server.
///
/// Level-triggered: whatever changes, the whole is worked out again, and what is not as before is applied;
/// changes that come meanwhile are one. What fails is told once and tried again, later each time.
@MainLoop final class ServicePlane {
    private let store: ObjectStore
    private let journal: Journal
    private let rules: ServiceRules
    private let names: NameServer
    private let network: ServiceNetwork
    private let domain: String
    private var following: Task<Void, Never>?
    private var working: Task<Void, Never>?
    private var isMarked = false
    private var isStopped = false
    private var failures = 0
    private var again: Alarm?
    /// Whether a pod wants the name server.
    private var wantsNames = false
    /// Whether the name server answers at its address.
    private var hasNames = false
    /// The addresses that names outside the cluster were found to have.
    private var outside: [String: [String]] = [:]
    private let asking = Repeater()
    private var asked: Set<String> = []
    /// Who waits for the first answer of the name server.
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// How long the start of a container waits for the name server.
    private static let patience = Duration.seconds(3)
    /// How long the addresses of a name outside the cluster count.
    private static let freshness = Duration.seconds(30)

    init(
        _ layout: NodeLayout,
        _ network: ServiceNetwork,
        domain: String,
        _ store: ObjectStore,
        _ journal: Journal
    ) {
        self.store = store
        self.journal = journal
        self.network = network
        self.domain = domain
        rules = ServiceRules(layout: layout, network: network, journal: journal)
        names = NameServer(
            layout: layout,
            network: network,
            domain: domain,
            journal: journal
        )
        names.onDeath = { [weak self] in self?.mark() }
    }

    /// Makes the network's own address, at which the engine can listen for pods.
    ///
    /// - Returns: The address.
    /// - Throws: `unavailable` if the machine refuses.
    func plumb() throws(Failure) -> String {
        try rules.plumb()
        return network.nameServer
    }

    /// Begins to follow the store.
    func start() {
        following = Task { @MainLoop [weak self] in await self?.follow() }
    }

    /// Ends; rules and name server stay for the pods that stay.
    func stop() async {
        isStopped = true
        following?.cancel()
        asking.stop()
        again = nil
        await working?.value
        names.leave()
        wakeWaiters()
    }

    /// Gives everything back after `stop`: no pod is left.
    ///
    /// - Throws: `Failure` if the machine refuses.
    func dismantle() async throws(Failure) {
        await names.stop()
        try await rules.remove()
    }

    /// Begins to bring up the name server unless it runs; a pod will want it soon.
    func prepareNames() {
        guard !wantsNames else { return }
        wantsNames = true
        mark()
    }

    /// Waits until the name server answers, but not longer than a pod's start may take for it.
    func namesReady() async {
        prepareNames()
        // One that does not come up has been told of; the pod is not to wait for it as well.
        guard !hasNames, failures == 0, !isStopped else { return }
        let alarm = Alarm(at: Loop.main.now + Self.patience) { [weak self] in self?.wakeWaiters() }
        await withCheckedContinuation { waiters.append($0) }
        alarm.cancel()
    }

    // MARK: Following

    private func follow() async {
        while !Task.isCancelled {
            guard let watch = try? store.watch(ObjectQuery()) else { return }
            mark()
            while let event = await watch.next() {
                if ["services", "endpointslices"].contains(event.key.resource) { mark() }
            }
            guard watch.isExpired else { return }
        }
    }

    private func mark() {
        isMarked = true
        guard working == nil, !isStopped else { return }
        again = nil
        working = Task { @MainLoop [weak self] in
            await self?.work()
            self?.working = nil
        }
    }

    private func work() async {
        while isMarked, !isStopped {
            isMarked = false
            do throws(Failure) {
                try await apply()
                if failures > 0 { journal.info("services lead to their pods again") }
                failures = 0
            } catch {
                failures += 1
                if failures == 1 { journal.error("services do not lead to their pods: \(error)") }
                wakeWaiters()
                let delay = Duration.milliseconds(min(30_000, 250 << min(failures, 7)))
                again = Alarm(at: Loop.main.now + delay) { [weak self] in self?.mark() }
                return
            }
        }
        wakeWaiters()
    }

    private func apply() async throws(Failure) {
        let table = ServiceTable(
            services: store.list(ObjectQuery("services")),
            slices: store.list(ObjectQuery("endpointslices")),
            domain: domain
        )
        var problem: Failure?
        if wantsNames {
            do throws(Failure) {
                try rules.plumb()
                try await names.update(withOutside(table.records))
            } catch {
                problem = error
            }
        }
        // Only now: rules of an earlier engine lead to its name server until ours answers.
        try await rules.apply(table.routes + nameRoutes)
        hasNames = names.port != nil
        if hasNames { wakeWaiters() }
        if let problem { throw problem }
    }

    private func withOutside(_ records: NameRecords) -> NameRecords {
        var records = records
        let targets = Set(records.aliases.map(\.target).filter(isOutside))
        ask(for: targets)
        for target in targets.sorted() {
            for address in outside[target] ?? [] {
                records.hosts.append(.init(address, [target]))
            }
        }
        return records
    }

    /// Port 53 of the name server's address leads to the process that answers.
    private var nameRoutes: [ServiceRoute] {
        guard let port = names.port else { return [] }
        return ["udp", "tcp"].map { kind in
            ServiceRoute(
                title: "names",
                kind: kind,
                addresses: [network.nameServer],
                port: 53,
                backends: [.init(network.nameServer, port)]
            )
        }
    }

    private func wakeWaiters() {
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    // MARK: Names outside the cluster

    private func isOutside(_ name: String) -> Bool { !name.hasSuffix("." + domain) }

    /// Keeps the addresses of names that services stand for: dnsmasq gives those it knows itself only.
    private func ask(for targets: Set<String>) {
        guard targets != asked else { return }
        asked = targets
        outside = outside.filter { targets.contains($0.key) }
        if targets.isEmpty { return asking.stop() }
        asking.start { [weak self] in
            await self?.look(for: targets)
            return Self.freshness
        }
    }

    private func look(for targets: Set<String>) async {
        var hasChanged = false
        for target in targets.sorted() {
            guard !Task.isCancelled, !isStopped else { return }
            var found = outside[target] ?? []
            do throws(Failure) {
                found = try await NameResolver.main.addresses(of: target + ".").addresses
                    .map(\.host).sorted()
            } catch {
                // It keeps the addresses it had unless it is said not to exist.
                if error.code == .notFound { found = [] }
            }
            guard outside[target] != found else { continue }
            hasChanged = hasChanged || outside[target] ?? [] != found
            outside[target] = found
        }
        if hasChanged { mark() }
    }
}
