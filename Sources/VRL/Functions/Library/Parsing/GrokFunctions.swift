import Records
import System

/// `parse_grok` and `parse_groks`.
enum GrokFunctions {
    static let all: [Function] = [parseGrok, parseGroks]

    private static let parseGrok = Function(
        "parse_grok",
        [Parameter("value", .bytes), Parameter("pattern", .bytes, isStatic: true)],
        outcome: { _ in .init(TypeInfo(.object), isFallible: true) },
        check: { known throws(FunctionError) in
            if let text = known.text(1) { _ = try GrokExpression.simple(text) }
        },
        prepare: { known in
            guard let expression = known.text(1).flatMap({ try? GrokExpression.simple($0) }),
                let own = PreparedExpression(expression.regex)
            else { return nil }
            return { arguments, _ throws(FunctionError) in
                try found(expression.match(arguments.bytes(0).asUnicode, with: own))
            }
        },
        body: .plain { arguments, _ throws(FunctionError) in
            let expression = try GrokExpression.simple(arguments.text(1))
            return try found(expression.match(arguments.bytes(0).asUnicode))
        }
    )

    private static func found(_ fields: Fields?) throws(FunctionError) -> Value {
        guard let fields else {
            throw FunctionError("unable to parse input with grok pattern")
        }
        return .object(fields)
    }

    private static let parseGroks = Function(
        "parse_groks",
        [
            Parameter("value", .bytes),
            Parameter("patterns", .array, items: .bytes, isStatic: true),
            .optional("aliases", .object, isStatic: true),
            .optional("alias_sources", .array, items: .bytes, isStatic: true),
        ],
        outcome: { _ in .init(TypeInfo(.object), isFallible: true) },
        check: { known throws(FunctionError) in _ = try rules(known) },
        prepare: { known in
            guard let rules = try? rules(known) else { return nil }
            var own: [(rule: GrokExpression, expression: PreparedExpression)] = []
            for rule in rules {
                guard let expression = PreparedExpression(rule.regex) else { return nil }
                own.append((rule, expression))
            }
            return { arguments, _ throws(FunctionError) in
                let text = try arguments.bytes(0).asUnicode
                for (rule, expression) in own {
                    if let fields = rule.match(text, with: expression) { return .object(fields) }
                }
                throw noneFits
            }
        },
        body: .plain { arguments, _ throws(FunctionError) in
            let text = try arguments.bytes(0).asUnicode
            for rule in try rules(arguments.value(1), arguments[2], arguments[3]) {
                if let fields = rule.match(text) { return .object(fields) }
            }
            throw noneFits
        }
    )

    private static let noneFits = FunctionError(
        "unable to parse grok: value does not match any rule"
    )

    /// The rules of a call; nil if the script does not say them.
    private static func rules(
        _ known: KnownArguments
    ) throws(FunctionError) -> [GrokExpression]? {
        guard let patterns = known.constants[1],
            known.types[2] == nil || known.constants[2] != nil,
            known.types[3] == nil || known.constants[3] != nil
        else { return nil }
        return try rules(patterns, known.constants[2], known.constants[3])
    }

    private static func rules(
        _ patterns: Value,
        _ aliases: Value?,
        _ sources: Value?
    ) throws(FunctionError) -> [GrokExpression] {
        guard case .array(let items) = patterns else { throw .expected(.array, got: patterns) }
        var table: [String: String] = [:]
        if case .array(let paths)? = sources {
            for path in paths { try read(path, into: &table) }
        }
        if case .object(let fields)? = aliases {
            for entry in fields {
                guard let text = entry.value.string else {
                    throw FunctionError("alias pattern should be a string")
                }
                table[entry.key] = text
            }
        }
        var rules: [GrokExpression] = []
        for item in items {
            guard let text = item.string else {
                throw FunctionError("grok pattern should be a string")
            }
            rules.append(try GrokExpression.rule(text, aliases: table))
        }
        return rules
    }

    /// Aliases of a file of JSON.
    private static func read(
        _ path: Value,
        into table: inout [String: String]
    ) throws(FunctionError) {
        guard let name = path.string else {
            throw FunctionError("alias source should be a string")
        }
        guard let bytes = try? Files.read(name, limit: 1 << 20) else {
            throw FunctionError("Unable to open alias source file")
        }
        guard let fields = try? JSONReader.fields(bytes.span) else {
            throw FunctionError("Unable to read alias source")
        }
        for entry in fields { table[entry.key] = entry.value.string }
    }
}
