internal import Basics
internal import Formats
internal import Proxying
internal import Security

/// Where the configuration comes from, and how it is read, again and again.
struct ConfigurationSource: Sendable {
    /// The machine around the program, so that tests can make one up.
    struct Surroundings: Sendable {
        /// The environment.
        var environment: [String: String]
        /// The bytes of a file; `nil` if it cannot be read.
        var read: @Sendable (String) -> [UInt8]?
        /// The names in a directory, sorted.
        var list: @Sendable (String) -> [String]
    }

    /// Where configurations lie in images, with the language of the place.
    static let usualPlaces: [(path: String, dialect: Dialect)] = [
        ("/etc/companion/proxy.yaml", .own), ("/etc/envoy/envoy.yaml", .envoy),
        ("/etc/nginx/nginx.conf", .nginx), ("/usr/local/etc/haproxy/haproxy.cfg", .haproxy),
    ]
    /// Where certificates are mounted.
    static let certificatePlaces = [
        "/etc/certs", "/etc/tls", "/certs", "/tls", "/etc/envoy/certs", "/etc/nginx/certs",
        "/etc/nginx/ssl",
    ]

    var options: ProxyOptions

    /// Reads the configuration.
    ///
    /// - Throws: what is wrong with it, or that there is none.
    func load(_ surroundings: Surroundings) throws(LoadingError) -> LoadedConfiguration {
        var loaded: LoadedConfiguration
        if let path = options.config {
            loaded = try file(path, options.dialect, surroundings)
        } else if let text = options.inlineConfig {
            loaded = try parse(
                Array(text.utf8),
                "--config-yaml",
                options.dialect ?? .envoy,
                surroundings
            )
        } else if !options.quickstarts.isEmpty {
            loaded = try derived("--quickstart") {
                () throws(Failure) in try QuickStart.configuration(of: options.quickstarts)
            }
        } else {
            loaded = try found(surroundings)
        }
        if let node = options.nodeID { loaded.configuration.node.id = node }
        if let cluster = options.nodeCluster { loaded.configuration.node.cluster = cluster }
        if let drain = options.drain { loaded.configuration.drain = drain }
        return loaded
    }

    /// What is done when nothing was asked for.
    private func found(
        _ surroundings: Surroundings
    ) throws(LoadingError) -> LoadedConfiguration {
        let environment = surroundings.environment
        let ports = (environment["COMPANION_PORTS"] ?? "").split(separator: ",")
            .compactMap { UInt16($0) }
        if let gateway = try optional({ () throws(Failure) in
            try GatewayEnvironment.configuration(environment, ports: ports)
        }) {
            return wrap(gateway, "the environment (GATEWAY_*)")
        }
        for (path, dialect) in Self.usualPlaces
        where options.dialect == nil || options.dialect == dialect {
            guard let bytes = surroundings.read(path) else { continue }
            var loaded = try parse(bytes, path, dialect, surroundings)
            loaded.sentences.append("no configuration was named, so \(path) is taken")
            return loaded
        }
        if let database = try optional({ () throws(Failure) in
            try DatabaseEnvironment.configuration(environment)
        }) {
            return wrap(database, "the environment (database)")
        }
        let files = Self.certificatePlaces.flatMap { place in
            surroundings.list(place).map { place + "/" + $0 }
        }
        if let terminator = CertificateFallback.configuration(
            files: files,
            environment: environment,
            ports: ports
        ) {
            return wrap(terminator, "the certificate found")
        }
        throw .failure(
            Failure(
                .invalid,
                "there is no configuration",
                remedy: "give --config FILE, or --quickstart 8080=http://localhost:9000"
            )
        )
    }

    private func optional(
        _ body: () throws(Failure) -> DerivedConfiguration?
    ) throws(LoadingError) -> DerivedConfiguration? {
        do throws(Failure) {
            return try body()
        } catch {
            throw .failure(error)
        }
    }

    private func derived(
        _ origin: String,
        _ body: () throws(Failure) -> DerivedConfiguration
    ) throws(LoadingError) -> LoadedConfiguration {
        do throws(Failure) {
            return wrap(try body(), origin)
        } catch {
            throw .failure(error)
        }
    }

    private func wrap(_ derived: DerivedConfiguration, _ origin: String) -> LoadedConfiguration {
        LoadedConfiguration(
            configuration: derived.configuration,
            dialect: nil,
            origin: origin,
            hash: SHA256.hexadecimal(of: Array(derived.sentences.joined(separator: "\n").utf8)),
            warnings: [],
            sentences: derived.sentences
        )
    }

    private func file(
        _ path: String,
        _ dialect: Dialect?,
        _ surroundings: Surroundings
    ) throws(LoadingError) -> LoadedConfiguration {
        guard let bytes = surroundings.read(path) else {
            throw .failure(
                Failure(
                    .notFound,
                    "cannot read the configuration \(path)",
                    remedy: "is it mounted, and may this user read it?"
                )
            )
        }
        return try parse(bytes, path, dialect, surroundings)
    }

    private func parse(
        _ bytes: [UInt8],
        _ name: String,
        _ dialect: Dialect?,
        _ surroundings: Surroundings
    ) throws(LoadingError) -> LoadedConfiguration {
        let reading = ReadingOptions(
            isLenient: options.isLenient,
            environment: surroundings.environment,
            readFile: surroundings.read,
            listDirectory: surroundings.list
        )
        do throws(ConfigurationErrors) {
            let result = try ConfigurationReader.read(
                bytes,
                name: name,
                dialect: dialect,
                options: reading
            )
            return LoadedConfiguration(
                configuration: result.configuration,
                dialect: result.dialect,
                origin: name,
                hash: SHA256.hexadecimal(of: bytes),
                warnings: result.warnings,
                sentences: []
            )
        } catch {
            throw .findings(error)
        }
    }
}
