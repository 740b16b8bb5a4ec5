internal import Basics

/// What controllers have to look at: each object once, in the order of the wishes, and again at a time
/// or after a failure.
///
/// A value without a clock. It holds at most one entry for each object and so needs no other limit.
struct WorkQueue {
    /// An object that a controller looks at.
    struct Item: Hashable, Sendable {
        /// The plural resource name, which tells the controller.
        var resource: String
        var uid: String

        init(_ resource: String, _ uid: String) {
            self.resource = resource
            self.uid = uid
        }
    }

    private var ready: [Item] = []
    private var head = 0
    private var waiting: Set<Item> = []
    /// Who is looked at now; `true` if it changed meanwhile.
    private var busy: [Item: Bool] = [:]
    private var alarms: [Item: Instant] = [:]
    /// The earliest first; entries whose time is not that of `alarms` are out of date.
    private var heap: [(time: Instant, item: Item)] = []
    private var failures: [Item: Backoff] = [:]

    /// How many are looked at now.
    var busyCount: Int { busy.count }
    /// Whether nothing is to be done, now or later.
    var isEmpty: Bool { waiting.isEmpty && busy.isEmpty && alarms.isEmpty }

    /// Wants an object looked at as soon as possible.
    mutating func add(_ item: Item) {
        if busy[item] != nil {
            busy[item] = true
        } else if waiting.insert(item).inserted {
            ready.append(item)
        }
    }

    /// Wants an object looked at at a time, if not before.
    mutating func add(_ item: Item, at time: Instant) {
        if let known = alarms[item], known <= time { return }
        alarms[item] = time
        push(time, item)
    }

    /// The next object to look at; nobody else gets it until `finish`.
    mutating func next(at now: Instant) -> Item? {
        while let first = heap.first, first.time <= now || alarms[first.item] != first.time {
            pop()
            guard alarms[first.item] == first.time else { continue }
            alarms[first.item] = nil
            add(first.item)
        }
        guard head < ready.count else { return nil }
        let item = ready[head]
        head += 1
        if head > 256, head * 2 > ready.count {
            ready.removeFirst(head)
            head = 0
        }
        waiting.remove(item)
        busy[item] = false
        return item
    }

    /// An object was looked at with success.
    mutating func finish(_ item: Item) {
        failures[item] = nil
        release(item)
    }

    /// An object could not be brought where it should be: it is tried again after a growing pause.
    ///
    /// - Returns: Whether this is the first failure in a row.
    @discardableResult
    mutating func fail(_ item: Item, at now: Instant) -> Bool {
        let isFirst = failures[item] == nil
        var backoff = failures[item] ?? Backoff(.retry)
        let pause = backoff.next(at: now)
        failures[item] = backoff
        add(item, at: now + pause)
        release(item)
        return isFirst
    }

    /// Forgets an object that is gone.
    mutating func forget(_ item: Item) {
        failures[item] = nil
        alarms[item] = nil
    }

    /// When to ask again though nothing changes.
    var nextWake: Instant? {
        mutating get {
            while let first = heap.first, alarms[first.item] != first.time { pop() }
            return heap.first?.time
        }
    }

    private mutating func release(_ item: Item) {
        if busy.removeValue(forKey: item) == true { add(item) }
    }

    // MARK: Heap

    private mutating func push(_ time: Instant, _ item: Item) {
        heap.append((time, item))
        var place = heap.count - 1
        while place > 0, heap[place].time < heap[(place - 1) / 2].time {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func pop() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var place = 0
        while true {
            var least = place
            for child in [place * 2 + 1, place * 2 + 2]
            where child < heap.count && heap[child].time < heap[least].time {
                least = child
            }
            guard least != place else { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
