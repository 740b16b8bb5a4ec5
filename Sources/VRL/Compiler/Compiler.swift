internal import Basics
internal import Formats
internal import Records

/// Turns a script's expressions into what is run, and finds its mistakes.
struct Compiler {
    /// An error that may happen and that nothing has handled yet.
    struct Pending {
        /// What is said if nothing does.
        var diagnostic: Diagnostic
        /// Why the call may fail, to be said where its result is assigned.
        var reason: String?
    }

    let source: [UInt8]
    let library: [String: Function]
    var diagnostics: [Diagnostic] = []
    var pending: [Pending] = []
    /// The numbers of variables by name; a closure's parameters have numbers of their own.
    var numbers: [String: Int] = [:]
    var variableCount = 0
    /// Variables and paths whose assignment was refused: no more is said of them.
    var unknown: Set<String> = []
    /// What the script may read but not change.
    let readOnly: [ReadOnlyPath]
    /// What `return` may yield, of the script or of the closure at hand.
    var returned = TypeInfo.never
    /// Which jumps lead out of the block at hand.
    var jumps: Jumps = .none

    init(source: [UInt8], library: [String: Function], readOnly: [ReadOnlyPath] = []) {
        self.source = source
        self.library = library
        self.readOnly = readOnly
    }

    /// Whether a path must not be changed.
    func isReadOnly(_ root: Syntax.Root, _ path: [PathSegment]) -> Bool {
        switch root {
        case .event: readOnly.contains { !$0.isMetadata && $0.holds(path) }
        case .metadata: readOnly.contains { $0.isMetadata && $0.holds(path) }
        case .variable, .expression: false
        }
    }

    // MARK: Reports

    mutating func refuse(
        _ code: Int,
        _ message: String,
        _ labels: [Diagnostic.Label],
        notes: [String] = []
    ) {
        diagnostics.append(Diagnostic(code: code, message: message, labels: labels, notes: notes))
    }

    mutating func warn(
        _ code: Int,
        _ message: String,
        _ labels: [Diagnostic.Label],
        notes: [String] = []
    ) {
        diagnostics.append(
            Diagnostic(.warning, code: code, message: message, labels: labels, notes: notes)
        )
    }

    /// The script's text at a place, in one line.
    func text(_ span: Range<Int>) -> String {
        String(decoding: source[span], as: UTF8.self).split(separator: "\n")
            .map { $0.drop { $0 == " " || $0 == "\t" } }.joined(separator: " ")
    }

    // MARK: Blocks

    /// A whole script.
    mutating func compile(root statements: [Syntax], _ state: inout TypeState) -> Compiled? {
        var made: [Compiled] = []
        for statement in statements {
            let compiled = compile(statement, &state)
            diagnostics += pending.map(\.diagnostic)
            pending = []
            if let compiled { made.append(compiled) }
        }
        guard !diagnostics.contains(where: { $0.severity == .error }) else { return nil }
        return joined(made, 0..<source.count)
    }

    /// Expressions one after the other; nil if one is refused.
    mutating func compile(
        sequence statements: [Syntax],
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        var made: [Compiled] = []
        for statement in statements {
            guard let compiled = compile(statement, &state) else { return nil }
            made.append(compiled)
        }
        return joined(made, span)
    }

    private func joined(_ made: [Compiled], _ span: Range<Int>) -> Compiled {
        guard let last = made.last else {
            let nothing = ConstantExpression(.null, span.lowerBound)
            return Compiled(code: nothing, type: TypeInfo(.null), span: span)
        }
        let end = made.firstIndex { $0.type.isNever } ?? made.count - 1
        var result = last
        result.span = span
        result.constant = nil
        result.isFallible = made[...end].contains(where: \.isFallible)
        if made.count > 1 {
            result.code = BlockExpression(
                made.dropLast().map(\.code),
                last.code,
                span.lowerBound
            )
            if made[end].type.isNever { result.type = .never }
        } else {
            result.constant = last.constant
        }
        return result
    }

    /// A block with variables of its own.
    mutating func compile(block syntax: Syntax, _ state: inout TypeState) -> Compiled? {
        guard case .block(let statements) = syntax.kind else { return compile(syntax, &state) }
        var inner = state
        guard let made = compile(sequence: statements, syntax.span, &inner) else { return nil }
        state = state.leaving(block: inner)
        return made
    }

    // MARK: Expressions

    /// An expression; nil if it was refused.
    mutating func compile(_ syntax: Syntax, _ state: inout TypeState) -> Compiled? {
        let before = pending.count
        guard var made = compileKind(syntax, &state) else { return nil }
        made.span = syntax.span
        if made.isFallible, pending.count == before {
            pending.append(
                Pending(
                    diagnostic: Diagnostic(
                        code: 100,
                        message: "unhandled error",
                        labels: [
                            .primary("expression can result in runtime error", syntax.span),
                            .context(
                                "handle the error case to ensure runtime success",
                                syntax.span
                            ),
                        ],
                        notes: [Diagnostic.errorHandling]
                    )
                )
            )
        }
        return made
    }

