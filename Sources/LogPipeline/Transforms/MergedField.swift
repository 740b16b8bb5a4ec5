internal import Basics
internal import Records

/// How the values of a field are joined, by Vector's names.
enum MergeStrategy: String, CaseIterable, Sendable {
    case array
    case concat
    case concatNewline = "concat_newline"
    case concatRaw = "concat_raw"
    case discard
    case flatUnique = "flat_unique"
    case longestArray = "longest_array"
    case max
    case min
    case retain
    case shortestArray = "shortest_array"
    case sum
}

/// The joined values of a field.
struct MergedField: Sendable {
    private var strategy: MergeStrategy?
    private var value: Value
    /// The last time, for fields without a strategy.
    private var end: Value?

    init(_ first: Value, _ strategy: MergeStrategy?) {
        self.strategy = strategy
        switch strategy {
        case .array: value = .array([first])
        case .flatUnique: value = .array(Self.unique([], first))
        default: value = first
        }
    }

    /// What it gives: the value, and with a suffix to the name what belongs to it.
    var results: [(suffix: String, value: Value)] {
        end.map { [("", value), ("_end", $0)] } ?? [("", value)]
    }

    /// Joins another value; one of a kind that cannot be joined is left out.
    mutating func add(_ other: Value) {
        switch strategy {
        case nil: addUsual(other)
        case .discard: break
        case .retain: if other != .null { value = other }
        case .array:
            guard case .array(var items) = value else { return }
            value = .null
            items.append(other)
            value = .array(items)
        case .concat: concatenate(other, " ")
        case .concatNewline: concatenate(other, "\n")
        case .concatRaw: concatenate(other, "")
        case .flatUnique:
            if case .array(let items) = value { value = .array(Self.unique(items, other)) }
        case .longestArray: takeArray(other) { $0 > $1 }
        case .shortestArray: takeArray(other) { $0 < $1 }
        case .max:
            if let left = Self.number(value), let right = Self.number(other), right > left {
                value = other
            }
        case .min:
            if let left = Self.number(value), let right = Self.number(other), right < left {
                value = other
            }
        case .sum: sum(other)
        }
    }

    private mutating func addUsual(_ other: Value) {
        switch (value, other) {
        case (.integer, .integer), (.float, .float), (.integer, .float), (.float, .integer):
            sum(other)
        case (.timestamp, .timestamp): end = other
        default: break
        }
    }

    private mutating func concatenate(_ other: Value, _ separator: String) {
        switch (value, other) {
        case (.bytes(var left), .bytes(let right)):
            value = .null
            left.array.append(contentsOf: separator.utf8)
            left.array.append(contentsOf: right.array)
            value = .bytes(left)
        case (.array(var items), .array(let more)):
            value = .null
            items += more
            value = .array(items)
        case (.array(var items), _):
            value = .null
            items.append(other)
            value = .array(items)
        default: break
        }
    }

    private mutating func takeArray(_ other: Value, _ isBetter: (Int, Int) -> Bool) {
        guard case .array(let items) = value, case .array(let more) = other else { return }
        if isBetter(more.count, items.count) { value = other }
    }

    private mutating func sum(_ other: Value) {
        switch (value, other) {
        case (.integer(let left), .integer(let right)): value = .integer(left &+ right)
        default:
            if let left = Self.number(value), let right = Self.number(other) {
                value = .float(left + right)
            }
        }
    }

    private static func number(_ value: Value) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .float(let number): number
        case .timestamp(let time): Double(time.nanoseconds)
        default: nil
        }
    }

    private static func unique(_ items: [Value], _ value: Value) -> [Value] {
        var items = items
        let more: [Value]
        switch value {
        case .array(let inner): more = inner
        case .object(let fields): more = fields.entries.map(\.value)
        default: more = [value]
        }
        for item in more where !items.contains(item) { items.append(item) }
        return items
    }
}
