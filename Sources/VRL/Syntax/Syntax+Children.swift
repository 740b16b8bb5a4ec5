extension Syntax {
    /// The expressions that it is made of, in the order in which they stand.
    var children: [Syntax] {
        switch kind {
        case .literal, .regex, .timestamp, .template, .variable, .nothing, .jump: []
        case .group(let inner), .not(let inner), .result(let inner): [inner]
        case .abort(let message): [message].compactMap(\.self)
        case .block(let body): body
        case .array(let items): items
        case .object(let fields): fields.map(\.value)
        case .query(.expression(let inner), _): [inner]
        case .query: []
        case .call(let call):
            call.arguments.map(\.value) + [call.closure?.body].compactMap(\.self)
        case .assignment(let assignment): assignment.targets + [assignment.value]
        case .choice(let branches, let otherwise):
            branches.flatMap { $0.conditions + [$0.body] } + [otherwise].compactMap(\.self)
        case .binary(_, let left, let right, _): [left, right]
        case .loop(let loop): [loop.subject, loop.body]
        }
    }

    /// The variables that it may change.
    var changedVariables: Set<String> {
        var changed: Set<String> = []
        for child in children { changed.formUnion(child.changedVariables) }
        switch kind {
        case .assignment(let assignment): changed.formUnion(assignment.targets.compactMap(\.root))
        case .call(let call) where call.name == "del":
            changed.formUnion(call.arguments.compactMap(\.value.root))
        default: break
        }
        return changed
    }

    /// The variable that it is, or that its path starts at.
    private var root: String? {
        switch kind {
        case .variable(let name), .query(.variable(let name), _): name
        default: nil
        }
    }
}

extension Syntax.Assignment {
    /// The target and that of the error.
    var targets: [Syntax] { [target, errorTarget].compactMap(\.self) }
}
