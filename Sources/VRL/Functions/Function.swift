public import Basics
public import Records

/// A function of the language.
///
/// The compiler checks names, number and kinds of arguments against `parameters`; an argument that may be
/// of a wrong kind makes the call fallible, one that cannot be right is refused (error 110).
public struct Function: Sendable {
    /// What a call yields: the type of its value, and whether it may fail although all arguments have
    /// the right kinds.
    public struct Outcome: Sendable, Hashable {
        /// The type of the value.
        public var type: TypeInfo
        /// Whether the call may fail.
        public var isFallible: Bool

        /// Makes an outcome.
        public init(_ type: TypeInfo, isFallible: Bool = false) {
            self.type = type
            self.isFallible = isFallible
        }
    }

    /// How a call is carried out.
    public enum Body: Sendable {
        /// From its arguments.
        case plain(@Sendable (Arguments, Surroundings) throws(FunctionError) -> Value)
        /// From its arguments and a closure of so many parameters, whose body yields these kinds.
        case iterating(
            parameters: Int,
            yields: Kinds,
            @Sendable (Arguments, any ClosureBody, Surroundings) throws(ClosureError) -> Value
        )
    }

    /// The name.
    public var name: String
    /// The parameters in order.
    public var parameters: [Parameter]
    /// What a call yields, from what is known of its arguments.
    public var outcome: @Sendable (KnownArguments) -> Outcome
    /// Refuses arguments that are constants and cannot be right (a format, a zone, a choice); called once,
    /// when a script is compiled.
    public var check: @Sendable (KnownArguments) throws(FunctionError) -> Void
    /// How a call is carried out.
    public var body: Body
    /// Makes a body of its own for one call, from what is known of its arguments.
    ///
    /// For an expression that is compiled, a format that is read: called once, when a script is compiled.
    /// Nil, or a result of nil, leaves it at `body`. What it makes is used by one thread.
    public var prepare: (@Sendable (KnownArguments) -> PreparedBody?)?

    /// How one call of a script is carried out.
    public typealias PreparedBody = (Arguments, Surroundings) throws(FunctionError) -> Value

    /// Makes a function.
    public init(
        _ name: String,
        _ parameters: [Parameter],
        outcome: @escaping @Sendable (KnownArguments) -> Outcome,
        check: @escaping @Sendable (KnownArguments) throws(FunctionError) -> Void = { _ in },
        prepare: (@Sendable (KnownArguments) -> PreparedBody?)? = nil,
        body: Body
    ) {
        self.name = name
        self.parameters = parameters
        self.outcome = outcome
        self.check = check
        self.prepare = prepare
        self.body = body
    }
}

/// A parameter of a function.
public struct Parameter: Sendable, Hashable {
    /// Its name, for `f(name: value)`.
    public var name: String
    /// The kinds that it takes.
    public var kinds: Kinds
    /// The kinds of a list's items, where they count; a list that may hold others makes the call
    /// fallible, one that does is refused (error 110).
    public var items: Kinds?
    /// Whether it must be given.
    public var isRequired: Bool
    /// Whether its value must be known when a script is compiled; one that only shows itself later is
    /// refused then (error 610), so that no event meets what the function does not take.
    public var isStatic: Bool

    /// Makes a parameter.
    public init(
        _ name: String,
        _ kinds: Kinds,
        items: Kinds? = nil,
        isRequired: Bool = true,
        isStatic: Bool = false
    ) {
        self.name = name
        self.kinds = kinds
        self.items = items
        self.isRequired = isRequired
        self.isStatic = isStatic
    }

    /// Whether a value of a type is one that the parameter takes for certain.
    func takes(_ type: TypeInfo) -> Bool {
        guard kinds.isSuperset(of: type.kinds) else { return false }
        guard let items, type.kinds.contains(.array) else { return true }
        return type.items.allSatisfy { items.isSuperset(of: $0.kinds) }
            && items.isSuperset(of: type.others ?? [])
    }

    /// Whether no value of a type is one that the parameter takes.
    func refuses(_ type: TypeInfo) -> Bool {
        if kinds.isDisjoint(with: type.kinds) { return true }
        guard let items, type.kinds == .array else { return false }
        return type.items.contains { items.isDisjoint(with: $0.kinds) }
    }

    /// The kinds as complaints name them: `string or array<string>`.
    var text: String {
        guard let items else { return kinds.text }
        return kinds == .array
            ? "array<\(items.text)>" : kinds.text.replacing("array", with: "array<\(items.text)>")
    }
}

/// The arguments of a call, in the order of the function's parameters.
public struct Arguments: Sendable {
    /// The values; nil for what was not given.
    public var values: [Value?]

    /// Makes arguments.
    public init(_ values: [Value?]) {
        self.values = values
    }

    /// An argument by the place of its parameter.
    public subscript(place: Int) -> Value? { values[place] }
}

/// What is known of a call's arguments when a script is compiled.
public struct KnownArguments: Sendable {
    /// The types; nil for what is not given.
    public var types: [TypeInfo?]
    /// The values of those that are constants.
    public var constants: [Value?]

    /// Makes known arguments.
    public init(types: [TypeInfo?], constants: [Value?]) {
        self.types = types
        self.constants = constants
    }
}

/// Why a call failed, in VRL's words: `unable to parse json: ...`.
public struct FunctionError: Error, Sendable, Hashable {
    /// The sentence.
    public var message: String

    /// Makes an error.
    public init(_ message: String) {
        self.message = message
    }
}

/// Why a call with a closure ended early.
public enum ClosureError: Error, Sendable {
    /// The function failed.
    case function(FunctionError)
    /// The closure's body did: an abort, a return or an error, which goes on outwards.
    case body(any Error & Sendable)
}

/// The closure of a call.
public protocol ClosureBody {
    /// Runs it once.
    ///
    /// - Parameter values: One for each parameter of the closure.
    /// - Returns: What its body yields.
    /// - Throws: What ends it early.
    func run(_ values: [Value]) throws(ClosureError) -> Value
}

/// What a running script may ask of the world.
public struct Surroundings: Sendable {
    /// The time now.
    public var now: @Sendable () -> Timestamp
    /// A variable of the environment.
    public var environment: @Sendable (String) -> String?
    /// The machine's name.
    public var hostname: @Sendable () -> String?
    /// Random bytes.
    public var random: @Sendable (Int) -> [UInt8]
    /// The zone of times without one: a name of the zone database, `UTC` or `local`.
    public var zone: String
    /// Writes a line to the program's log: level (`error warn info debug trace`) and text.
    public var log: @Sendable (String, String) -> Void

    /// Makes surroundings.
    public init(
        now: @escaping @Sendable () -> Timestamp,
        environment: @escaping @Sendable (String) -> String?,
        hostname: @escaping @Sendable () -> String?,
        random: @escaping @Sendable (Int) -> [UInt8],
        zone: String,
        log: @escaping @Sendable (String, String) -> Void
    ) {
        self.now = now
        self.environment = environment
        self.hostname = hostname
        self.random = random
        self.zone = zone
        self.log = log
    }
}
