import Basics
import Records

/// A text with places for what a record says: names of indices, keys of objects, paths of files, labels.
///
/// All writings of the configuration languages at once: `%Y.%m.%d` from the record's time in UTC, Vector's
/// `{{ a.b }}`, Fluent Bit's `$a['b']`, `$TAG`, `$TAG[2]`, `$UUID` and `$INDEX`.
struct TextTemplate: Sendable {
    /// What a place may be.
    enum Piece: Sendable {
        case literal([UInt8])
        case time(TimePattern)
        case field(RecordPath)
        case tag
        case tagPart(Int)
        case uuid
        case index
    }

    /// What a record gives to fill it with.
    struct Scope {
        /// The record's fields; only asked for if the template needs them.
        var fields: Fields
        /// Its metadata.
        var metadata: Fields?
        /// Its time.
        var time: Timestamp
        /// Its tag.
        var tag: String
        /// What `$UUID` stands for.
        var uuid = ""
        /// What `$INDEX` stands for.
        var index = 0
    }

    /// The text.
    let text: String
    /// The bytes that part a tag for `$TAG[n]`.
    var tagDelimiters: [UInt8] = [UInt8(ascii: ".")]
    private(set) var pieces: [Piece]
    /// Whether it is the same for every record.
    var isPlain: Bool {
        pieces.allSatisfy { if case .literal = $0 { true } else { false } }
    }
    /// Whether it needs a record's fields.
    var needsFields: Bool {
        pieces.contains { if case .field = $0 { true } else { false } }
    }
    /// Whether only the time makes it differ.
    var isOnlyTime: Bool {
        pieces.allSatisfy {
            switch $0 {
            case .literal, .time: true
            case .field, .tag, .tagPart, .uuid, .index: false
            }
        }
    }

    /// Whether it stays the same for an hour at least, if only the time makes it differ.
    var isCoarse: Bool {
        pieces.allSatisfy { if case .time(let pattern) = $0 { pattern.isCoarse } else { true } }
    }

    /// Reads a template.
    ///
    /// - Parameters:
    ///   - text: The text; what looks like no place is taken as it is.
    ///   - hasTimes: Whether `%` begins a conversion of the time.
    init(_ text: String, hasTimes: Bool = true) {
        self.text = text
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        func flush() {
            guard !literal.isEmpty else { return }
            defer { literal = [] }
            guard hasTimes, literal.contains(UInt8(ascii: "%")) else {
                pieces.append(.literal(literal))
                return
            }
            let pattern = TimePattern(String(decoding: literal, as: UTF8.self))
            if pattern.isPlain {
                var plain: [UInt8] = []
                var copy = pattern
                copy.append(Timestamp(nanoseconds: 0), to: &plain)
                pieces.append(.literal(plain))
            } else {
                pieces.append(.time(pattern))
            }
        }
        let bytes = Array(text.utf8)
        var at = 0
        while at < bytes.count {
            if let (piece, end) = Self.place(bytes, at) {
                flush()
                pieces.append(piece)
                at = end
            } else {
                literal.append(bytes[at])
                at += 1
            }
        }
        flush()
        self.pieces = pieces
    }

