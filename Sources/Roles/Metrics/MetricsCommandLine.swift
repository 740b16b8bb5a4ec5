import Basics
import Formats
import Reactor
import System

/// Turns the role's command line into a configuration.
@MainLoop struct MetricsCommandLine {
    private let invocation: Invocation
    private let environment: [String: String]
    private let isNginx: Bool

    init(_ invocation: Invocation, _ environment: [String: String]) throws(Failure) {
        let isNginx = invocation.text("preset") == "nginx"
        self.isNginx = isNginx
        self.environment = environment
        guard isNginx else {
            self.invocation = invocation
            return
        }
        let words = NginxExporterWords.words(environment) { !invocation.texts($0).isEmpty }
        do throws(CommandParser.UsageError) {
            let more = try CommandParser(MetricsRole.spec).parse(
                NginxExporterWords.translate(words)
            )
            guard case .run(let variables) = more else {
                self.invocation = invocation
                return
            }
            self.invocation = invocation.filled(from: variables)
        } catch {
            throw Failure(
                .invalid,
                "a variable of \(NginxExporterWords.program)",
                cause: "\(error)"
            )
        }
    }

    /// Reads what the command line names.
    ///
    /// - Throws: All that is wrong with it.
    func load() throws(ConfigurationErrors) -> LoadedMetrics {
        if let path = invocation.text("config") { return try file(path) }
        do throws(Failure) {
            var loaded = LoadedMetrics(configuration: try words())
            loaded.hash = FileAccess().hash
            return loaded
        } catch {
            throw Self.errors("the command line", error)
        }
    }

    static func errors(_ name: String, _ failure: Failure) -> ConfigurationErrors {
        ConfigurationErrors(
            [ConfigurationFinding(.error, file: name, position: nil, what: "\(failure)")]
        )
    }

    private func file(_ path: String) throws(ConfigurationErrors) -> LoadedMetrics {
        let access = FileAccess()
        guard let bytes = access.read(path) else {
            throw Self.errors(path, Failure(.notFound, "the file cannot be read"))
        }
        let (configuration, warnings) = try MetricsConfigurationReader.read(
            bytes,
            name: path,
            isLenient: invocation.flag("lenient"),
            environment: environment,
            readFile: { access.read($0) }
        )
        var loaded = LoadedMetrics(configuration: configuration, warnings: warnings)
        loaded.name = path
        loaded.files = access.files
        loaded.hash = access.hash
        for word in ["source", "label", "input"] where !invocation.texts(word).isEmpty {
            throw Self.errors(
                "the command line",
                Failure(.invalid, "--\(word) and --config exclude each other")
            )
        }
        do throws(Failure) {
            let listen = try listen()
            if !listen.isEmpty { loaded.configuration.listen = listen }
            if let path = invocation.text("web-config") {
                try readWeb(path, into: &loaded.configuration)
            }
        } catch {
            throw Self.errors("the command line", error)
        }
        return loaded
    }

    // MARK: Words

    private func words() throws(Failure) -> MetricsConfiguration {
        var configuration = MetricsConfiguration()
        let listen = try listen()
        configuration.listen =
            listen.isEmpty ? [ListenAddress(host: "0.0.0.0", port: isNginx ? 9113 : 9090)] : listen
        if let path = invocation.text("path") {
            configuration.path = path.hasPrefix("/") ? path : "/" + path
        }
        configuration.seriesLimit = try integer("series-limit") ?? configuration.seriesLimit
        if let prefix = invocation.text("self-prefix") {
            guard MetricName.isMetric(prefix) else {
                throw Failure(.invalid, "--self-prefix: \"\(prefix)\" is no name of a metric")
            }
            configuration.prefix = prefix
            configuration.upName = prefix + "_up"
        }
        var urls = invocation.texts("source") + invocation.arguments
        if urls.isEmpty, isNginx { urls = ["http://127.0.0.1:8080/stub_status"] }
        guard !urls.isEmpty else {
            throw Failure(
                .invalid,
                "there is no source",
                remedy: "give --source URL or --config FILE"
            )
        }
        if invocation.flag("nginx-plus") {
            throw Failure(
                .invalid,
                "--nginx.plus: the API of NGINX Plus is not read",
                remedy: "use a stub_status page, or the exporter itself"
            )
        }
        let labels = try labels()
        for url in urls {
            var source = try source(url)
            source.rewrite.labels = labels
            configuration.sources.append(source)
        }
        if Set(urls).count < urls.count { throw Failure(.invalid, "a source is given twice") }
        if isNginx { NginxExporterWords.configure(&configuration) }
        if let path = invocation.text("web-config") {
            try readWeb(path, into: &configuration)
        }
        configuration.push = try push()
        configuration.prefersOpenMetrics = invocation.text("format") == "openmetrics"
        configuration.tellsOfItself = !invocation.flag("no-self-metrics")
        return configuration
    }

    private func listen() throws(Failure) -> [ListenAddress] {
        var found: [ListenAddress] = []
        for text in invocation.texts("listen") {
            let local = text.hasPrefix("localhost:") ? "127.0.0.1" + text.dropFirst(9) : text
            guard let address = ListenAddress(local, alone: "0.0.0.0") else {
                throw Failure(
                    .invalid,
                    "--listen: \"\(text)\" is no address",
                    remedy: "write :9090"
                )
            }
            found.append(address)
        }
        return found
    }

