/// Looks whether a text is one JSON map and nothing else, and where some of its fields stand, without
/// reading any value.
///
/// A text is valid if it follows RFC 8259 and is UTF-8, if no escape is half of a surrogate pair, and if
/// values nest at most 127 levels deep, as `JSONReader` has it. Scanning allocates nothing; the places
/// are of the last text scanned.
public struct JSONScan: Sendable {
    /// Where a field stands in a text.
    public struct Place: Sendable, Hashable {
        /// The quoted name, the colon and the value.
        public var member: Range<Int>
        /// The value alone.
        public var value: Range<Int>
        /// What is cut out so that the rest is a map: the member and a comma that goes with it, the one
        /// behind it unless it is the last.
        public var cut: Range<Int>
    }

    /// What a scan found.
    public enum Outcome: Sendable, Hashable {
        /// One map; the places say all there is of the fields that are looked for.
        case valid
        /// One map, but a field that is looked for comes twice, or a name has escapes: read it.
        case ambiguous
        /// No map.
        case invalid
    }

    /// What is known of a wanted field in the text scanned last.
    private struct Note: Sendable {
        /// Where the member, its value and the value's end stand; -1 if there is none.
        var start = -1
        var value = -1
        var end = -1
        /// The comma before the member, or -1.
        var before = -1
        /// Where the next member begins, or -1.
        var after = -1
    }

    /// The names of the fields that are looked for.
    public let keys: [String]
    /// The names one after another, and where each begins; one more than there are names.
    private let names: [UInt8]
    private let bounds: [Int]
    /// A bit for each length that a name has.
    private let lengths: UInt64
    private var notes: [Note]
    private var isAmbiguous = false

    /// Prepares to look for fields by their names; at most 64.
    public init(keys: [String] = []) {
        self.keys = Array(keys.prefix(64))
        var names: [UInt8] = []
        var bounds = [0]
        var lengths: UInt64 = 0
        for key in self.keys {
            names += key.utf8
            bounds.append(names.count)
            lengths |= 1 << UInt64(min(key.utf8.count, 63))
        }
        self.names = names
        self.bounds = bounds
        self.lengths = lengths
        notes = Array(repeating: Note(), count: self.keys.count)
    }

    /// Scans a text.
    public mutating func scan(_ bytes: Span<UInt8>) -> Outcome {
        for index in 0..<notes.count { notes[index].start = -1 }
        isAmbiguous = false
        let isValid = unsafe bytes.withUnsafeBytes { unsafe walk($0) }
        return isValid ? isAmbiguous ? .ambiguous : .valid : .invalid
    }

    /// Where a field stands in the text scanned last; nil if it has none of that name.
    public subscript(index: Int) -> Place? {
        let note = notes[index]
        guard note.start >= 0 else { return nil }
        let member = note.start..<note.end
        var cut = member
        if note.after >= 0 {
            cut = note.start..<note.after
        } else if note.before >= 0 {
            cut = note.before..<note.end
        }
        return Place(member: member, value: note.value..<note.end, cut: cut)
    }

    /// Appends the text scanned last without some of its fields; the rest is one map.
    ///
    /// - Parameters:
    ///   - indices: The fields by their places in `keys`.
    ///   - bytes: The text scanned last.
    ///   - output: What is appended to.
    public func append(
        without indices: [Int],
        of bytes: Span<UInt8>,
        to output: inout [UInt8]
    ) {
        let found = indices.map { notes[$0] }.filter { $0.start >= 0 }
        var at = 0
        for note in found.sorted(by: { $0.start < $1.start }) {
            copy(bytes, at..<note.start, to: &output)
            if note.after >= 0 {
                at = note.after
            } else {
                while let byte = output.last, byte != 0x7B {
                    output.removeLast()
                    if byte == 0x2C { break }
                }
                at = note.end
            }
        }
        copy(bytes, at..<bytes.count, to: &output)
    }

    private func copy(_ bytes: Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]) {
        guard !range.isEmpty else { return }
        let part = bytes.extracting(range)
        unsafe part.withUnsafeBufferPointer { unsafe output.append(contentsOf: $0) }
    }
}

