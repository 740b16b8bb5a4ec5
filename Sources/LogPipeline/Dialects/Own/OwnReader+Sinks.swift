import Basics
import Formats

extension OwnReader {
    static let sinkKinds = [
        "elasticsearch", "loki", "http", "s3", "forward", "syslog", "socket", "file", "stdout",
        "stderr", "postgres", "sqlite", "nowhere",
    ]

    func sink(_ node: TreeNode) {
        guard let (word, members) = kind(node, Self.sinkKinds, "sink") else { return }
        let id = name(members, word)
        let inlet = inlet(members)
        let kind: SinkKind?
        switch word {
        case "elasticsearch": kind = elasticsearch(members)
        case "loki": kind = loki(members)
        case "http": kind = http(members)
        case "s3": kind = s3(members)
        case "forward": kind = forward(members)
        case "syslog": kind = syslog(members)
        case "socket": kind = socket(members)
        case "file": kind = file(members)
        case "stdout", "stderr":
            var console = ConsoleSettings(encoding: encoding(members))
            console.isError = word == "stderr"
            kind = .console(console)
        case "postgres": kind = postgres(members)
        case "sqlite": kind = sqlite(members)
        default: kind = .nowhere
        }
        guard let kind else {
            finish(members, "sink \(word)")
            return
        }
        var sink = SinkSettings(id: id, inlet: inlet, kind: kind)
        sink.batch = batch(members)
        sink.retry = retry(members)
        sink.buffer = buffer(members)
        sink.place = node.place.short
        finish(members, "sink \(word)")
        configuration.sinks.append(sink)
    }

    // MARK: Requests

    private func clientTLS(_ members: Members) -> ClientTLS? {
        guard let node = members.value("tls") else { return nil }
        if let truth = node.tree.scalar?.bool { return truth ? ClientTLS() : nil }
        guard let fields = node.members() else { return nil }
        var tls = ClientTLS()
        take(fields.bool("verify"), into: &tls.verifies)
        take(fields.bool("verify_name"), into: &tls.verifiesName)
        put(fields.text("authorities"), into: &tls.authorities)
        put(fields.text("certificate"), into: &tls.certificate)
        put(fields.text("key"), into: &tls.key)
        put(fields.text("key_password"), into: &tls.keyPassword)
        put(fields.text("server_name"), into: &tls.serverName)
        finish(fields, "client tls")
        return tls
    }

    /// The services' addresses, and all that concerns requests to them.
    private func request(_ members: Members, _ key: String) -> RequestSettings {
        var request = RequestSettings(endpoints: [])
        let tls = clientTLS(members)
        for node in members.value(key)?.oneOrMore() ?? [] {
            guard let text = node.text() else { continue }
            guard let url = LogURL(text) else {
                node.error("\"\(text)\" is no address of HTTP", "write http://host:9200")
                continue
            }
            var endpoint = url.endpoint(tls: tls)
            if key != "http", endpoint.path.hasSuffix("/") { endpoint.path.removeLast() }
            request.endpoints.append(endpoint)
            if let user = url.user {
                request.authentication = .basic(user: user, password: url.password ?? "")
            }
        }
        limits(members, &request)
        let user = members.text("user")
        let password = members.text("password")
        if let user { request.authentication = .basic(user: user, password: password ?? "") }
        if let token = members.text("token") { request.authentication = .bearer(token) }
        if let key = members.text("api_key") { request.authentication = .apiKey(key) }
        if let fields = members.members("aws") {
            let region = fields.requiredText("region") ?? ""
            let service = fields.text("service") ?? "es"
            request.authentication = .aws(region: region, service: service)
            finish(fields, "aws")
        }
        return request
    }

    private func limits(_ members: Members, _ request: inout RequestSettings) {
        for (name, node) in members.members("headers")?.entries() ?? [] {
            guard let value = node.text() else { continue }
            request.headers.append("\(name): \(value)")
        }
        request.compression = compression(members)
        take(members.integer("concurrency", 1...1000), into: &request.concurrency)
        take(members.duration("timeout"), into: &request.timeout)
        take(members.duration("connect_timeout"), into: &request.connectTimeout)
    }

    private func compression(_ members: Members) -> CompressionKind {
        members.choice("compression", CompressionKind.allCases.map(\.rawValue))
            .flatMap(CompressionKind.init(rawValue:)) ?? .none
    }

    // MARK: HTTP

