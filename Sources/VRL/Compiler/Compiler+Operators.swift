internal import Records

extension Compiler {
    mutating func compile(
        _ operation: Syntax.Operator,
        _ left: Syntax,
        _ right: Syntax,
        _ at: Range<Int>,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        let before = pending.count
        guard let first = compile(left, &state) else { return nil }
        if operation == .coalesce {
            pending.removeSubrange(before...)
            // It may have ended early.
            state.forgetConstants(of: left.changedVariables)
        }
        // What is on the right of these may not be reached.
        let isOptional = operation == .coalesce || operation == .or || operation == .and
        var inner = state
        guard let second = compile(right, &inner) else { return nil }
        guard check(operation, left, first, second, at) else {
            pending.removeSubrange(min(before, pending.count)...)
            return nil
        }
        let isSkipped =
            (operation == .or && first.constant == .boolean(true))
            || (operation == .and && first.constant == .boolean(false))
        if isOptional {
            state = isSkipped ? state : state.union(inner)
            for (name, variable) in inner.variables where state.variables[name] == nil {
                // A variable that is made on the right may not be there.
                if !isSkipped {
                    state.variables[name] = .init(type: variable.type.orNull, constant: nil)
                }
            }
        } else {
            state = inner
        }
        var result = Compiled(
            code: code(operation, first, second, at.lowerBound),
            type: .any,
            span: span
        )
        (result.type, result.isFallible) = outcome(operation, first, second)
        if !result.isFallible { pending.removeSubrange(min(before, pending.count)...) }
        return result
    }

    private mutating func check(
        _ operation: Syntax.Operator,
        _ left: Syntax,
        _ first: Compiled,
        _ second: Compiled,
        _ at: Range<Int>
    ) -> Bool {
        if operation.isComparison, case .binary(let inner, _, _, _) = left.kind, inner.isComparison
        {
            refuse(
                650,
                "comparison operators can't be chained together",
                [.primary("", at)],
                notes: ["hint: join two comparisons with &&"]
            )
            return false
        }
        if operation == .coalesce, !first.isFallible {
            refuse(
                651,
                "unnecessary error coalescing operation",
                [
                    .primary("this expression can't fail", first.span),
                    .context("this expression never resolves", second.span),
                    .context("remove this error coalescing operation", at),
                ]
            )
            return false
        }
        if operation == .merge {
            let bad = [first, second].filter { !$0.type.isNever && $0.type.kinds != .object }
            guard bad.isEmpty else {
                refuse(
                    652,
                    "only objects can be merged",
                    bad.map { .primary("this expression must resolve to an object", $0.span) }
                )
                return false
            }
        }
        return true
    }

    private func code(
        _ operation: Syntax.Operator,
        _ first: Compiled,
        _ second: Compiled,
        _ offset: Int
    ) -> Expression {
        switch operation {
        case .coalesce: return CoalesceExpression(first.code, second.code, offset)
        case .or: return OrExpression(first.code, second.code, offset)
        case .and: return AndExpression(first.code, second.code, offset)
        default: break
        }
        if let left = first.code.constant, let right = second.code.constant,
            !(operation == .multiply && first.type.kinds.union(second.type.kinds).contains(.bytes))
        {
            let folded = try? Arithmetic.apply(operation, left, right)
            // A long text is made when it is needed, if ever.
            if case .bytes(let text)? = folded, text.count > 4096 {
            } else if let folded {
                return ConstantExpression(folded, offset)
            }
        }
        if let right = second.code.constant, operation == .equal || operation == .unequal {
            return ComparisonWithConstant(
                first.code,
                right,
                isEqual: operation == .equal,
                offset
            )
        }
        return BinaryExpression(operation, first.code, second.code, offset)
    }

    /// The type of an operator's value, and whether it may fail.
    private func outcome(
        _ operation: Syntax.Operator,
        _ first: Compiled,
        _ second: Compiled
    ) -> (TypeInfo, Bool) {
        let (left, right) = (first.type.kinds, second.type.kinds)
        let isFallible = first.isFallible || second.isFallible
        func unless(_ kinds: Kinds) -> Bool {
            isFallible || !kinds.isSuperset(of: left) || !kinds.isSuperset(of: right)
        }
        switch operation {
        case .coalesce:
            return (first.type.union(second.type), first.isFallible && second.isFallible)
        case .or:
            if left == .null || first.constant == .boolean(false) {
                return (second.type, isFallible)
            }
            if left.isDisjoint(with: [.null, .boolean]) || first.constant == .boolean(true) {
                return (first.type, first.isFallible)
            }
            var type = first.type
            type.kinds.remove(.null)
            return (type.union(second.type), isFallible)
        case .and:
            if left == .null || first.constant == .boolean(false) {
                return (TypeInfo(.boolean), first.isFallible)
            }
            return (TypeInfo(.boolean), unless([.null, .boolean]))
        case .equal, .unequal: return (TypeInfo(.boolean), isFallible)
        case .greater, .greaterOrEqual, .less, .lessOrEqual:
            let isSame = left == right && (left == .bytes || left == .timestamp)
            return (TypeInfo(.boolean), isSame ? isFallible : unless(.number))
        case .merge: return (first.type.merging(second.type), isFallible)
        case .divide:
            let isNumber = left == .float || left == .integer
            switch second.constant {
            case .float(let value)? where isNumber && value.isNormal:
                return (TypeInfo(.float), isFallible)
            case .integer(let value)? where isNumber && value != 0:
                return (TypeInfo(.float), isFallible)
            default: return (TypeInfo(.float), true)
            }
        case .add, .subtract, .multiply:
            if operation == .add, left == .bytes || right == .bytes {
                return (TypeInfo(.bytes), unless([.bytes, .null]))
            }
            if left == .float || right == .float {
                return (TypeInfo(.float), unless(.number))
            }
            if left == .integer, right == .integer { return (TypeInfo(.integer), isFallible) }
            if operation == .multiply,
                left == .bytes && right == .integer || left == .integer && right == .bytes
            {
                return (TypeInfo(.bytes), isFallible)
            }
            return (TypeInfo(operation == .subtract ? .number : [.bytes, .integer, .float]), true)
        }
    }
}