    private mutating func compileKind(_ syntax: Syntax, _ state: inout TypeState) -> Compiled? {
        let span = syntax.span
        switch syntax.kind {
        case .literal(let value): return constant(value, span)
        case .regex(let text): return compile(regex: text, span)
        case .timestamp(let text): return compile(timestamp: text, span)
        case .template(let parts): return compile(template: parts, span, &state)
        case .group(let inner): return compile(inner, &state)
        case .block: return compile(block: syntax, &state)
        case .array(let items): return compile(array: items, span, &state)
        case .object(let fields): return compile(object: fields, span, &state)
        case .variable(let name): return compile(variable: name, span, state)
        case .query(let root, let path): return compile(query: root, path, span, &state)
        case .call(let call): return compile(call: call, span, &state)
        case .assignment(let assignment): return compile(assignment: assignment, span, &state)
        case .choice(let branches, let otherwise):
            return compile(choice: branches, otherwise, span, &state)
        case .not(let inner): return compile(not: inner, span, &state)
        case .binary(let operation, let left, let right, let at):
            return compile(operation, left, right, at, span, &state)
        case .abort(let message): return compile(abort: message, span, &state)
        case .result(let value): return compile(return: value, span, &state)
        case .nothing: return nil
        case .loop(let loop): return compile(loop: loop, span, &state)
        case .jump(let isBreak): return compile(jump: isBreak, span)
        }
    }

    func constant(_ value: Value, _ span: Range<Int>) -> Compiled {
        Compiled(
            code: ConstantExpression(value, span.lowerBound),
            type: value.type,
            constant: value,
            span: span
        )
    }

    // MARK: Literals

    private mutating func compile(regex text: String, _ span: Range<Int>) -> Compiled? {
        do throws(FunctionError) {
            if let mistake = RustSyntax.mistake(in: text) { throw FunctionError(mistake) }
            try Expressions.check(text)
        } catch {
            refuse(
                101,
                "invalid regular expression",
                [
                    .primary("regular expression is invalid", span),
                    .context(error.message, span),
                ]
            )
            return nil
        }
        return constant(.regex(text), span)
    }

    private mutating func compile(timestamp text: String, _ span: Range<Int>) -> Compiled? {
        guard let stamp = Timestamp(rfc3339: text) else {
            refuse(
                601,
                "invalid timestamp",
                [
                    .primary("timestamp is invalid", span),
                    .context("write it as in t'2024-01-02T03:04:05Z'", span),
                ]
            )
            return nil
        }
        return constant(.timestamp(stamp), span)
    }

    private mutating func compile(
        template parts: [Syntax.TemplatePart],
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        var sum: Syntax?
        for part in parts {
            let next =
                switch part {
                case .text(let text): Syntax(kind: .literal(.text(text)), span: span)
                case .variable(let name, let at): Syntax(kind: .variable(name), span: at)
                }
            sum = sum.map { Syntax(kind: .binary(.add, $0, next, at: span), span: span) } ?? next
        }
        return sum.flatMap { compile($0, &state) }
    }

    private mutating func compile(
        array items: [Syntax],
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        var made: [Compiled] = []
        for item in items {
            guard let compiled = compile(item, &state) else { return nil }
            made.append(compiled)
        }
        var result = Compiled(
            code: ArrayExpression(made.map(\.code), span.lowerBound),
            type: .array(items: made.map(\.type)),
            isFallible: made.contains(where: \.isFallible),
            span: span
        )
        if made.allSatisfy({ $0.constant != nil }) {
            let value = Value.array(made.compactMap(\.constant))
            result.constant = value
            // A variable's constant may change in a closure: only what is written here stays.
            if made.allSatisfy({ $0.code.constant != nil }) {
                result.code = ConstantExpression(value, span.lowerBound)
            }
        }
        return result
    }

    private mutating func compile(
        object fields: [(key: String, value: Syntax)],
        _ span: Range<Int>,
        _ state: inout TypeState
    ) -> Compiled? {
        var made: [(key: String, value: Compiled)] = []
        for (key, value) in fields {
            guard let compiled = compile(value, &state) else { return nil }
            // The last of a name holds.
            made.removeAll { $0.key == key }
            made.append((key, compiled))
        }
        let types = made.map { ($0.key, $0.value.type) }
        var result = Compiled(
            code: ObjectExpression(made.map { ($0.key, $0.value.code) }, span.lowerBound),
            type: .object(Dictionary(types, uniquingKeysWith: { first, _ in first })),
            isFallible: made.contains(where: \.value.isFallible),
            span: span
        )
        if made.allSatisfy({ $0.value.constant != nil }) {
            let value = Value.object(
                Fields(made.compactMap { field in field.value.constant.map { (field.key, $0) } })
            )
            result.constant = value
            if made.allSatisfy({ $0.value.code.constant != nil }) {
                result.code = ConstantExpression(value, span.lowerBound)
            }
        }
        return result
    }
}
