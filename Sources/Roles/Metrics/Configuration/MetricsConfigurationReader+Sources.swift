import Basics
import Formats

extension MetricsConfigurationReader {
    /// Reads a source.
    func source(_ settings: Settings) -> SourceOptions? {
        let kinds = ["url", "file", "command", "statsd"]
        let given = kinds.filter(settings.has)
        guard given.count == 1, let place = place(settings, given[0]) else {
            if given.count != 1 {
                log.error(settings.place, "a source has one of \(kinds.joined(separator: ", "))")
            }
            return nil
        }
        var source = SourceOptions(name: settings.text("name") ?? name(place), place: place)
        source.format = settings.choice("input", MetricFormat.self) ?? .auto
        source.every = settings.duration("every") ?? .zero
        source.timeout = settings.duration("timeout") ?? source.timeout
        source.bodyLimit = settings.size("body_limit") ?? source.bodyLimit
        if let prefix = settings.text("prefix") {
            if !MetricName.isMetric(prefix) {
                log.error(settings.place("prefix"), "\"\(prefix)\" is no name of a metric")
            }
            source.read.prefix = prefix
        }
        source.read.strings = settings.choice("strings", ReadOptions.Strings.self) ?? .ignore
        if let units = settings.text("units") {
            if !["base", "keep"].contains(units) {
                log.error(settings.place("units"), "it is base or keep")
            }
            source.read.convertsUnits = units != "keep"
        }
        source.read.counters = settings.texts("counters")
        if settings.has("label_keys") { source.read.labelKeys = settings.texts("label_keys") }
        source.rules = settings.settings("rules").compactMap(rule)
        source.rewrite.changes = settings.settings("change").compactMap(change)
        source.rewrite.relabel = settings.settings("relabel").compactMap(relabel)
        source.rewrite.aggregations = settings.settings("aggregate").compactMap(aggregation)
        source.rewrite.labels = settings.labels("labels")
        settings.finish()
        return source
    }

    private func name(_ place: SourceOptions.Place) -> String {
        switch place {
        case .http(let options): options.url.description
        case .file(let path): path
        case .command(let words): words.first ?? "command"
        case .redis(let options): "redis://" + (options.socket ?? "\(options.host):\(options.port)")
        case .memcached(let host, let port): "memcached://\(host):\(port)"
        case .postgres(let options): options.url.description
        case .statsd: "statsd"
        }
    }

    private func place(_ settings: Settings, _ kind: String) -> SourceOptions.Place? {
        switch kind {
        case "file": return settings.requiredText("file").map { .file($0) }
        case "command":
            let words = settings.texts("command")
            if words.isEmpty { log.error(settings.place("command"), "it is a list of words") }
            return words.isEmpty ? nil : .command(words)
        case "statsd": return settings.section("statsd").flatMap(statsd)
        default: return settings.requiredText("url").flatMap { url($0, settings) }
        }
    }

    private func url(_ text: String, _ settings: Settings) -> SourceOptions.Place? {
        guard let place = SourceOptions.Place(url: text) else {
            log.error(
                settings.place("url"),
                "\"\(text)\" is no URL of a source",
                "write http://, https://, unix:, redis://, memcached://, postgres:// or file://"
            )
            return nil
        }
        switch place {
        case .http(var options):
            options.method = settings.text("method") ?? options.method
            options.headers = settings.pairs("headers")
            options.body = settings.text("body") ?? ""
            if !options.body.isEmpty, !settings.has("method") { options.method = "POST" }
            options.tokenFile = settings.text("token_file")
            options.redirects = settings.integer("redirects", 0...20) ?? options.redirects
            options.sendsProxyHeader = settings.bool("proxy_protocol") ?? false
            options.tls = security(settings)
            return .http(options)
        case .redis(var options):
            options.passwordFile = settings.text("password_file")
            if options.tls != nil { options.tls = security(settings) }
            return .redis(options)
        case .postgres(var options):
            options.passwordFile = settings.text("password_file")
            options.asksBuiltIn = settings.bool("builtin_queries") ?? true
            options.queries = settings.settings("queries").compactMap(query)
            if var tls = options.tls {
                let named = security(settings)
                tls.authorities = named.authorities ?? tls.authorities
                tls.certificate = named.certificate
                tls.key = named.key
                options.tls = tls
            }
            return .postgres(options)
        default: return place
        }
    }

