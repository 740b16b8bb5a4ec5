import Basics
import Formats
import Records

/// Reads our own language for logs, `logs.yaml`, into the one form.
///
/// Documentation/formats/logs.md is its reference; a test holds both against each other.
final class OwnReader {
    let log: FindingLog
    let surroundings: LogSurroundings
    var configuration = LogConfiguration()
    /// The keys that each section knows, for the test of the reference.
    private(set) var known: [String: Set<String>] = [:]
    /// What may be named in `from`, with its doors.
    private var outputs: [String] = []
    /// What a step or sink takes in that does not say: the last step's output, or all sources.
    private var current: [String] = []
    private var names: Set<String> = []

    init(log: FindingLog, surroundings: LogSurroundings) {
        self.log = log
        self.surroundings = surroundings
    }

    /// Reads the file.
    func read(_ text: LogText) -> LogConfiguration? {
        guard let root = LogConfigurations.tree(text, log) else { return nil }
        let variables = VectorVariables(surroundings, log: log, hasBareNames: false)
        let tree = variables.filled(root.tree, FieldPath(), text.name)
        guard let members = root.at(tree, FieldPath()).members() else { return nil }
        service(members)
        for (name, node) in members.members("parsers")?.entries() ?? [] {
            if let rule = parserRule(node) { configuration.parsers[name] = rule }
        }
        for (name, node) in members.members("multilines")?.entries() ?? [] {
            if let rule = multilineRule(node) { configuration.multilines[name] = rule }
        }
        for node in listed(members, "sources", "from") { source(node) }
        current = configuration.sources.map(\.id)
        for node in members.value("steps")?.oneOrMore() ?? [] { step(node) }
        for node in listed(members, "sinks", "to") { sink(node) }
        for node in members.list("tests") { test(node) }
        finish(members, "file")
        if configuration.sources.isEmpty, !log.hasErrors {
            log.error(root.place, "there are no sources", "write from: {tail: /var/log/app/*.log}")
        }
        if configuration.sinks.isEmpty, !log.hasErrors {
            log.error(root.place, "there are no sinks", "write to: stdout")
        }
        warnOfUnused(root.place)
        return configuration
    }

    /// The elements under one of two keys, of which only one may stand there.
    private func listed(_ members: Members, _ key: String, _ short: String) -> [TreeNode] {
        guard let name = members.oneOf([key, short]) else { return [] }
        return members.value(name)?.oneOrMore() ?? []
    }

    private func warnOfUnused(_ place: Place) {
        let inlets = configuration.transforms.map(\.inlet) + configuration.sinks.map(\.inlet)
        let used = Set(inlets.flatMap(\.from))
        for name in outputs where !used.contains(name) && !log.hasErrors {
            let isQuiet = [".dropped", "._unmatched", ".emitted"].contains { name.hasSuffix($0) }
            if !isQuiet { log.warn(place, "nothing takes in \"\(name)\"") }
        }
    }

    /// Reports unknown keys of a section, and notes the known ones.
    func finish(_ members: Members, _ section: String) {
        members.finish()
        known[section, default: []].formUnion(members.asked)
    }

    // MARK: The whole

    private func service(_ root: Members) {
        let empty = TreeNode(
            tree: PositionedTree(.mapping([]), at: .start),
            path: "service",
            file: root.node.file,
            log: log
        )
        guard let members = root.members("service") ?? empty.members() else { return }
        take(members.duration("flush"), into: &configuration.service.flush)
        take(members.duration("grace"), into: &configuration.service.grace)
        put(members.text("directory"), into: &configuration.service.directory)
        put(members.text("admin"), into: &configuration.service.admin)
        take(members.bool("pages"), into: &configuration.service.servesPages)
        let levels = ["error", "warning", "info", "debug"]
        put(members.choice("level", levels), into: &configuration.service.level)
        take(members.text("zone"), into: &configuration.service.zone)
        put(members.text("time_field"), into: &configuration.service.timeField)
        put(members.text("dead_letters"), into: &configuration.service.deadLetters)
        if let settings = retry(members) { configuration.service.retry = settings }
        finish(members, "service")
    }

