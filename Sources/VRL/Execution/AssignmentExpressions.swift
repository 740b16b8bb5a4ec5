internal import Records

/// `target = value`.
final class AssignmentExpression: Expression {
    private let target: Target
    private let value: Expression

    init(_ target: Target, _ value: Expression, _ offset: Int) {
        self.target = target
        self.value = value
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        let value = try value.run(&machine, world)
        try machine.set(target, value)
        return value
    }

    override func perform(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) {
        try machine.set(target, try value.run(&machine, world))
    }
}

/// `.field = value`: the most common assignment.
final class FieldAssignmentExpression: Expression {
    private let name: String
    private let value: Expression
    /// Where it stood in the event before.
    private var guess = 0

    init(_ name: String, _ value: Expression, _ offset: Int) {
        self.name = name
        self.value = value
        super.init(offset)
    }

    private func assign(_ value: Value, _ machine: inout Machine) throws(Interrupt) {
        try machine.weigh(value, at: offset)
        machine.event.update(field: name, value, guess: &guess)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        let value = try value.run(&machine, world)
        try assign(value, &machine)
        return value
    }

    override func perform(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) {
        try assign(try value.run(&machine, world), &machine)
    }
}

/// `. |= value` and `variable |= value`, of a value that changes nothing by itself: the map takes the
/// fields where it is.
final class MergeAssignmentExpression: Expression {
    private let place: Place
    private let value: Expression

    init(_ place: Place, _ value: Expression, _ offset: Int) {
        self.place = place
        self.value = value
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        try perform(&machine, world)
        return machine.at(place, []) ?? .null
    }

    override func perform(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) {
        let over = try value.run(&machine, world)
        try machine.weigh(over, at: offset)
        do throws(Arithmetic.Mistake) {
            switch place {
            case .event: try Arithmetic.merge(over, into: &machine.event)
            case .metadata: try Arithmetic.merge(over, into: &machine.metadata)
            case .variable(let number):
                try Arithmetic.merge(over, into: &machine.variables[number])
            }
        } catch {
            throw .failed(error.text, at: offset)
        }
    }
}

/// `ok, err = value`.
final class CatchingAssignmentExpression: Expression {
    private let target: Target?
    private let errorTarget: Target?
    private let value: Expression
    private let fallback: Value

    /// The first target gets `fallback` if there is an error.
    init(
        _ target: Target?,
        _ errorTarget: Target?,
        _ value: Expression,
        fallback: Value,
        _ offset: Int
    ) {
        self.target = target
        self.errorTarget = errorTarget
        self.value = value
        self.fallback = fallback
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        let result: Value
        do throws(Interrupt) {
            result = try value.run(&machine, world)
        } catch {
            guard case .failed(let message, _) = error else { throw error }
            let text = Value.text(message)
            if let target { try machine.set(target, fallback) }
            if let errorTarget { try machine.set(errorTarget, text) }
            return text
        }
        if let target { try machine.set(target, result) }
        if let errorTarget { try machine.set(errorTarget, .null) }
        return result
    }
}
