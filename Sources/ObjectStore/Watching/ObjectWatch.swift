public import Reactor

/// A watcher's end: the changes that match its query, in order.
///
/// Its queue is bounded. A watcher that is too slow is ended with `isExpired`, and has to list and
/// watch again, as Kubernetes' clients do.
@MainLoop public final class ObjectWatch {
    /// What is watched.
    public let query: ObjectQuery
    /// Whether the watch was ended because its reader was too slow.
    public private(set) var isExpired = false
    private let queue: AsyncQueue<ObjectEvent>
    /// The text of the events that wait, in bytes.
    private var waiting = 0
    /// The most text that may wait for a watcher, in bytes.
    private static let bytesMaximum = 8 << 20
    private weak var store: ObjectStore?

    init(_ query: ObjectQuery, store: ObjectStore, capacity: Int) {
        self.query = query
        self.store = store
        queue = AsyncQueue(capacity: capacity)
    }

    /// The next change; `nil` at the end of the watch, or when the task is cancelled.
    public func next() async -> ObjectEvent? {
        let event = await queue.next()
        waiting -= event?.text.count ?? 0
        return event
    }

    /// A change that waits already; `nil` if there is none.
    public func nextIfThere() -> ObjectEvent? {
        let event = queue.nextIfThere()
        waiting -= event?.text.count ?? 0
        return event
    }

    /// Whether nothing follows: the watch has ended, and all that waited was taken.
    public var isOver: Bool { queue.isOver }

    /// Calls whenever a change waits, and at the end; for readers without a task, which take what is
    /// there with `nextIfThere`.
    public func onChange(_ body: @escaping () -> Void) {
        queue.onChange = body
    }

    /// Ends the watch.
    public func cancel() {
        queue.finish()
        store?.forget(self)
    }

    func offer(_ event: ObjectEvent) {
        guard !isExpired else { return }
        if waiting + event.text.count <= Self.bytesMaximum, queue.send(event) {
            waiting += event.text.count
            return
        }
        isExpired = true
        queue.finish()
    }
}