    private func elasticsearch(_ members: Members) -> SinkKind {
        let request = request(members, "elasticsearch")
        var search = ElasticsearchSettings(request: request, index: "logs-%Y.%m.%d")
        take(members.text("index"), into: &search.index)
        put(members.text("prefix_key"), into: &search.prefixKey)
        take(members.text("prefix_suffix"), into: &search.prefixSuffix)
        put(members.text("type"), into: &search.type)
        let actions = ["create", "index", "update", "upsert"]
        take(members.choice("action", actions), into: &search.action)
        take(members.bool("data_stream"), into: &search.isDataStream)
        take(members.bool("route_by_fields"), into: &search.routesByFields)
        take(members.bool("set_stream_fields"), into: &search.setsStreamFields)
        search.query = texts(members, "query")
        put(members.text("pipeline"), into: &search.pipeline)
        if let node = members.value("time_key") {
            search.timeKey = node.text().flatMap { $0.isEmpty ? nil : $0 }
        }
        take(members.text("time_format"), into: &search.timeKeyFormat)
        take(members.bool("nanoseconds"), into: &search.hasNanoseconds)
        take(members.bool("keep_own_time"), into: &search.keepsOwnTime)
        put(members.text("tag_key"), into: &search.tagKey)
        take(members.bool("generate_id"), into: &search.generatesID)
        put(members.text("id_key"), into: &search.idKey)
        take(members.bool("remove_id_key"), into: &search.removesIDKey)
        put(members.text("routing_key"), into: &search.routingKey)
        take(members.bool("replace_dots"), into: &search.replacesDots)
        take(members.bool("current_time"), into: &search.usesCurrentTime)
        search.encoding = encoding(members)
        return .elasticsearch(search)
    }

    private func loki(_ members: Members) -> SinkKind {
        var request = request(members, "loki")
        let path = members.text("path") ?? "/loki/api/v1/push"
        for index in request.endpoints.indices where request.endpoints[index].path.isEmpty {
            request.endpoints[index].path = path
        }
        var loki = LokiSettings(request: request)
        put(members.text("tenant"), into: &loki.tenant)
        loki.labels = texts(members, "labels")
        take(list(members, "label_keys"), into: &loki.labelKeys)
        loki.metadata = texts(members, "metadata")
        take(list(members, "remove"), into: &loki.removed)
        take(members.bool("drop_single_key"), into: &loki.dropsSingleKey)
        loki.encoding = encoding(members)
        if loki.labels.isEmpty, loki.labelKeys.isEmpty {
            log.error(members.place("labels"), "Loki needs one label at least", "labels: {app: x}")
        }
        return .loki(loki)
    }

    private func http(_ members: Members) -> SinkKind {
        var http = HTTPSinkSettings(request: request(members, "http"))
        take(members.text("method")?.uppercased(), into: &http.method)
        switch members.choice("framing", ["list", "lines", "stream", "single"]) {
        case "list"?: http.framing = .list
        case "stream"?: http.framing = .stream
        case "single"?: http.framing = .single
        default: http.framing = .lines
        }
        http.encoding = encoding(members)
        put(members.text("content_type"), into: &http.contentType)
        take(members.text("prefix"), into: &http.prefix)
        take(members.text("suffix"), into: &http.suffix)
        put(members.text("tag_header"), into: &http.tagHeader)
        return .http(http)
    }

    private func s3(_ members: Members) -> SinkKind {
        var s3 = S3Settings(
            bucket: members.text("s3") ?? "",
            region: members.text("region") ?? "us-east-1",
            keyFormat: members.text("name_format") ?? "%Y/%m/%d/%H%M%S-$UUID.log"
        )
        if let node = members.value("endpoint"), let text = node.text() {
            s3.endpoint = LogURL(text)?.endpoint(tls: clientTLS(members))
            if s3.endpoint == nil { node.error("\"\(text)\" is no address of HTTP") }
        }
        _ = members.value("tls")
        put(members.text("access_key"), into: &s3.accessKey)
        put(members.text("secret_key"), into: &s3.secretKey)
        put(members.text("session_token"), into: &s3.sessionToken)
        s3.encoding = encoding(members)
        take(members.bool("list"), into: &s3.isList)
        put(members.text("content_type"), into: &s3.contentType)
        put(members.text("storage_class"), into: &s3.storageClass)
        put(members.text("acl"), into: &s3.acl)
        let kinds = ["AES256", "aws:kms"]
        put(members.choice("encryption", kinds), into: &s3.serverSideEncryption)
        put(members.text("encryption_key"), into: &s3.encryptionKey)
        limits(members, &s3.request)
        s3.compression = s3.request.compression
        return .s3(s3)
    }

    // MARK: Streams

    private func target(_ members: Members, _ key: String) -> SocketTarget? {
        let tls = clientTLS(members)
        guard let node = members.value(key), let text = node.text() else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let rest = parts.count > 1 ? parts[1] : ""
        switch parts[0] {
        case "unix" where rest.hasPrefix("/"): return .unixStream(path: rest)
        case "unixgram" where rest.hasPrefix("/"): return .unixDatagram(path: rest)
        case "tcp", "udp":
            guard rest.hasPrefix("//"), let place = HostText(String(rest.dropFirst(2))),
                let port = place.port, !place.host.isEmpty
            else { break }
            if parts[0] == "udp" { return .udp(host: place.host, port: port) }
            var endpoint = EndpointSettings(host: place.host, port: port)
            endpoint.tls = tls
            return .tcp(endpoint)
        default: break
        }
        node.error(
            "\"\(text)\" is no address",
            "write tcp://host:514, udp://host:514 or unix:/path"
        )
        return nil
    }