    private func test(_ node: TreeNode) {
        guard let members = node.members() else { return }
        let name = members.requiredText("name") ?? ""
        let inputs = members.list("inputs").compactMap { node -> ConfigurationTest.Input? in
            guard let fields = node.members() else { return nil }
            defer { finish(fields, "test input") }
            let stage = fields.value("stage").flatMap(reference) ?? ""
            let text = fields.text("text")
            let record = fields.value("fields")
            let script = fields.value("script")
            switch fields.oneOf(["text", "fields", "script"], isRequired: true) {
            case "text": return .init(stage: stage, record: .text(text ?? ""))
            case "fields": return .init(stage: stage, record: .fields(self.fields(record)))
            case "script":
                let source = script?.text() ?? ""
                return .init(stage: stage, record: .script(source: source, name: place(script)))
            default: return nil
            }
        }
        let outputs = members.list("outputs").compactMap { node -> ConfigurationTest.Output? in
            guard let fields = node.members() else { return nil }
            defer { finish(fields, "test output") }
            let stages = fields.value("from")?.oneOrMore().compactMap(reference) ?? []
            let conditions = fields.value("conditions")?.oneOrMore().compactMap(condition) ?? []
            return .init(
                stages: stages,
                conditions: conditions,
                count: fields.integer("count", 0...Int.max)
            )
        }
        let silent = members.value("silent")?.oneOrMore().compactMap(reference) ?? []
        finish(members, "test")
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

    // MARK: Names

    /// A component's name: its own, or its kind's with a number.
    func name(_ members: Members, _ kind: String) -> String {
        var name = members.text("name") ?? kind
        if members.has("name") {
            if name.contains(".") || name.isEmpty {
                log.error(members.place("name"), "\"\(name)\" is no name", "leave out dots")
            }
            if names.contains(name) {
                log.error(members.place("name"), "\"\(name)\" is the name of two things")
            }
        } else {
            var number = 1
            while names.contains(name) {
                number += 1
                name = "\(kind)-\(number)"
            }
        }
        names.insert(name)
        return name
    }

    /// What a step or sink takes in.
    func inlet(_ members: Members) -> Inlet {
        var inlet = Inlet(current)
        if let node = members.value("from") { inlet.from = node.oneOrMore().compactMap(reference) }
        let match = members.value("match")?.oneOrMore().compactMap { $0.text() }
        inlet.match = TagMatch(match.map { $0.map { .wildcard($0) } })
        let except = members.value("except")?.oneOrMore().compactMap { $0.text() } ?? []
        inlet.match.excluded = except.map { .wildcard($0) }
        return inlet
    }

    private func reference(_ node: TreeNode) -> String? {
        guard let name = node.text() else { return nil }
        if outputs.contains(name) { return name }
        let nearest = NearestMatch.of(name, among: outputs)
        node.error(
            "there is no source or step \"\(name)\" before this",
            nearest.map { "did you mean \"\($0)\"?" } ?? ""
        )
        return nil
    }

    /// Notes what comes out of a component.
    func offer(_ id: String, _ doors: [String] = [""]) {
        outputs += doors.map { $0.isEmpty ? id : "\(id).\($0)" }
    }

    /// What the next step takes in that does not say.
    func follow(_ names: [String]) { current = names }

    // MARK: Values

    func take<Value>(_ value: Value?, into target: inout Value) {
        if let value { target = value }
    }

    func put<Value>(_ value: Value?, into target: inout Value?) {
        if let value { target = value }
    }

    /// A number of bytes: `65536`, `64KiB`, `10MiB`.
    func size(_ members: Members, _ key: String) -> Int? {
        guard let node = members.value(key), let text = node.tree.scalar?.text else { return nil }
        let bare = text.hasSuffix("B") ? String(text.dropLast()) : text
        guard let quantity = try? Quantity(bare), quantity.value > 0 else {
            node.error("\"\(text)\" is no size", "write 65536, 64KiB, 10MiB")
            return nil
        }
        return quantity.value
    }

    func fields(_ node: TreeNode?) -> Records.Fields {
        guard let node else { return Records.Fields() }
        guard case .object(let fields) = LogValues.value(node.tree.json) else {
            node.expected("a map")
            return Records.Fields()
        }
        return fields
    }

    /// Names and texts.
    func texts(_ members: Members, _ key: String) -> [String: String] {
        var texts: [String: String] = [:]
        for (name, node) in members.members(key)?.entries() ?? [] { texts[name] = node.text() }
        return texts
    }

    func list(_ members: Members, _ key: String) -> [String]? {
        members.value(key)?.oneOrMore().compactMap { $0.text() }
    }

    func place(_ node: TreeNode?) -> String {
        guard let node else { return "" }
        return node.tree.position.description.isEmpty
            ? node.file : "\(node.file):\(node.tree.position)"
    }

    func condition(_ node: TreeNode) -> Condition? {
        node.text().map { .script(source: $0, name: place(node)) }
    }

    /// The kind of a component: the one key of these that it has.
    func kind(_ node: TreeNode, _ kinds: [String], _ what: String) -> (String, Members)? {
        if let text = node.tree.scalar?.text {
            // A word alone is a kind without options, a path a file.
            let position = node.tree.position
            let isPath = text.hasPrefix("/")
            let kind = isPath ? kinds.contains("tail") ? "tail" : "file" : text
            if kinds.contains(kind) {
                let value = isPath ? node.tree : PositionedTree(.bool(true), at: position)
                let tree = PositionedTree(.mapping([(kind, position, value)]), at: position)
                guard let members = node.at(tree, node.path).members() else { return nil }
                _ = members.value(kind)
                return (kind, members)
            }
        }
        guard let members = node.members() else { return nil }
        let present = members.keys.filter(kinds.contains)
        for kind in present { _ = members.value(kind) }
        guard let kind = present.first else {
            let nearest = members.keys.lazy.compactMap { NearestMatch.of($0, among: kinds) }.first
            log.error(
                members.place,
                "this is no \(what)",
                nearest.map { "did you mean \"\($0)\"?" }
                    ?? "name one of \(kinds.joined(separator: ", "))"
            )
            return nil
        }
        if present.count > 1 {
            log.error(
                members.place(present[1]),
                "\"\(present[0])\" and \"\(present[1])\" exclude each other",
                "write two of them"
            )
        }
        return (kind, members)
    }
}
