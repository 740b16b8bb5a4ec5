internal import Records

extension Compiler {
    /// What became of a call's closure.
    enum ClosureOutcome {
        case refused
        case none
        case some(ClosureCode, fails: Bool)
    }

    mutating func refuseClosure(_ closure: Syntax.Closure, _ span: Range<Int>) {
        refuse(
            109,
            "unexpected closure",
            [
                .primary("unexpected closure", closure.parametersSpan),
                .context("this function does not accept a closure", span),
            ]
        )
    }

    mutating func compile(
        closureOf call: Syntax.Call,
        _ function: Function,
        _ given: [(place: Int, argument: Syntax.Argument, value: Compiled)],
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> ClosureOutcome {
        guard case .iterating(let count, let yields, _) = function.body else {
            guard let closure = call.closure else { return .none }
            refuseClosure(closure, span)
            return .refused
        }
        guard let closure = call.closure else {
            refuse(111, "missing closure", [.primary("this function expects a closure", span)])
            return .refused
        }
        let subject = given.first { $0.place == 0 }?.value.type ?? .any
        let wanted = function.parameters.first?.kinds ?? .any
        guard wanted.isSuperset(of: subject.kinds) else {
            refuse(
                121,
                "type mismatch in closure parameter",
                [
                    .primary(
                        "the closure tied to this function call expects a different input value",
                        span
                    ),
                    .context(
                        "expression has an inferred type of \(subject.kinds.text) where "
                            + "\(wanted.text) was expected",
                        span
                    ),
                ]
            )
            return .refused
        }
        guard closure.parameters.count == count else {
            refuse(
                120,
                "invalid closure arity",
                [
                    .primary(
                        "this function requires a closure with \(count) argument(s)",
                        call.nameSpan
                    ),
                    .context(
                        "but \(closure.parameters.count) argument(s) are supplied",
                        closure.parametersSpan
                    ),
                ]
            )
            return .refused
        }
        return compile(closure, call, subject, yields, &state)
    }

    private mutating func compile(
        _ closure: Syntax.Closure,
        _ call: Syntax.Call,
        _ subject: TypeInfo,
        _ yields: Kinds,
        _ state: inout TypeState
    ) -> ClosureOutcome {
        state.forgetConstants(of: closure.body.changedVariables)
        let outer = state
        let outerNumbers = numbers
        let outerReturned = returned
        let outerJumps = jumps
        returned = .never
        jumps = call.name == "for_each" ? .closure : .none
        defer {
            returned = outerReturned
            jumps = outerJumps
        }
        var parameters: [Int?] = []
        for (place, parameter) in closure.parameters.enumerated() {
            guard !parameter.name.isEmpty else {
                parameters.append(nil)
                continue
            }
            // A parameter hides a variable of the same name, and leaves it alone.
            parameters.append(newNumber(for: parameter.name))
            state.variables[parameter.name] = TypeState.Variable(
                type: Self.type(ofParameter: place, of: call.name, closure, subject),
                constant: nil
            )
        }
        let before = pending.count
        let body = compile(block: closure.body, &state)
        for parameter in closure.parameters where !parameter.name.isEmpty {
            state.variables[parameter.name] = outer.variables[parameter.name]
            numbers[parameter.name] = outerNumbers[parameter.name]
        }
        // There may have been no turn.
        state.forgetConstants(of: closure.body.changedVariables)
        guard let body else { return .refused }
        if call.aborts { pending.removeSubrange(min(before, pending.count)...) }
        let found = body.type.kinds.union(returned.kinds)
        guard yields.isSuperset(of: found) else {
            let span = closure.body.span
            refuse(
                122,
                "type mismatch in closure return type",
                [
                    .primary("block returns invalid value type", span),
                    .context("expected: \(yields.text)", span),
                    .context("received: \(found.text)", span),
                ]
            )
            return .refused
        }
        return .some(
            ClosureCode(parameters: parameters, yields: yields, body: body.code),
            fails: body.isFallible
        )
    }

    /// What is known of a parameter: a key and a value, a value alone, or what the function says.
    private static func type(
        ofParameter place: Int,
        of name: String,
        _ closure: Syntax.Closure,
        _ subject: TypeInfo
    ) -> TypeInfo {
        switch name {
        case "map_keys": return TypeInfo(.bytes)
        case "replace_with": return .object(["string": TypeInfo(.bytes)], others: .any)
        default: break
        }
        if name == "fold", place == 0 { return .any }
        if place == closure.parameters.count - 2 {
            var kinds: Kinds = []
            if subject.kinds.contains(.object) { kinds.insert(.bytes) }
            if subject.kinds.contains(.array) { kinds.insert(.integer) }
            return TypeInfo(kinds)
        }
        return subject.inner
    }
}
