internal import Basics
internal import Records

extension Compiler {
    // MARK: Variables

    /// The number of a variable, which is new if its name is.
    mutating func number(of name: String) -> Int {
        if let number = numbers[name] { return number }
        return newNumber(for: name)
    }

    mutating func newNumber(for name: String) -> Int {
        let number = variableCount
        variableCount += 1
        numbers[name] = number
        return number
    }

    mutating func compile(
        variable name: String,
        _ span: Range<Int>,
        _ state: TypeState
    ) -> Compiled? {
        guard let variable = state.variables[name] else {
            if unknown.contains(name) { return nil }
            var labels = [Diagnostic.Label.primary("undefined variable", span)]
            let names = state.variables.keys.sorted() + ["null", "true", "false"]
            if let nearest = NearestMatch.of(name, among: names) {
                labels.append(.context("did you mean \"\(nearest)\"?", span))
            }
            refuse(701, "call to undefined variable", labels)
            return nil
        }
        return Compiled(
            code: PlaceExpression(.variable(number(of: name)), [], span.lowerBound),
            type: variable.type,
            constant: variable.constant,
            span: span
        )
    }

    // MARK: Queries

    mutating func compile(
        query root: Syntax.Root,
        _ path: [PathSegment],
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        let start = span.lowerBound
        switch root {
        case .event, .metadata:
            let isEvent = if case .event = root { true } else { false }
            if unknown.contains((isEvent ? "." : "%") + path.text) { return nil }
            let type = (isEvent ? state.event : state.metadata).at(path[...])
            if isEvent, path.count == 1, case .field(let name) = path[0] {
                return Compiled(code: EventFieldExpression(name, start), type: type, span: span)
            }
            let place: Place = isEvent ? .event : .metadata
            return Compiled(code: PlaceExpression(place, path, start), type: type, span: span)
        case .variable(let name):
            guard let variable = compile(variable: name, span, state) else { return nil }
            return Compiled(
                code: PlaceExpression(.variable(number(of: name)), path, start),
                type: variable.type.at(path[...]),
                constant: variable.constant?.at(path[...]),
                span: span
            )
        case .expression(let inner):
            guard let made = compile(inner, &state) else { return nil }
            return Compiled(
                code: PathExpression(made.code, path, start),
                type: made.type.at(path[...]),
                isFallible: made.isFallible,
                span: span
            )
        }
    }

    // MARK: Functions that take a path

    /// Names of functions that change or ask for paths, which only the language itself can.
    static let pathFunctions: Set<String> = ["del", "exists", "unnest"]

    mutating func compile(
        pathFunction call: Syntax.Call,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        let names: [String]
        switch call.name {
        case "del": names = ["target", "compact"]
        case "exists": names = ["field"]
        default: names = ["path"]
        }
        let parameters = names.enumerated().map { place, name in
            Parameter(name, place == 0 ? .any : .boolean, isRequired: place == 0)
        }
        guard let places = places(of: call, parameters, span),
            checkRequired(call, places, parameters, span)
        else { return nil }
        if let closure = call.closure {
            refuseClosure(closure, span)
            return nil
        }
        var compact: Compiled?
        var target: Syntax?
        for (argument, place) in zip(call.arguments, places) {
            if place == 0 {
                target = argument.value
            } else {
                guard let made = compile(argument.value, &state) else { return nil }
                guard made.type.kinds == .boolean, !made.isFallible else {
                    refuse(
                        110,
                        "invalid argument type",
                        [.primary("this expression must resolve to a boolean", made.span)]
                    )
                    return nil
                }
                compact = made
            }
        }
        guard let target else { return nil }
        if call.aborts, call.name != "unnest" { warnInfallible(call) }
        return compile(path: call, target, compact, names[0], span, &state)
    }

    private mutating func compile(
        path call: Syntax.Call,
        _ target: Syntax,
        _ compact: Compiled?,
        _ parameter: String,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        let start = span.lowerBound
        var path: [PathSegment] = []
        let place: Place
        switch target.kind {
        case .query(.event, let found), .query(.metadata, let found):
            guard case .query(let root, _) = target.kind else { return nil }
            if call.name == "del", isReadOnly(root, found) {
                refuse(
                    610,
                    "function compilation error: error[E315] mutation of read-only value",
                    [.primary("\(text(target.span)) is read-only, and cannot be deleted", span)]
                )
                return nil
            }
            path = found
            if case .event = root { place = .event } else { place = .metadata }
        case .query(.variable(let name), let found):
            guard compile(variable: name, target.span, state) != nil else { return nil }
            (place, path) = (.variable(number(of: name)), found)
        case .variable(let name) where call.name != "unnest":
            guard compile(variable: name, target.span, state) != nil else { return nil }
            place = .variable(number(of: name))
        case .query(.expression, _) where call.name != "unnest":
            guard let made = compile(target, &state) else { return nil }
            if call.name == "del" { return made }
            let code = BinaryExpression(
                .unequal,
                made.code,
                ConstantExpression(.null, start),
                start
            )
            return Compiled(
                code: code,
                type: TypeInfo(.boolean),
                isFallible: made.isFallible,
                span: span
            )
        default:
            refuse(
                610,
                "function compilation error: error[E400] unexpected expression",
                [
                    .primary("unexpected expression", target.span),
                    .context("the parameter \"\(parameter)\" expects a path, as .message", span),
                ]
            )
            return nil
        }
        let type = type(of: target, state).at(path[...])
        switch call.name {
        case "exists":
            return Compiled(
                code: ExistsExpression(place, path, start),
                type: TypeInfo(.boolean),
                span: span
            )
        case "unnest":
            return Compiled(
                code: UnnestExpression(place, path, start),
                type: .array(of: .object),
                isFallible: type.kinds != .array && !call.aborts,
                span: span
            )
        default:
            forget(target, path, compact: compact?.constant ?? .boolean(false), &state)
            return Compiled(
                code: DeleteExpression(place, path, compact: compact?.code, start),
                type: type,
                span: span
            )
        }
    }

    private func type(of target: Syntax, _ state: TypeState) -> TypeInfo {
        switch target.kind {
        case .query(.event, _): state.event
        case .query(.metadata, _): state.metadata
        case .query(.variable(let name), _), .variable(let name):
            state.variables[name]?.type ?? .any
        default: .any
        }
    }

    private func forget(
        _ target: Syntax,
        _ path: [PathSegment],
        compact: Value,
        _ state: inout TypeState
    ) {
        let isCompact = compact != .boolean(false)
        switch target.kind {
        case .query(.event, _):
            state.event = state.event.removing(path[...], compact: isCompact)
        case .query(.metadata, _):
            state.metadata = state.metadata.removing(path[...], compact: isCompact)
        case .query(.variable(let name), _), .variable(let name):
            let type = state.variables[name]?.type ?? .any
            let left = path.isEmpty ? .any : type.removing(path[...], compact: isCompact)
            state.variables[name] = TypeState.Variable(type: left, constant: nil)
        default: break
        }
    }
}
