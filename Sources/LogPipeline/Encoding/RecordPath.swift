import Records

/// The way to a value in a record.
///
/// Fluent Bit writes it as `$a['b'][0].c` or as a plain name, Vector as `.a.b[0]."c d"`.
struct RecordPath: Sendable, Hashable {
    /// One step.
    enum Step: Sendable, Hashable {
        /// Into a map.
        case key(String)
        /// Into a list; negative numbers count from its end.
        case index(Int)
    }

    /// The steps from the record on; none stands for the record itself.
    var steps: [Step]
    /// Whether it leads into what is known besides (Vector's `%`).
    var isMetadata = false

    /// Takes steps.
    init(_ steps: [Step]) {
        self.steps = steps
    }

    /// Reads a record accessor of Fluent Bit's: `$a['b'][0].c`; without `$` the whole text is one name.
    init(accessor text: String) {
        guard text.hasPrefix("$"), let steps = Self.steps(of: Array(text.utf8.dropFirst())) else {
            self.init([.key(text)])
            return
        }
        self.init(steps)
    }

    /// Reads a path of Vector's: `.a.b[0]."c d"`, `a.b`, `%meta.a`, `.`; nil if it is none.
    init?(path text: String) {
        var bytes = Array(text.utf8)
        let isMetadata = bytes.first == UInt8(ascii: "%")
        if isMetadata || bytes.first == UInt8(ascii: ".") { bytes.removeFirst() }
        guard !bytes.isEmpty else {
            self.init([])
            self.isMetadata = isMetadata
            return
        }
        guard let steps = Self.steps(of: bytes) else { return nil }
        self.init(steps)
        self.isMetadata = isMetadata
    }

    /// The steps of a text: names with dots between, `['name']`, `["name"]`, `[0]`, `"name"`.
    private static func steps(of bytes: [UInt8]) -> [Step]? {
        var steps: [Step] = []
        var at = 0
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "["):
                guard let end = bytes[at...].firstIndex(of: UInt8(ascii: "]")) else { return nil }
                let inner = bytes[(at + 1)..<end]
                if let quote = inner.first, quote == 0x27 || quote == 0x22 {
                    // A name may hold a bracket.
                    guard let close = bytes[(at + 2)...].firstIndex(of: quote),
                        close + 1 < bytes.count, bytes[close + 1] == UInt8(ascii: "]")
                    else { return nil }
                    steps.append(.key(String(decoding: bytes[(at + 2)..<close], as: UTF8.self)))
                    at = close + 2
                    continue
                }
                guard let number = Int(String(decoding: inner, as: UTF8.self)) else { return nil }
                steps.append(.index(number))
                at = end + 1
            case UInt8(ascii: "."):
                at += 1
                guard at < bytes.count, bytes[at] != UInt8(ascii: "."), !steps.isEmpty else {
                    return nil
                }
            case 0x22:
                guard let close = bytes[(at + 1)...].firstIndex(of: 0x22) else { return nil }
                steps.append(.key(String(decoding: bytes[(at + 1)..<close], as: UTF8.self)))
                at = close + 1
            default:
                var name: [UInt8] = []
                while at < bytes.count, bytes[at] != UInt8(ascii: "."),
                    bytes[at] != UInt8(ascii: "[")
                {
                    // `\.` is a dot in a name.
                    if bytes[at] == 0x5C, at + 1 < bytes.count { at += 1 }
                    name.append(bytes[at])
                    at += 1
                }
                steps.append(.key(String(decoding: name, as: UTF8.self)))
            }
        }
        return steps.isEmpty ? nil : steps
    }

    /// The name, if it is one step into the record.
    var plainName: String? {
        guard !isMetadata, steps.count == 1, case .key(let name) = steps[0] else { return nil }
        return name
    }

    /// The value that it leads to.
    func value(in fields: Fields) -> Value? {
        guard let first = steps.first else { return .object(fields) }
        guard case .key(let name) = first, var value = fields[name] else { return nil }
        for step in steps.dropFirst() {
            switch (step, value) {
            case (.key(let name), .object(let map)):
                guard let next = map[name] else { return nil }
                value = next
            case (.index(let index), .array(let values)):
                let place = index < 0 ? values.count + index : index
                guard values.indices.contains(place) else { return nil }
                value = values[place]
            default: return nil
            }
        }
        return value
    }

    /// Takes away the value that it leads to.
    func remove(from fields: inout Fields) {
        Self.remove(steps[...], from: &fields)
    }

    private static func remove(_ steps: ArraySlice<Step>, from fields: inout Fields) {
        guard case .key(let name)? = steps.first else { return }
        let rest = steps.dropFirst()
        guard !rest.isEmpty else {
            fields.removeValue(forKey: name)
            return
        }
        guard let place = fields.index(of: name) else { return }
        var value = fields.take(at: place)
        remove(rest, from: &value)
        fields.put(value, at: place)
    }

    private static func remove(_ steps: ArraySlice<Step>, from value: inout Value) {
        switch (steps.first, value) {
        case (.key, .object(var map)):
            value = .null
            remove(steps, from: &map)
            value = .object(map)
        case (.index(let index)?, .array(var values)):
            let place = index < 0 ? values.count + index : index
            guard values.indices.contains(place) else { return }
            value = .null
            if steps.count == 1 {
                values.remove(at: place)
            } else {
                remove(steps.dropFirst(), from: &values[place])
            }
            value = .array(values)
        default: return
        }
    }

    /// Sets the value that it leads to, with maps on the way; steps into lists are not taken.
    func set(_ value: Value, in fields: inout Fields) {
        Self.set(value, steps[...], in: &fields)
    }

    private static func set(_ value: Value, _ steps: ArraySlice<Step>, in fields: inout Fields) {
        guard case .key(let name)? = steps.first else { return }
        guard steps.count > 1 else {
            fields.update(name, value)
            return
        }
        var inner = Fields()
        if case .object(let map)? = fields[name] { inner = map }
        set(value, steps.dropFirst(), in: &inner)
        fields.update(name, .object(inner))
    }
}
