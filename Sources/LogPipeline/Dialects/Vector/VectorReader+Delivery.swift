import Basics
import Formats

extension VectorReader {
    // MARK: Batches and buffers

    /// `batch`, with what this sink has without it.
    func batch(
        _ members: Members,
        bytes: Int,
        records: Int? = nil,
        wait: Duration = .seconds(1)
    ) -> BatchSettings {
        var settings = BatchSettings()
        settings.bytes = bytes
        settings.records = records
        settings.wait = wait
        guard let fields = members.members("batch") else { return settings }
        if let most = fields.integer("max_bytes", 1...Int.max) { settings.bytes = most }
        if let most = fields.integer("max_events", 1...Int.max) { settings.records = most }
        if let most = fields.integer("max_size", 1...Int.max) { settings.bytes = most }
        if let time = fields.duration("timeout_secs") { settings.wait = time }
        if settings.wait == .zero {
            log.error(fields.place("timeout_secs"), "it must be greater than zero")
        }
        fields.finish()
        return settings
    }

    /// `buffer`, one or several that follow each other.
    func buffer(_ members: Members, _ id: String) -> BufferSettings {
        var settings = BufferSettings()
        guard let node = members.value("buffer") else { return settings }
        for node in node.oneOrMore() {
            guard let fields = node.members() else { continue }
            let type = fields.choice("type", ["memory", "disk", "disk_v1"]) ?? "memory"
            let records = fields.integer("max_events", 1...Int.max)
            let bytes = fields.integer("max_size", 1...Int.max)
            switch fields.choice("when_full", ["block", "drop_newest", "overflow"]) {
            case "drop_newest"?: settings.whenFull = .dropNewest
            case "block"?: settings.whenFull = .block
            default: break
            }
            fields.finish()
            if type == "memory" {
                if let records { settings.records = records }
                if let bytes { settings.memory = bytes }
                continue
            }
            if records != nil {
                log.error(fields.place("max_events"), "a buffer on disk has max_size")
            }
            guard let bytes else {
                log.error(fields.place, "\"max_size\" is missing")
                continue
            }
            if bytes < 268_435_488 {
                log.error(
                    fields.place("max_size"),
                    "a buffer on disk has at least 268435488 bytes",
                    "write max_size = 268435488"
                )
            }
            settings.disk = Int64(bytes)
            let directory = configuration.service.directory ?? "/var/lib/vector"
            settings.directory = directory + "/buffer/" + id
        }
        return settings
    }

    // MARK: Requests

    /// `request`: what it says of requests and of attempts.
    func request(_ members: Members, _ settings: inout RequestSettings) -> RetrySettings {
        var retry = RetrySettings()
        retry.isFullyRandom = true
        retry.factor = 1.618
        guard let fields = members.members("request") else { return retry }
        defer { fields.finish() }
        if let node = fields.value("concurrency") {
            switch node.tree.scalar?.text {
            case "adaptive": break
            case "none": settings.concurrency = 1
            default: settings.concurrency = node.integer(1...1000) ?? settings.concurrency
            }
        }
        if let node = fields.value("in_flight_limit") {
            settings.concurrency = node.integer(1...1000) ?? settings.concurrency
        }
        if let time = fields.duration("timeout_secs") { settings.timeout = time }
        if let count = fields.integer("retry_attempts", 0...Int.max), count < 1_000_000 {
            retry.limit = count
        }
        if let time = fields.duration("retry_initial_backoff_secs") { retry.initial = time }
        if let time = fields.duration("retry_max_duration_secs") { retry.cap = time }
        if fields.choice("retry_jitter_mode", ["full", "none"]) == "none" {
            retry.isFullyRandom = false
        }
        retry.cap = max(retry.cap, retry.initial)
        _ = fields.members("adaptive_concurrency")
        fields.ignored(
            "rate_limit_num",
            "rate_limit_duration_secs",
            because: "how many requests are open at once limits them"
        )
        headers(fields, &settings)
        return retry
    }

