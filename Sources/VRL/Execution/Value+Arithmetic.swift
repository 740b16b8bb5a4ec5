internal import Records

extension Value {
    /// A number, for arithmetic in which either side may have a fraction.
    var asDouble: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .float(let number): number
        default: nil
        }
    }

    /// Whether two values are equal; numbers by their amount.
    func isEqual(_ other: Value) -> Bool {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left == right
        case (.integer, .float), (.float, .integer), (.float, .float): asDouble == other.asDouble
        default: self == other
        }
    }
}

/// Arithmetic and comparisons, with VRL's rules and words.
enum Arithmetic {
    /// A text of an error, without a place.
    struct Mistake: Error {
        var text: String
        init(_ text: String) { self.text = text }
    }

    private static func number(_ result: Double) throws(Mistake) -> Value {
        guard !result.isNaN else { throw Mistake("operation would produce NaN") }
        return .float(result)
    }

    static func apply(
        _ operation: Syntax.Operator,
        _ left: Value,
        _ right: Value
    ) throws(Mistake) -> Value {
        switch operation {
        case .add: try add(left, right)
        case .subtract: try subtract(left, right)
        case .multiply: try multiply(left, right)
        case .divide: try divide(left, right)
        case .equal: .boolean(left.isEqual(right))
        case .unequal: .boolean(!left.isEqual(right))
        case .greater, .greaterOrEqual, .less, .lessOrEqual:
            .boolean(try compare(operation, left, right))
        case .merge: try merge(left, right)
        case .coalesce, .or, .and: .null
        }
    }

    private static func add(_ left: Value, _ right: Value) throws(Mistake) -> Value {
        switch (left, right) {
        case (.integer(let first), .integer(let second)): return .integer(first &+ second)
        case (.integer, .float), (.float, .integer), (.float, .float):
            return try number((left.asDouble ?? 0) + (right.asDouble ?? 0))
        case (.bytes(let first), .bytes(let second)):
            guard first.count + second.count <= Machine.textMaximum else {
                throw Mistake("a text is longer than \(Machine.textMaximum) bytes")
            }
            var all: [UInt8] = []
            all.reserveCapacity(first.count + second.count)
            all += first.array
            all += second.array
            return .bytes(Bytes(all))
        case (.bytes, .null): return left
        case (.null, .bytes): return right
        default:
            throw Mistake("can't add type \(right.kind.text) to \(left.kind.text)")
        }
    }

    private static func subtract(_ left: Value, _ right: Value) throws(Mistake) -> Value {
        if case .integer(let first) = left, case .integer(let second) = right {
            return .integer(first &- second)
        }
        guard let first = left.asDouble, let second = right.asDouble else {
            throw Mistake("can't subtract type \(right.kind.text) from \(left.kind.text)")
        }
        return try number(first - second)
    }

    private static func multiply(_ left: Value, _ right: Value) throws(Mistake) -> Value {
        switch (left, right) {
        case (.integer(let first), .integer(let second)): return .integer(first &* second)
        case (.integer(let count), .bytes(let text)), (.bytes(let text), .integer(let count)):
            let count = count < 0 || text.isEmpty ? 0 : count
            guard count <= Machine.textMaximum, text.count * Int(count) <= Machine.textMaximum
            else { throw Mistake("a text is longer than \(Machine.textMaximum) bytes") }
            var all: [UInt8] = []
            all.reserveCapacity(text.count * Int(count))
            for _ in 0..<Int(count) { all += text.array }
            return .bytes(Bytes(all))
        default:
            guard let first = left.asDouble, let second = right.asDouble else {
                throw Mistake("can't multiply type \(left.kind.text) by \(right.kind.text)")
            }
            return try number(first * second)
        }
    }

    private static func divide(_ left: Value, _ right: Value) throws(Mistake) -> Value {
        guard let second = right.asDouble else {
            throw Mistake("can't divide type \(left.kind.text) by \(right.kind.text)")
        }
        guard second != 0 else { throw Mistake("can't divide by zero") }
        guard let first = left.asDouble else {
            throw Mistake("can't divide type \(left.kind.text) by \(right.kind.text)")
        }
        return try number(first / second)
    }

    private static func compare(
        _ operation: Syntax.Operator,
        _ left: Value,
        _ right: Value
    ) throws(Mistake) -> Bool {
        switch (left, right) {
        case (.integer(let first), .integer(let second)): return ordered(operation, first, second)
        case (.bytes(let first), .bytes(let second)): return ordered(operation, first, second)
        case (.timestamp(let first), .timestamp(let second)):
            return ordered(operation, first, second)
        default:
            guard let first = left.asDouble, let second = right.asDouble else {
                throw Mistake(
                    "can't compare \(left.kind.text) \(operation.rawValue) \(right.kind.text)"
                )
            }
            return ordered(operation, first, second)
        }
    }

    private static func ordered<T: Comparable>(
        _ operation: Syntax.Operator,
        _ left: T,
        _ right: T
    ) -> Bool {
        switch operation {
        case .greater: left > right
        case .greaterOrEqual: left >= right
        case .less: left < right
        default: left <= right
        }
    }

    private static func merge(_ left: Value, _ right: Value) throws(Mistake) -> Value {
        var result = left
        try merge(right, into: &result)
        return result
    }

    /// Lays the fields of a map over those of another, which is changed where it is.
    static func merge(_ right: Value, into left: inout Value) throws(Mistake) {
        guard case .object(var fields) = left, case .object(let over) = right else {
            throw Mistake("can't merge type \(right.kind.text) into \(left.kind.text)")
        }
        left = .null
        defer { left = .object(fields) }
        if fields.count > 64, over.count > 64 {
            // Looking at each of many for each of many would take too long.
            let places = Dictionary(
                fields.entries.enumerated().map { ($0.element.key, $0.offset) },
                uniquingKeysWith: { first, _ in first }
            )
            for entry in over.entries {
                if let place = places[entry.key] {
                    fields.put(entry.value, at: place)
                } else {
                    fields.append(entry.key, entry.value)
                }
            }
        } else {
            for entry in over.entries { fields.update(entry.key, entry.value) }
        }
    }
}
