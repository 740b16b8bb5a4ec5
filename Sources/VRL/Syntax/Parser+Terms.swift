internal import Records

extension Parser {
    /// A term and the path after it.
    mutating func primary() throws(SyntaxError) -> Syntax {
        let start = token.span
        switch token.kind {
        case .dot, .percent: return try rootQuery()
        case .underscore:
            advance()
            return Syntax(kind: .nothing, span: start)
        case .identifier:
            let name = text(start)
            advance()
            if isAdjacent,
                isAt(.openParenthesis) || isAt(.bang) && following.kind == .openParenthesis
            {
                return try path(after: try call(name, start))
            }
            return try path(after: Syntax(kind: .variable(name), span: start))
        case .openParenthesis:
            return try path(after: try group())
        case .openBracket:
            return try path(after: try array())
        case .openBrace:
            return try path(after: try braces())
        case .ifWord:
            return try choice()
        case .forWord:
            return try loop()
        case .breakWord, .continueWord:
            advance()
            let isBreak = tokens[place - 1].kind == .breakWord
            return Syntax(kind: .jump(isBreak: isBreak), span: start)
        case .abortWord:
            advance()
            let hasMessage = startsExpression
            let message = hasMessage ? try expression() : nil
            return Syntax(kind: .abort(message), span: start.lowerBound..<end)
        case .returnWord:
            advance()
            let value = try expression()
            return Syntax(kind: .result(value), span: start.lowerBound..<end)
        default:
            return try literal()
        }
    }

    private var startsExpression: Bool {
        switch token.kind {
        case .identifier, .integer, .float, .string, .rawString, .regex, .timestamp, .ifWord,
            .nullWord, .trueWord, .falseWord, .percent, .dot, .bang, .openParenthesis, .openBrace,
            .openBracket:
            true
        default: false
        }
    }

    private mutating func literal() throws(SyntaxError) -> Syntax {
        let span = token.span
        let kind: Syntax.Kind
        switch token.kind {
        case .integer:
            guard let number = Int64(text(span).replacing("_", with: "")) else {
                throw SyntaxError(
                    206,
                    "invalid numeric literal",
                    at: span,
                    "invalid numeric literal: number too large to fit in target type"
                )
            }
            kind = .literal(.integer(number))
        case .float:
            let digits = text(span).replacing("_", with: "")
            guard let number = Double(digits.hasSuffix(".") ? digits + "0" : digits),
                number.isFinite
            else {
                throw SyntaxError(
                    206,
                    "invalid numeric literal",
                    at: span,
                    "invalid numeric literal: invalid float literal"
                )
            }
            kind = .literal(.float(number))
        case .string:
            let inside = span.lowerBound + 1..<span.upperBound - 1
            let parts = StringLiteral.parts(source[inside], at: inside.lowerBound)
            if parts.count == 1, case .text(let text) = parts[0] {
                kind = .literal(.text(text))
            } else {
                kind = .template(parts)
            }
        case .rawString: kind = .literal(.text(quoted(span)))
        case .regex: kind = .regex(quoted(span).replacing("\\'", with: "'"))
        case .timestamp: kind = .timestamp(quoted(span).replacing("\\'", with: "'"))
        case .nullWord: kind = .literal(.null)
        case .trueWord: kind = .literal(.boolean(true))
        case .falseWord: kind = .literal(.boolean(false))
        default:
            throw unexpected([
                "\"abort\"", "\"if\"", "\"return\"", "\"identifier\"", "\"path literal\"",
                "a literal", "\"(\"", "\"[\"", "\"{\"", "\"!\"",
            ])
        }
        advance()
        return Syntax(kind: kind, span: span)
    }

    /// What stands between `r'` and `'`.
    private func quoted(_ span: Range<Int>) -> String {
        text(span.lowerBound + 2..<span.upperBound - 1)
    }

    // MARK: Containers

    private mutating func group() throws(SyntaxError) -> Syntax {
        let start = token.span.lowerBound
        advance()
        let wasGrouped = isGrouped
        isGrouped = true
        defer { isGrouped = wasGrouped }
        skipNewlines()
        let inner = try nested { (parser) throws(SyntaxError) in try parser.expression() }
        skipNewlines()
        try expect(.closeParenthesis, "\")\"")
        return Syntax(kind: .group(inner), span: start..<end)
    }

    private mutating func array() throws(SyntaxError) -> Syntax {
        let start = token.span.lowerBound
        advance()
        var items: [Syntax] = []
        try list(until: .closeBracket) { (parser) throws(SyntaxError) in
            items.append(try parser.operation())
        }
        return Syntax(kind: .array(items), span: start..<end)
    }

    /// Things with commas between, to and with their end.
    mutating func list(
        until last: TokenKind,
        _ item: (inout Self) throws(SyntaxError) -> Void
    ) throws(SyntaxError) {
        let wasGrouped = isGrouped
        isGrouped = true
        defer { isGrouped = wasGrouped }
        skipNewlines()
        while !isAt(last) {
            try nested { (parser) throws(SyntaxError) in try item(&parser) }
            skipNewlines()
            guard take(.comma) else { break }
            skipNewlines()
        }
        try expect(last, last == .closeBracket ? "\"]\"" : last == .closeBrace ? "\"}\"" : "\")\"")
    }

