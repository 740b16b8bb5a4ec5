public import Basics
public import Reactor

/// Something that records go to.
@MainLoop public protocol Sink: AnyObject {
    /// Its name in the configuration.
    var id: String { get }
    /// Takes records. It never waits: what it takes lies in its buffer, whose limit makes it full.
    ///
    /// Every record's receipt is ended once, when it is delivered, rejected or (with a buffer on disk) safe.
    func accept(_ events: consuming [Event], at moment: Moment)
    /// Whether it is full: sources then wait. A batch more may still come.
    var isFull: Bool { get }
    /// Delivers what it has, and goes on trying until told to finish; calls `onRoom` when it was full and no
    /// longer is.
    ///
    /// - Throws: What makes it unable to go on for good.
    func run(onRoom: @escaping @MainLoop () -> Void) async throws(Failure)
    /// Delivers what it has without waiting for more; `run` returns when nothing is left, or at the deadline.
    func finish(by deadline: Instant)
    /// What it is doing, for readiness and `/accounts`: nil if all is well, else a sentence.
    var trouble: String? { get }
}
