import Basics

/// Reads pairs as VRL's `parse_key_value` does: `key=value "a key"='a value' alone`.
public struct KeyValueReader: Sendable, Hashable {
    private let keyDelimiter: [UInt8]
    private let fieldDelimiter: [UInt8]
    private let isStrict: Bool
    private let acceptsStandaloneKeys: Bool

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - keyDelimiter: What stands between a key and its value; at least a byte.
    ///   - fieldDelimiter: What stands between pairs; at least a byte.
    ///   - isStrict: Whether there may be no blanks around `keyDelimiter`.
    ///   - acceptsStandaloneKeys: Whether a key without a value is one, whose value is true.
    public init(
        keyDelimiter: String = "=",
        fieldDelimiter: String = " ",
        isStrict: Bool = false,
        acceptsStandaloneKeys: Bool = true
    ) {
        self.keyDelimiter = keyDelimiter.isEmpty ? [0x3D] : Array(keyDelimiter.utf8)
        self.fieldDelimiter = fieldDelimiter.isEmpty ? [0x20] : Array(fieldDelimiter.utf8)
        self.isStrict = isStrict
        self.acceptsStandaloneKeys = acceptsStandaloneKeys
    }

    /// The pairs of a line; values of a key that comes several times are a list.
    ///
    /// - Throws: Why it has none.
    public func fields(_ bytes: Span<UInt8>) throws(ParseMistake) -> Fields {
        var fields = FieldsBuilder()
        var at = 0
        guard pair(bytes, &at, &fields) else {
            throw ParseMistake("no key is found at the beginning of the line")
        }
        while true {
            var next = at
            guard delimiter(bytes, &next, fieldDelimiter), pair(bytes, &next, &fields) else {
                break
            }
            at = next
        }
        while at < bytes.count, bytes[at].isSpace { at += 1 }
        guard at == bytes.count else {
            throw ParseMistake("could not parse whole line successfully")
        }
        return fields.fields
    }

    private func pair(_ bytes: Span<UInt8>, _ at: inout Int, _ fields: inout FieldsBuilder) -> Bool
    {
        var place = at
        skipBlanks(bytes, &place)
        guard let key = key(bytes, &place), !key.isEmpty else { return false }
        var after = place
        if !isStrict { skipBlanks(bytes, &after) }
        let hasValue = take(bytes, &after, keyDelimiter)
        guard hasValue || acceptsStandaloneKeys else { return false }
        if hasValue {
            place = after
            if !isStrict { skipBlanks(bytes, &place) }
        }
        let value = value(bytes, &place)
        at = place
        add(
            String(decoding: key, as: UTF8.self),
            hasValue ? .bytes(Bytes(repaired(value))) : .boolean(true),
            &fields
        )
        return true
    }

    private func repaired(_ bytes: [UInt8]) -> [UInt8] {
        unsafe bytes.withUnsafeBytes { raw in
            unsafe UTF8Sequence.isValid(raw) ? bytes : UTF8Sequence.repaired(raw)
        }
    }

    private func add(_ key: String, _ value: Value, _ fields: inout FieldsBuilder) {
        guard let place = fields.place(of: key) else {
            fields.set(key, value)
            return
        }
        if case .boolean = value { return }
        fields.add(value, at: place)
    }

    // MARK: Keys and values

    private func key(_ bytes: Span<UInt8>, _ at: inout Int) -> [UInt8]? {
        for quote: UInt8 in [0x27, 0x22] {
            if let key = quoted(bytes, &at, quote, keyDelimiter) { return key }
            if acceptsStandaloneKeys, let key = quoted(bytes, &at, quote, fieldDelimiter) {
                return key
            }
        }
        var end = at
        let key = plain(bytes, &end, keyDelimiter)
        if !acceptsStandaloneKeys {
            at = end
            return key
        }
        if !key.isEmpty, !contains(key, fieldDelimiter) {
            at = end
            return key
        }
        return plain(bytes, &at, fieldDelimiter)
    }

    private func value(_ bytes: Span<UInt8>, _ at: inout Int) -> [UInt8] {
        if let value = quoted(bytes, &at, 0x27, fieldDelimiter) { return value }
        if let value = quoted(bytes, &at, 0x22, fieldDelimiter) { return value }
        return plain(bytes, &at, fieldDelimiter)
    }

    /// A text in quotes that a delimiter or the end follows; what only begins with a quote is none.
    private func quoted(
        _ bytes: Span<UInt8>,
        _ at: inout Int,
        _ quote: UInt8,
        _ end: [UInt8]
    ) -> [UInt8]? {
        guard at < bytes.count, bytes[at] == quote else { return nil }
        var place = at + 1
        var text: [UInt8] = []
        while place < bytes.count, bytes[place] != quote {
            if bytes[place] == 0x5C {
                guard place + 1 < bytes.count else { return nil }
                let next = bytes[place + 1]
                switch next {
                case 0x6E: text.append(0x0A)
                case 0x5C, 0x22: text.append(next)
                default: text += [0x5C, next]
                }
                place += 2
            } else {
                text.append(bytes[place])
                place += 1
            }
        }
        guard place < bytes.count else { return nil }
        place += 1
        var after = place
        if !delimiter(bytes, &after, end) {
            skipBlanks(bytes, &after)
            guard after == bytes.count else { return nil }
        }
        at = place
        return text
    }

    /// All until a delimiter or the end, without the white space around.
    private func plain(_ bytes: Span<UInt8>, _ at: inout Int, _ end: [UInt8]) -> [UInt8] {
        var start = at
        while at < bytes.count {
            var after = at
            if take(bytes, &after, end) { break }
            at += 1
        }
        var last = at
        while start < last, bytes[start].isSpace { start += 1 }
        while last > start, bytes[last - 1].isSpace { last -= 1 }
        return Array(copying: bytes.extracting(start..<last))
    }

    // MARK: Bytes

    private func skipBlanks(_ bytes: Span<UInt8>, _ at: inout Int) {
        while at < bytes.count, bytes[at].isBlank { at += 1 }
    }

    private func take(_ bytes: Span<UInt8>, _ at: inout Int, _ text: [UInt8]) -> Bool {
        guard bytes.count - at >= text.count else { return false }
        for index in text.indices where bytes[at + index] != text[index] { return false }
        at += text.count
        return true
    }

    /// A delimiter with blanks before it; several if it is a blank.
    private func delimiter(_ bytes: Span<UInt8>, _ at: inout Int, _ text: [UInt8]) -> Bool {
        var place = at
        while place < bytes.count, bytes[place] == 0x20 { place += 1 }
        if text == [0x20] {
            guard place > at else { return false }
        } else if !take(bytes, &place, text) {
            return false
        }
        at = place
        return true
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard bytes.count >= part.count else { return false }
        return (0...bytes.count - part.count).contains { bytes[$0...].starts(with: part) }
    }
}
