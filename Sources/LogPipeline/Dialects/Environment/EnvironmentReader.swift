import Formats
import Records

/// Makes a configuration where there is none: manifests that only name a machine in the environment.
///
/// What it decides is in the notes. The variables are those of Fluentd's image for Kubernetes, which users give
/// to Fluent Bit's as well.
struct EnvironmentReader {
    /// The variable that asks for Elasticsearch.
    static let hostVariable = "FLUENT_ELASTICSEARCH_HOST"
    /// Where applications of such manifests write.
    static let standardDirectory = "/var/log/app"

    let log: FindingLog
    let surroundings: LogSurroundings
    /// The program whose place is taken.
    let program: LogDialect

    func read() -> LogConfiguration {
        var configuration = LogConfiguration()
        configuration.service.tool = program == .fluentd ? "fluentd" : "fluent-bit"
        let paths = paths()
        var tail = TailSettings(paths: paths)
        tail.readsFromHead = true
        tail.rescan = .seconds(5)
        tail.excluded = ["*.gz", "*.zip", "*.bz2", "*.xz"]
        if program == .fluentd { tail.key = "message" }
        var source = SourceSettings(id: "tail.0", tag: "app.logs", kind: .tail(tail))
        source.place = "environment"
        configuration.sources = [source]
        let match = Inlet([source.id])
        if let host = value("HOST") {
            let settings = elasticsearch(host)
            var sink = SinkSettings(id: "es.0", inlet: match, kind: .elasticsearch(settings))
            sink.place = "environment"
            configuration.sinks = [sink]
            let endpoint = settings.request.endpoints[0]
            configuration.notes.append(
                "no config: built-in pipeline, host from \(Self.hostVariable): "
                    + "\(paths.joined(separator: ", ")) to \(endpoint.host):\(endpoint.port)"
            )
        } else {
            var sink = SinkSettings(
                id: "stdout.0",
                inlet: match,
                kind: .console(ConsoleSettings(encoding: Encoding(.json)))
            )
            sink.place = "environment"
            configuration.sinks = [sink]
            configuration.notes.append(
                "no config: built-in pipeline, \(paths.joined(separator: ", ")) to standard output, "
                    + "as \(Self.hostVariable) is not set"
            )
        }
        if program == .fluentd {
            var forward = SourceSettings(
                id: "forward.0",
                tag: "forward",
                kind: .forward(ForwardSourceSettings())
            )
            forward.place = "environment"
            configuration.sources.append(forward)
            for index in configuration.sinks.indices {
                configuration.sinks[index].inlet.from.append(forward.id)
            }
            configuration.notes.append("records are taken at port 24224 as well, as Fluentd does")
        }
        return configuration
    }

    private func value(_ name: String) -> String? {
        let value = surroundings.environment["FLUENT_ELASTICSEARCH_" + name]
        return value?.isEmpty == false ? value : nil
    }

    /// What is followed: what the environment says, logs below what is mounted read-only, or the usual directory.
    private func paths() -> [String] {
        if let path = surroundings.environment["FLUENT_CONTAINER_TAIL_PATH"], !path.isEmpty {
            return path.split(separator: ",").map { String($0.trimmed) }
        }
        let name = program == .fluentd ? "*" : "*.log"
        var mounts = surroundings.readOnlyMounts().filter { mount in
            ![
                "/var/run/secrets", "/run/secrets", "/etc", "/proc", "/sys", "/fluent-bit",
                "/fluentd",
            ].contains { mount == $0 || mount.hasPrefix($0 + "/") }
        }
        // The usual place, if it is one; other mounts may be anything.
        if mounts.contains(Self.standardDirectory) { mounts = [Self.standardDirectory] }
        let isThere = !surroundings.listDirectory(Self.standardDirectory).isEmpty
        guard !mounts.isEmpty, !isThere || mounts == [Self.standardDirectory] else {
            return [Self.standardDirectory + "/" + name]
        }
        return mounts.map { ($0.hasSuffix("/") ? String($0.dropLast()) : $0) + "/**/" + name }
    }

    private func elasticsearch(_ host: String) -> ElasticsearchSettings {
        var name = host
        var endpoint = EndpointSettings(host: host, port: 9200)
        if let url = LogURL(host), host.contains("://") {
            endpoint = url.endpoint(standard: 9200)
            name = url.host
        }
        endpoint.host = name
        if let port = value("PORT") {
            if let number = UInt16(port), number > 0 {
                endpoint.port = number
            } else {
                log.error(place("PORT"), "\"\(port)\" is no port")
            }
        }
        if let path = value("PATH") { endpoint.path = path }
        if value("SCHEME")?.lowercased() == "https" { endpoint.tls = ClientTLS() }
        if let verifies = flag("SSL_VERIFY"), endpoint.tls != nil {
            endpoint.tls?.verifies = verifies
        }
        var request = RequestSettings(endpoints: [endpoint])
        if let user = value("USER") {
            request.authentication = .basic(user: user, password: value("PASSWORD") ?? "")
        }
        let prefix = value("LOGSTASH_PREFIX") ?? "logstash"
        let isLogstash = flag("LOGSTASH_FORMAT") ?? (value("INDEX_NAME") == nil)
        return ElasticsearchSettings(
            request: request,
            index: isLogstash ? prefix + "-%Y.%m.%d" : value("INDEX_NAME") ?? "fluentd"
        )
    }

    private func flag(_ name: String) -> Bool? {
        guard let text = value(name) else { return nil }
        if let truth = FluentBitValues.bool(text) { return truth }
        log.error(place(name), "\"\(text)\" is not true or false")
        return nil
    }

    private func place(_ name: String) -> Place {
        Place("environment", nil, "FLUENT_ELASTICSEARCH_" + name)
    }
}
