internal import Basics

/// Sets hosts aside that failed too often within a window, for as long as the window (nginx's `max_fails`
/// and `fail_timeout`).
///
/// It runs on the control thread, where workers report every failure of a host that has a limit. After
/// its time a host is let back on probation: the next failure sets it aside again. The only host of a
/// cluster is never set aside.
struct PassiveFailures {
    private struct Entry {
        var health: HostHealth
        var maximum: Int
        var window: Duration
        var failures = 0
        var since = Instant.zero
        var until: Instant?
    }

    private var entries: [Entry] = []

    init() {}

    /// When `tick` is due; `nil` if nobody is set aside.
    var nextTick: Instant? { entries.compactMap(\.until).min() }

    /// Takes the hosts of the cluster; those that stay keep their history.
    ///
    /// One that others have set aside already is back after its window.
    mutating func setHosts(
        _ hosts: [(health: HostHealth, maximum: Int, window: Duration)],
        at now: Instant
    ) {
        var known: [ObjectIdentifier: Entry] = [:]
        for entry in entries { known[ObjectIdentifier(entry.health)] = entry }
        entries = hosts.map { host in
            var entry =
                known.removeValue(forKey: ObjectIdentifier(host.health))
                ?? Entry(health: host.health, maximum: 0, window: .zero)
            entry.maximum = host.maximum
            entry.window = host.window
            if entry.until == nil, host.health.flags.contains(.setAside) {
                entry.until = now + host.window
            }
            return entry
        }
        for entry in known.values where entry.until != nil {
            _ = entry.health.set(.setAside, to: false)
        }
    }

    /// Notes a failure.
    ///
    /// - Returns: The host's place if it is set aside now.
    mutating func failed(_ health: HostHealth, at now: Instant) -> Int? {
        guard let host = entries.firstIndex(where: { $0.health === health }) else { return nil }
        if entries[host].maximum == 0 || entries.count == 1 || entries[host].until != nil {
            return nil
        }
        if now - entries[host].since > entries[host].window {
            entries[host].since = now
            entries[host].failures = 0
        }
        entries[host].failures += 1
        if entries[host].failures < entries[host].maximum { return nil }
        entries[host].until = now + entries[host].window
        _ = health.set(.setAside, to: true)
        return host
    }

    /// Lets hosts back whose time is over.
    mutating func tick(at now: Instant) -> [Int] {
        entries.indices.filter { host in
            guard let until = entries[host].until, until <= now else { return false }
            entries[host].until = nil
            entries[host].since = now
            entries[host].failures = entries[host].maximum - 1
            _ = entries[host].health.set(.setAside, to: false)
            return true
        }
    }
}
