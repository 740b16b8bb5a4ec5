/// The last elements of an endless row: a new one pushes out the oldest when there is no room.
public struct Ring<Element>: Sequence {
    /// The most elements that are kept.
    public let capacity: Int
    /// How many elements were pushed out.
    public private(set) var dropped = 0
    private var storage: [Element] = []
    private var head = 0

    /// Makes an empty ring; the capacity is at least 1.
    public init(capacity: Int) {
        precondition(capacity > 0, "a ring that can hold nothing")
        self.capacity = capacity
    }

    /// How many elements are kept.
    public var count: Int { storage.count }

    /// The newest element.
    public var last: Element? {
        storage.isEmpty ? nil : storage[(head + storage.count - 1) % storage.count]
    }

    /// Adds an element and returns the one that was pushed out for it.
    @discardableResult
    public mutating func append(_ element: Element) -> Element? {
        if storage.count < capacity {
            storage.append(element)
            return nil
        }
        let oldest = storage[head]
        storage[head] = element
        head = (head + 1) % capacity
        dropped += 1
        return oldest
    }

    /// Removes all elements; the count of the dropped stays.
    public mutating func removeAll() {
        storage.removeAll()
        head = 0
    }

    /// The elements, the oldest first.
    public func makeIterator() -> AnyIterator<Element> {
        var index = 0
        let (storage, head) = (storage, head)
        return AnyIterator {
            guard index < storage.count else { return nil }
            defer { index += 1 }
            return storage[(head + index) % storage.count]
        }
    }
}

extension Ring: Sendable where Element: Sendable {}
