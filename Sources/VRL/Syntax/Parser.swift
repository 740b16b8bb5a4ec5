internal import Basics
internal import Records

/// Reads a script's tokens into expressions.
struct Parser {
    /// How deep expressions may be nested, operators in a row included.
    static let depthMaximum = 160
    /// The greatest index of a list that a path may name.
    static let indexMaximum = 65_535

    let source: [UInt8]
    var tokens: [Token]
    var place = 0
    var depth = 0
    /// Whether the expression at hand is in parentheses, where an operator may begin a line.
    var isGrouped = false

    /// Reads a script.
    ///
    /// - Throws: Errors 203 to 209.
    static func parse(_ source: [UInt8]) throws(SyntaxError) -> [Syntax] {
        var parser = Self(source: source, tokens: try Lexer.tokens(of: source))
        return try parser.statements(until: .end)
    }

    // MARK: Tokens

    var token: Token { tokens[place] }

    func isAt(_ kind: TokenKind) -> Bool { tokens[place].kind == kind }

    /// The token after this one.
    var following: Token { tokens[min(place + 1, tokens.count - 1)] }

    /// Whether the token follows the one before without a space.
    var isAdjacent: Bool {
        place > 0 && tokens[place - 1].span.upperBound == token.span.lowerBound
    }

    mutating func advance() {
        if place < tokens.count - 1 { place += 1 }
    }

    /// Takes a token if it is next.
    mutating func take(_ kind: TokenKind) -> Bool {
        guard isAt(kind) else { return false }
        advance()
        return true
    }

    mutating func expect(_ kind: TokenKind, _ expected: String) throws(SyntaxError) {
        guard take(kind) else { throw unexpected([expected]) }
    }

    mutating func skipNewlines() {
        while isAt(.newline) { advance() }
    }

    /// The token before this one ended here.
    var end: Int { place > 0 ? tokens[place - 1].span.upperBound : 0 }

    func text(_ span: Range<Int>) -> String {
        String(decoding: source[span], as: UTF8.self)
    }

    func unexpected(_ expected: [String]) -> SyntaxError {
        let list = "expected one of: " + expected.joined(separator: ", ")
        if isAt(.end) {
            return SyntaxError(
                204,
                "syntax error",
                [.primary("unexpected end of program", token.span), .context(list, token.span)]
            )
        }
        if isAt(.reserved) {
            return SyntaxError(
                205,
                "reserved keyword",
                [
                    .primary(
                        "this identifier name is reserved for future use in the language",
                        token.span
                    ), .context("use a different name instead", token.span),
                ]
            )
        }
        let shown = isAt(.newline) ? "\\n" : text(token.span)
        return SyntaxError(
            203,
            "syntax error",
            [
                .primary("unexpected syntax token: \"\(shown)\"", token.span),
                .context(list, token.span),
            ]
        )
    }

    /// Runs a step one level deeper.
    mutating func nested<T>(
        _ body: (inout Self) throws(SyntaxError) -> T
    ) throws(SyntaxError) -> T {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMaximum else {
            throw SyntaxError(
                203,
                "syntax error",
                at: token.span,
                "expressions are nested more than \(Self.depthMaximum) deep here"
            )
        }
        return try body(&self)
    }

    // MARK: Statements

    /// Expressions in lines of their own or with semicolons between, until a token that is not taken.
    mutating func statements(until last: TokenKind) throws(SyntaxError) -> [Syntax] {
        var result: [Syntax] = []
        let wasGrouped = isGrouped
        isGrouped = false
        defer { isGrouped = wasGrouped }
        skipNewlines()
        while !isAt(last) {
            result.append(try expression())
            guard !isAt(last) else { break }
            guard isAt(.newline) || isAt(.semicolon) else {
                throw unexpected(["\"\\n\"", "\";\"", "an operator"])
            }
            while isAt(.newline) || isAt(.semicolon) { advance() }
        }
        return result
    }

    mutating func block() throws(SyntaxError) -> Syntax {
        let start = token.span.lowerBound
        try expect(.openBrace, "\"{\"")
        let body = try nested { (parser) throws(SyntaxError) in
            try parser.statements(until: .closeBrace)
        }
        advance()
        return Syntax(kind: .block(body), span: start..<end)
    }

    /// An expression, which may be an assignment.
    mutating func expression() throws(SyntaxError) -> Syntax {
        let first = try operation()
        if isAt(.assign) || isAt(.mergeAssign) {
            return try assignment(first, nil)
        }
        if isAt(.comma), Self.isTarget(first), let errorTarget = try secondTarget() {
            return try assignment(first, errorTarget)
        }
        if case .nothing = first.kind {
            throw SyntaxError(
                203,
                "syntax error",
                at: first.span,
                "unexpected syntax token: \"_\""
            )
        }
        return first
    }

    static func isTarget(_ syntax: Syntax) -> Bool {
        switch syntax.kind {
        case .nothing, .variable, .query: true
        default: false
        }
    }

    /// The `, err =` of an assignment; nothing is taken if there is none.
    private mutating func secondTarget() throws(SyntaxError) -> Syntax? {
        let before = place
        advance()
        if isAt(.underscore) || isAt(.identifier) || isAt(.dot) || isAt(.percent) {
            let target = try primary()
            if isAt(.assign) || isAt(.mergeAssign) { return target }
        }
        place = before
        return nil
    }

    private mutating func assignment(
        _ target: Syntax,
        _ errorTarget: Syntax?
    ) throws(SyntaxError) -> Syntax {
        guard Self.isTarget(target) else {
            throw unexpected(["\"\\n\"", "\";\"", "an operator"])
        }
        let merges = isAt(.mergeAssign)
        advance()
        skipNewlines()
        let value = try nested { (parser) throws(SyntaxError) in try parser.expression() }
        let kind = Syntax.Assignment(
            target: target,
            errorTarget: errorTarget,
            merges: merges,
            value: value
        )
        return Syntax(
            kind: .assignment(kind),
            span: target.span.lowerBound..<value.span.upperBound
        )
    }

    // MARK: Operators

    /// An expression without an assignment.
    mutating func operation(_ lowest: Int = 1) throws(SyntaxError) -> Syntax {
        var left = try nested { (parser) throws(SyntaxError) in try parser.prefixed() }
        var chained = 0
        defer { depth -= chained }
        while let (found, skipped) = nextOperator(), found.precedence >= lowest {
            place += skipped
            let at = token.span
            advance()
            skipNewlines()
            // A chain makes a tree as deep as it is long.
            chained += 1
            depth += 1
            let right = try nested { (parser) throws(SyntaxError) in
                try parser.operation(found.precedence + 1)
            }
            left = Syntax(
                kind: .binary(found, left, right, at: at),
                span: left.span.lowerBound..<right.span.upperBound
            )
        }
        return left
    }

    private func nextOperator() -> (Syntax.Operator, Int)? {
        var distance = 0
        if isGrouped {
            while place + distance < tokens.count, tokens[place + distance].kind == .newline {
                distance += 1
            }
        }
        guard place + distance < tokens.count,
            let found = Syntax.Operator(tokens[place + distance].kind)
        else { return nil }
        return (found, distance)
    }

    private mutating func prefixed() throws(SyntaxError) -> Syntax {
        let start = token.span.lowerBound
        guard take(.bang) else { return try primary() }
        let inner = try nested { (parser) throws(SyntaxError) in try parser.prefixed() }
        return Syntax(kind: .not(inner), span: start..<inner.span.upperBound)
    }
}
