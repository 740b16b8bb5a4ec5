internal import Basics
internal import Reactor

/// Ejects hosts whose answers are bad and lets them back: drives `OutlierDetector` (Envoy) and
/// `PassiveFailures` (nginx) of one cluster.
@MainLoop final class OutlierRunner {
    private var detector: OutlierDetector?
    private var passive = PassiveFailures()
    private var names: [String] = []
    private var healths: [HostHealth] = []
    private var random: RandomSource
    private var alarm: Alarm?
    private let journal: Journal
    private let now: () -> Instant
    private let changed: () -> Void
    private var isStopped = false

    /// `changed` is called when flags of hosts are others.
    init(
        _ settings: ClusterSettings,
        journal: Journal,
        seed: UInt64,
        now: @escaping () -> Instant,
        changed: @escaping () -> Void
    ) {
        detector = settings.outliers.map { OutlierDetector($0, at: now()) }
        random = RandomSource(seed: seed)
        self.journal = journal
        self.now = now
        self.changed = changed
    }

    /// Counts since the start; `nil` if nothing is ejected in this cluster.
    var statistics: OutlierDetector.Statistics? { detector?.statistics }

    /// Takes the hosts of the cluster.
    func setHosts(_ hosts: [(name: String, health: HostHealth, endpoint: Endpoint)]) {
        names = hosts.map(\.name)
        healths = hosts.map(\.health)
        detector?.setHosts(healths)
        passive.setHosts(
            hosts.map { ($0.health, $0.endpoint.failuresMaximum, $0.endpoint.failureWindow) },
            at: now()
        )
        schedule()
    }

    /// Acts on words of workers.
    func handle(_ words: [OutlierMailbox.Word]) {
        var isChanged = false
        for word in words {
            let instant = now()
            if let change = detector?.handle(
                word.reached,
                host: word.health,
                at: instant,
                random: &random
            ) {
                note(change)
                isChanged = true
            }
            // A word without a threshold is a plain failure.
            if word.reached.isEmpty, let host = passive.failed(word.health, at: instant) {
                journal.warning("host set aside", ["host": name(host), "cause": "max_fails"])
                isChanged = true
            }
        }
        if isChanged { changed() }
        schedule()
    }

    /// Lets a host back whose active check succeeded.
    func checkSucceeded(_ health: HostHealth) {
        guard let change = detector?.checkSucceeded(health) else { return }
        note(change)
        changed()
    }

    /// Does what is due by now.
    func tick() {
        let changes = detector?.tick(at: now(), random: &random) ?? []
        let back = passive.tick(at: now())
        for change in changes { note(change) }
        for host in back { journal.info("host let back", ["host": name(host)]) }
        if !changes.isEmpty || !back.isEmpty { changed() }
        schedule()
    }

    func stop() {
        isStopped = true
        alarm?.cancel()
        alarm = nil
    }

    private func schedule() {
        guard !isStopped else { return }
        let due = [healths.isEmpty ? nil : detector?.nextTick, passive.nextTick]
        alarm = due.compactMap(\.self).min().map { instant in
            Alarm(at: instant) { [weak self] in self?.tick() }
        }
    }

    private func name(_ host: Int) -> String {
        names.indices.contains(host) ? names[host] : "?"
    }

    /// What Envoy writes into its log of outlier events.
    private func note(_ change: OutlierDetector.Change) {
        let active = detector?.statistics.active ?? 0
        if let cause = change.cause {
            journal.warning(
                "host ejected",
                [
                    "host": name(change.host), "type": cause.rawValue, "action": "eject",
                    "ejected": "\(active) of \(names.count)",
                ]
            )
        } else {
            journal.info(
                "host let back",
                [
                    "host": name(change.host), "action": "uneject",
                    "ejected": "\(active) of \(names.count)",
                ]
            )
        }
    }
}