    /// A map if a text and a colon come first, else a block.
    private mutating func braces() throws(SyntaxError) -> Syntax {
        var distance = place + 1
        while distance < tokens.count, tokens[distance].kind == .newline { distance += 1 }
        let first = tokens[min(distance, tokens.count - 1)].kind
        let second = tokens[min(distance + 1, tokens.count - 1)].kind
        guard first == .closeBrace || first == .string && second == .colon else {
            return try block()
        }
        let start = token.span.lowerBound
        advance()
        var fields: [(key: String, value: Syntax)] = []
        try list(until: .closeBrace) { (parser) throws(SyntaxError) in
            guard parser.isAt(.string) else { throw parser.unexpected(["\"string literal\""]) }
            let span = parser.token.span
            let key = StringLiteral.unescaped(
                parser.source[span.lowerBound + 1..<span.upperBound - 1]
            )
            parser.advance()
            try parser.expect(.colon, "\":\"")
            parser.skipNewlines()
            fields.append((key, try parser.operation()))
        }
        return Syntax(kind: .object(fields), span: start..<end)
    }

    // MARK: Conditions

    private mutating func choice() throws(SyntaxError) -> Syntax {
        let start = token.span.lowerBound
        var branches: [Syntax.Branch] = []
        var otherwise: Syntax?
        repeat {
            advance()
            branches.append(try branch())
            let before = place
            skipNewlines()
            guard take(.elseWord) else {
                place = before
                break
            }
            skipNewlines()
            if !isAt(.ifWord) {
                otherwise = try block()
                break
            }
        } while isAt(.ifWord)
        return Syntax(kind: .choice(branches, otherwise: otherwise), span: start..<end)
    }

    private mutating func branch() throws(SyntaxError) -> Syntax.Branch {
        let start = token.span.lowerBound
        let conditions: [Syntax]
        if let several = try severalConditions() {
            conditions = several
        } else {
            conditions = [try operation()]
        }
        let span = start..<end
        skipNewlines()
        return Syntax.Branch(conditions: conditions, conditionSpan: span, body: try block())
    }

    /// The expressions of `if (a; b)`; nothing is taken if there is only one.
    private mutating func severalConditions() throws(SyntaxError) -> [Syntax]? {
        guard isAt(.openParenthesis) else { return nil }
        let before = place
        advance()
        skipNewlines()
        let wasGrouped = isGrouped
        isGrouped = true
        defer { isGrouped = wasGrouped }
        var conditions: [Syntax] = []
        var hasSeparator = false
        while !isAt(.closeParenthesis) {
            conditions.append(
                try nested { (parser) throws(SyntaxError) in try parser.expression() }
            )
            var separated = false
            while isAt(.newline) || isAt(.semicolon) {
                separated = true
                if isAt(.semicolon) { hasSeparator = true }
                advance()
            }
            guard separated else { break }
        }
        guard isAt(.closeParenthesis), conditions.count > 1 || hasSeparator else {
            place = before
            return nil
        }
        advance()
        return conditions
    }

    // MARK: Loops

    private mutating func loop() throws(SyntaxError) -> Syntax {
        let start = token.span.lowerBound
        advance()
        var parameters = [try loopVariable()]
        if take(.comma) { parameters.append(try loopVariable()) }
        guard isAt(.identifier), text(token.span) == "in" else { throw unexpected(["\"in\""]) }
        advance()
        let subject = try operation()
        skipNewlines()
        let loop = Syntax.Loop(parameters: parameters, subject: subject, body: try block())
        return Syntax(kind: .loop(loop), span: start..<end)
    }

    private mutating func loopVariable() throws(SyntaxError) -> (name: String, span: Range<Int>) {
        guard isAt(.identifier) || isAt(.underscore) else {
            throw unexpected(["\"identifier\"", "\"_\""])
        }
        defer { advance() }
        return (isAt(.underscore) ? "" : text(token.span), token.span)
    }

    // MARK: Calls

    private mutating func call(
        _ name: String,
        _ nameSpan: Range<Int>
    ) throws(SyntaxError) -> Syntax {
        let aborts = take(.bang)
        advance()
        var arguments: [Syntax.Argument] = []
        try list(until: .closeParenthesis) { (parser) throws(SyntaxError) in
            var keyword: (name: String, span: Range<Int>)?
            if parser.token.kind.isWord, parser.following.kind == .colon {
                keyword = (parser.text(parser.token.span), parser.token.span)
                parser.advance()
                parser.advance()
                parser.skipNewlines()
            }
            arguments.append(Syntax.Argument(keyword: keyword, value: try parser.operation()))
        }
        let closure = isAt(.arrow) ? try closure() : nil
        let call = Syntax.Call(
            name: name,
            nameSpan: nameSpan,
            aborts: aborts,
            arguments: arguments,
            closure: closure
        )
        return Syntax(kind: .call(call), span: nameSpan.lowerBound..<end)
    }

    private mutating func closure() throws(SyntaxError) -> Syntax.Closure {
        advance()
        var parameters: [(name: String, span: Range<Int>)] = []
        let start = token.span.lowerBound
        if !take(.or) {
            try expect(.pipe, "\"|\"")
            skipNewlines()
            while !isAt(.pipe) {
                guard isAt(.identifier) || isAt(.underscore) else {
                    throw unexpected(["\"identifier\"", "\"_\"", "\"|\""])
                }
                let name = isAt(.underscore) ? "" : text(token.span)
                parameters.append((name, token.span))
                advance()
                skipNewlines()
                guard take(.comma) else { break }
                skipNewlines()
            }
            try expect(.pipe, "\"|\"")
        }
        let span = start..<end
        skipNewlines()
        return Syntax.Closure(
            parameters: parameters,
            parametersSpan: span,
            body: try block()
        )
    }
}
