import Records

/// `parse_user_agent`.
enum UserAgentFunctions {
    static let all: [Function] = [parse]

    private static let modes = ["fast", "reliable", "enriched"]
    private static let text = TypeInfo([.bytes, .null])

    private static func type(_ isRich: Bool) -> TypeInfo {
        func part(_ names: [String]) -> TypeInfo {
            .object(Dictionary(uniqueKeysWithValues: names.map { ($0, text) }))
        }
        let versions = isRich ? ["major", "minor", "patch"] : []
        return .object([
            "browser": part(["family", "version"] + versions),
            "os": part(["family", "version"] + versions + (isRich ? ["patch_minor"] : [])),
            "device": part(["category"] + (isRich ? ["family", "brand", "model"] : [])),
        ])
    }

    private static let parse = Function(
        "parse_user_agent",
        [Parameter("value", .bytes), .optional("mode", .bytes, isStatic: true)],
        outcome: { known in
            .init(type(known.text(1) == "enriched"))
        },
        check: { known throws(FunctionError) in try known.choose(1, modes, "mode") }
    ) { arguments, _ throws(FunctionError) in
        let agent = UserAgent(try arguments.text(0))
        return agent.value(isRich: try arguments.text(1, or: "fast") == "enriched")
    }
}
