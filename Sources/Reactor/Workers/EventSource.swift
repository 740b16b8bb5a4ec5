public import Basics
public import System

/// A descriptor that a worker watches, and what happens when it changes.
///
/// Owned and used by the worker's thread.
open class EventSource {
    /// The worker, which holds its sources and so outlives them.
    @inlinable public var worker: Worker { workerReference.object }
    @usableFromInline let workerReference: Unretained<Worker>
    /// The descriptor; -1 after the end.
    public internal(set) var descriptor: Int32
    var generation: UInt32 = 0

    /// Makes a source of an open descriptor, which it owns from here on.
    public init(_ descriptor: Int32, on worker: Worker) {
        self.descriptor = descriptor
        workerReference = Unretained(worker)
    }

    deinit {
        if descriptor >= 0 { Descriptors.close(descriptor) }
    }

    /// Called when the descriptor's state has changed.
    open func ready(_ event: EdgePoller.Event) {}

    /// Goes on with what was put off so that others have their turn.
    func goOn() {}

    /// Closes the descriptor; it is called no more.
    open func close() {
        guard descriptor >= 0 else { return }
        worker.remove(self)
        Descriptors.close(descriptor)
        descriptor = -1
    }

    /// Begins to be called.
    ///
    /// - Throws: `SystemError` if the kernel cannot watch the descriptor.
    public func watch() throws(SystemError) {
        try worker.add(self)
    }
}
