/// What is done when there are certificates but no configuration: TLS for the application beside.
///
/// A manifest that mounts a certificate into a proxy and declares a port means TLS termination. The
/// stock images start with their demonstration then, or not at all.
public enum CertificateFallback {
    /// The endings of certificates, best first.
    private static let endings = [".crt", ".pem", ".cert", ".cer"]

    /// The TLS terminator that follows from files and the environment; `nil` if nothing does.
    ///
    /// - Parameters:
    ///   - files: Paths of files under mounted directories.
    ///   - environment: The variables: `PORT` is the application's port.
    ///   - ports: The ports that the container declares; 8443 if none.
    /// - Returns: The configuration, and the sentence that says it loudly.
    public static func configuration(
        files: [String],
        environment: [String: String],
        ports: [UInt16]
    ) -> DerivedConfiguration? {
        guard let pair = pair(among: files) else { return nil }
        let appPort = environment["PORT"].flatMap(UInt16.init) ?? 8080
        let port = ports.first { $0 != appPort } ?? 8443
        let listen = HostPort(host: "0.0.0.0", port: port)
        guard let target = Target("http://localhost:\(appPort)") else { return nil }
        let tls = ServerTLSSettings(
            certificates: [
                CertificateSettings(chain: .file(pair.chain), privateKey: .file(pair.key))
            ],
            parameters: TLSParameters(protocols: ["h2", "http/1.1"])
        )
        let action = ForwardAction(
            target: .clusters([WeightedCluster(name: target.cluster.name)]),
            timeout: .seconds(60)
        )
        let http = QuickStart.http("tls", [Route(action: .forward(action))])
        let configuration = ProxyConfiguration(
            listeners: [QuickStart.listener(listen, tls: tls, handler: .http(http))],
            clusters: [target.cluster]
        )
        let sentence =
            "THERE IS NO CONFIGURATION, but a certificate at \(pair.chain): TLS is taken off on port"
            + " \(port), and requests are sent to the application on localhost:\(appPort)"
            + (environment["PORT"] == nil ? " (set PORT if it listens elsewhere)" : "")
        return DerivedConfiguration(configuration, sentences: [sentence])
    }

    /// A certificate and the key beside it: the same name, or names that belong together.
    static func pair(among files: [String]) -> (chain: String, key: String)? {
        let known = Set(files)
        let named = [
            ("tls.crt", "tls.key"), ("fullchain.pem", "privkey.pem"), ("cert.pem", "key.pem"),
            ("server.crt", "server.key"), ("cert-chain.pem", "key.pem"),
        ]
        let directories = Set(files.map(directory)).sorted()
        for (chain, key) in named {
            for directory in directories
            where known.contains(directory + chain) && known.contains(directory + key) {
                return (directory + chain, directory + key)
            }
        }
        for file in files.sorted() {
            for ending in endings where file.hasSuffix(ending) {
                let stem = file.dropLast(ending.count)
                for key in ["\(stem).key", "\(stem)-key.pem", "\(stem)_key.pem"]
                where known.contains(key) {
                    return (file, key)
                }
            }
        }
        return nil
    }

    private static func directory(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }
}
