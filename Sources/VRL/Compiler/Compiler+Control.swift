internal import Records

extension Compiler {
    // MARK: if

    mutating func compile(
        choice branches: [Syntax.Branch],
        _ otherwise: Syntax?,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        var made: [(condition: Expression, body: Expression)] = []
        var type = TypeInfo.never
        var isFallible = false
        var result: TypeState?
        for branch in branches {
            guard let condition = compile(condition: branch, &state) else { return nil }
            var inner = state
            guard let body = compile(block: branch.body, &inner) else { return nil }
            made.append((condition.code, body.code))
            type = type.union(body.type)
            isFallible = isFallible || body.isFallible
            result = result?.union(inner) ?? inner
        }
        var last: Compiled?
        if let otherwise {
            var inner = state
            guard let body = compile(block: otherwise, &inner) else { return nil }
            type = type.union(body.type)
            isFallible = isFallible || body.isFallible
            result = result?.union(inner)
            last = body
        } else {
            type = type.orNull
            result = result?.union(state)
        }
        if var result {
            // What a later condition made is there after all of them, or null.
            for (name, variable) in state.variables where result.variables[name] == nil {
                result.variables[name] = .init(type: variable.type.orNull, constant: nil)
            }
            state = result
        }
        return Compiled(
            code: ChoiceExpression(made, last?.code, span.lowerBound),
            type: type,
            isFallible: isFallible,
            span: span
        )
    }

    private mutating func compile(
        condition branch: Syntax.Branch,
        _ state: inout TypeState
    ) -> Compiled? {
        let before = pending.count
        let span = branch.conditionSpan
        guard let made = compile(sequence: branch.conditions, span, &state) else { return nil }
        let unhandled = pending.count > before ? pending[before] : nil
        pending.removeSubrange(before...)
        if let unhandled {
            refuse(
                unhandled.diagnostic.code,
                "fallible predicate",
                unhandled.diagnostic.labels,
                notes: unhandled.diagnostic.notes
            )
            return nil
        }
        guard made.type.kinds == .boolean else {
            refuse(
                102,
                "non-boolean predicate",
                [
                    .primary("this predicate must resolve to a boolean", span),
                    .context("instead it resolves to \(made.type.kinds.text)", span),
                ],
                notes: [Self.coercion]
            )
            return nil
        }
        return made
    }

    static let coercion = "hint: coerce the value to the required type using a coercion function"

    // MARK: Not

    mutating func compile(
        not inner: Syntax,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        guard let made = compile(inner, &state) else { return nil }
        guard made.type.kinds == .boolean else {
            refuse(
                660,
                "non-boolean negation",
                [
                    .primary(
                        "negation only works on boolean values",
                        span.lowerBound..<span.lowerBound + 1
                    ), .context("this expression resolves to \(made.type.kinds.text)", inner.span),
                ],
                notes: [Self.coercion]
            )
            return nil
        }
        return Compiled(
            code: NotExpression(made.code, span.lowerBound),
            type: TypeInfo(.boolean),
            isFallible: made.isFallible,
            span: span
        )
    }

    // MARK: abort, return

    mutating func compile(
        abort message: Syntax?,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        var text: Compiled?
        if let message {
            guard let made = compile(handled: message, "abort", "an abort message", &state) else {
                return nil
            }
            guard made.type.kinds == .bytes else {
                refuse(
                    113,
                    "non-string abort message",
                    [
                        .primary(
                            "abort only accepts an expression argument resolving to a string",
                            message.span
                        ),
                        .context(
                            "this expression resolves to \(made.type.kinds.text)",
                            message.span
                        ),
                    ],
                    notes: [Self.coercion]
                )
                return nil
            }
            text = made
        }
        return Compiled(
            code: AbortExpression(text?.code, span.lowerBound),
            type: .never,
            span: span
        )
    }

    mutating func compile(
        return value: Syntax,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        guard let made = compile(handled: value, "return", "a return value", &state) else {
            return nil
        }
        returned = returned.union(made.type)
        return Compiled(
            code: ReturnExpression(made.code, span.lowerBound),
            type: .never,
            span: span
        )
    }

    /// An expression that must not fail.
    private mutating func compile(
        handled syntax: Syntax,
        _ word: String,
        _ role: String,
        _ state: inout TypeState
    ) -> Compiled? {
        let before = pending.count
        let made = compile(syntax, &state)
        pending.removeSubrange(before...)
        guard let made else { return nil }
        guard !made.isFallible else {
            refuse(
                631,
                "unhandled fallible expression",
                [
                    .primary("\(word) only accepts an infallible expression argument", syntax.span),
                    .context(
                        "handle errors before using the expression as \(role)",
                        syntax.span
                    ),
                ],
                notes: [Diagnostic.errorHandling]
            )
            return nil
        }
        return made
    }
}
