/// A queue in an array: taken from the front without moving the rest.
struct ParcelQueue<Element: Sendable>: Sendable {
    private var elements: [Element?] = []
    private var head = 0

    /// Whether there is none.
    var isEmpty: Bool { head == elements.count }
    /// How many there are.
    var count: Int { elements.count - head }
    /// The first.
    var first: Element? { isEmpty ? nil : elements[head] }

    /// Adds one at the end.
    mutating func append(_ element: Element) {
        elements.append(element)
    }

    /// Adds one so many places behind the front.
    mutating func insert(_ element: Element, at place: Int) {
        elements.insert(element, at: head + min(place, count))
    }

    /// Takes the first.
    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        if head == elements.count || head > 32 && head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}