    func headers(_ members: Members, _ settings: inout RequestSettings) {
        guard let fields = members.members("headers") else { return }
        for (name, node) in fields.entries() {
            guard let value = node.text() else { continue }
            let isName = !name.isEmpty && name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 58 }
            guard isName, !value.utf8.contains(10), !value.utf8.contains(13) else {
                node.error("\"\(name)\" is no header field")
                continue
            }
            if value.contains("{{") {
                log.unsupported(node.place, "templates in header fields are not supported")
            }
            settings.headers.append("\(name): \(value)")
        }
    }

    /// The service's addresses; below bases the sink puts paths of its own.
    func endpoints(_ nodes: [TreeNode], _ members: Members, areBases: Bool) -> RequestSettings? {
        var settings = RequestSettings(endpoints: [])
        let tls = clientTLS(members)
        for node in nodes {
            guard let text = node.text() else { continue }
            guard let address = LogURL(text) else {
                node.error("\"\(text)\" is no address of HTTP", "write http://host:9200")
                continue
            }
            if text.contains("{{") {
                log.unsupported(node.place, "templates in addresses are not supported")
                continue
            }
            var endpoint = address.endpoint(tls: tls)
            if areBases, endpoint.path.hasSuffix("/") { endpoint.path.removeLast() }
            settings.endpoints.append(endpoint)
            if let user = address.user {
                settings.authentication = .basic(user: user, password: address.password ?? "")
            }
        }
        return settings.endpoints.isEmpty ? nil : settings
    }

    /// `compression`: a word, or a map with the algorithm and its level.
    func compression(_ members: Members, _ usual: CompressionKind) -> CompressionKind {
        guard let node = members.value("compression") else { return usual }
        var place = node
        if let fields = node.tree.mapping == nil ? nil : node.members() {
            fields.ignored("level", because: "the algorithm's usual level is taken")
            guard let algorithm = fields.required("algorithm") else { return usual }
            place = algorithm
            fields.finish()
        }
        guard let text = place.text() else { return usual }
        if text == "snappy" {
            log.warn(place.place, "snappy is not there, gzip is used instead")
            return .gzip
        }
        return place.choice(CompressionKind.allCases.map(\.rawValue))
            .flatMap(CompressionKind.init(rawValue:)) ?? usual
    }

    // MARK: TLS

    /// `tls` of a sink; nil if there is none.
    func clientTLS(_ members: Members, needsSwitch: Bool = false) -> ClientTLS? {
        guard let fields = members.members("tls") else { return nil }
        defer { fields.finish() }
        var tls = ClientTLS()
        tls.verifies = fields.bool("verify_certificate") ?? true
        tls.verifiesName = fields.bool("verify_hostname") ?? true
        tls.authorities = fields.text("ca_file") ?? fields.text("ca_path")
        tls.certificate = fields.text("crt_file")
        tls.key = fields.text("key_file") ?? fields.text("key_path")
        tls.keyPassword = fields.text("key_pass")
        tls.serverName = fields.text("server_name")
        _ = fields.value("alpn_protocols")
        if tls.certificate == nil, let key = tls.key {
            log.error(fields.place("key_file"), "there is no crt_file for the key \(key)")
        }
        let isEnabled = fields.bool("enabled")
        if needsSwitch, isEnabled == nil, tls.authorities != nil || tls.certificate != nil {
            log.warn(fields.place, "TLS is off", "write enabled = true to switch it on")
        }
        if isEnabled == false || needsSwitch && isEnabled != true { return nil }
        return tls
    }

    // MARK: Who we are

    func authentication(_ members: Members, _ settings: inout RequestSettings, service: String?) {
        guard let fields = members.members("auth") else { return }
        defer { fields.finish() }
        if settings.authentication != nil {
            log.error(fields.place, "the address has a name and password as well", "remove one")
        }
        let strategies = ["basic", "bearer", "aws", "custom"]
        switch fields.required("strategy")?.choice(strategies) {
        case "basic":
            let user = fields.requiredText("user")
            let password = fields.required("password")?.text()
            settings.authentication = .basic(user: user ?? "", password: password ?? "")
        case "bearer":
            settings.authentication = .bearer(fields.requiredText("token") ?? "")
        case "custom":
            if let value = fields.requiredText("value") {
                settings.headers.append("Authorization: \(value)")
            }
        case "aws":
            let inner = fields.members("auth") ?? fields
            _ = keys(inner)
            let region = region(members) ?? inner.text("region") ?? fields.text("region")
            let name = fields.text("service") ?? service
            if inner !== fields { inner.finish() }
            guard let region, let name else {
                log.error(
                    fields.place,
                    region == nil ? "the region is missing" : "\"service\" is missing"
                )
                return
            }
            settings.authentication = .aws(region: region, service: name)
        default: break
        }
    }

    /// `aws.region` or `region` of a sink.
    func region(_ members: Members) -> String? {
        guard let fields = members.members("aws") else { return members.text("region") }
        let region = fields.text("region")
        if fields.has("endpoint") {
            log.warn(fields.place("endpoint"), "it has no effect here: \"endpoints\" say where to")
        }
        fields.finish()
        return region
    }

    /// Keys of AWS that are written in a map; what is looked for elsewhere gives nil.
    func keys(_ fields: Members) -> (access: String?, secret: String?, token: String?) {
        let access = fields.text("access_key_id")
        let secret = fields.text("secret_access_key")
        let token = fields.text("session_token")
        if (access == nil) != (secret == nil) {
            log.error(fields.place, "access_key_id and secret_access_key belong together")
        }
        fields.unsupported(
            "assume_role",
            "external_id",
            "session_name",
            instead: "give the pod a role, or write the keys"
        )
        fields.ignored(
            "credentials_file",
            "profile",
            because: "AWS_SHARED_CREDENTIALS_FILE and AWS_PROFILE are looked at"
        )
        _ = fields.value("imds")
        _ = fields.value("load_timeout_secs")
        return (access, secret, token)
    }

    // MARK: How records are written

    static let codecs = ["json", "text", "raw_message", "logfmt", "csv", "ndjson"]
    private static let otherCodecs = [
        "avro", "cef", "gelf", "native", "native_json", "otlp", "protobuf", "syslog",
        "arrow_stream",
        "parquet",
    ]

    /// `encoding`; without a codec what is usual for this sink, or an error if nothing is.
    func encoding(_ members: Members, usual: Encoding.Form? = nil) -> Encoding {
        let message = schema.message ?? "message"
        var encoding = Encoding(usual ?? .json)
        encoding.sortsKeys = true
        encoding.timeFormat = "rfc3339"
        guard let node = members.value("encoding") else {
            if usual == nil {
                log.error(
                    members.place,
                    "\"encoding\" is missing",
                    "write encoding.codec = \"json\""
                )
            }
            return encoding
        }
        guard let fields = node.tree.mapping == nil ? nil : node.members() else {
            encoding.form = form(node, nil, message)
            return encoding
        }
        if let codec = fields.value("codec") {
            encoding.form = form(codec, fields, message)
        } else if usual == nil {
            log.error(fields.place, "\"codec\" is missing", "write codec = \"json\"")
        }
        if fields.has("only_fields") { encoding.only = fields.texts("only_fields") }
        encoding.except = fields.texts("except_fields")
        let formats = ["rfc3339", "unix", "unix_ms", "unix_us", "unix_ns", "unix_float"]
        if let format = fields.choice("timestamp_format", formats) { encoding.timeFormat = format }
        _ = fields.choice("metric_tag_values", ["single", "full"])
        if let options = fields.members("json") {
            if options.bool("pretty") ?? false {
                log.unsupported(
                    options.place("pretty"),
                    "it is not supported: a record is one line"
                )
            }
            options.finish()
        }
        fields.finish()
        return encoding
    }

    private func form(_ node: TreeNode, _ fields: Members?, _ message: String) -> Encoding.Form {
        guard let codec = node.text() else { return .json }
        if codec != "csv", codec != "json" { _ = fields?.value(codec) }
        switch codec {
        case "json", "ndjson": return .json
        case "text", "raw_message": return .text(key: message)
        case "logfmt": return .logfmt
        case "csv":
            guard let options = fields?.members("csv") else {
                node.error("csv needs to know its fields", "write csv.fields = [\"a\", \"b\"]")
                return .json
            }
            let names = options.required("fields").map { _ in options.texts("fields") } ?? []
            let delimiter = options.text("delimiter") ?? ","
            _ = options.value("capacity")
            options.unsupported("double_quote", "escape", "quote", "quote_style")
            options.finish()
            return .csv(fields: names, delimiter: delimiter)
        case let other where Self.otherCodecs.contains(other):
            log.unsupported(node.place, "the codec \(other) is not supported")
        default: log.unknown(node.place, "the codec", codec, among: Self.codecs)
        }
        return .json
    }
}
