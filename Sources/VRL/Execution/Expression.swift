internal import Records

/// A step of a compiled script.
class Expression {
    /// The byte of the script where it begins, for errors.
    let offset: Int

    init(_ offset: Int) {
        self.offset = offset
    }

    /// Its value.
    func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value { .null }

    /// Does what it does; nobody wants its value.
    func perform(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) {
        _ = try run(&machine, world)
    }

    /// Whether its value is the same in every run.
    var constant: Value? { nil }
}

/// A value that is known.
final class ConstantExpression: Expression {
    let value: Value

    init(_ value: Value, _ offset: Int) {
        self.value = value
        super.init(offset)
    }

    override func run(_: inout Machine, _: Surroundings) throws(Interrupt) -> Value { value }
    override func perform(_: inout Machine, _: Surroundings) throws(Interrupt) {}
    override var constant: Value? { value }
}

/// Some expressions, the last of which is the value.
final class BlockExpression: Expression {
    private let body: [Expression]
    private let last: Expression

    init(_ body: [Expression], _ last: Expression, _ offset: Int) {
        self.body = body
        self.last = last
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        for expression in body { try expression.perform(&machine, world) }
        return try last.run(&machine, world)
    }

    override func perform(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) {
        for expression in body { try expression.perform(&machine, world) }
        try last.perform(&machine, world)
    }
}

/// A list.
final class ArrayExpression: Expression {
    private let items: [Expression]

    init(_ items: [Expression], _ offset: Int) {
        self.items = items
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        var values: [Value] = []
        values.reserveCapacity(items.count)
        for item in items {
            let value = try item.run(&machine, world)
            try machine.weigh(value, at: offset)
            values.append(value)
        }
        return .array(values)
    }
}

/// A map.
final class ObjectExpression: Expression {
    private let fields: [(key: String, value: Expression)]

    /// Takes fields whose names differ.
    init(_ fields: [(key: String, value: Expression)], _ offset: Int) {
        self.fields = fields
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        var result = Fields(capacity: fields.count)
        for (key, value) in fields {
            let value = try value.run(&machine, world)
            try machine.weigh(value, at: offset)
            result.append(key, value)
        }
        return .object(result)
    }
}

/// `if` and `else`.
final class ChoiceExpression: Expression {
    private let branches: [(condition: Expression, body: Expression)]
    private let otherwise: Expression?

    init(
        _ branches: [(condition: Expression, body: Expression)],
        _ otherwise: Expression?,
        _ offset: Int
    ) {
        self.branches = branches
        self.otherwise = otherwise
        super.init(offset)
    }

    private func choose(
        _ machine: inout Machine,
        _ world: Surroundings
    ) throws(Interrupt) -> Expression? {
        for (condition, body) in branches {
            switch try condition.run(&machine, world) {
            case .boolean(true): return body
            case .boolean(false): continue
            case let other:
                throw .failed("expected boolean, got \(other.kind.text)", at: condition.offset)
            }
        }
        return otherwise
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        try choose(&machine, world)?.run(&machine, world) ?? .null
    }

    override func perform(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) {
        try choose(&machine, world)?.perform(&machine, world)
    }
}

/// `!`.
final class NotExpression: Expression {
    private let inner: Expression

    init(_ inner: Expression, _ offset: Int) {
        self.inner = inner
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        switch try inner.run(&machine, world) {
        case .boolean(let value): return .boolean(!value)
        case let other: throw .failed("expected boolean, got \(other.kind.text)", at: offset)
        }
    }
}

/// `abort`.
final class AbortExpression: Expression {
    private let message: Expression?

    init(_ message: Expression?, _ offset: Int) {
        self.message = message
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        switch try message?.run(&machine, world) {
        case nil: throw .aborted(nil)
        case .bytes(let text): throw .aborted(text.text)
        case let other?: throw .failed("expected string, got \(other.kind.text)", at: offset)
        }
    }
}

/// `return`.
final class ReturnExpression: Expression {
    private let value: Expression

    init(_ value: Expression, _ offset: Int) {
        self.value = value
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        throw .returned(try value.run(&machine, world))
    }
}
