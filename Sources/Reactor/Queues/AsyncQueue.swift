import Basics

/// A bounded queue from any number of senders to one receiver, all on the loop.
@MainLoop public final class AsyncQueue<Element: Sendable> {
    /// The most elements that wait at a time.
    public let capacity: Int
    /// How many elements were refused because the queue was full.
    public private(set) var refused = 0
    private var elements: [Element?] = []
    private var head = 0
    private var isFinished = false
    private var receiver: WaitID?
    private var senders: [WaitID] = []
    /// Called whenever an element has arrived, and at the end; for receivers without a task.
    ///
    /// They take what is there with `nextIfThere`.
    public var onChange: (() -> Void)?
    /// Room for more elements than these is given back when the queue is empty.
    private static var keptRoom: Int { 64 }

    /// Makes an empty queue.
    ///
    /// - Parameter capacity: At least 1.
    public init(capacity: Int = 1024) {
        precondition(capacity > 0, "a queue that can hold nothing")
        self.capacity = capacity
    }

    /// Whether nothing follows: it is finished, and nothing waits.
    public var isOver: Bool { isFinished && count == 0 }

    /// How many elements wait.
    public var count: Int { elements.count - head }

    /// Adds an element, unless the queue is full or finished.
    ///
    /// - Returns: Whether it was taken.
    @discardableResult
    public func send(_ element: Element) -> Bool {
        guard !isFinished, count < capacity else {
            refused += 1
            return false
        }
        elements.append(element)
        wakeReceiver()
        return true
    }

    /// Adds an element, waiting while the queue is full.
    ///
    /// - Returns: Whether it was taken; `false` if the queue is finished or the task cancelled.
    @discardableResult
    public func sendWhenRoom(_ element: Element) async -> Bool {
        while !isFinished && count >= capacity {
            let outcome = await Loop.main.wait(deadline: nil) { senders.append($0) }
            if case .cancelled = outcome { return false }
        }
        return send(element)
    }

    /// Ends the queue; what waits is still received.
    public func finish() {
        isFinished = true
        wakeReceiver()
        wakeSenders()
    }

    /// The next element; `nil` once the queue is finished and empty, or the task is cancelled.
    public func next() async -> Element? {
        precondition(receiver == nil, "a queue has one receiver")
        while true {
            if let element = takeFirst() { return element }
            if isFinished || Task.isCancelled { return nil }
            _ = await Loop.main.wait(deadline: nil) { receiver = $0 }
            receiver = nil
        }
    }

    /// An element that waits already; `nil` if none does.
    public func nextIfThere() -> Element? { takeFirst() }

    private func takeFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: elements.capacity <= Self.keptRoom)
            head = 0
        } else if head > 256, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        wakeSenders()
        return element
    }

    private func wakeReceiver() {
        onChange?()
        guard let receiver else { return }
        Loop.main.waits.finish(receiver, .ready)
    }

    private func wakeSenders() {
        guard !senders.isEmpty else { return }
        let waiting = senders
        senders = []
        for sender in waiting { Loop.main.waits.finish(sender, .ready) }
    }
}
