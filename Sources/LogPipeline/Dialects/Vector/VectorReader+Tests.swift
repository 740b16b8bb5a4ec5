import Basics
import Formats
import Records

extension VectorReader {
    /// Keeps `[[tests]]` for `companion logs test`.
    mutating func tests(_ root: Members) {
        guard let node = root.value("tests") else { return }
        // Below a directory of tests each file is one.
        let nodes =
            node.tree.mapping != nil
            ? node.members()?.entries().map(\.node) ?? [] : node.elements()
        for node in nodes {
            guard let fields = node.members() else { continue }
            let name = fields.text("name") ?? "test at \(node.place.short)"
            var nodes = fields.list("inputs")
            if let single = fields.value("input") { nodes.append(single) }
            let inputs = nodes.compactMap(testInput)
            let outputs = fields.list("outputs").compactMap(testOutput)
            let silent = fields.list("no_outputs_from").compactMap { door($0) }
            if nodes.isEmpty { log.error(fields.place, "\"inputs\" is missing") }
            if !fields.has("outputs"), !fields.has("no_outputs_from") {
                log.error(fields.place, "one of \"outputs\", \"no_outputs_from\" is needed")
            }
            fields.finish()
            if configuration.tests.contains(where: { $0.name == name }) {
                log.error(fields.place("name"), "there is another test \"\(name)\"")
            }
            configuration.tests.append(
                ConfigurationTest(
                    name: name,
                    inputs: inputs,
                    outputs: outputs,
                    silent: silent,
                    place: node.place.short
                )
            )
        }
    }

    private func testInput(_ node: TreeNode) -> ConfigurationTest.Input? {
        guard let fields = node.members() else { return nil }
        defer { fields.finish() }
        let stage = fields.requiredText("insert_at")
        if let stage, !configuration.transforms.contains(where: { $0.id == stage }),
            !broken.contains(stage)
        {
            let known = configuration.transforms.map(\.id)
            let nearest = NearestMatch.of(stage, among: known)
            log.error(
                fields.place("insert_at"),
                "there is no transform \"\(stage)\"",
                nearest.map { "did you mean \"\($0)\"?" } ?? ""
            )
        }
        let type = fields.choice("type", ["raw", "log", "vrl", "metric"]) ?? "raw"
        let text = fields.text("value")
        let source = fields.value("source")
        let values = fields.value("log_fields")
        if fields.has("metric") || type == "metric" {
            log.unsupported(fields.place, "metrics are not supported")
            return nil
        }
        guard let stage else { return nil }
        switch type {
        case "log":
            guard let values else {
                log.error(fields.place, "\"log_fields\" is missing")
                return nil
            }
            guard values.tree.mapping != nil else {
                values.expected("a map")
                return nil
            }
            var record = Records.Fields()
            for member in values.tree.mapping ?? [] {
                record.set(Self.value(member.value), at: member.key)
            }
            return ConfigurationTest.Input(stage: stage, record: .fields(record))
        case "vrl":
            guard let source, let script = source.text() else {
                log.error(fields.place, "\"source\" is missing")
                return nil
            }
            return ConfigurationTest.Input(
                stage: stage,
                record: .script(source: script, name: name(source))
            )
        default:
            guard let text else {
                log.error(fields.place, "\"value\" is missing")
                return nil
            }
            return ConfigurationTest.Input(stage: stage, record: .text(text))
        }
    }

    private func testOutput(_ node: TreeNode) -> ConfigurationTest.Output? {
        guard let fields = node.members() else { return nil }
        defer { fields.finish() }
        let stages =
            fields.required("extract_from")?.oneOrMore().compactMap { door($0) } ?? []
        let conditions = fields.list("conditions").compactMap(condition)
        let count = fields.integer("expected_event_count", 0...Int.max)
        guard !stages.isEmpty else { return nil }
        return ConfigurationTest.Output(stages: stages, conditions: conditions, count: count)
    }

    /// The name of a transform's output that is there.
    private func door(_ node: TreeNode) -> String? {
        guard let name = node.text() else { return nil }
        let known = configuration.transforms.flatMap { transform in
            (doors[transform.id] ?? [""]).map {
                $0.isEmpty ? transform.id : "\(transform.id).\($0)"
            }
        }
        if known.contains(name) || broken.contains(String(name.prefix { $0 != "." })) {
            return name
        }
        let nearest = NearestMatch.of(name, among: known)
        node.error(
            "no transform has the output \"\(name)\"",
            nearest.map { "did you mean \"\($0)\"?" } ?? ""
        )
        return nil
    }

    private static func value(_ tree: PositionedTree) -> Value {
        switch tree.content {
        case .sequence(let elements): return .array(elements.map(value))
        case .mapping(let members):
            return .object(Records.Fields(members.map { ($0.key, value($0.value)) }))
        case .scalar(let scalar):
            switch scalar.value {
            case .bool(let truth): return .boolean(truth)
            case .int(let number): return .integer(number)
            case .double(let number): return .float(number)
            case .null: return .null
            default: return .text(scalar.text)
            }
        }
    }
}

extension Records.Fields {
    /// Sets a field by a dotted name, as tests write them: `kubernetes.pod_name`.
    fileprivate mutating func set(_ value: Value, at name: String) {
        guard let dot = name.firstIndex(of: "."), !name.hasPrefix("\"") else {
            self[name] = value
            return
        }
        let first = String(name[..<dot])
        var inner = Records.Fields()
        if case .object(let fields)? = self[first] { inner = fields }
        inner.set(value, at: String(name[name.index(after: dot)...]))
        self[first] = .object(inner)
    }
}
