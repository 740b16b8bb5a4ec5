import Records

extension Function {
    /// A function whose result has one type whatever its arguments.
    init(
        _ name: String,
        _ parameters: [Parameter],
        _ type: TypeInfo,
        fails: Bool = false,
        check: @escaping @Sendable (KnownArguments) throws(FunctionError) -> Void = { _ in },
        _ run: @escaping @Sendable (Arguments, Surroundings) throws(FunctionError) -> Value
    ) {
        let outcome = Outcome(type, isFallible: fails)
        self.init(
            name,
            parameters,
            outcome: { _ in outcome },
            check: check,
            body: .plain(run)
        )
    }

    /// A function whose result has one kind whatever its arguments.
    init(
        _ name: String,
        _ parameters: [Parameter],
        _ kinds: Kinds,
        fails: Bool = false,
        check: @escaping @Sendable (KnownArguments) throws(FunctionError) -> Void = { _ in },
        _ run: @escaping @Sendable (Arguments, Surroundings) throws(FunctionError) -> Value
    ) {
        self.init(name, parameters, TypeInfo(kinds), fails: fails, check: check, run)
    }

    /// A function whose type depends on its arguments.
    init(
        _ name: String,
        _ parameters: [Parameter],
        outcome: @escaping @Sendable (KnownArguments) -> Outcome,
        check: @escaping @Sendable (KnownArguments) throws(FunctionError) -> Void = { _ in },
        _ run: @escaping @Sendable (Arguments, Surroundings) throws(FunctionError) -> Value
    ) {
        self.init(name, parameters, outcome: outcome, check: check, body: .plain(run))
    }
}

extension Parameter {
    /// A parameter that may be left out.
    static func optional(
        _ name: String,
        _ kinds: Kinds,
        items: Kinds? = nil,
        isStatic: Bool = false
    ) -> Self {
        Self(name, kinds, items: items, isRequired: false, isStatic: isStatic)
    }
}

extension KnownArguments {
    /// The kinds of an argument; none if it is not given.
    func kinds(_ place: Int) -> Kinds { types[place]?.kinds ?? [] }

    /// The type of an argument; anything if it is not given.
    func type(_ place: Int) -> TypeInfo { types[place] ?? .any }

    /// The constant text of an argument.
    func text(_ place: Int) -> String? {
        guard case .bytes(let bytes)? = constants[place] else { return nil }
        return bytes.text
    }

    /// The constant regular expression of an argument.
    func regex(_ place: Int) -> String? {
        guard case .regex(let text)? = constants[place] else { return nil }
        return text
    }

    /// Refuses a constant text that is none of the choices.
    func choose(
        _ place: Int,
        _ choices: [String],
        _ what: String
    ) throws(FunctionError) {
        guard let text = text(place), !choices.contains(text) else { return }
        throw FunctionError("\(what): \"\(text)\" is none of \(choices.joined(separator: ", "))")
    }
}