    /// The place that begins here, and where it ends.
    private static func place(_ bytes: [UInt8], _ start: Int) -> (Piece, Int)? {
        if bytes[start...].starts(with: "{{".utf8) {
            var end = start + 2
            while end + 1 < bytes.count, !bytes[end...].starts(with: "}}".utf8) { end += 1 }
            guard end + 1 < bytes.count else { return nil }
            let inner = String(decoding: bytes[(start + 2)..<end], as: UTF8.self)
            let trimmed = String(
                inner.trimmingPrefix { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            )
            guard let path = RecordPath(path: trimmed) else { return nil }
            return (.field(path), end + 2)
        }
        guard bytes[start] == UInt8(ascii: "$"), start + 1 < bytes.count else { return nil }
        let rest = bytes[(start + 1)...]
        if rest.starts(with: "TAG[".utf8) {
            let open = start + 5
            guard let close = bytes[open...].firstIndex(of: UInt8(ascii: "]")),
                let number = Int(String(decoding: bytes[open..<close], as: UTF8.self))
            else { return nil }
            return (.tagPart(number), close + 1)
        }
        if rest.starts(with: "TAG".utf8) { return (.tag, start + 4) }
        if rest.starts(with: "UUID".utf8) { return (.uuid, start + 5) }
        if rest.starts(with: "INDEX".utf8) { return (.index, start + 6) }
        // A name, and steps in brackets or behind dots.
        var end = start + 1
        while end < bytes.count, isName(bytes[end]) { end += 1 }
        guard end > start + 1 else { return nil }
        while end < bytes.count {
            if bytes[end] == UInt8(ascii: "[") {
                guard let close = bytes[end...].firstIndex(of: UInt8(ascii: "]")) else { break }
                end = close + 1
            } else if bytes[end] == UInt8(ascii: "."), bytes[end - 1] == UInt8(ascii: "]"),
                end + 1 < bytes.count, isName(bytes[end + 1])
            {
                end += 1
                while end < bytes.count, isName(bytes[end]) { end += 1 }
            } else {
                break
            }
        }
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        return (.field(RecordPath(accessor: text)), end)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5F
    }

    /// Appends what it gives for a record.
    ///
    /// - Returns: The first field that is missing; what was appended is of no use then.
    mutating func append(_ scope: borrowing Scope, to output: inout [UInt8]) -> RecordPath? {
        for place in pieces.indices {
            if let missing = append(piece: place, scope, to: &output) { return missing }
        }
        return nil
    }

    /// Appends what one of its pieces gives.
    mutating func append(
        piece place: Int,
        _ scope: borrowing Scope,
        to output: inout [UInt8]
    ) -> RecordPath? {
        switch pieces[place] {
        case .literal(let bytes): output.append(contentsOf: bytes)
        case .time: appendTime(place, scope.time, to: &output)
        case .field(let path):
            let fields = path.isMetadata ? scope.metadata ?? Fields() : scope.fields
            guard let value = path.value(in: fields) else { return path }
            ValueText.append(value, to: &output)
        case .tag: output.append(text: scope.tag)
        case .tagPart(let index):
            let parts = scope.tag.utf8.split(omittingEmptySubsequences: false) {
                tagDelimiters.contains($0)
            }
            if parts.indices.contains(index) { output.append(contentsOf: parts[index]) }
        case .uuid: output.append(text: scope.uuid)
        case .index: output.append(decimal: Int64(scope.index))
        }
        return nil
    }

    /// Appends what it gives if only the time matters.
    mutating func append(time: Timestamp, to output: inout [UInt8]) {
        for place in pieces.indices {
            if case .literal(let bytes) = pieces[place] {
                output.append(contentsOf: bytes)
            } else {
                appendTime(place, time, to: &output)
            }
        }
    }

    private mutating func appendTime(_ place: Int, _ time: Timestamp, to output: inout [UInt8]) {
        guard case .time(var pattern) = pieces[place] else { return }
        // Taken out while it is changed, so that what it keeps is not copied.
        pieces[place] = .uuid
        pattern.append(time, to: &output)
        pieces[place] = .time(pattern)
    }

    /// What it gives for a record as a text; nil if a field is missing.
    mutating func text(_ scope: borrowing Scope) -> String? {
        var output: [UInt8] = []
        guard append(scope, to: &output) == nil else { return nil }
        return String(decoding: output, as: UTF8.self)
    }
}

extension TextTemplate.Scope {
    /// What a record gives; its fields are worked out only if they are needed.
    init(_ event: inout Event, needsFields: Bool) {
        self.init(
            fields: needsFields ? event.fields : Fields(),
            metadata: event.metadata,
            time: event.time,
            tag: event.tag.text
        )
    }
}
