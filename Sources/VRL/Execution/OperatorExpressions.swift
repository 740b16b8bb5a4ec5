internal import Records

/// Two expressions that an operator joins.
class PairExpression: Expression {
    let left: Expression
    let right: Expression

    init(_ left: Expression, _ right: Expression, _ offset: Int) {
        self.left = left
        self.right = right
        super.init(offset)
    }
}

/// An operator that takes both values.
final class BinaryExpression: PairExpression {
    let operation: Syntax.Operator

    init(_ operation: Syntax.Operator, _ left: Expression, _ right: Expression, _ offset: Int) {
        self.operation = operation
        super.init(left, right, offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        let first = try left.run(&machine, world)
        let second = try right.run(&machine, world)
        let result: Value
        do throws(Arithmetic.Mistake) {
            result = try Arithmetic.apply(operation, first, second)
        } catch {
            throw .failed(error.text, at: offset)
        }
        switch result {
        case .object: try machine.weigh(result, at: offset)
        case .bytes(let text): machine.steps &+= text.count >> 8
        default: break
        }
        return result
    }
}

/// `==` and `!=` with a value that is known.
final class ComparisonWithConstant: Expression {
    private let left: Expression
    private let right: Value
    private let isEqual: Bool

    init(_ left: Expression, _ right: Value, isEqual: Bool, _ offset: Int) {
        self.left = left
        self.right = right
        self.isEqual = isEqual
        super.init(offset)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        .boolean(try left.run(&machine, world).isEqual(right) == isEqual)
    }
}

/// `??`.
final class CoalesceExpression: PairExpression {
    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        do throws(Interrupt) {
            return try left.run(&machine, world)
        } catch {
            guard case .failed = error else { throw error }
            return try right.run(&machine, world)
        }
    }
}

/// `||`: the second if the first is null or false.
final class OrExpression: PairExpression {
    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        let first = try left.run(&machine, world)
        switch first {
        case .null, .boolean(false): return try right.run(&machine, world)
        default: return first
        }
    }
}

/// `&&`: whether both are true; null counts as false.
final class AndExpression: PairExpression {
    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        let first = try left.run(&machine, world)
        switch first {
        case .null, .boolean(false): return .boolean(false)
        default: break
        }
        let second = try right.run(&machine, world)
        switch (first, second) {
        case (.boolean, .null): return .boolean(false)
        case (.boolean, .boolean(let value)): return .boolean(value)
        default:
            throw .failed(
                "can't apply an AND to types \(first.kind.text) and \(second.kind.text)",
                at: offset
            )
        }
    }
}
