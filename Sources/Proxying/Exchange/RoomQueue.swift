import Basics
import Reactor

/// Who waits until a host of a cluster takes more.
protocol RoomSeeker: AnyObject {
    /// There is room, or was a moment ago: it tries again.
    func roomIsFree()
    /// It has waited long enough.
    func waitedTooLong()
}

/// What waits on one worker until a host of a cluster takes more, the longest first (HAProxy's queues).
///
/// Turns are given by a timer, never by whoever makes room: room that other workers make is found by it
/// too.
final class RoomQueue: TimerTarget {
    private struct Entry {
        let seeker: any RoomSeeker
        let deadline: Instant
    }

    /// The most that wait.
    static let lengthMaximum = 10_000
    /// How often room is looked for.
    private static let step = Duration.milliseconds(5)

    private let clusterReference: Unretained<WorkerCluster>
    private var cluster: WorkerCluster { clusterReference.object }
    private var waiting: [Entry] = []
    private var timer = TimerWheel.ID.none

    init(_ cluster: WorkerCluster) {
        clusterReference = Unretained(cluster)
    }

    /// How many wait.
    var count: Int { waiting.count }

    /// Waits; who waits again keeps its place by its deadline.
    ///
    /// - Returns: False if too many wait.
    func wait(_ seeker: any RoomSeeker, until deadline: Instant) -> Bool {
        guard waiting.count < Self.lengthMaximum else { return false }
        var place = waiting.count
        while place > 0, waiting[place - 1].deadline > deadline { place -= 1 }
        waiting.insert(Entry(seeker: seeker, deadline: deadline), at: place)
        arm()
        return true
    }

    /// Takes back the wish of who waits.
    func forget(_ seeker: any RoomSeeker) {
        waiting.removeAll { $0.seeker === seeker }
        if waiting.isEmpty { cluster.proxy.worker.timers.drop(&timer) }
    }

    func timerFired(_ tag: Int) {
        timer = .none
        let now = cluster.proxy.worker.now
        while let first = waiting.first, first.deadline <= now {
            waiting.removeFirst()
            first.seeker.waitedTooLong()
        }
        var turns = waiting.count
        while turns > 0, let first = waiting.first, cluster.hosts.hasRoom {
            turns -= 1
            waiting.removeFirst()
            first.seeker.roomIsFree()
        }
        arm()
    }

    private func arm() {
        guard timer.isNone, !waiting.isEmpty else { return }
        let worker = cluster.proxy.worker
        timer = worker.timers.set(self, at: worker.now + Self.step, tag: 0)
    }
}
