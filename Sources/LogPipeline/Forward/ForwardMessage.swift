package import Basics
import Formats
package import Records

/// A message of the Forward protocol: records with one tag.
///
/// All of its modes are read: one record, a list of records, packed records and compressed ones
/// (github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1.5).
package struct ForwardMessage: Sendable {
    /// A record.
    package struct Entry: Sendable {
        /// When it happened; nil if it is not said.
        package var time: Timestamp?
        /// What it says.
        package var fields: Fields
    }

    /// The tag.
    package var tag: String
    /// The records.
    package var entries: [Entry]
    /// What is to be answered when the records are safe; nil if no answer is wanted.
    package var chunk: [UInt8]?

    /// Reads a message.
    ///
    /// - Parameters:
    ///   - bytes: One object, complete.
    ///   - limit: The most bytes that compressed records may have when they are unpacked.
    /// - Returns: nil for a heartbeat, which has no records.
    /// - Throws: What is wrong.
    package static func read(
        _ bytes: Span<UInt8>,
        limit: Int
    ) throws(ForwardMistake) -> ForwardMessage? {
        var reader = ForwardReader(bytes)
        guard let count = try reader.listCount() else {
            guard case .null = try reader.value() else { throw .malformed("it is no list") }
            return nil
        }
        guard count >= 2, let name = try reader.content() else {
            throw .malformed("it does not begin with a tag")
        }
        var message = ForwardMessage(tag: String(copying: bytes.extracting(name)), entries: [])
        if let number = try reader.listCount() {
            message.entries.reserveCapacity(min(number, 1024))
            for _ in 0..<number { try message.readEntry(&reader) }
            if count > 2 { message.readOptions(try reader.value()) }
            return message
        }
        if let packed = try reader.content() {
            let options = count > 2 ? try reader.value() : .null
            message.readOptions(options)
            try message.unpack(bytes.extracting(packed), options, limit)
            return message
        }
        guard count >= 3 else { throw .malformed("a message without a record") }
        let time = try reader.time()
        guard case .object(let fields) = try reader.value() else {
            throw .malformed("its record is no map")
        }
        message.entries.append(Entry(time: time, fields: fields))
        if count > 3 { message.readOptions(try reader.value()) }
        return message
    }

    private mutating func readEntry(_ reader: inout ForwardReader) throws(ForwardMistake) {
        guard let count = try reader.listCount(), count >= 2 else {
            throw .malformed("an entry is no pair of time and record")
        }
        let time = try reader.time()
        guard case .object(let fields) = try reader.value() else {
            throw .malformed("an entry's record is no map")
        }
        for _ in 2..<max(2, count) { _ = try reader.value() }
        entries.append(Entry(time: time, fields: fields))
    }

    private mutating func unpack(
        _ packed: Span<UInt8>,
        _ options: Value,
        _ limit: Int
    ) throws(ForwardMistake) {
        var coding = ""
        if case .object(let map) = options, case .bytes(let name)? = map["compressed"] {
            coding = name.text
        }
        switch coding {
        case "", "text": try readEntries(packed)
        case "gzip", "zstd":
            let plain: [UInt8]
            do throws(FormatError) {
                plain =
                    coding == "gzip"
                    ? try Gzip.decode(packed, limit: limit) : try Zstd.decode(packed, limit: limit)
            } catch {
                throw .malformed("its records cannot be unpacked: \(error)")
            }
            try readEntries(plain.span)
        default: throw .malformed("its records are compressed with \(coding)")
        }
    }

    private mutating func readEntries(_ packed: Span<UInt8>) throws(ForwardMistake) {
        var reader = ForwardReader(packed)
        while !reader.isAtEnd { try readEntry(&reader) }
    }

    private mutating func readOptions(_ options: Value) {
        guard case .object(let map) = options, case .bytes(let chunk)? = map["chunk"] else {
            return
        }
        self.chunk = chunk.array
    }

    /// The answer to a message with a chunk.
    package static func answer(to chunk: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        let pack = MessagePackText()
        pack.append(mapOf: 1, to: &bytes)
        pack.append(text: "ack", to: &bytes)
        pack.append(text: chunk.span, to: &bytes)
        return bytes
    }
}
