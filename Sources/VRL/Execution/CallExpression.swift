internal import Records

/// How a call of a function is carried out, with what is known of its arguments.
typealias CallBody = Function.PreparedBody

/// The call of a function.
final class CallExpression: Expression {
    private let name: String
    private let end: Int
    /// The arguments that are given, by the place of their parameters, in the order of the script.
    private let arguments: [(place: Int, kinds: Kinds, value: Expression)]
    private let body: CallBody
    /// Room for the values, with the constants in their places; empty while a call is under way.
    private var room: [Value?]
    private let constants: [Value?]

    init(
        _ name: String,
        _ span: Range<Int>,
        arguments: [(place: Int, kinds: Kinds, value: Expression)],
        count: Int,
        body: @escaping CallBody
    ) {
        self.name = name
        end = span.upperBound
        var constants = [Value?](repeating: nil, count: count)
        for (place, _, value) in arguments { constants[place] = value.constant }
        self.arguments = arguments.filter { constants[$0.place] == nil }
        self.constants = constants
        self.body = body
        room = constants
        super.init(span.lowerBound)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        try machine.spend(1, at: offset)
        // The room moves out, so that a call within this one's arguments finds none and makes its own.
        var values: [Value?] = []
        swap(&values, &room)
        if values.isEmpty { values = constants }
        for (place, kinds, expression) in arguments {
            let value = try expression.run(&machine, world)
            guard kinds.contains(value.kind) else {
                throw failure("expected \(kinds.text), got \(value.kind.text)")
            }
            values[place] = value
        }
        let taken = Arguments(values)
        values = []
        let result: Value
        do throws(FunctionError) {
            result = try body(taken, world)
        } catch {
            keep(taken)
            throw failure(error.message)
        }
        keep(taken)
        switch result {
        case .array, .object: try machine.weigh(result, at: offset)
        default: break
        }
        return result
    }

    private func keep(_ taken: consuming Arguments) {
        var values = taken.values
        taken.values = []
        for (place, _, _) in arguments { values[place] = nil }
        room = values
    }

    private func failure(_ message: String) -> Interrupt {
        .failed(
            "function call error for \"\(name)\" at (\(offset):\(end)): \(message)",
            at: offset
        )
    }
}

/// The call of a function with a closure.
final class IteratingCallExpression: Expression {
    typealias Body =
        @Sendable (Arguments, any ClosureBody, Surroundings) throws(ClosureError) -> Value

    private let name: String
    private let end: Int
    private let arguments: [(place: Int, kinds: Kinds, value: Expression)]
    private let count: Int
    private let closure: ClosureCode
    private let body: Body

    init(
        _ name: String,
        _ span: Range<Int>,
        arguments: [(place: Int, kinds: Kinds, value: Expression)],
        count: Int,
        closure: ClosureCode,
        body: @escaping Body
    ) {
        self.name = name
        end = span.upperBound
        self.arguments = arguments
        self.count = count
        self.closure = closure
        self.body = body
        super.init(span.lowerBound)
    }

    override func run(_ machine: inout Machine, _ world: Surroundings) throws(Interrupt) -> Value {
        try machine.spend(1, at: offset)
        var values = [Value?](repeating: nil, count: count)
        for (place, kinds, expression) in arguments {
            let value = try expression.run(&machine, world)
            guard kinds.contains(value.kind) else {
                throw failure("expected \(kinds.text), got \(value.kind.text)")
            }
            values[place] = value
        }
        // The machine moves into a box that the closure can hold, and back.
        let box = MachineBox(.empty)
        swap(&box.machine, &machine)
        defer { swap(&box.machine, &machine) }
        let runner = ClosureRunner(code: closure, box: box, world: world)
        do throws(ClosureError) {
            let result = try body(Arguments(values), runner, world)
            try box.weigh(result, at: offset)
            return result
        } catch {
            switch error {
            case .function(let error): throw failure(error.message)
            case .body(let error as Interrupt):
                switch error {
                case .failed(let message, _): throw failure(message)
                case .broke: return .null
                default: throw error
                }
            case .body(let error): throw failure("\(error)")
            }
        }
    }

    private func failure(_ message: String) -> Interrupt {
        .failed(
            "function call error for \"\(name)\" at (\(offset):\(end)): \(message)",
            at: offset
        )
    }
}

extension MachineBox {
    /// Counts a value; the error is one of a closure's body, which goes on outwards.
    fileprivate func weigh(_ value: Value, at offset: Int) throws(ClosureError) {
        do throws(Interrupt) {
            try machine.weigh(value, at: offset)
        } catch {
            throw .body(error)
        }
    }
}

/// The closure of a call: the numbers of its parameters' variables, and its body.
struct ClosureCode {
    /// The variables; nil for a parameter that is not used.
    var parameters: [Int?]
    /// The kinds that the body may yield.
    var yields: Kinds
    var body: Expression
}

/// A closure while its call is under way.
private struct ClosureRunner: ClosureBody {
    let code: ClosureCode
    let box: MachineBox
    let world: Surroundings

    func run(_ values: [Value]) throws(ClosureError) -> Value {
        do throws(Interrupt) {
            try box.machine.spend(1, at: code.body.offset)
            for (number, value) in zip(code.parameters, values) {
                if let number { box.machine.variables[number] = value }
            }
            let result = try turn()
            guard code.yields.contains(result.kind) else {
                throw Interrupt.failed(
                    "expected \(code.yields.text), got \(result.kind.text)",
                    at: code.body.offset
                )
            }
            return result
        } catch {
            throw .body(error)
        }
    }

    /// What the body yields; `return` ends this turn only.
    private func turn() throws(Interrupt) -> Value {
        do throws(Interrupt) {
            return try code.body.run(&box.machine, world)
        } catch {
            guard case .returned(let value) = error else { throw error }
            return value
        }
    }
}
