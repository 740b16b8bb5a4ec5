internal import Records

/// `for value in list { }` and `for key, value in map { }`; maps in the order of their names.
final class LoopExpression: Expression {
    private let subject: Expression
    /// The numbers of the variables; nil for `_`.
    private let parameters: [Int?]
    private let body: Expression

    init(_ subject: Expression, _ parameters: [Int?], _ body: Expression, _ offset: Int) {
        self.subject = subject
        self.parameters = parameters
        self.body = body
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        try perform(&machine, world)
        return .null
    }

    override func perform(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) {
        let subject = try subject.run(&machine, world)
        switch subject {
        case .array(let items):
            for (index, item) in items.enumerated() {
                guard try turn(.whole(index), item, &machine, world) else { return }
            }
        case .object(let fields) where parameters.count == 2:
            for entry in fields.sorted {
                guard try turn(.text(entry.key), entry.value, &machine, world) else { return }
            }
        case .object:
            throw .failed(
                "iterating over an object requires a key-value pattern: 'for key, value in ...'",
                at: offset
            )
        default: throw .failed("expected array or object, got \(subject.kind.text)", at: offset)
        }
    }

    /// One turn.
    ///
    /// - Returns: Whether there is another.
    private func turn(
        _ key: @autoclosure () -> Value,
        _ value: Value,
        _ machine: inout Machine,
        _ world: Surroundings
    ) throws(Interrupt) -> Bool {
        try machine.spend(1, at: offset)
        if parameters.count == 2, let number = parameters[0] { machine.variables[number] = key() }
        if let number = parameters[parameters.count - 1] { machine.variables[number] = value }
        do throws(Interrupt) {
            try body.perform(&machine, world)
        } catch {
            switch error {
            case .continued: return true
            case .broke: return false
            default: throw error
            }
        }
        return true
    }
}

/// `break` or `continue`.
final class JumpExpression: Expression {
    private let isBreak: Bool

    init(isBreak: Bool, _ offset: Int) {
        self.isBreak = isBreak
        super.init(offset)
    }

    override func run(_: inout Machine, _: Surroundings) throws(Interrupt) -> Value {
        throw isBreak ? .broke : .continued
    }
}
