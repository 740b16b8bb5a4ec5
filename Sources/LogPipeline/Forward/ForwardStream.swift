/// Cuts a Forward connection's bytes into objects.
package struct ForwardStream: Sendable {
    private let limit: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var scan = PackScan()

    /// Takes objects of at most so many bytes.
    package init(limit: Int) {
        self.limit = max(16, limit)
    }

    /// Takes the next bytes.
    package mutating func append(_ bytes: [UInt8]) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        if buffer.isEmpty { buffer = bytes } else { buffer += bytes }
    }

    /// The next object, if it is complete.
    ///
    /// - Throws: When there is none that could be taken; the connection is of no use then.
    package mutating func next() throws(PackMistake) -> [UInt8]? {
        guard start < buffer.count else { return nil }
        var scan = scan
        let isComplete = try scan.advance(
            buffer.span.extracting(start..<buffer.count),
            limit: limit
        )
        self.scan = scan
        guard isComplete else { return nil }
        let end = start + scan.place
        let object = Array(buffer[start..<end])
        start = end
        self.scan = PackScan()
        return object
    }
}
