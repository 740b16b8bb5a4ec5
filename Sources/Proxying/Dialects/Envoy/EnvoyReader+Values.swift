import Formats

/// Values that many messages have.
extension EnvoyReader {
    /// The type and the fields of an extension: a map of `name` and `typed_config`.
    ///
    /// Without a `typed_config` the name says the type, with a warning (Envoy refuses that since
    /// 1.22). The keys of `fields` are finished here.
    func extensionBody(_ fields: Fields, kind: String) -> (EnvoyType, Fields)? {
        let name = fields.text("name") ?? ""
        defer { fields.finish() }
        let named = EnvoyType.names[name]
        // `{}` says as little as nothing at all.
        if let config = fields.value("typed_config"),
            named == nil || !(config.tree.mapping ?? []).isEmpty
                || config.tree.mapping == nil
        {
            return typed(config, kind: kind, name: name)
        }
        if let config = fields.value("config") {
            guard let named, let body = config.fields() else {
                log.error(
                    fields.place("config"),
                    "\"config\" is of the old API, and the name does not tell its type",
                    "write typed_config with an \"@type\""
                )
                return nil
            }
            log.warn(
                fields.place("config"),
                "\"config\" is of the old API, which Envoy does not read since 1.15",
                "write typed_config with \"@type\": type.googleapis.com/\(named.rawValue)"
            )
            return (named, body)
        }
        guard let named else {
            if name.isEmpty {
                log.error(fields.place, "\"name\" and \"typed_config\" are missing")
            } else {
                log.unsupported(
                    fields.place("name"),
                    "the \(kind) \"\(name)\" is not supported",
                    advice(for: name)
                )
            }
            return nil
        }
        log.warn(
            fields.place("name"),
            "\"\(name)\" has no typed_config; its name is taken as the type (Envoy refuses this"
                + " since 1.22)",
            "add typed_config with \"@type\": type.googleapis.com/\(named.rawValue)"
        )
        let empty = PositionedTree(.mapping([]), at: fields.node.tree.position)
        return (named, Fields(fields.node.at(empty, fields.path + "typed_config")))
    }

    /// The type and the fields of an `Any`.
    func typed(_ node: Node, kind: String, name: String = "") -> (EnvoyType, Fields)? {
        guard let fields = node.fields() else { return nil }
        guard let url = fields.text("@type") else {
            if !fields.has("@type") {
                let hint = EnvoyType.names[name].map { "type.googleapis.com/\($0.rawValue)" }
                log.error(
                    node.place,
                    "\"@type\" is missing",
                    hint.map { "add \"@type\": \($0)" } ?? ""
                )
            }
            _ = fields.entries()
            return nil
        }
        let full =
            url.split(separator: "/", omittingEmptySubsequences: false).last
            .map(String.init) ?? url
        if full.hasSuffix("v1.TypedStruct"), let inner = fields.text("type_url") {
            let body = fields.fields("value")
            fields.finish()
            guard
                let type = type(named: inner, at: fields.place("type_url"), kind: kind, name: name)
            else { return nil }
            return body.map { (type, $0) }
        }
        guard let type = type(named: url, at: fields.place("@type"), kind: kind, name: name) else {
            return nil
        }
        return (type, fields)
    }

    private func type(
        named url: String,
        at place: Place,
        kind: String,
        name: String
    ) -> EnvoyType? {
        let full = url.split(separator: "/").last.map(String.init) ?? url
        guard url.contains("/") else {
            log.error(
                place,
                "\"\(url)\" is no type URL",
                "write type.googleapis.com/\(full)"
            )
            return nil
        }
        if let type = EnvoyType(rawValue: full) { return type }
        if EnvoyType.isOld(full) {
            let now = EnvoyType.successor(of: full)?.rawValue
            log.error(
                place,
                "\"\(full)\" is of the v2 API, which Envoy does not read since 1.19",
                now.map { "write type.googleapis.com/\($0)" } ?? "write the v3 type"
            )
            return nil
        }
        let nearest = Self.nearest(full)
        log.unsupported(
            place,
            "the \(kind) \(full) is not supported",
            nearest.map { "did you mean \($0)?" } ?? advice(for: name.isEmpty ? full : name)
        )
        return nil
    }

    /// The known type that differs by a slip of the pen.
    private static func nearest(_ full: String) -> String? {
        let short = full.split(separator: ".").last ?? ""
        return EnvoyType.allCases.first {
            $0.shortName == short && !full.hasPrefix("envoy.extensions")
                || $0.rawValue.lowercased() == full.lowercased()
        }?.rawValue
    }

    /// What to do instead of something that is not there.
    func advice(for name: String) -> String {
        let advices = [
            ("ratelimit", "use local_ratelimit"),
            ("compressor", "let the application compress"),
            ("gzip", "let the application compress"),
            ("lua", "use header changes and rewrites of routes"),
            ("wasm", "use header changes and rewrites of routes"),
            ("grpc_json_transcoder", ""),
            ("redis_proxy", "use tcp_proxy"),
            ("mongo_proxy", "use tcp_proxy"),
            ("postgres_proxy", "use tcp_proxy"),
            ("mysql_proxy", "use tcp_proxy"),
            ("sni_dynamic_forward_proxy", "name the upstreams as clusters"),
            ("dynamic_forward_proxy", "name the upstreams as clusters"),
        ]
        return advices.first { name.contains($0.0) }?.1 ?? ""
    }

    /// Reports an extension of a known type in a place where it does not belong.
    func unsupportedType(_ type: EnvoyType, _ fields: Fields) {
        _ = fields.entries()
        log.unsupported(fields.place, "\(type.rawValue) is not supported here")
    }

