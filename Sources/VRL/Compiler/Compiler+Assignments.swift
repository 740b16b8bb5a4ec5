internal import Basics
internal import Records

extension Compiler {
    /// The target of an assignment.
    private enum Goal {
        case nothing
        case place(Syntax.Root, [PathSegment])

        /// How it is known if its assignment is refused.
        var key: String? {
            switch self {
            case .nothing, .place(.expression, _): nil
            case .place(.event, let path): "." + path.text
            case .place(.metadata, let path): "%" + path.text
            case .place(.variable(let name), let path): path.isEmpty ? name : nil
            }
        }
    }

    private mutating func goal(_ syntax: Syntax) -> Goal? {
        switch syntax.kind {
        case .nothing: return .nothing
        case .variable(let name): return .place(.variable(name), [])
        case .query(let root, let path):
            if case .expression = root { break }
            return .place(root, path)
        default: break
        }
        refuse(
            641,
            "invalid assignment target",
            [
                .primary("invalid assignment target", syntax.span),
                .context("use one of variable or path", syntax.span),
            ]
        )
        return nil
    }

    mutating func compile(
        assignment: Syntax.Assignment,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        guard let goal = goal(assignment.target) else { return nil }
        var errorGoal: Goal?
        if let target = assignment.errorTarget {
            guard let found = self.goal(target) else { return nil }
            errorGoal = found
        }
        var value = assignment.value
        if assignment.merges {
            let before = assignment.target
            value = Syntax(
                kind: .binary(.merge, before, value, at: before.span),
                span: value.span
            )
        }
        let before = pending.count
        guard let made = compile(value, &state) else {
            for key in [goal.key, errorGoal?.key].compactMap(\.self) { unknown.insert(key) }
            return nil
        }
        let unhandled = pending.count > before ? pending[before] : nil
        pending.removeSubrange(before...)
        if let errorGoal, let errorTarget = assignment.errorTarget {
            return compile(
                catching: assignment,
                goal,
                (errorGoal, errorTarget.span),
                made,
                span,
                &state
            )
        }
        guard check(single: assignment, goal, made, unhandled, state) else {
            if let key = goal.key { unknown.insert(key) }
            return nil
        }
        guard let target = assign(goal, made.type, made.constant, assignment.target.span, &state)
        else { return nil }
        return Compiled(
            code: Self.code(assignment, target, made.code, span.lowerBound),
            type: made.type,
            constant: made.constant,
            span: span
        )
    }

    private static func code(
        _ assignment: Syntax.Assignment,
        _ target: Target,
        _ value: Expression,
        _ offset: Int
    ) -> Expression {
        if assignment.merges, target.path.isEmpty, assignment.value.isPure,
            let sum = value as? BinaryExpression, sum.operation == .merge
        {
            return MergeAssignmentExpression(target.place, sum.right, offset)
        }
        if target.place == .event, target.path.count == 1,
            case .field(let name)? = target.path.first
        {
            return FieldAssignmentExpression(name, value, offset)
        }
        return AssignmentExpression(target, value, offset)
    }

    private mutating func check(
        single assignment: Syntax.Assignment,
        _ goal: Goal,
        _ made: Compiled,
        _ unhandled: Pending?,
        _ state: TypeState
    ) -> Bool {
        let target = assignment.target.span
        let value = assignment.value.span
        let head = target.lowerBound..<max(target.upperBound, value.lowerBound - 1)
        if let unhandled {
            var labels: [Diagnostic.Label] = [
                .primary("this expression is fallible", value),
                .context("update the expression to be infallible", value),
            ]
            if let reason = unhandled.reason { labels.append(.context(reason, value)) }
            labels += [
                .context("or change this to an infallible assignment:", head),
                .context("\(text(target)), err = \(text(value))", head),
            ]
            refuse(
                103,
                "unhandled fallible assignment",
                labels,
                notes: [Diagnostic.errorHandling]
            )
            return false
        }
        if case .nothing = goal {
            refuse(
                640,
                "unnecessary no-op assignment",
                [
                    .primary("this no-op assignment has no effect", value),
                    .context("either assign to a path or variable here", target),
                    .context("or remove the assignment", head),
                ]
            )
            return false
        }
        return checkMutable(goal, head) && checkParents(goal, target, value, state)
    }

