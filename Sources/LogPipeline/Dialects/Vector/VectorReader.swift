import Basics
import Formats
import Records

/// Reads configurations in Vector's language into the one form.
///
/// Facts and defaults are those of Vector 0.5x; what is another decision is said in a warning or in the notes.
struct VectorReader {
    /// Names of fields that sources set (`log_schema`).
    struct Schema {
        var message: String? = "message"
        var timestamp: String? = "timestamp"
        var host: String? = "host"
        var sourceType: String? = "source_type"
    }

    let log: FindingLog
    let surroundings: LogSurroundings
    var schema = Schema()
    var configuration = LogConfiguration()
    /// Where components were written, by name.
    var places: [String: Place] = [:]
    /// The inputs as they were written.
    var inputs: [String: [(name: String, place: Place)]] = [:]
    /// Doors of components: an empty name is the main one.
    var doors: [String: [String]] = [:]
    /// Names of transforms and sinks whose type is not supported: what they would do is not asked further.
    var broken: Set<String> = []

    init(log: FindingLog, surroundings: LogSurroundings) {
        self.log = log
        self.surroundings = surroundings
        configuration.service.tool = "vector"
        configuration.service.zone = "local"
        // Vector's minute is more than a pod gets by itself: the kubelet kills after 30 s.
        configuration.service.grace = .seconds(25)
        configuration.service.servesPages = false
    }

    /// Reads the files together.
    mutating func read(_ texts: [LogText]) -> LogConfiguration? {
        var roots: [Members] = []
        for text in texts {
            guard let node = VectorText(log: log, surroundings: surroundings).node(text),
                let members = node.members()
            else { continue }
            roots.append(members)
        }
        guard !roots.isEmpty else { return nil }
        for root in roots { globals(root) }
        for root in roots { components(root) }
        for root in roots { root.finish() }
        connect()
        for root in roots { tests(root) }
        return configuration
    }

    private mutating func components(_ root: Members) {
        for (id, node) in root.members("sources")?.entries() ?? [] where declare(id, node) {
            source(id, node)
        }
        for (id, node) in root.members("transforms")?.entries() ?? [] where declare(id, node) {
            transform(id, node)
        }
        for (id, node) in root.members("sinks")?.entries() ?? [] where declare(id, node) {
            sink(id, node)
        }
        let missing = [
            ("enrichment_tables", "enrichment tables"), ("secret", "backends for secrets"),
            ("provider", "providers of configurations"),
        ]
        for (key, name) in missing where root.has(key) {
            let isEmpty = root.value(key)?.tree.mapping?.isEmpty ?? false
            if !isEmpty { log.unsupported(root.place(key), "\(name) are not supported") }
        }
    }

    /// Notes a component's name; false if it is taken or no name.
    private mutating func declare(_ id: String, _ node: TreeNode) -> Bool {
        if id.contains(".") || id.isEmpty {
            node.error("\"\(id)\" is no name for a component", "leave out dots")
            return false
        }
        if let first = places[id] {
            node.error(
                "there is another component with the name \"\(id)\" at \(first.short)",
                "names of sources, transforms and sinks are different"
            )
            return false
        }
        places[id] = node.place
        return true
    }

    // MARK: Globals

    private mutating func globals(_ root: Members) {
        if let directory = root.text("data_dir"), !directory.isEmpty {
            if let first = configuration.service.directory, first != directory {
                log.error(root.place("data_dir"), "another file says \"\(first)\"", "remove one")
            }
            configuration.service.directory = directory
        }
        if let zone = root.text("timezone") { configuration.service.zone = zone }
        if let fields = root.members("log_schema") {
            if fields.has("message_key") { schema.message = key(fields, "message_key") }
            if fields.has("timestamp_key") { schema.timestamp = key(fields, "timestamp_key") }
            if fields.has("host_key") { schema.host = key(fields, "host_key") }
            if fields.has("source_type_key") { schema.sourceType = key(fields, "source_type_key") }
            _ = fields.text("metadata_key")
            fields.finish()
        }
        configuration.service.timeField = schema.timestamp
        if let fields = root.members("api") {
            let address = fields.text("address")
            if fields.bool("enabled") ?? false {
                configuration.service.admin = address ?? "127.0.0.1:8686"
            }
            _ = fields.bool("playground")
            _ = fields.bool("graphql")
            fields.finish()
        }
        if let fields = root.members("schema") {
            _ = fields.bool("enabled")
            _ = fields.bool("validation")
            if fields.bool("log_namespace") ?? false {
                log.unsupported(fields.place("log_namespace"), "it is not supported")
            }
            fields.finish()
        }
        acknowledgements(root)
        healthcheck(root, "healthchecks")
        proxy(root)
        root.ignored(
            "expire_metrics",
            "expire_metrics_secs",
            "expire_metrics_per_metric_set",
            "telemetry",
            "latency_ewma_alpha",
            "buffer_utilization_ewma_alpha",
            "metrics_storage_refresh_period",
            because: "metrics are counted as they are and kept"
        )
        _ = root.choice("wildcard_matching", ["strict", "relaxed"])
        root.unsupported("enterprise", "pipelines")
        _ = root.value("tests")
    }

