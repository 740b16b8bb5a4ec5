import Basics
import Formats

/// Reads Fluent Bit's YAML into sections, as if they had been written in the classic form.
final class FluentBitTree {
    private let log: FindingLog
    private let surroundings: LogSurroundings
    private let variables: FluentBitVariables
    private var files: Set<String> = []
    private var included = 0
    private(set) var sections: [FluentBitSection] = []

    init(log: FindingLog, surroundings: LogSurroundings, variables: FluentBitVariables) {
        self.log = log
        self.surroundings = surroundings
        self.variables = variables
    }

    func read(_ text: LogText) {
        files.insert(text.name)
        defer { files.remove(text.name) }
        guard let members = LogConfigurations.tree(text, log)?.members() else { return }
        if let environment = members.value("env") { readEnvironment(environment) }
        for include in members.list("includes") { self.include(include) }
        if let service = members.value("service") { add("service", service) }
        readList("parser", members.value("parsers"))
        readList("multiline_parser", members.value("multiline_parsers"))
        readList("custom", members.value("customs"))
        for key in ["plugins", "upstream_servers", "stream_processor"] where members.has(key) {
            log.unsupported(members.place(key), "\"\(key)\" is not supported")
        }
        if let pipeline = members.members("pipeline") {
            readList("input", pipeline.value("inputs"))
            readList("filter", pipeline.value("filters"))
            readList("output", pipeline.value("outputs"))
            pipeline.finish()
        }
        members.finish()
    }

    private func readEnvironment(_ node: TreeNode) {
        if node.tree.sequence != nil {
            node.unsupported("variables as a list are not supported", "write a map of names")
            return
        }
        guard let members = node.members() else { return }
        for entry in members.entries() {
            guard let text = entry.node.text() else { continue }
            variables.set(entry.key, variables.filled(text, entry.node.place))
        }
    }

    private func include(_ node: TreeNode) {
        guard let text = node.text() else { return }
        let path = surroundings.resolved(
            variables.filled(text, node.place),
            below: surroundings.baseDirectory
        )
        var paths = [path]
        if NamePattern.isPattern(path) {
            paths = surroundings.files(path)
            if paths.isEmpty { node.warn("no file fits \(path)") }
        }
        for path in paths {
            included += 1
            guard files.count < 16, included <= FluentBitText.filesMaximum else {
                node.error("files include each other too deeply, or too many")
                return
            }
            guard !files.contains(path) else {
                node.error("\(path) includes itself")
                continue
            }
            guard let bytes = surroundings.readFile(path) else {
                node.error("\(path) cannot be read")
                continue
            }
            guard bytes.count <= LogConfigurations.bytesMaximum else {
                node.error("\(path) is too large")
                continue
            }
            let text = LogText(name: path, bytes: bytes)
            if path.hasSuffix(".conf") {
                let classic = FluentBitText(
                    log: log,
                    surroundings: surroundings,
                    variables: variables
                )
                classic.read(text)
                sections += classic.sections
            } else {
                read(text)
            }
        }
    }

    private func readList(_ kind: String, _ node: TreeNode?) {
        for element in node?.elements() ?? [] { add(kind, element) }
    }

    private func add(_ kind: String, _ node: TreeNode) {
        guard node.tree.mapping != nil else {
            node.expected("a map")
            return
        }
        let root = Place(node.file, node.tree.position)
        var section = FluentBitSection(kind: kind, place: root)
        for member in node.tree.mapping ?? [] {
            let key = member.key
            let value = node.at(member.value, node.path + key)
            let place = Place(node.file, member.keyPosition)
            switch key.lowercased() {
            case "processors":
                section.processors = processors(value)
            case "rules" where kind == "multiline_parser":
                for rule in value.elements() { self.rule(rule, place, &section) }
            default: self.property(key, value, place, &section)
            }
        }
        sections.append(section)
    }

    /// A value of a key; several for a list.
    private func property(
        _ key: String,
        _ value: TreeNode,
        _ place: Place,
        _ section: inout FluentBitSection
    ) {
        if value.isNull {
            log.error(place, "the key \"\(key)\" has no value")
            return
        }
        if value.tree.mapping != nil {
            if key.lowercased() == "condition" {
                log.unsupported(
                    place,
                    "conditions of processors are not supported",
                    "use the filter modify, which has its own"
                )
                return
            }
            log.unsupported(place, "\"\(key)\" as a map is not supported", "write a text")
            return
        }
        for node in value.oneOrMore() {
            guard let text = node.text() else { continue }
            section.properties.append(
                FluentBitProperty(
                    key: key,
                    value: String(text.trimmed),
                    place: place,
                    valuePlace: Place(node.file, node.tree.position)
                )
            )
        }
    }

    private func rule(_ node: TreeNode, _ place: Place, _ section: inout FluentBitSection) {
        guard let members = node.members() else { return }
        let state = members.requiredText("state")
        let regex = members.requiredText("regex")
        let next = members.requiredText("next_state")
        members.finish()
        guard let state, let regex, let next else { return }
        let escaped = regex.replacing("\"", with: "\\\"")
        section.properties.append(
            FluentBitProperty(
                key: "rule",
                value: "\"\(state)\" \"\(escaped)\" \"\(next)\"",
                place: place,
                valuePlace: Place(node.file, node.tree.position)
            )
        )
    }

    /// Processors by kind of record; only those of logs do something.
    private func processors(_ node: TreeNode) -> [FluentBitSection] {
        guard let members = node.members() else { return [] }
        let before = sections
        sections = []
        readList("processor", members.value("logs"))
        for key in ["metrics", "traces", "profiles"] where members.has(key) {
            log.unsupported(members.place(key), "there are logs only, no \(key)")
        }
        members.finish()
        let processors = sections
        sections = before
        return processors
    }
}