    /// Refuses a field of what is no map, and an item of what is no list.
    private mutating func checkParents(
        _ goal: Goal,
        _ span: Range<Int>,
        _ value: Range<Int>,
        _ state: TypeState
    ) -> Bool {
        guard case .place(let root, let path) = goal else { return true }
        let type =
            switch root {
            case .event: state.event
            case .metadata: state.metadata
            case .variable(let name): state.variables[name]?.type ?? .any
            case .expression: TypeInfo.any
            }
        var end = span.upperBound
        for place in path.indices.reversed() {
            // Where the step stands, if it is written without anything that need not be.
            let length = [path[place]].text.utf8.count
            let isIndex = if case .index = path[place] { true } else { false }
            let step = max(span.lowerBound, end - length + (isIndex ? 0 : 1))..<end
            let before = span.lowerBound..<max(span.lowerBound + 1, end - length)
            end = max(span.lowerBound + 1, end - length)
            let parent = type.at(path[..<place])
            // Null is replaced by what is wanted.
            let wanted: Kinds = [isIndex ? .array : .object, .null]
            let isBroken = place == path.count - 1 && Self.isBroken(type, path)
            if !isBroken, parent.isNever || !parent.kinds.isDisjoint(with: wanted) { continue }
            let word = isIndex ? "array" : "object"
            let way = Array(path[..<place]).text
            let name: String
            switch root {
            case .variable(let variable): name = variable + way
            case .metadata: name = "%" + way.drop { $0 == "." }
            default: name = way.isEmpty ? "." : way
            }
            refuse(
                642,
                "parent path segment rejects this mutation",
                [
                    .primary(
                        isIndex
                            ? "indexing into a non-array type is unsupported"
                            : "querying a field of a non-object type is unsupported",
                        step
                    ),
                    .context(
                        "this path resolves to a value of type "
                            + (isBroken ? "undefined" : parent.kinds.text),
                        before
                    ),
                ],
                notes: Diagnostic.solution(
                    "change parent value to \(word), before assignment",
                    [
                        "\(name) = " + (isIndex ? "[]" : "{}"),
                        "\(text(span)) = \(text(value))",
                    ]
                ) + [Diagnostic.errorHandling]
            )
            return false
        }
        return true
    }

    /// Whether a step before the last one leads into what is no map or list.
    private static func isBroken(_ type: TypeInfo, _ path: [PathSegment]) -> Bool {
        path.indices.dropLast().contains { place in
            let isIndex = if case .index = path[place] { true } else { false }
            let parent = type.at(path[..<place])
            return !parent.isNever
                && parent.kinds.isDisjoint(with: [isIndex ? .array : .object, .null])
        }
    }

    /// Refuses to change what a script may only read.
    private mutating func checkMutable(_ goal: Goal, _ span: Range<Int>) -> Bool {
        guard case .place(let root, let path) = goal, isReadOnly(root, path) else { return true }
        let text = "mutation of read-only value"
        refuse(315, text, [.primary(text, span)])
        return false
    }

    private mutating func compile(
        catching assignment: Syntax.Assignment,
        _ goal: Goal,
        _ error: (goal: Goal, span: Range<Int>),
        _ made: Compiled,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        let target = assignment.target.span
        guard made.isFallible else {
            refuse(
                104,
                "unnecessary error assignment",
                [
                    .primary("this error assignment is unnecessary", error.span),
                    .context("because this expression can't fail", assignment.value.span),
                    .context("use: \(text(target)) = \(text(assignment.value.span))", target),
                ],
                notes: [Diagnostic.errorHandling]
            )
            for key in [goal.key, error.goal.key].compactMap(\.self) { unknown.insert(key) }
            return nil
        }
        if case .nothing = goal, case .nothing = error.goal {
            refuse(
                640,
                "unnecessary no-op assignment",
                [
                    .primary("this no-op assignment has no effect", assignment.value.span),
                    .context("either assign to a path or variable here", target),
                    .context(
                        "or remove the assignment",
                        target.lowerBound..<error.span.upperBound
                    ),
                ]
            )
            return nil
        }
        guard checkMutable(goal, target), checkMutable(error.goal, error.span),
            checkParents(goal, target, assignment.value.span, state),
            checkParents(error.goal, error.span, assignment.value.span, state)
        else { return nil }
        let fallback = Self.fallback(of: made.type.kinds)
        let type = made.type.union(TypeInfo(fallback.kind))
        let first = assign(goal, type, nil, target, &state)
        let second = assign(error.goal, TypeInfo([.bytes, .null]), nil, error.span, &state)
        return Compiled(
            code: CatchingAssignmentExpression(
                first,
                second,
                made.code,
                fallback: fallback,
                span.lowerBound
            ),
            type: made.type.union(TypeInfo(.bytes)),
            span: span
        )
    }

    /// What stands for a value of these kinds that there is not.
    private static func fallback(of kinds: Kinds) -> Value {
        switch kinds {
        case .bytes: .text("")
        case .integer: .integer(0)
        case .float: .float(0)
        case .boolean: .boolean(false)
        case .timestamp: .timestamp(Timestamp(nanoseconds: 0))
        case .regex: .regex("")
        case .array: .array([])
        case .object: .object(Fields())
        default: .null
        }
    }

    /// Notes what a target holds from now on.
    private mutating func assign(
        _ goal: Goal,
        _ type: TypeInfo,
        _ constant: Value?,
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Target? {
        guard case .place(let root, let path) = goal else { return nil }
        let place: Place
        switch root {
        case .event:
            place = .event
            if !type.isNever { state.event = state.event.setting(path[...], type) }
        case .metadata:
            place = .metadata
            if !type.isNever { state.metadata = state.metadata.setting(path[...], type) }
        case .variable(let name):
            place = .variable(number(of: name))
            let before = state.variables[name]?.type ?? TypeInfo(.null)
            if !type.isNever || state.variables[name] == nil {
                state.variables[name] = TypeState.Variable(
                    type: type.isNever ? .never : before.setting(path[...], type),
                    constant: path.isEmpty ? constant : nil
                )
            }
        case .expression: return nil
        }
        return Target(place: place, path: path[...], offset: span.lowerBound)
    }
}