    // MARK: Addresses

    func address(_ node: Node) -> HostPort? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        switch fields.oneOf(
            ["socket_address", "pipe", "envoy_internal_address"],
            isRequired: true
        ) {
        case "pipe":
            guard let pipe = fields.fields("pipe") else { return nil }
            defer { pipe.finish() }
            pipe.ignored("mode", because: "sockets are made with the mode 0660")
            guard let path = pipe.requiredText("path") else { return nil }
            guard path.hasPrefix("/") else {
                log.unsupported(pipe.place("path"), "the path of a socket must begin with a slash")
                return nil
            }
            return HostPort(host: path)
        case "socket_address":
            guard let socket = fields.fields("socket_address") else { return nil }
            return socketAddress(socket)
        case "envoy_internal_address":
            fields.unsupported("envoy_internal_address", instead: "use a loopback address")
            return nil
        default:
            return nil
        }
    }

    private func socketAddress(_ socket: Fields) -> HostPort? {
        let host = socket.requiredText("address")
        if socket.choice("protocol", ["TCP", "UDP"]) == 1 {
            log.unsupported(socket.place("protocol"), "UDP is not supported")
        }
        var port: Int?
        switch socket.oneOf(["port_value", "named_port"], isRequired: true) {
        case "port_value": port = socket.integer("port_value", 0...65535)
        case "named_port": socket.unsupported("named_port", instead: "write port_value")
        default: break
        }
        socket.ignored(
            "resolver_name",
            "ipv4_compat",
            "network_namespace_filepath",
            because: "names are looked up by DNS, and :: takes IPv6 only"
        )
        socket.finish()
        guard let host, let port else { return nil }
        return HostPort(host: host, port: UInt16(port))
    }

    func range(_ node: Node) -> AddressRange? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        guard let text = fields.requiredText("address_prefix") else { return nil }
        guard let bytes = AddressText.address(text) else {
            log.error(fields.place("address_prefix"), "\"\(text)\" is no address")
            return nil
        }
        let length = fields.integer("prefix_len", 0...(bytes.count * 8)) ?? 0
        return AddressRange(address: bytes, prefixLength: length)
    }

    // MARK: Shares

    /// Parts of a million of a `FractionalPercent`.
    func fraction(_ fields: Fields) -> Int {
        let numerator = fields.integer("numerator") ?? 0
        let denominator = fields.choice("denominator", ["HUNDRED", "TEN_THOUSAND", "MILLION"]) ?? 0
        fields.finish()
        return min(1_000_000, numerator * [10_000, 100, 1][denominator])
    }

    /// Parts of a million of a `RuntimeFractionalPercent`.
    func runtimeFraction(_ fields: Fields) -> Int {
        fields.ignored("runtime_key", because: "there are no runtime values")
        let fraction = fields.fields("default_value").map(self.fraction)
        fields.finish()
        return fraction ?? 0
    }

    /// The default of a value that could be changed at run time.
    func runtimeDefault(_ fields: Fields) -> Node? {
        fields.ignored("runtime_key", because: "there are no runtime values")
        let value = fields.value("default_value")
        fields.finish()
        return value
    }

    /// A `Percent`: a map of `value`.
    func percent(_ fields: Fields) -> Double? {
        let number = fields.number("value")
        fields.finish()
        guard let number, (0...100).contains(number) else {
            if number != nil { log.error(fields.place("value"), "a percentage is 0 to 100") }
            return nil
        }
        return number
    }

    /// A duration where zero means "off".
    func limit(_ fields: Fields, _ key: String, else standard: Duration?) -> Duration? {
        guard fields.has(key) else { return standard }
        let duration = fields.duration(key)
        return duration == .zero ? nil : duration ?? standard
    }

    // MARK: Texts

    /// A `DataSource`: where a text comes from.
    func source(_ fields: Fields) -> TextSource? { source(fields, keepsBase64: false) }

    /// A `DataSource` whose bytes may stay in base64, because they are no text.
    func source(_ fields: Fields, keepsBase64: Bool) -> TextSource? {
        defer { fields.finish() }
        if fields.has("watched_directory") {
            fields.ignored("watched_directory", because: "files are watched always")
        }
        switch fields.oneOf(
            ["filename", "inline_string", "inline_bytes", "environment_variable"],
            isRequired: true
        ) {
        case "filename":
            return fields.requiredText("filename").map(TextSource.file)
        case "inline_string":
            return fields.text("inline_string").map(TextSource.inline)
        case "inline_bytes":
            guard let text = fields.text("inline_bytes") else { return nil }
            guard let bytes = Base64.decode(text) else {
                log.error(fields.place("inline_bytes"), "it is not base64")
                return nil
            }
            return .inline(keepsBase64 ? text : String(decoding: bytes, as: UTF8.self))
        case "environment_variable":
            guard let name = fields.requiredText("environment_variable") else { return nil }
            guard let text = options.environment[name] else {
                log.error(
                    fields.place("environment_variable"),
                    "the variable \(name) is not set"
                )
                return nil
            }
            return .inline(text)
        default:
            return nil
        }
    }

    /// The text of a `DataSource`, read now.
    func content(_ fields: Fields) -> String? {
        let place = fields.place
        switch source(fields) {
        case .inline(let text): return text
        case .file(let path):
            guard let bytes = options.readFile(path) else {
                log.error(place, "\(path) cannot be read")
                return nil
            }
            return String(decoding: bytes, as: UTF8.self)
        case nil: return nil
        }
    }
}
