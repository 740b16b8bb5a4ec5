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
    private weak var store: ObjectStore?

    init(_ query: ObjectQuery, store: ObjectStore, capacity: Int) {
        self.query = query
        self.store = store
        queue = AsyncQueue(capacity: capacity)
    }

    /// The next change; `nil` at the end of the watch, or when the task is cancelled.
    public func next() async -> ObjectEvent? {
        await queue.next()
    }

    /// Ends the watch.
    public func cancel() {
        queue.finish()
        store?.forget(self)
    }

    func offer(_ change: Change) {
        guard !isExpired, let event = change.event(for: query) else { return }
        guard !queue.send(event) else { return }
        isExpired = true
        queue.finish()
    }
}
