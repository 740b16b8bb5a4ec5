extension Parser {
    /// A path from the event or the metadata.
    mutating func rootQuery() throws(SyntaxError) -> Syntax {
        let start = token.span.lowerBound
        let root: Syntax.Root = isAt(.dot) ? .event : .metadata
        advance()
        var path: [PathSegment] = []
        if isAdjacent {
            if token.kind.isWord || isAt(.string) || isAt(.openParenthesis) {
                path.append(try field())
            } else if isAt(.underscore) {
                path.append(.field("_"))
                advance()
            }
        }
        try segments(into: &path)
        return Syntax(kind: .query(root, path), span: start..<end)
    }

    /// A path from a value, if there is one.
    mutating func path(after syntax: Syntax) throws(SyntaxError) -> Syntax {
        var path: [PathSegment] = []
        try segments(into: &path)
        guard !path.isEmpty else { return syntax }
        let root: Syntax.Root
        if case .variable(let name) = syntax.kind {
            root = .variable(name)
        } else {
            root = .expression(syntax)
        }
        return Syntax(kind: .query(root, path), span: syntax.span.lowerBound..<end)
    }

    /// Steps of a path, each following the one before without a space.
    private mutating func segments(into path: inout [PathSegment]) throws(SyntaxError) {
        while isAdjacent {
            if isAt(.dot) {
                advance()
                guard isAdjacent, !isAt(.end), !isAt(.newline) else {
                    let dot = tokens[place - 1].span
                    throw SyntaxError(
                        203,
                        "syntax error",
                        [
                            .primary("unexpected end of query path", dot),
                            .context(
                                "expected one of: \"identifier\", \"path field\", "
                                    + "\"string literal\", \"(\"",
                                dot
                            ),
                        ]
                    )
                }
                path.append(try field())
            } else if isAt(.openBracket) {
                advance()
                path.append(.index(try index()))
                try expect(.closeBracket, "\"]\"")
            } else {
                return
            }
        }
    }

    private mutating func index() throws(SyntaxError) -> Int {
        let span = token.span
        guard isAt(.integer) else { throw unexpected(["\"integer literal\""]) }
        let number = Int(text(span).replacing("_", with: ""))
        guard let number, abs(number.clamped) <= Self.indexMaximum else {
            throw SyntaxError(
                206,
                "invalid numeric literal",
                at: span,
                "invalid numeric literal: an index is at most \(Self.indexMaximum)"
            )
        }
        advance()
        return number
    }

    /// A field's name, or some in parentheses.
    private mutating func field() throws(SyntaxError) -> PathSegment {
        guard isAt(.openParenthesis) else { return .field(try fieldName()) }
        advance()
        skipNewlines()
        var names = [try fieldName()]
        skipNewlines()
        while take(.pipe) {
            skipNewlines()
            names.append(try fieldName())
            skipNewlines()
        }
        try expect(.closeParenthesis, "\")\"")
        return names.count == 1 ? .field(names[0]) : .coalesce(names)
    }

    private mutating func fieldName() throws(SyntaxError) -> String {
        let span = token.span
        if isAt(.string) {
            advance()
            return StringLiteral.unescaped(source[span.lowerBound + 1..<span.upperBound - 1])
        }
        guard token.kind.isWord || isAt(.underscore) else {
            throw unexpected(["\"identifier\"", "\"path field\"", "\"string literal\""])
        }
        advance()
        return text(span)
    }
}

extension Int {
    /// Itself, where its magnitude can be taken.
    fileprivate var clamped: Int { self == .min ? .max : self }
}
