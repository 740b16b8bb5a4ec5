import Basics
import Records

/// The forms that are lines.
extension RecordEncoder {
    /// One field's text; the whole record as JSON if it is not there.
    mutating func append(text event: inout Event, key: String, to output: inout [UInt8]) {
        if case .line(let line) = event.body, line.frame.key == key {
            output.append(line.span)
            return
        }
        guard let value = RecordPath(path: key)?.value(in: event.fields) else {
            append(json: &event, to: &output)
            return
        }
        ValueText.append(value, to: &output)
    }

    /// `tag: [1700000000.000000000, {...}]`, Fluent Bit's file.
    mutating func append(plain event: inout Event, to output: inout [UInt8]) {
        output.append(text: event.tag.text)
        output.append(text: ": [")
        output.append(decimal: event.time.seconds)
        output.append(0x2E)
        TimeWriter.append(fraction: event.time, digits: 9, to: &output)
        output.append(text: ", ")
        append(json: &event, to: &output)
        output.append(0x5D)
    }

    /// Time, tag and JSON with tabs between, Fluentd's file.
    mutating func append(tagged event: inout Event, to output: inout [UInt8]) {
        if encoding.timeFormat == "iso8601" {
            var zoned = TimeWriter(strftime: "%Y-%m-%dT%H:%M:%S", digits: 0, end: "+00:00")
            zoned.append(event.time, to: &output)
        } else {
            time.append(event.time, to: &output)
        }
        output.append(0x09)
        output.append(text: event.tag.text)
        output.append(0x09)
        append(json: &event, to: &output)
    }

    /// Fluentd's line on standard output: time, tag, colon and JSON.
    mutating func append(shown event: inout Event, to output: inout [UInt8]) {
        var zoned = TimeWriter(strftime: "%Y-%m-%d %H:%M:%S", digits: 9, end: " +0000")
        zoned.append(event.time, to: &output)
        output.append(0x20)
        output.append(text: event.tag.text)
        output.append(text: ": ")
        append(json: &event, to: &output)
    }

    /// A map of MessagePack: the time's field, the tag's, then its own.
    mutating func append(messagePack event: inout Event, to output: inout [UInt8]) {
        var fields = Fields()
        let own = chosen(&event)
        if let key = encoding.timeKey { fields.update(key, time.value(event.time)) }
        if let key = encoding.tagKey { fields.update(key, .text(event.tag.text)) }
        for entry in encoding.sortsKeys ? own.sorted : own.entries
        where entry.key != encoding.timeKey && entry.key != encoding.tagKey {
            fields.append(entry.key, entry.value)
        }
        MessagePackText().append(fields, to: &output)
    }

    // MARK: Pairs

    /// `key=value` pairs with blanks between; names of inner fields have dots.
    mutating func append(logfmt fields: Fields, _ event: Event, to output: inout [UInt8]) {
        var isFirst = true
        if let key = encoding.timeKey {
            Self.append(logfmt: key, time.value(event.time), &isFirst, to: &output)
        }
        if let key = encoding.tagKey {
            Self.append(logfmt: key, .text(event.tag.text), &isFirst, to: &output)
        }
        for entry in ordered(fields) {
            Self.append(logfmt: entry.key, entry.value, &isFirst, to: &output)
        }
    }

    /// The fields as they are to come, without the time's and the tag's.
    private func ordered(_ fields: Fields) -> [Fields.Entry] {
        let entries = encoding.sortsKeys ? fields.sorted : fields.entries
        return entries.filter { $0.key != encoding.timeKey && $0.key != encoding.tagKey }
    }

    private static func append(
        logfmt key: String,
        _ value: Value,
        _ isFirst: inout Bool,
        to output: inout [UInt8]
    ) {
        switch value {
        case .object(let map) where !map.isEmpty:
            for entry in map {
                append(logfmt: key + "." + entry.key, entry.value, &isFirst, to: &output)
            }
            return
        case .array(let values) where !values.isEmpty:
            for (index, value) in values.enumerated() {
                append(logfmt: key + "." + String(index), value, &isFirst, to: &output)
            }
            return
        default: break
        }
        if !isFirst { output.append(0x20) }
        isFirst = false
        append(logfmt: Array(key.utf8), to: &output)
        output.append(0x3D)
        if case .null = value { return }
        var text: [UInt8] = []
        ValueText.append(value, to: &text)
        append(logfmt: text, to: &output)
    }

