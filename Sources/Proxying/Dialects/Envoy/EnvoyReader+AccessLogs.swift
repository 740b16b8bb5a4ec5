import Formats

/// Access logs and their formats.
extension EnvoyReader {
    /// A comparison of `status_code_filter`.
    struct Comparison {
        var operation: Int
        var value: Int

        func passes(_ status: Int) -> Bool {
            switch operation {
            case 0: status == value
            case 1: status >= value
            case 2: status <= value
            default: status != value
            }
        }
    }

    func accessLog(_ node: Node) -> AccessLogSettings? {
        guard let fields = node.fields() else { return nil }
        let filter = fields.fields("filter").flatMap(logFilter)
        guard let (type, body) = extensionBody(fields, kind: "access logger") else { return nil }
        defer { body.finish() }
        let sink: AccessLogSettings.Sink
        switch type {
        case .outputLog: sink = .standardOutput
        case .errorLog: sink = .standardError
        case .fileLog:
            guard let path = body.requiredText("path") else { return nil }
            sink = Self.sink(path)
        default:
            unsupportedType(type, body)
            return nil
        }
        var settings = AccessLogSettings(sink: sink, filter: filter)
        switch body.oneOf(["format", "json_format", "typed_json_format", "log_format"]) {
        case "format":
            let text = body.text("format") ?? ""
            log.checkCommands(text, body.place("format"))
            settings.format = .text(text)
        case "json_format", "typed_json_format":
            let key = body.has("json_format") ? "json_format" : "typed_json_format"
            settings.format = .json(body.fields(key).map { members($0) } ?? [])
        case "log_format":
            if let format = body.fields("log_format").flatMap({ logFormat($0, isLine: true) }) {
                settings.format = format.format
            }
        default: break
        }
        return settings
    }

    /// Which requests a log writes.
    private func logFilter(_ fields: Fields) -> AccessLogFilter? {
        defer { fields.finish() }
        let comparisons: [AccessLogFilter.Comparison] = [.equal, .atLeast, .atMost, .notEqual]
        func several(_ key: String) -> [AccessLogFilter] {
            guard let body = fields.fields(key) else { return [] }
            defer { body.finish() }
            return body.list("filters").compactMap { $0.fields() }.compactMap(logFilter)
        }
        let kinds = [
            "status_code_filter", "duration_filter", "not_health_check_filter", "and_filter",
            "or_filter", "response_flag_filter",
        ]
        switch fields.oneOf(kinds) {
        case "status_code_filter":
            return statusComparison(fields).map { .status(comparisons[$0.operation], $0.value) }
        case "duration_filter":
            guard let body = fields.fields("duration_filter") else { return nil }
            return comparison(body).map { .duration(comparisons[$0.operation], $0.value) }
        case "not_health_check_filter":
            fields.fields("not_health_check_filter")?.finish()
            return .notHealthCheck
        case "and_filter": return .all(several("and_filter"))
        case "or_filter": return .any(several("or_filter"))
        case "response_flag_filter":
            guard let body = fields.fields("response_flag_filter") else { return nil }
            defer { body.finish() }
            if !body.texts("flags").isEmpty {
                body.unsupported("flags", instead: "leave it out: any flag will do")
            }
            return .flagged
        default:
            for key in fields.keys {
                fields.unsupported(key, instead: "use status_code_filter or duration_filter")
            }
            return nil
        }
    }

    static func sink(_ path: String) -> AccessLogSettings.Sink {
        switch path {
        case "/dev/stdout", "/proc/self/fd/1": .standardOutput
        case "/dev/stderr", "/proc/self/fd/2": .standardError
        default: .file(path)
        }
    }

    func statusComparison(_ filter: Fields) -> Comparison? {
        filter.fields("status_code_filter").flatMap(comparison)
    }

    private func comparison(_ body: Fields) -> Comparison? {
        defer { body.finish() }
        guard let comparison = body.required("comparison")?.fields() else { return nil }
        defer { comparison.finish() }
        let operation = comparison.choice("op", ["EQ", "GE", "LE", "NE"]) ?? 0
        guard let value = comparison.required("value")?.fields() else { return nil }
        defer { value.finish() }
        let number = value.integer("default_value") ?? 0
        value.ignored("runtime_key", because: "there are no runtime values")
        return Comparison(operation: operation, value: number)
    }

    /// A `SubstitutionFormatString`.
    func logFormat(
        _ fields: Fields,
        isLine: Bool
    ) -> (format: AccessLogSettings.Format, contentType: String?)? {
        defer { fields.finish() }
        let type = fields.text("content_type")
        _ = fields.bool("omit_empty_values")
        if fields.bool("omit_empty_values") == true {
            fields.ignored("omit_empty_values", because: "absent values are written as \"-\"")
        }
        fields.unsupported("formatters")
        if let options = fields.fields("json_format_options") {
            options.ignored("sort_properties", because: "keys keep the order of the file")
            options.finish()
        }
        switch fields.oneOf(["text_format", "json_format", "text_format_source"], isRequired: true)
        {
        case "text_format":
            guard let text = fields.text("text_format") else { return nil }
            log.checkCommands(text, fields.place("text_format"))
            return (.text(text), type)
        case "text_format_source":
            return fields.fields("text_format_source").flatMap(content).map { (.text($0), type) }
        case "json_format":
            return fields.fields("json_format").map { (.json(members($0)), type) }
        default: return nil
        }
    }

    private func members(_ fields: Fields) -> [AccessLogSettings.JSONMember] {
        fields.entries().compactMap { key, node in
            if node.tree.mapping != nil, let inner = node.fields() {
                var member = AccessLogSettings.JSONMember(key: key, value: "")
                member.members = members(inner)
                return member
            }
            guard let scalar = node.tree.scalar else {
                node.unsupported("lists are not supported in lines")
                return nil
            }
            log.checkCommands(scalar.text, node.place)
            return AccessLogSettings.JSONMember(key: key, value: scalar.text)
        }
    }
}