    private func forward(_ members: Members) -> SinkKind? {
        var forward = ForwardSinkSettings(endpoints: [])
        let tls = clientTLS(members)
        for node in members.value("forward")?.oneOrMore() ?? [] {
            guard let text = node.text() else { continue }
            if text.hasPrefix("/") {
                forward.unixPath = text
                continue
            }
            guard let place = HostText(text), !place.host.isEmpty else {
                node.error("\"\(text)\" is no address", "write host:24224")
                continue
            }
            var endpoint = EndpointSettings(host: place.host, port: place.port ?? 24224)
            endpoint.tls = tls
            forward.endpoints.append(endpoint)
        }
        put(members.text("shared_key"), into: &forward.sharedKey)
        put(members.text("hostname"), into: &forward.selfHostname)
        put(members.text("user"), into: &forward.user)
        put(members.text("password"), into: &forward.password)
        take(members.bool("ack"), into: &forward.requiresAck)
        take(members.bool("integer_time"), into: &forward.timeAsInteger)
        put(members.text("tag"), into: &forward.tag)
        forward.compression = compression(members)
        take(members.duration("timeout"), into: &forward.timeout)
        return .forward(forward)
    }

    private func syslog(_ members: Members) -> SinkKind? {
        let target = target(members, "syslog")
        var syslog = SyslogSinkSettings(target: target ?? .unixStream(path: ""))
        if let number = members.value("rfc")?.choice(["3164", "5424"]) {
            syslog.isRFC5424 = number == "5424"
        }
        take(members.bool("octets"), into: &syslog.countsOctets)
        take(size(members, "message_limit"), into: &syslog.messageLimit)
        syslog.keys = texts(members, "keys")
        syslog.presets = texts(members, "presets")
        return target == nil ? nil : .syslog(syslog)
    }

    private func socket(_ members: Members) -> SinkKind? {
        let target = target(members, "socket")
        let encoding = encoding(members)
        guard let target else { return nil }
        var socket = SocketSinkSettings(target: target)
        socket.encoding = encoding
        return .socket(socket)
    }

    // MARK: Files and databases

    private func file(_ members: Members) -> SinkKind {
        var file = FileSinkSettings(path: members.requiredText("file") ?? "")
        file.encoding = encoding(members)
        put(size(members, "rotate_bytes").map { Int64($0) }, into: &file.rotateBytes)
        put(members.duration("rotate_after"), into: &file.rotateAfter)
        take(members.integer("keep_files", 0...100_000), into: &file.keptFiles)
        file.compression = compression(members)
        take(members.bool("sync"), into: &file.syncs)
        take(members.duration("idle"), into: &file.idleTimeout)
        let permissions = members.text("permissions").flatMap { UInt32($0, radix: 8) }
        take(permissions, into: &file.permissions)
        take(members.bool("directories"), into: &file.makesDirectories)
        return .file(file)
    }

    private func postgres(_ members: Members) -> SinkKind? {
        let node = members.value("postgres")
        let tls = clientTLS(members)
        let table = members.text("table") ?? "logs"
        let password = members.text("password")
        let columns = texts(members, "columns")
        let creates = members.bool("create")
        let timeout = members.duration("timeout")
        guard let node, let text = node.text() else { return nil }
        let bare =
            text.hasPrefix("postgresql://")
            ? text.dropFirst(13) : text.hasPrefix("postgres://") ? text.dropFirst(11) : ""
        guard !bare.isEmpty, let url = LogURL("http://" + bare) else {
            node.error("\"\(text)\" is no address", "write postgres://user@host:5432/database")
            return nil
        }
        var endpoint = EndpointSettings(host: url.host, port: url.port ?? 5432)
        endpoint.tls = tls
        let database = url.path.dropFirst().prefix { $0 != "?" }
        var postgres = PostgresSettings(
            endpoint: endpoint,
            database: database.isEmpty ? url.user ?? "postgres" : String(database),
            user: url.user ?? "postgres",
            table: table
        )
        postgres.password = password ?? url.password
        postgres.columns = columns
        take(creates, into: &postgres.createsTable)
        take(timeout, into: &postgres.timeout)
        return .postgres(postgres)
    }

    private func sqlite(_ members: Members) -> SinkKind {
        var sqlite = SQLiteSettings(path: members.requiredText("sqlite") ?? "")
        take(members.text("table"), into: &sqlite.table)
        put(members.integer("records", 1...Int.max), into: &sqlite.recordMaximum)
        return .sqlite(sqlite)
    }
}
