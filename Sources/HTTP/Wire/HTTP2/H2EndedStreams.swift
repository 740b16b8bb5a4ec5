/// The streams that a client has ended itself a short while ago, and may send nothing more on.
///
/// The library forgets streams that are closed. Only what is certain is told: on a stream that this side
/// has reset, frames may still be on their way (RFC 9113 section 5.1).
struct H2EndedStreams {
    private var ended: (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    private var highest: Int32 = 0
    /// Numbers that the last new stream has passed over: no stream may begin with them any more.
    private var skipped: ClosedRange<Int32>?

    /// A stream has ended by the client's own word.
    mutating func insert(_ id: Int32) {
        guard !contains(id) else { return }
        ended = (id, ended.0, ended.1, ended.2)
    }

    /// The client resets a stream; one that never began is the library's matter.
    mutating func reset(_ id: Int32) {
        if id > 0, id <= highest { insert(id) }
    }

    /// Whether the client has ended a stream.
    func contains(_ id: Int32) -> Bool {
        id > 0 && (ended.0 == id || ended.1 == id || ended.2 == id || ended.3 == id)
    }

    /// Looks at the number of a head that comes; false if no stream may begin with it.
    mutating func mayBegin(_ id: Int32) -> Bool {
        guard id > highest else { return skipped.map { !$0.contains(id) } ?? true }
        if id > highest + 2 { skipped = highest + 1...id - 1 }
        highest = id
        return true
    }
}