    private func query(_ settings: Settings) -> PostgresQuery? {
        defer { settings.finish() }
        guard let name = settings.requiredText("name"), let text = settings.requiredText("query")
        else { return nil }
        if !MetricName.isMetric(name) {
            log.error(settings.place("name"), "\"\(name)\" is no name of a metric")
        }
        var query = PostgresQuery(name: name, text: text)
        query.help = settings.text("help") ?? ""
        for pair in settings.pairs("columns") {
            guard let usage = PostgresQuery.Usage(rawValue: pair.value) else {
                let known = PostgresQuery.Usage.allCases.map(\.rawValue).joined(separator: ", ")
                log.error(settings.place("columns"), "\"\(pair.value)\" is none of \(known)")
                continue
            }
            query.columns[pair.name] = usage
        }
        return query
    }

    // MARK: Rules

    private func rule(_ settings: Settings) -> JSONRule? {
        defer { settings.finish() }
        guard let name = settings.requiredText("name") else { return nil }
        guard MetricName.isMetric(name) else {
            log.error(settings.place("name"), "\"\(name)\" is no name of a metric")
            return nil
        }
        let histogram = settings.section("histogram")
        guard let path = settings.tapePath("path") ?? (try? TapePath("$")) else { return nil }
        if histogram == nil, !settings.has("path") {
            log.error(settings.place, "\"path\" is missing")
        }
        var rule = JSONRule(name: name, path: path)
        rule.help = settings.text("help") ?? ""
        rule.kind = kind(settings)
        rule.each = settings.tapePath("each")
        rule.scale = settings.number("scale") ?? 1
        rule.missing = settings.choice("missing", JSONRule.Missing.self) ?? .error
        for pair in settings.pairs("values") {
            guard let number = Double(pair.value) else {
                log.error(settings.place("values"), "\"\(pair.value)\" is no number")
                continue
            }
            rule.values[pair.name] = number
        }
        for label in settings.labels("labels") {
            guard
                label.value.hasPrefix("$") || label.value.hasPrefix("/")
                    || label.value.hasPrefix("@")
            else {
                rule.labels.append((label.name, .text(label.value)))
                continue
            }
            do throws(ReadProblem) {
                rule.labels.append((label.name, .path(try TapePath(label.value))))
            } catch {
                log.error(settings.place("labels"), error.what)
            }
        }
        if let histogram, let counts = histogram.tapePath("buckets") {
            var buckets = JSONRule.Buckets(counts: counts)
            buckets.isCumulative = histogram.bool("cumulative") ?? false
            buckets.sum = histogram.tapePath("sum")
            buckets.count = histogram.tapePath("count")
            rule.buckets = buckets
            histogram.finish()
        }
        return rule
    }

    private func kind(_ settings: Settings) -> MetricKind? {
        guard let word = settings.text("type") else { return nil }
        guard let kind = MetricKind(word: word) else {
            log.error(
                settings.place("type"),
                "\"\(word)\" is none of gauge, counter, untyped, info, histogram, summary"
            )
            return nil
        }
        return kind
    }

    private func change(_ settings: Settings) -> SampleRewrite.Change? {
        defer { settings.finish() }
        guard let match = settings.requiredText("match") else { return nil }
        var change = SampleRewrite.Change(match: match)
        change.name = settings.text("name")
        if let name = change.name, !MetricName.isMetric(name) {
            log.error(settings.place("name"), "\"\(name)\" is no name of a metric")
        }
        change.kind = kind(settings)
        change.help = settings.text("help")
        change.unit = settings.text("unit")
        change.scale = settings.number("scale") ?? 1
        change.continues = settings.bool("continue") ?? false
        change.drops = settings.bool("drop") ?? false
        return change
    }

    private func relabel(_ settings: Settings) -> RelabelRule? {
        defer { settings.finish() }
        var rule = RelabelRule()
        rule.sources = settings.texts("source_labels")
        rule.separator = settings.text("separator") ?? rule.separator
        rule.regex = settings.text("regex") ?? rule.regex
        rule.target = settings.text("target_label") ?? ""
        rule.replacement = settings.text("replacement") ?? rule.replacement
        rule.action = settings.choice("action", RelabelRule.Action.self) ?? .replace
        do throws(Failure) {
            _ = try Pattern(rule.regex, mode: .unicode)
        } catch {
            log.error(settings.place("regex"), error.description)
        }
        let needsTarget = [.replace, .lowercase, .uppercase, .keepequal, .dropequal]
            .contains(rule.action)
        if needsTarget, rule.target.isEmpty {
            log.error(settings.place, "\"target_label\" is missing")
        }
        return rule
    }

    private func aggregation(_ settings: Settings) -> Aggregation? {
        defer { settings.finish() }
        guard let match = settings.requiredText("match") else { return nil }
        var aggregation = Aggregation(match: match)
        if settings.has("by") { aggregation.by = settings.texts("by") }
        aggregation.without = settings.texts("without")
        aggregation.operation = settings.choice("how", Aggregation.Operation.self) ?? .sum
        return aggregation
    }

