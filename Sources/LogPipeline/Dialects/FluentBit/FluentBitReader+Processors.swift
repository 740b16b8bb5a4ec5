import Basics
import Formats
import Records

extension FluentBitReader {
    /// Processors of an input: filters that see its records only, before all others.
    func readProcessors(of section: FluentBitSection, source id: String, _ plugin: String) {
        var last = id
        for processor in section.processors {
            guard let steps = steps(processor) else { continue }
            for step in steps.kinds {
                var transform = TransformSettings(
                    id: step.id,
                    inlet: Inlet([last]),
                    kind: step.kind
                )
                transform.place = processor.place.short
                configuration.transforms.append(transform)
                last = step.id
            }
        }
        replaceOutlet(id, with: last)
    }

    /// Processors of an output: filters that see its records only, after all others.
    func readProcessors(of section: FluentBitSection, sink index: Int, _ plugin: String) {
        for processor in section.processors {
            guard let steps = steps(processor) else { continue }
            for step in steps.kinds {
                var transform = TransformSettings(
                    id: step.id,
                    inlet: configuration.sinks[index].inlet,
                    kind: step.kind
                )
                transform.place = processor.place.short
                configuration.transforms.append(transform)
                // What the transform's match leaves out passes it by and is left out here again.
                configuration.sinks[index].inlet.from = [step.id]
            }
        }
    }

    private func steps(
        _ section: FluentBitSection
    ) -> (id: String, kinds: [(id: String, kind: TransformKind)])? {
        let keys = FluentBitKeys(section, log: log)
        guard let property = keys.one("name") else {
            log.error(section.place, "the processor has no name")
            return nil
        }
        let name = property.value.lowercased()
        let isContent = name == "content_modifier"
        guard isContent || FluentBitNames.filters.contains(name), name != "rewrite_tag" else {
            log.unsupported(
                property.place,
                "the processor \"\(name)\" is not supported",
                FluentBitNames.processors[name] ?? "write it as a filter"
            )
            return nil
        }
        let id = id(keys, "filter", name)
        keys.unsupported("condition", instead: "use the filter modify, which has its own")
        keys.accepted("match", "log_level")
        let kinds = isContent ? contentModifier(keys) : transforms(name, keys)
        keys.finish()
        let named = kinds.enumerated().map { index, kind in
            (id: index == kinds.count - 1 ? id : "\(id)_\(index + 1)", kind: kind)
        }
        return (id, named)
    }

    /// `content_modifier`: one action on one field.
    private func contentModifier(_ keys: FluentBitKeys) -> [TransformKind] {
        let actions = ["insert", "upsert", "delete", "rename", "extract", "convert", "hash"]
        let action = keys.choice("action", actions)
        if action == nil, !keys.has("action") { log.error(keys.place, "\"action\" is missing") }
        let key = keys.required("key", "name the field")
        let value = keys.one("value")?.value
        let pattern = keys.one("pattern")
        let type = keys.choice("converted_type", ["string", "boolean", "int", "double"])
        if let context = keys.one("context"),
            !["body", "log_body"].contains(context.value.lowercased())
        {
            log.unsupported(context.valuePlace, "there is no \(context.value) here, only the body")
        }
        guard let action, let key else { return [] }
        func modify(_ rule: String, _ words: [String]) -> [TransformKind] {
            [.modify(ModifyTransform(rules: [ModifyTransform.Rule(rule, words)]))]
        }
        func needs(_ name: String) -> [TransformKind] {
            log.error(keys.place, "\"\(name)\" is missing")
            return []
        }
        switch action {
        case "delete": return modify("remove", [key])
        case "insert", "upsert", "rename":
            guard let value else { return needs("value") }
            let rules = ["insert": "add", "upsert": "set", "rename": "hard_rename"]
            return modify(rules[action] ?? "set", [key, value])
        case "convert":
            guard let type else { return keys.has("converted_type") ? [] : needs("converted_type") }
            let types = ["boolean": "bool", "int": "integer", "double": "float"]
            return [.types([key: types[type] ?? type])]
        case "extract":
            guard let pattern else { return needs("pattern") }
            checkExpression(pattern.value, pattern.valuePlace)
            var parser = ParserTransform(key: key, parsers: [])
            parser.rule = ParserRule(.regex(pattern.value))
            parser.reservesData = true
            parser.preservesKey = true
            return [.parser(parser)]
        default:
            log.unsupported(
                keys.one("action")?.valuePlace ?? keys.place,
                "the action \(action) is not supported"
            )
            return []
        }
    }
}
