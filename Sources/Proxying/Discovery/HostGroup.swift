internal import Reactor

/// What clusters with the same hosts know of them together: nginx's `upstream`, which becomes a cluster for
/// each way in which locations speak to it.
///
/// A host of all of them has one `HostHealth`, so that its requests are counted and limited together, and
/// a failure that one of them sees is heard by the others.
@MainLoop final class HostGroup {
    private struct Entry {
        weak var health: HostHealth?
    }

    private struct Member {
        weak var monitor: ClusterMonitor?
    }

    private var healths: [String: Entry] = [:]
    private var members: [Member] = []

    /// Lets a monitor hear of failures.
    func join(_ monitor: ClusterMonitor) {
        members.removeAll { $0.monitor == nil }
        members.append(Member(monitor: monitor))
    }

    /// What is known of a host; `key` is what monitors remember it by.
    func health(of key: String, orMake make: () -> HostHealth) -> HostHealth {
        healths = healths.filter { $0.value.health != nil }
        if let known = healths[key]?.health { return known }
        let made = make()
        healths[key] = Entry(health: made)
        return made
    }

    /// Tells the others of words that one has heard from workers.
    func tell(_ words: [OutlierMailbox.Word], from monitor: ClusterMonitor) {
        for member in members {
            guard let other = member.monitor, other !== monitor else { continue }
            other.hear(words)
        }
    }
}
