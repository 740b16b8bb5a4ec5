import Basics
import Records

extension Arguments {
    /// An argument that must be there.
    func value(_ place: Int) throws(FunctionError) -> Value {
        guard let value = values[place] else { throw FunctionError("an argument is missing") }
        return value
    }

    /// Whether an argument was given.
    func has(_ place: Int) -> Bool { values[place] != nil }

    /// A text's bytes.
    func bytes(_ place: Int) throws(FunctionError) -> Bytes {
        let value = try value(place)
        guard case .bytes(let bytes) = value else { throw .expected(.bytes, got: value) }
        return bytes
    }

    /// A text, in which what is no UTF-8 is replaced.
    func text(_ place: Int) throws(FunctionError) -> String {
        try bytes(place).text
    }

    /// A text that may be left out.
    func text(_ place: Int, or other: String) throws(FunctionError) -> String {
        has(place) ? try text(place) : other
    }

    /// A whole number.
    func integer(_ place: Int) throws(FunctionError) -> Int64 {
        let value = try value(place)
        guard case .integer(let number) = value else { throw .expected(.integer, got: value) }
        return number
    }

    /// A whole number that may be left out.
    func integer(_ place: Int, or other: Int64) throws(FunctionError) -> Int64 {
        has(place) ? try integer(place) : other
    }

    /// A number, whole or not.
    func number(_ place: Int) throws(FunctionError) -> Double {
        let value = try value(place)
        switch value {
        case .integer(let number): return Double(number)
        case .float(let number): return number
        default: throw FunctionError("can't coerce \(value.kind.text) into float")
        }
    }

    /// A truth.
    func boolean(_ place: Int) throws(FunctionError) -> Bool {
        let value = try value(place)
        guard case .boolean(let truth) = value else { throw .expected(.boolean, got: value) }
        return truth
    }

    /// A truth that may be left out.
    func boolean(_ place: Int, or other: Bool) throws(FunctionError) -> Bool {
        has(place) ? try boolean(place) : other
    }

    /// A list.
    func array(_ place: Int) throws(FunctionError) -> [Value] {
        let value = try value(place)
        guard case .array(let items) = value else { throw .expected(.array, got: value) }
        return items
    }

    /// A map.
    func object(_ place: Int) throws(FunctionError) -> Fields {
        let value = try value(place)
        guard case .object(let fields) = value else { throw .expected(.object, got: value) }
        return fields
    }

    /// A point in time.
    func timestamp(_ place: Int) throws(FunctionError) -> Timestamp {
        let value = try value(place)
        guard case .timestamp(let stamp) = value else { throw .expected(.timestamp, got: value) }
        return stamp
    }

    /// A regular expression.
    func regex(_ place: Int) throws(FunctionError) -> String {
        let value = try value(place)
        guard case .regex(let text) = value else { throw .expected(.regex, got: value) }
        return text
    }

    /// A list of texts.
    func texts(_ place: Int) throws(FunctionError) -> [String] {
        var texts: [String] = []
        for item in try array(place) {
            guard case .bytes(let bytes) = item else { throw .expected(.bytes, got: item) }
            texts.append(bytes.text)
        }
        return texts
    }
}

extension FunctionError {
    /// A value of a wrong kind.
    static func expected(_ kinds: Kinds, got value: Value) -> Self {
        Self("expected \(kinds.text), got \(value.kind.text)")
    }
}
