import Basics
import Reactor
import System

/// Connections that a listener has accepted and that wait for a place, the longest first.
///
/// Nothing is read from them. Places are looked for in short steps, since other workers free them too.
final class WaitingConnections: TimerTarget {
    /// The most that wait.
    static let countMaximum = 4096
    private static let step = Duration.milliseconds(5)

    private let workerReference: Unretained<Worker>
    /// Takes a connection; false if there is no place for it yet.
    private let take: (Int32) -> Bool
    private var sockets: [Int32] = []
    private var timer = TimerWheel.ID.none

    init(_ worker: Worker, take: @escaping (Int32) -> Bool) {
        workerReference = Unretained(worker)
        self.take = take
    }

    var isEmpty: Bool { sockets.isEmpty }

    /// Lets a connection wait; it is closed if too many do.
    func add(_ socket: Int32) {
        guard sockets.count < Self.countMaximum else {
            Descriptors.close(socket)
            return
        }
        sockets.append(socket)
        arm()
    }

    /// Closes those that wait.
    func closeAll() {
        workerReference.object.timers.drop(&timer)
        for socket in sockets { Descriptors.close(socket) }
        sockets = []
    }

    func timerFired(_ tag: Int) {
        timer = .none
        while let first = sockets.first, take(first) { sockets.removeFirst() }
        arm()
    }

    private func arm() {
        guard timer.isNone, !sockets.isEmpty else { return }
        let worker = workerReference.object
        timer = worker.timers.set(self, at: worker.now + Self.step, tag: 0)
    }
}
