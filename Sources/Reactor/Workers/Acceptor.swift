internal import Basics
public import System

/// Takes the connections of a listening socket on a worker.
public final class Acceptor: EventSource {
    /// The most connections that are taken before others have their turn.
    private static let batch = 64

    private let accepted: (Int32) -> Void
    private var retry = TimerWheel.ID.none

    /// Called with the error number when connections cannot be taken, for example for want of
    /// descriptors; taking goes on a little later.
    public var failed: (Int32) -> Void = { _ in }
    /// From this descriptor's number on no more are taken until others are closed, so that some are
    /// left for what connections need: those to hosts, files.
    public var highest = Int32.max

    /// Makes an acceptor of a listening socket; `accepted` owns what it is handed.
    public init(_ listener: Int32, on worker: Worker, accepted: @escaping (Int32) -> Void) {
        self.accepted = accepted
        super.init(listener, on: worker)
    }

    /// Begins to take connections.
    ///
    /// - Throws: `SystemError` if the kernel cannot watch the socket.
    public override func watch() throws(SystemError) {
        try worker.add(self, isListener: true)
    }

    /// Takes connections that wait.
    public override func ready(_ event: EdgePoller.Event) {
        for _ in 0..<Self.batch {
            guard descriptor >= 0 else { return }
            let socket = SocketIO.accept(descriptor)
            if socket >= 0 {
                accepted(socket)
                if socket < highest { continue }
                failed(SystemError.noDescriptors)
                pause()
                return
            }
            if Int(socket) == SocketIO.wouldWait { return }
            // A connection that ended before it was taken is no trouble; want of descriptors or memory is,
            // and the socket stays ready, so that a pause is needed.
            if SystemError.isExhaustion(-socket) {
                failed(-socket)
                pause()
                return
            }
        }
    }

    private func pause() {
        worker.remove(self, keepsOpen: true)
        pauseAgain()
    }

    private func pauseAgain() {
        retry = worker.timers.set(self, at: worker.now + .milliseconds(100))
    }

    /// Stops and closes the socket.
    public override func close() {
        worker.timers.drop(&retry)
        super.close()
    }
}

extension Acceptor: TimerTarget {
    /// Goes on after a pause.
    public func timerFired(_ tag: Int) {
        retry = .none
        guard descriptor >= 0 else { return }
        if highest < .max, DescriptorLimit.nextNumber >= highest {
            pauseAgain()
            return
        }
        do throws(SystemError) {
            try watch()
        } catch {
            pause()
        }
    }
}