    // MARK: What components have in common

    /// Delivery is always acknowledged from end to end here, so these only have to be well formed.
    func acknowledgements(_ members: Members) {
        guard let node = members.value("acknowledgements") else { return }
        guard node.tree.mapping != nil, let fields = node.members() else {
            _ = node.bool()
            return
        }
        _ = fields.bool("enabled")
        _ = fields.bool("indexer_acknowledgements_enabled")
        fields.finish()
    }

    func healthcheck(_ members: Members, _ key: String = "healthcheck") {
        guard let node = members.value(key) else { return }
        guard node.tree.mapping != nil, let fields = node.members() else {
            _ = node.bool()
            return
        }
        _ = fields.bool("enabled")
        _ = fields.text("uri")
        _ = fields.number("timeout")
        if fields.bool("require_healthy") ?? false {
            log.warn(
                fields.place("require_healthy"),
                "it has no effect here: records wait until a sink answers"
            )
        }
        fields.finish()
    }

    func proxy(_ members: Members) {
        guard let fields = members.members("proxy") else { return }
        let isEnabled = fields.bool("enabled") ?? true
        for key in ["http", "https"] where fields.has(key) && isEnabled {
            log.unsupported(fields.place(key), "proxies are not supported")
        }
        _ = fields.value("no_proxy")
        fields.finish()
    }

    /// The name of a field; nil if it is empty, which takes the field away.
    func key(_ members: Members, _ key: String) -> String? {
        guard let text = members.text(key) else { return nil }
        let name = text.hasPrefix(".") ? String(text.dropFirst()) : text
        return name.isEmpty ? nil : name
    }

    /// The name of a field, or the usual one if the key is not there.
    func key(_ members: Members, _ name: String, _ usual: String?) -> String? {
        members.has(name) ? key(members, name) : usual
    }

    /// A script's name for messages: where it begins.
    func name(_ node: TreeNode) -> String {
        node.place.position.map { "\(node.file):\($0)" } ?? node.file
    }

    /// A component of a type that is not there, or that is not known at all.
    func unknownType(_ members: Members, _ kind: String, _ type: String, known: [String]) {
        let place = members.place("type")
        if let why = VectorTypes.unsupported[kind]?[type] {
            log.unsupported(place, "the \(kind) \(type) is not supported", why)
            return
        }
        log.unknown(place, "the \(kind)", type, among: known)
    }

    /// A condition: VRL as a text, or a map with its type.
    func condition(_ node: TreeNode) -> Condition? {
        guard node.tree.mapping != nil else {
            guard let text = node.text() else { return nil }
            switch text {
            case "is_log": return .always(true)
            case "is_metric", "is_trace": return .always(false)
            default: return .script(source: text, name: name(node))
            }
        }
        guard let fields = node.members() else { return nil }
        defer { fields.finish() }
        let types = ["vrl", "is_log", "is_metric", "is_trace", "datadog_search", "remap"]
        let type = fields.text("type") ?? "vrl"
        let source = fields.value("source")
        switch type {
        case "vrl", "remap":
            guard let source, let text = source.text() else {
                log.error(fields.place, "\"source\" is missing")
                return nil
            }
            _ = fields.value("runtime")
            return .script(source: text, name: name(source))
        case "is_log": return .always(true)
        case "is_metric", "is_trace": return .always(false)
        case "datadog_search", "check_fields":
            for key in fields.keys { _ = fields.value(key) }
            log.unsupported(
                fields.place("type"),
                "conditions of the type \(type) are not supported",
                "write the condition in VRL"
            )
            return nil
        default:
            log.unknown(fields.place("type"), "the type of condition", type, among: types)
            return nil
        }
    }
}
