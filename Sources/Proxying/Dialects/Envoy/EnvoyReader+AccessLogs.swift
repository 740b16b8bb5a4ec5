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
        var minimum: Int?
        if let filter = fields.fields("filter") {
            let comparison = statusComparison(filter)
            for key in filter.keys where key != "status_code_filter" && key != "statusCodeFilter" {
                filter.unsupported(key, instead: "use status_code_filter with GE")
            }
            filter.finish()
            if let comparison {
                if comparison.operation == 1 {
                    minimum = comparison.value
                } else {
                    log.unsupported(filter.place("status_code_filter"), "only GE is supported here")
                }
            }
        }
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
        var settings = AccessLogSettings(sink: sink, minimumStatus: minimum)
        switch body.oneOf(["format", "json_format", "typed_json_format", "log_format"]) {
        case "format":
            let text = body.text("format") ?? ""
            log.checkCommands(text, body.place("format"))
            settings.format = .text(text)
        case "json_format", "typed_json_format":
            let key = body.has("json_format") ? "json_format" : "typed_json_format"
            settings.format = .json(body.fields(key).map { members($0, "") } ?? [])
        case "log_format":
            if let format = body.fields("log_format").flatMap({ logFormat($0, isLine: true) }) {
                settings.format = format.format
            }
        default: break
        }
        return settings
    }

    static func sink(_ path: String) -> AccessLogSettings.Sink {
        switch path {
        case "/dev/stdout", "/proc/self/fd/1": .standardOutput
        case "/dev/stderr", "/proc/self/fd/2": .standardError
        default: .file(path)
        }
    }

    func statusComparison(_ filter: Fields) -> Comparison? {
        guard let body = filter.fields("status_code_filter") else { return nil }
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
            return fields.fields("json_format").map { (.json(members($0, "")), type) }
        default: return nil
        }
    }

    private func members(_ fields: Fields, _ prefix: String) -> [AccessLogSettings.JSONMember] {
        fields.entries().flatMap { key, node -> [AccessLogSettings.JSONMember] in
            if node.tree.mapping != nil {
                node.unsupported(
                    "objects inside of the line's object are not supported",
                    "write their members beside the others"
                )
                return []
            }
            guard let scalar = node.tree.scalar else {
                node.unsupported("lists are not supported in lines")
                return []
            }
            log.checkCommands(scalar.text, node.place)
            return [AccessLogSettings.JSONMember(key: prefix + key, value: scalar.text)]
        }
    }
}
