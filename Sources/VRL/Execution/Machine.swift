internal import Records

/// What a script works on while it runs.
struct Machine {
    /// How many steps one run may take: calls, turns of closures, and parts of values that are built.
    static let stepsMaximum = 1_000_000
    /// How deep values may be nested.
    static let depthMaximum = 128
    /// The longest text that operators may build.
    static let textMaximum = 32 << 20

    var event: Value
    var metadata: Value
    var variables: [Value]
    var steps = 0

    /// A machine without anything, to stand in for one that was moved.
    static let empty = Machine(event: .null, metadata: .null, variables: [])

    /// Counts steps.
    mutating func spend(_ count: Int, at offset: Int) throws(Interrupt) {
        steps &+= count
        if steps > Self.stepsMaximum {
            throw .exhausted(
                "the script needs more than \(Self.stepsMaximum) steps for one event",
                at: offset
            )
        }
    }

    /// Counts a value that becomes a part of another, or comes from a function, so that no script can
    /// make one that is too large or too deep to handle.
    mutating func weigh(_ value: Value, at offset: Int) throws(Interrupt) {
        switch value {
        case .array, .object: try weighParts(value, 1, at: offset)
        default: break
        }
    }

    private mutating func weighParts(
        _ value: Value,
        _ depth: Int,
        at offset: Int
    ) throws(Interrupt) {
        if depth > Self.depthMaximum {
            throw .exhausted("a value is nested more than \(Self.depthMaximum) deep", at: offset)
        }
        switch value {
        case .array(let items):
            try spend(items.count &+ 1, at: offset)
            for item in items {
                switch item {
                case .array, .object: try weighParts(item, depth + 1, at: offset)
                default: continue
                }
            }
        case .object(let fields):
            try spend(fields.count &+ 1, at: offset)
            for entry in fields.entries {
                switch entry.value {
                case .array, .object: try weighParts(entry.value, depth + 1, at: offset)
                default: continue
                }
            }
        default: break
        }
    }
}

/// A machine that moved out of a running expression, for the closure of a call to work on.
final class MachineBox {
    var machine: Machine

    init(_ machine: consuming Machine) {
        self.machine = machine
    }
}