extension JSONScan {
    /// Whether the bytes are one map; notes the wanted fields.
    private mutating func walk(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let count = bytes.count
        var at = unsafe Self.skipBlanks(bytes, 0)
        guard at < count, unsafe bytes[at] == 0x7B else { return false }
        at = unsafe Self.skipBlanks(bytes, at &+ 1)
        var depth = 1
        // A bit for each level: whether it is a map. The innermost is the lowest.
        var low: UInt64 = 1
        var high: UInt64 = 0
        var comma = -1
        // The wanted field that is open, and the one whose comma was read last.
        var open = -1
        var isKey = true
        if at < count, unsafe bytes[at] == 0x7D {
            return unsafe Self.skipBlanks(bytes, at &+ 1) == count
        }
        while true {
            if isKey {
                guard at < count, unsafe bytes[at] == 0x22 else { return false }
                let start = at
                at = unsafe Self.textEnd(bytes, at &+ 1)
                guard at > 0 else { return false }
                let end = at &- 1
                at = unsafe Self.skipBlanks(bytes, at)
                guard at < count, unsafe bytes[at] == 0x3A else { return false }
                at = unsafe Self.skipBlanks(bytes, at &+ 1)
                if depth == 1 {
                    open = unsafe look(bytes, start, end)
                    if open >= 0 {
                        notes[open].value = at
                        notes[open].before = comma
                    }
                }
                isKey = false
            }
            // A value.
            guard at < count else { return false }
            let byte = unsafe bytes[at]
            if byte == 0x22 {
                at = unsafe Self.textEnd(bytes, at &+ 1)
                guard at > 0 else { return false }
            } else if byte == 0x7B || byte == 0x5B {
                guard depth < JSONReader.depthMaximum else { return false }
                at = unsafe Self.skipBlanks(bytes, at &+ 1)
                guard at < count else { return false }
                guard unsafe bytes[at] == byte &+ 2 else {
                    depth &+= 1
                    high = high << 1 | low >> 63
                    isKey = byte == 0x7B
                    low = low << 1 | (isKey ? 1 : 0)
                    continue
                }
                at &+= 1
            } else if byte &- 0x30 < 10 || byte == 0x2D {
                at = unsafe Self.numberEnd(bytes, at)
                guard at > 0 else { return false }
            } else {
                let length = unsafe Self.wordLength(bytes, at)
                guard length > 0 else { return false }
                at &+= length
            }
            // What follows a value.
            while true {
                if depth == 1, open >= 0, notes[open].end < 0 { notes[open].end = at }
                at = unsafe Self.skipBlanks(bytes, at)
                guard at < count else { return false }
                let byte = unsafe bytes[at]
                if byte == 0x2C {
                    let here = at
                    at = unsafe Self.skipBlanks(bytes, at &+ 1)
                    isKey = low & 1 != 0
                    if depth == 1 {
                        comma = here
                        if open >= 0 {
                            notes[open].after = at
                            open = -1
                        }
                    }
                    break
                }
                guard byte == (low & 1 != 0 ? 0x7D : 0x5D) else { return false }
                at &+= 1
                depth &-= 1
                if depth == 0 { return unsafe Self.skipBlanks(bytes, at) == count }
                low = low >> 1 | high << 63
                high >>= 1
            }
        }
    }

    /// The wanted field of a name, or -1; the name stands between two quotes.
    @inline(__always)
    private mutating func look(
        _ bytes: UnsafeRawBufferPointer,
        _ start: Int,
        _ end: Int
    ) -> Int {
        let length = end &- start &- 1
        if lengths >> UInt64(min(length, 63)) & 1 == 0 {
            // An escape makes a name longer than it is; there are none where nothing is looked for.
            if lengths != 0, unsafe Self.hasEscape(bytes, start &+ 1, end) { isAmbiguous = true }
            return -1
        }
        return unsafe compare(bytes, start, end)
    }

    private mutating func compare(
        _ bytes: UnsafeRawBufferPointer,
        _ start: Int,
        _ end: Int
    ) -> Int {
        if unsafe Self.hasEscape(bytes, start &+ 1, end) {
            isAmbiguous = true
            return -1
        }
        names: for index in 0..<notes.count {
            let first = bounds[index]
            guard bounds[index &+ 1] &- first == end &- start &- 1 else { continue }
            var at = first
            while at < bounds[index &+ 1] {
                guard unsafe bytes[start &+ 1 &+ at &- first] == names[at] else { continue names }
                at &+= 1
            }
            if notes[index].start >= 0 { isAmbiguous = true }
            notes[index] = Note(start: start)
            return index
        }
        return -1
    }
}