    /// A word, in quotes if it would not be one otherwise.
    private static func append(logfmt text: [UInt8], to output: inout [UInt8]) {
        let isPlain =
            !text.isEmpty && text.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
        guard !isPlain else {
            output.append(contentsOf: text)
            return
        }
        output.append(0x22)
        for byte in text {
            switch byte {
            case 0x22, 0x5C:
                output.append(0x5C)
                output.append(byte)
            case 0x0A: output.append(text: "\\n")
            case 0x0D: output.append(text: "\\r")
            case 0x09: output.append(text: "\\t")
            default: output.append(byte)
            }
        }
        output.append(0x22)
    }

    /// `label:value` pairs with tabs between; tabs and line ends in values become blanks.
    mutating func append(ltsv fields: Fields, _ event: Event, to output: inout [UInt8]) {
        var isFirst = true
        func add(_ key: String, _ value: Value) {
            if !isFirst { output.append(0x09) }
            isFirst = false
            let start = output.count
            output.append(text: key)
            for place in start..<output.count where output[place] == 0x3A {
                output[place] = UInt8(ascii: "_")
            }
            output.append(0x3A)
            if case .null = value { return }
            let begin = output.count
            ValueText.append(value, to: &output)
            for place in begin..<output.count where output[place] &- 9 < 5 { output[place] = 0x20 }
        }
        if let key = encoding.timeKey { add(key, time.value(event.time)) }
        if let key = encoding.tagKey { add(key, .text(event.tag.text)) }
        for entry in ordered(fields) { add(entry.key, entry.value) }
    }

    /// Values of fields, or of all if none is named, with a delimiter (RFC 4180).
    mutating func append(
        csv fields: Fields,
        _ event: Event,
        _ names: [String],
        _ delimiter: [UInt8],
        to output: inout [UInt8]
    ) {
        var isFirst = true
        func add(_ value: Value?) {
            if !isFirst { output.append(contentsOf: delimiter) }
            isFirst = false
            guard let value, value != .null else { return }
            let start = output.count
            ValueText.append(value, to: &output)
            let needsQuotes = output[start...].contains {
                $0 == 0x22 || $0 == 0x0A || $0 == 0x0D || $0 == delimiter.first
            }
            guard needsQuotes else { return }
            let text = output[start...]
            output.removeSubrange(start...)
            output.append(0x22)
            for byte in text {
                if byte == 0x22 { output.append(0x22) }
                output.append(byte)
            }
            output.append(0x22)
        }
        if encoding.timeKey != nil { add(time.value(event.time)) }
        if encoding.tagKey != nil { add(.text(event.tag.text)) }
        if names.isEmpty {
            for entry in ordered(fields) { add(entry.value) }
        } else {
            for name in names { add(RecordPath(path: name)?.value(in: fields)) }
        }
    }

    /// A text with `{field}` and `{time}` in it.
    mutating func append(template event: inout Event, to output: inout [UInt8]) {
        let fields = event.fields
        for piece in template {
            switch piece {
            case .literal(let bytes): output.append(contentsOf: bytes)
            case .time: time.append(event.time, to: &output)
            case .field(let path, let written):
                if let value = path.value(in: fields) {
                    ValueText.append(value, to: &output)
                } else {
                    output.append(contentsOf: written)
                }
            }
        }
    }
}

/// Fluent Bit's template for files: `{time} {message}`.
enum LineTemplate {
    enum Piece: Sendable {
        case literal([UInt8])
        case time
        /// A field, and what stands for it in the template, which stays if it is missing.
        case field(RecordPath, [UInt8])
    }

    /// Reads a template.
    static func pieces(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = Array(text.utf8)[...]
        while let open = rest.firstIndex(of: 0x7B),
            let close = rest[open...].firstIndex(of: 0x7D)
        {
            if open > rest.startIndex { pieces.append(.literal(Array(rest[..<open]))) }
            let name = String(decoding: rest[(open + 1)..<close], as: UTF8.self)
            let written = Array(rest[open...close])
            pieces.append(
                name == "time" ? .time : .field(RecordPath(accessor: name), written)
            )
            rest = rest[(close + 1)...]
        }
        if !rest.isEmpty { pieces.append(.literal(Array(rest))) }
        return pieces
    }
}
