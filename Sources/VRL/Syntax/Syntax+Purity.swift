extension Syntax {
    /// Whether it certainly changes neither the event nor a variable.
    var isPure: Bool {
        switch kind {
        case .literal, .regex, .timestamp, .template, .variable: true
        case .query(.expression(let inner), _): inner.isPure
        case .query: true
        case .group(let inner), .not(let inner): inner.isPure
        case .array(let items): items.allSatisfy(\.isPure)
        case .object(let fields): fields.allSatisfy(\.value.isPure)
        case .binary(_, let left, let right, _): left.isPure && right.isPure
        case .call(let call):
            call.name != "del" && call.closure == nil && call.arguments.allSatisfy(\.value.isPure)
        default: false
        }
    }
}
