import Formats

/// A `map` of `http`: values by the text of one variable, as conditions about the request.
struct NginxMap {
    /// A value, and what must hold for it; those of a map exclude each other.
    struct Alternative {
        var conditions: [HeaderMatch]
        var value: String
    }

    let alternatives: [Alternative]

    /// The pseudo-fields and fields that variables stand for.
    static func field(_ variable: String) -> String? {
        let fixed = [
            "host": ":authority", "request_uri": ":path", "uri": ":path",
            "request_method": ":method",
        ]
        if let field = fixed[variable] { return field }
        guard variable.hasPrefix("http_"), variable.utf8.count > 5 else { return nil }
        let name = variable.dropFirst(5).replacing("_", with: "-")
        return name == "host" ? ":authority" : String(name)
    }

    /// Reads a map; `nil` if it is about something else than a field of the request.
    init?(_ directive: NginxDirective, _ variables: NginxVariables) {
        guard let subject = directive[0], let block = directive.block else { return nil }
        var entries: [(key: String, value: String)] = []
        var standard: String?
        var takesHosts = false
        for entry in block {
            switch (entry.name, entry[0]) {
            case ("hostnames", nil): takesHosts = true
            case ("volatile", nil): break
            case ("include", _), (_, nil): return nil
            case ("default", let value?): standard = value
            case (let key, let value?): entries.append((key, value))
            }
        }
        if let constant = variables.constant(subject) {
            let found = entries.first { Self.test($0.key, takesHosts).holds(for: constant) }
            alternatives = [
                Alternative(conditions: [], value: found?.value ?? standard ?? "")
            ]
            return
        }
        let pieces = NginxVariables.pieces(subject)
        guard pieces.count == 1, case .variable(let name) = pieces[0],
            let field = Self.field(name)
        else { return nil }
        func match(_ key: String, isInverted: Bool = false) -> HeaderMatch {
            HeaderMatch(
                name: field,
                test: .text(Self.test(key, takesHosts).match),
                isInverted: isInverted,
                treatsMissingAsEmpty: true
            )
        }
        // Exact keys go first, then expressions in their order.
        let exact = entries.filter { !Self.test($0.key, takesHosts).isPattern }
        let patterns = entries.filter { Self.test($0.key, takesHosts).isPattern }
        var all = exact.map { Alternative(conditions: [match($0.key)], value: $0.value) }
        var others = exact.map { match($0.key, isInverted: true) }
        for entry in patterns {
            all.append(Alternative(conditions: others + [match(entry.key)], value: entry.value))
            others.append(match(entry.key, isInverted: true))
        }
        all.append(Alternative(conditions: others, value: standard ?? ""))
        alternatives = all
    }

    /// How a key is compared: without case, or as a regular expression.
    private struct Test {
        var match: TextMatch
        var isPattern: Bool

        func holds(for text: String) -> Bool {
            switch match {
            case .exact(let exact, _): return exact.lowercased() == text.lowercased()
            case .regex(let pattern):
                return (try? Pattern(pattern))?.matches(whole: Array(text.utf8).span) ?? false
            default: return false
            }
        }
    }

    private static func test(_ key: String, _ takesHosts: Bool) -> Test {
        if key.hasPrefix("~*") {
            let pattern = "(?i)" + NginxRoutes.whole(String(key.dropFirst(2)))
            return Test(match: .regex(pattern), isPattern: true)
        }
        if key.hasPrefix("~") {
            let pattern = NginxRoutes.whole(String(key.dropFirst()))
            return Test(match: .regex(pattern), isPattern: true)
        }
        let plain = key.hasPrefix("\\") ? String(key.dropFirst()) : key
        if takesHosts, plain.contains("*") || plain.hasPrefix(".") {
            let isBoth = plain.hasPrefix(".")
            let text = isBoth ? String(plain.dropFirst()) : plain
            let quoted = text.replacing(".", with: "\\.").replacing("*", with: ".+")
            let pattern = "(?i)^" + (isBoth ? "(?:.+\\.)?" : "") + quoted + "$"
            return Test(match: .regex(pattern), isPattern: true)
        }
        return Test(match: .exact(plain, ignoresCase: true), isPattern: false)
    }
}

extension NginxRoutes {
    /// The most alternatives of one text.
    private static let alternativesMaximum = 64

    /// The texts that a text with variables of maps may come to, and when; one without any is itself.
    func alternatives(_ text: String, depth: Int = 0) -> [NginxMap.Alternative] {
        let pieces = NginxVariables.pieces(text)
        guard depth < 4,
            pieces.contains(where: { piece in
                if case .variable(let name) = piece { map(name) != nil } else { false }
            })
        else { return [NginxMap.Alternative(conditions: [], value: text)] }
        var all = [NginxMap.Alternative(conditions: [], value: "")]
        for piece in pieces {
            var choices: [NginxMap.Alternative]
            switch piece {
            case .text(let plain): choices = [.init(conditions: [], value: plain)]
            case .variable(let name):
                if let map = map(name) {
                    choices = map.alternatives.flatMap { outer in
                        alternatives(outer.value, depth: depth + 1).map { inner in
                            .init(
                                conditions: outer.conditions + inner.conditions,
                                value: inner.value
                            )
                        }
                    }
                } else {
                    choices = [.init(conditions: [], value: "${\(name)}")]
                }
            }
            all = all.flatMap { first in
                choices.map { second in
                    .init(
                        conditions: first.conditions + second.conditions,
                        value: first.value + second.value
                    )
                }
            }
            if all.count > Self.alternativesMaximum { return Array(all.prefix(1)) }
        }
        return all
    }

    /// The map of a variable, if it can be said as conditions.
    func map(_ name: String) -> NginxMap? {
        guard variables.constants[name] == nil, variables.aliases[name] == nil else { return nil }
        return reader.maps[name].flatMap { NginxMap($0, variables) }
    }
}
