internal import Records

extension Compiler {
    mutating func compile(
        loop: Syntax.Loop,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        guard let subject = compile(loop.subject, &state), check(loop, subject.type.kinds) else {
            return nil
        }
        state.forgetConstants(of: loop.body.changedVariables)
        let outer = state
        let outerNumbers = numbers
        let outerJumps = jumps
        jumps = .loop
        defer { jumps = outerJumps }
        let types = Self.types(ofParameters: loop.parameters.count, subject.type)
        var parameters: [Int?] = []
        for ((name, _), type) in zip(loop.parameters, types) {
            guard !name.isEmpty else {
                parameters.append(nil)
                continue
            }
            // It hides a variable of the same name, and leaves it alone.
            parameters.append(newNumber(for: name))
            state.variables[name] = TypeState.Variable(type: type, constant: nil)
        }
        let body = compile(block: loop.body, &state)
        for (name, _) in loop.parameters where !name.isEmpty {
            state.variables[name] = outer.variables[name]
            numbers[name] = outerNumbers[name]
        }
        // There may be no turn at all.
        state = outer.union(state)
        guard let body else { return nil }
        return Compiled(
            code: LoopExpression(subject.code, parameters, body.code, span.lowerBound),
            type: TypeInfo(.null),
            isFallible: subject.isFallible || body.isFallible,
            span: span
        )
    }

    private mutating func check(_ loop: Syntax.Loop, _ kinds: Kinds) -> Bool {
        guard !kinds.isEmpty, kinds.isSubset(of: [.array, .object]) else {
            refuse(
                633,
                "expected array or object, got \(kinds.text)",
                [.primary("expected array or object", loop.subject.span)]
            )
            return false
        }
        if loop.parameters.count == 1, kinds.contains(.object) {
            refuse(
                634,
                "iterating over an object requires a key-value pattern: 'for key, value in ...'",
                [
                    .primary(
                        "iterating over an object requires key-value pattern",
                        loop.parameters[0].span
                    )
                ]
            )
            return false
        }
        if let last = loop.parameters.last, !last.name.isEmpty,
            loop.parameters.dropLast().contains(where: { $0.name == last.name })
        {
            let text = "duplicate variable '\(last.name)' in loop pattern"
            refuse(635, text, [.primary(text, last.span)])
            return false
        }
        return true
    }

    /// What is known of a loop's variables: a key and a value, or a value alone.
    private static func types(ofParameters count: Int, _ subject: TypeInfo) -> [TypeInfo] {
        var keys: Kinds = []
        if subject.kinds.contains(.object) { keys.insert(.bytes) }
        if subject.kinds.contains(.array) { keys.insert(.integer) }
        let value = subject.inner
        return count == 1 ? [value] : [TypeInfo(keys), value]
    }

    mutating func compile(jump isBreak: Bool, _ span: Range<Int>) -> Compiled? {
        guard jumps == .loop || isBreak && jumps == .closure else {
            refuse(
                632,
                isBreak ? "break outside of loop or iterator" : "continue outside of loop",
                [
                    .primary(
                        isBreak
                            ? "break can only be used inside a loop or iterator"
                            : "continue outside of loop",
                        span
                    )
                ]
            )
            return nil
        }
        return Compiled(
            code: JumpExpression(isBreak: isBreak, span.lowerBound),
            type: .never,
            span: span
        )
    }
}
