import Basics
import Formats
import Records

extension FluentdReader {
    /// `<match>`.
    func readMatch(_ element: FluentdElement) {
        let patterns = FluentdPatterns.patterns(element.argument)
        if element.argument.isEmpty {
            log.error(element.place, "<match> has no pattern", "write <match **>")
        }
        defer { take(patterns) }
        guard let type = plugin(element, "output", FluentdNames.matches) else { return }
        read(element, type, patterns)
    }

    private func read(_ element: FluentdElement, _ type: String, _ patterns: [String]) {
        let keys = FluentdKeys(element, log: log)
        switch type {
        case "copy":
            _ = keys.choice("copy_mode", ["no_copy", "shallow", "deep", "marshal"])
            let stores = keys.elements("store")
            if stores.isEmpty { log.error(element.place, "<store> is missing") }
            for store in stores {
                guard let type = plugin(store, "output", FluentdNames.matches) else { continue }
                if type == "copy" {
                    log.error(store.place, "a <store> cannot be a copy", "write its stores here")
                    continue
                }
                read(store, type, patterns)
            }
            keys.finish()
        case "relabel":
            let id = id(element, "filter", "relabel")
            guard let label = keys.one("@label") else {
                log.error(element.place, "\"@label\" is missing")
                return
            }
            keys.finish()
            send(patterns, to: label.value, id: id, label.place)
        case "rewrite_tag_filter": rewriteTag(element, keys, patterns)
        default: readSink(element, keys, type, patterns)
        }
    }

    private func readSink(
        _ element: FluentdElement,
        _ keys: FluentdKeys,
        _ type: String,
        _ patterns: [String]
    ) {
        let id = id(element, "match", type)
        var sink = SinkSettings(id: id, inlet: inlet(patterns), kind: .nowhere)
        sink.place = element.place.short
        for label in [keys.one("@label")].compactMap(\.self) {
            log.unsupported(label.place, "failures cannot be sent to a label of one's own")
        }
        let kind: SinkKind?
        switch type {
        case "elasticsearch", "opensearch", "elasticsearch_dynamic", "elasticsearch_data_stream",
            "opensearch_data_stream":
            kind = elasticsearch(keys, type, &sink)
        case "loki": kind = loki(keys, &sink)
        case "http": kind = http(keys, &sink)
        case "s3": kind = s3(keys, &sink)
        case "forward": kind = forward(keys, &sink)
        case "remote_syslog", "syslog": kind = syslog(keys, &sink)
        case "file": kind = file(keys, &sink)
        case "stdout":
            _ = buffer(keys, &sink)
            var encoding = format(keys, standard: "stdout")
            inject(keys, &encoding)
            kind = .console(ConsoleSettings(encoding: encoding))
            sink.retry = nil
        default:
            keys.accepted("never_flush")
            _ = keys.elements("buffer")
            kind = .nowhere
        }
        for secondary in keys.elements("secondary") { readSecondary(secondary) }
        keys.finish()
        guard let kind else { return }
        guard !ends.isEmpty else {
            log.warn(element.place, "no record comes to this <match>")
            return
        }
        sink.kind = kind
        configuration.sinks.append(sink)
    }

    /// `<secondary>`: what cannot be delivered goes to a file; here it is one for all.
    private func readSecondary(_ element: FluentdElement) {
        let type = element.type?.value ?? ""
        guard type == "file" || type == "secondary_file" else {
            log.unsupported(
                element.place,
                "<secondary> can be a file only",
                "write @type secondary_file"
            )
            return
        }
        let path =
            element["path"]?.value
            ?? element["directory"].map {
                $0.value + "/" + (element["basename"]?.value ?? "dump.bin")
            }
        if let path, configuration.service.deadLetters == nil {
            configuration.service.deadLetters = FluentdValues.template(path) + ".jsonl"
        }
    }

    private func rewriteTag(
        _ element: FluentdElement,
        _ keys: FluentdKeys,
        _ patterns: [String]
    ) {
        let id = id(element, "filter", "rewrite_tag_filter")
        var rules: [RewriteTagTransform.Rule] = []
        for rule in keys.elements("rule") {
            let inner = FluentdKeys(rule, log: log)
            let key = inner.required("key")
            let pattern = inner.one("pattern")
            let tag = inner.required("tag")
            let isInverted = inner.bool("invert") ?? false
            inner.unsupported("label")
            inner.finish()
            guard let key, let pattern, let tag else {
                if pattern == nil { log.error(rule.place, "\"pattern\" is missing") }
                continue
            }
            var text = FluentBitPatterns.unslashed(pattern.value)
            check(text, pattern.valuePlace)
            if isInverted { text = "(?s)\\A(?!.*(?:\(text)))" }
            let field = FluentdValues.accessor(key)
            rules.append(
                RewriteTagTransform.Rule(
                    key: field.hasPrefix("$") ? field : "$" + field,
                    pattern: text,
                    tag: Self.tag(tag),
                    keeps: false
                )
            )
        }
        if rules.isEmpty { log.error(element.place, "<rule> is missing") }
        let label = keys.text("@label")
        keys.unsupported("remove_tag_prefix", "remove_tag_regexp", "hostname_command")
        keys.accepted("capitalize_regex_backreference", "emit_mode")
        for parameter in keys.prefixed("rewriterule") {
            log.unsupported(parameter.place, "rules of old are not supported", "write <rule>")
        }
        keys.finish()
        chain(
            .rewriteTag(RewriteTagTransform(rules: rules)),
            id: id,
            patterns: FluentdPatterns.fitsAll(patterns) ? nil : FluentdPatterns.match(patterns),
            element.place
        )
        reenter(id + ".emitted", label: label)
    }

    /// A new tag: `${tag}` and `__TAG__` are the old one.
    static func tag(_ text: String) -> String {
        var text = FluentdValues.template(text)
        for (old, new) in [("__TAG_PARTS[", "$TAG["), ("]__", "]"), ("__TAG__", "$TAG")] {
            text = text.replacing(old, with: new)
        }
        return text
    }

    /// The machines of `host`, `hosts`, `port`, `scheme` and `path`.
    func endpoints(_ keys: FluentdKeys, port standard: UInt16) -> [EndpointSettings] {
        let host = keys.text("host") ?? "localhost"
        let port = keys.port() ?? standard
        let isSecure = keys.choice("scheme", ["http", "https"]) == "https"
        let path = keys.text("path") ?? ""
        var tls = ClientTLS()
        tls.verifies = keys.bool("ssl_verify") ?? true
        tls.authorities = keys.text("ca_file")
        tls.certificate = keys.text("client_cert")
        tls.key = keys.text("client_key")
        tls.keyPassword = keys.text("client_key_pass")
        keys.accepted("ssl_version", "ssl_min_version", "ssl_max_version")
        let hosts = keys.list("hosts")
        guard !hosts.isEmpty else {
            var endpoint = EndpointSettings(host: host, port: port)
            endpoint.path = path
            endpoint.tls = isSecure ? tls : nil
            return [endpoint]
        }
        return hosts.compactMap { text in
            guard let url = LogURL(text, scheme: isSecure ? "https" : "http") else {
                if let place = keys.one("hosts")?.valuePlace {
                    log.error(place, "\"\(text)\" is no address")
                }
                return nil
            }
            var endpoint = url.endpoint(standard: port, tls: tls)
            if endpoint.path.isEmpty { endpoint.path = path }
            return endpoint
        }
    }

    /// Name and password.
    func authentication(_ keys: FluentdKeys) -> HTTPAuthentication? {
        let password = keys.text("password")
        return keys.text("user").map { .basic(user: $0, password: password ?? "") }
    }
}
