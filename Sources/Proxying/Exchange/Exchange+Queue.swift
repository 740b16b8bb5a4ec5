import Basics
import Reactor

/// Requests that wait until a host takes more.
extension Exchange: RoomSeeker {
    /// Waits if the cluster has queues and a host, but none with room.
    ///
    /// - Returns: Whether it waits.
    func waitForRoom(_ cluster: WorkerCluster) -> Bool {
        guard let limit = cluster.settings.queueTimeout, cluster.hosts.hasCandidates, !isMirror
        else { return false }
        let now = proxy.worker.now
        if roomDeadline == .zero { roomDeadline = now + limit }
        guard now < roomDeadline, cluster.queue.wait(self, until: roomDeadline) else {
            return false
        }
        attemptCount -= 1
        waitsForRoom = true
        return true
    }

    func roomIsFree() {
        waitsForRoom = false
        if !isFinished { attempt() }
    }

    func waitedTooLong() {
        waitsForRoom = false
        if !isFinished { overflow() }
    }
}
