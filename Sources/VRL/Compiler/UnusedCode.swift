internal import Records

/// Warns of values that nothing uses and of variables that nothing reads (900).
struct UnusedCode {
    private let text: (Range<Int>) -> String
    private var made: [(name: String, span: Range<Int>)] = []
    private var used: Set<String> = []
    private var warnings: [Diagnostic] = []

    /// Functions that are called for what they do.
    private static let effective: Set<String> = [
        "del", "log", "assert", "assert_eq", "set_semantic_meaning", "for_each",
    ]

    /// Goes through a script; `text` is the script at a place, in one line.
    static func warnings(_ script: [Syntax], text: @escaping (Range<Int>) -> String) -> [Diagnostic]
    {
        var walk = Self(text: text)
        for (index, statement) in script.enumerated() {
            walk.statement(statement, isLast: index == script.count - 1, isNested: false)
        }
        for (name, span) in walk.made
        where !walk.used.contains(name) && !name.isEmpty && !name.hasPrefix("_") {
            walk.warn("unused variable `\(name)`", span)
        }
        return walk.warnings
    }

    private init(text: @escaping (Range<Int>) -> String) {
        self.text = text
    }

    private mutating func warn(_ message: String, _ span: Range<Int>) {
        warnings.append(
            Diagnostic(
                .warning,
                code: 900,
                message: message,
                labels: [.primary("help: use the result of this expression or remove it", span)],
                notes: ["this expression has no side-effects"]
            )
        )
    }

    private mutating func statement(_ syntax: Syntax, isLast: Bool, isNested: Bool) {
        if !isLast {
            switch syntax.kind {
            case .literal: warn("unused literal `\(text(syntax.span))`", syntax.span)
            case .object: warn("unused object `\(text(syntax.span))`", syntax.span)
            case .call(let call)
            where call.closure == nil && !Self.effective.contains(call.name)
                && (call.aborts || !isNested):
                warn("unused result for function call `\(text(syntax.span))`", syntax.span)
            default: break
            }
        }
        visit(syntax)
    }

    private mutating func visit(_ syntax: Syntax) {
        switch syntax.kind {
        case .template(let parts):
            for case .variable(let name, _) in parts { used.insert(name) }
        case .block(let body):
            for (index, statement) in body.enumerated() {
                self.statement(statement, isLast: index == body.count - 1, isNested: true)
            }
        case .variable(let name), .query(.variable(let name), _): used.insert(name)
        case .assignment(let assignment):
            for target in assignment.targets {
                guard case .variable(let name) = target.kind else { continue }
                if assignment.merges {
                    used.insert(name)
                } else if !made.contains(where: { $0.name == name }) {
                    made.append((name, target.span))
                }
            }
            visit(assignment.value)
        case .loop(let loop):
            visit(loop.subject)
            for (name, span) in loop.parameters where !made.contains(where: { $0.name == name }) {
                made.append((name, span))
            }
            visit(loop.body)
        default: for child in syntax.children { visit(child) }
        }
    }
}