    private func source(_ text: String) throws(Failure) -> SourceOptions {
        guard var place = SourceOptions.Place(url: text) else {
            throw Failure(
                .invalid,
                "--source: \"\(text)\" is no URL of a source",
                remedy: "write http://, https://, unix:, redis://, memcached://, postgres://, "
                    + "statsd:// or file://"
            )
        }
        var security = TransportSecurity()
        security.verifies = invocation.flagIfGiven("tls-verify") ?? !isNginx
        security.authorities = invocation.text("tls-ca")
        security.certificate = invocation.text("tls-certificate")
        security.key = invocation.text("tls-key")
        guard (security.certificate == nil) == (security.key == nil) else {
            throw Failure(.invalid, "--tls-certificate and --tls-key belong together")
        }
        if case .http(var options) = place {
            options.tls = security
            options.sendsProxyHeader = invocation.flag("proxy-protocol")
            for header in invocation.texts("header") {
                let (name, value) = try Self.pair(header, ":", "--header")
                options.headers.append(.init(name, value.trimmingSpace()))
            }
            options.tokenFile = invocation.text("token-file")
            place = .http(options)
        }
        let name = SourceURL(text)?.description ?? text
        var source = SourceOptions(name: name, place: place)
        source.format = invocation.text("input").flatMap(MetricFormat.init(rawValue:)) ?? .auto
        source.timeout = invocation.duration("timeout") ?? source.timeout
        source.every = invocation.duration("every") ?? .zero
        if let limit = invocation.text("body-limit") {
            let bare = limit.hasSuffix("B") ? String(limit.dropLast()) : limit
            guard let size = try? Quantity(bare), size.value > 0 else {
                throw Failure(
                    .invalid,
                    "--body-limit: \"\(limit)\" is no size",
                    remedy: "write 16MiB"
                )
            }
            source.bodyLimit = size.value
        }
        if let prefix = invocation.text("prefix") {
            guard MetricName.isMetric(prefix) else {
                throw Failure(.invalid, "--prefix: \"\(prefix)\" is no name of a metric")
            }
            source.read.prefix = prefix
        }
        source.read.strings =
            invocation.text("strings").flatMap(ReadOptions.Strings.init(rawValue:)) ?? .ignore
        source.read.convertsUnits = invocation.text("units") != "keep"
        return source
    }

    private func labels() throws(Failure) -> [LabelText.Pair] {
        var labels: [LabelText.Pair] = []
        for text in invocation.texts("label") {
            let (name, value) = try Self.pair(text, "=", "--label")
            guard MetricName.isLabel(name) else {
                throw Failure(.invalid, "--label: \"\(name)\" is no name of a label")
            }
            labels.append(.init(name, value))
        }
        for path in invocation.texts("labels-file") {
            labels += DownwardLabels.parse(Array(try TransportSecurity.text(path).utf8))
        }
        return labels
    }

    private static func pair(
        _ text: String,
        _ separator: Character,
        _ option: String
    ) throws(Failure) -> (String, String) {
        let halves = text.split(
            separator: separator,
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard halves.count == 2, !halves[0].isEmpty else {
            throw Failure(.invalid, "\(option): \"\(text)\" is no name\(separator)value")
        }
        return (String(halves[0]), String(halves[1]))
    }

    private func integer(_ name: String) throws(Failure) -> Int? {
        guard let number = invocation.number(name) else { return nil }
        guard (1...10_000_000).contains(number) else {
            throw Failure(.invalid, "--\(name) is a number from 1 to 10000000")
        }
        return number
    }

    private func push() throws(Failure) -> MetricsConfiguration.Push? {
        guard let text = invocation.text("push") else { return nil }
        guard var url = SourceURL(text), ["http", "https"].contains(url.scheme) else {
            throw Failure(.invalid, "--push: \"\(text)\" is no URL of HTTP")
        }
        if url.target.isEmpty { url.target = "/v1/metrics" }
        var push = MetricsConfiguration.Push(url: url)
        push.every = invocation.duration("push-every") ?? push.every
        return push
    }

    /// Reads the web configuration of Prometheus's exporters: the certificate and key, and who may ask.
    private func readWeb(
        _ path: String,
        into configuration: inout MetricsConfiguration
    ) throws(Failure) {
        let text = try TransportSecurity.text(path)
        let log = FindingLog(isLenient: invocation.flag("lenient"))
        do throws(FormatError) {
            guard let root = try YAML.documents(in: text).first else { return }
            let settings = Settings(root, FieldPath(), path, log)
            if let tls = settings.section("tls_server_config") {
                let folder = Files.parent(of: path)
                func file(_ key: String) -> String? {
                    tls.requiredText(key).map { $0.hasPrefix("/") ? $0 : folder + "/" + $0 }
                }
                if let certificate = file("cert_file"), let key = file("key_file") {
                    configuration.identity = .init(certificate: certificate, key: key)
                }
                tls.finish()
            }
            configuration.users = settings.users("basic_auth_users")
            settings.finish()
        } catch {
            throw error.failure(reading: path)
        }
        if let first = log.findings.first(where: { $0.gravity == .error }) {
            throw Failure(.invalid, "\(first)")
        }
    }
}
