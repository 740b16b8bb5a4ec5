import Formats

/// Conditions of `if`.
extension NginxRoutes {
    /// The matches that a condition adds; empty if it never holds, `nil` and a finding if it cannot be
    /// said.
    func conditions(_ directive: NginxDirective, _ match: RouteMatch) -> [RouteMatch]? {
        var words = directive.texts
        guard let first = words.first, let last = words.last, first.hasPrefix("("),
            last.hasSuffix(")")
        else {
            log.error(directive.place, "a condition in parentheses is expected")
            return nil
        }
        words[0] = String(first.dropFirst())
        words[words.count - 1] = String(words[words.count - 1].dropLast())
        words.removeAll { $0.isEmpty }
        guard let subject = words.first, subject.hasPrefix("$") else {
            log.unsupported(
                directive.place,
                "only conditions about variables are supported: \(words.joined(separator: " "))"
            )
            return nil
        }
        var name = String(subject.dropFirst()).filter { $0 != "{" && $0 != "}" }
        if let other = variables.aliases[name] { name = other }
        let operation = words.count > 1 ? words[1] : ""
        let value = words.count > 2 ? words[2...].joined(separator: " ") : ""
        guard ["", "=", "!=", "~", "~*", "!~", "!~*"].contains(operation) else {
            log.error(directive.place, "\"\(operation)\" is no comparison", "write =, !=, ~ or ~*")
            return nil
        }
        if let constant = variables.constants[name] {
            return holds(constant, operation, value, directive).map { $0 ? [match] : [] }
        }
        if let map = map(name) {
            var all: [RouteMatch] = []
            for alternative in map.alternatives {
                guard let text = variables.constant(alternative.value) else {
                    log.unsupported(
                        directive.place,
                        "conditions about $\(name) are not supported: its values differ by request"
                    )
                    return nil
                }
                guard holds(text, operation, value, directive) == true else { continue }
                var variant = match
                variant.headers += alternative.conditions
                all.append(variant)
            }
            return all
        }
        return variant(name, operation, value, directive, match)
    }

    private func holds(
        _ text: String,
        _ operation: String,
        _ value: String,
        _ directive: NginxDirective
    ) -> Bool? {
        switch operation {
        case "": return !text.isEmpty && text != "0"
        case "=": return text == value
        case "!=": return text != value
        default:
            guard let pattern = try? Pattern(value, ignoresCase: operation.hasSuffix("*")) else {
                log.error(directive.place, "\"\(value)\" is no regular expression")
                return nil
            }
            let found = pattern.isFound(in: Array(text.utf8).span)
            return operation.hasPrefix("!") ? !found : found
        }
    }

    private func variant(
        _ name: String,
        _ operation: String,
        _ value: String,
        _ directive: NginxDirective,
        _ match: RouteMatch
    ) -> [RouteMatch]? {
        var match = match
        let isInverted = operation.hasPrefix("!")
        if name == "request_method", operation == "=" {
            guard match.methods.isEmpty || match.methods.contains(value) else { return [] }
            match.methods = [value]
            return [match]
        }
        if name == "remote_addr", operation == "=", let range = AddressText.range(value) {
            match.sources = [range]
            return [match]
        }
        let test = test(operation, value)
        if name.hasPrefix("arg_"), !isInverted {
            match.query.append(QueryMatch(name: String(name.dropFirst(4)), test: test))
            return [match]
        }
        let fields = [
            "request_method": ":method", "host": ":authority", "http_host": ":authority",
            "request_uri": ":path", "uri": ":path", "document_uri": ":path",
        ]
        var field = fields[name]
        if field == nil, name.hasPrefix("http_") {
            field = String(name.dropFirst(5)).replacing("_", with: "-")
        }
        if field == nil, let command = NginxVariables.fixed[name],
            SecurityFact(command: command) != nil
        {
            field = command
        }
        if field == nil, name.hasPrefix("cookie_"), operation.isEmpty {
            let pattern = "(?:.*;\\s*)?\(name.dropFirst(7))=(?!0(?:;|$))[^;]+.*"
            match.headers.append(HeaderMatch(name: "cookie", test: .text(.regex(pattern))))
            return [match]
        }
        guard let field else {
            log.unsupported(directive.place, "conditions about $\(name) are not supported")
            return nil
        }
        match.headers.append(
            HeaderMatch(
                name: field,
                test: .text(test),
                isInverted: isInverted,
                treatsMissingAsEmpty: operation == "!=" || operation == "="
            )
        )
        return [match]
    }

    private func test(_ operation: String, _ value: String) -> TextMatch {
        switch operation {
        case "=", "!=": .exact(value)
        case "~", "!~": .regex(Self.whole(value))
        case "~*", "!~*": .regex("(?i)" + Self.whole(value))
        // A variable alone: neither an empty text nor "0".
        default: .regex("(?!0$).+")
        }
    }
}
