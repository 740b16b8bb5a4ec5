package import Records

/// Cuts a Forward connection's bytes into objects.
package struct ForwardStream: Sendable {
    private let limits: MessagePackLimits
    private var buffer: [UInt8] = []
    private var start = 0
    private var frame: MessagePackFrame

    /// Takes objects of at most so many bytes.
    package init(limit: Int) {
        limits = MessagePackLimits(bytes: max(16, limit))
        frame = MessagePackFrame(limits: limits)
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
    package mutating func next() throws(MessagePackMistake) -> [UInt8]? {
        guard start < buffer.count else { return nil }
        var frame = frame
        let size = try frame.end(in: buffer.span.extracting(start..<buffer.count))
        self.frame = frame
        guard let size else { return nil }
        let object = Array(buffer[start..<start + size])
        start += size
        return object
    }
}