    // MARK: StatsD

    private func statsd(_ settings: Settings) -> SourceOptions.Place? {
        defer { settings.finish() }
        var listen = SourceOptions.StatsDListen()
        func address(_ key: String) -> ListenAddress? {
            guard let text = settings.text(key) else { return nil }
            let address = ListenAddress(text, alone: "0.0.0.0")
            if address == nil { log.error(settings.place(key), "\"\(text)\" is no address") }
            return address
        }
        listen.udp = address("udp")
        listen.tcp = address("tcp")
        listen.socket = settings.text("socket")
        if listen == SourceOptions.StatsDListen() {
            listen.udp = ListenAddress(host: "0.0.0.0", port: 8125)
        }
        var options = StatsDOptions()
        options.prefix = settings.text("prefix") ?? ""
        options.observer = settings.choice("observer", StatsDMapping.Observer.self) ?? .histogram
        options.buckets = buckets(settings) ?? options.buckets
        options.quantiles = settings.numbers("quantiles") ?? options.quantiles
        options.window = settings.duration("window") ?? options.window
        options.ttl = settings.duration("ttl") ?? .zero
        options.limit = settings.integer("series_limit", 1...10_000_000) ?? options.limit
        options.mappings = settings.settings("mappings").compactMap(mapping)
        return .statsd(listen, options)
    }

    private func buckets(_ settings: Settings) -> [Double]? {
        guard let bounds = settings.numbers("buckets") else { return nil }
        if zip(bounds, bounds.dropFirst()).contains(where: { $0 >= $1 }) || bounds.isEmpty {
            log.error(settings.place("buckets"), "upper bounds grow, and there is one at least")
        }
        return bounds
    }

    private func mapping(_ settings: Settings) -> StatsDMapping? {
        defer { settings.finish() }
        guard let match = settings.requiredText("match") else { return nil }
        var mapping = StatsDMapping(match: match)
        mapping.isRegex = settings.text("match_type") == "regex"
        mapping.type = settings.text("match_metric_type")
        if mapping.type == "observer" { mapping.type = "timer" }
        mapping.name = settings.text("name") ?? ""
        mapping.help = settings.text("help") ?? ""
        mapping.labels = settings.labels("labels")
        mapping.action = settings.choice("action", StatsDMapping.Action.self) ?? .map
        mapping.observer = settings.choice("observer_type", StatsDMapping.Observer.self)
        mapping.buckets = buckets(settings)
        mapping.quantiles = settings.numbers("quantiles")
        mapping.scale = settings.number("scale")
        mapping.ttl = settings.duration("ttl")
        if mapping.isRegex {
            do throws(Failure) {
                _ = try Pattern(match, mode: .unicode)
            } catch {
                log.error(settings.place("match"), error.description)
            }
        }
        return mapping
    }
}

extension SourceOptions.Place {
    /// The source that a URL names; `nil` if its scheme is none of a source.
    init?(url text: String) {
        guard let url = SourceURL(text) else { return nil }
        switch url.scheme {
        case "http", "https": self = .http(SourceOptions.HTTPOptions(url: url))
        case "unix":
            var page = url
            if page.target.isEmpty { page.target = "/" }
            self = .http(SourceOptions.HTTPOptions(url: page))
        case "file": self = .file(url.path)
        case "redis", "rediss":
            var options = SourceOptions.RedisOptions(host: url.host)
            options.port = url.port == 0 ? 6379 : url.port
            (options.user, options.password) = (url.user, url.password)
            if url.scheme == "rediss" { options.tls = TransportSecurity() }
            self = .redis(options)
        case "memcached":
            self = .memcached(host: url.host, port: url.port == 0 ? 11211 : url.port)
        case "postgres", "postgresql":
            var options = SourceOptions.PostgresOptions(url: url)
            switch url.parameters["sslmode"] ?? "prefer" {
            case "disable", "allow", "prefer": break
            case "require":
                options.tls = TransportSecurity()
                options.tls?.verifies = false
            default: options.tls = TransportSecurity()
            }
            if let ca = url.parameters["sslrootcert"] { options.tls?.authorities = ca }
            self = .postgres(options)
        case "statsd", "udp":
            let address = ListenAddress(
                host: url.host.isEmpty ? "0.0.0.0" : url.host,
                port: url.port == 0 ? 8125 : url.port
            )
            let listen = SourceOptions.StatsDListen(udp: address, tcp: address)
            self = .statsd(listen, StatsDOptions())
        default: return nil
        }
    }
}
