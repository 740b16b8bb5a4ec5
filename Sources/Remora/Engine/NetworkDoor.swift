internal import Basics
internal import HTTP
internal import NodeAPI
internal import Reactor
internal import Security
internal import System

/// The API over TLS, for clients that cannot use the engine's socket: kubectl, and programs in pods.
@MainLoop final class NetworkDoor {
    /// Where to listen, and under which names.
    struct Settings: Sendable, Hashable {
        /// An IP address.
        var host: String
        /// A port; 0 for any free one.
        var port: UInt16
        /// More names and addresses that the certificate shall be good for.
        var names: [String] = []

        /// Whether only this machine can come in.
        var isLocal: Bool { host.hasPrefix("127.") || host == "::1" }
    }

    /// Where it listens.
    struct Listeners {
        /// At the settings' address.
        var outer: StreamListener
        /// For the pods of the engine and for the machine itself, with the addresses that the service
        /// `kubernetes` has; `nil` if there is no such place.
        var pods:
            (listener: StreamListener, addresses: [String], admits: @MainLoop (String) -> Bool)?
    }

    /// The URL for clients.
    let address: String
    private var servers: [HTTPServer] = []
    private var serving: [Task<Void, Never>] = []

    /// Opens it.
    ///
    /// - Throws: `Failure` if no certificate can be made for the names.
    init(
        _ settings: Settings,
        _ listeners: Listeners,
        _ api: NodeAPI,
        _ credentials: NodeCredentials,
        at now: Timestamp
    ) throws(Failure) {
        let isAny = settings.host == "0.0.0.0" || settings.host == "::"
        let own = isAny ? [] : [settings.host]
        let hosts =
            own + [
                "localhost", "127.0.0.1", "::1", Host.hostname.lowercased(), "kubernetes",
                "kubernetes.default", "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
            ] + (listeners.pods?.addresses ?? []) + settings.names
        let leaf = try credentials.authority.issue(
            CertificateRequest(
                commonName: "remora",
                hosts: Self.usable(hosts, asked: settings.names),
                use: .server,
                life: .seconds(10 * 365 * 86_400)
            ),
            at: now
        )
        var identity = TLSIdentity(
            certificates: leaf.certificate + credentials.authority.certificate,
            privateKey: leaf.privateKey
        )
        identity.clientAuthorities = credentials.authority.certificate
        identity.requiresClientCertificate = false
        let host = isAny ? "127.0.0.1" : settings.host
        address = "https://\(host.contains(":") ? "[\(host)]" : host):\(listeners.outer.port)"
        open(listeners.outer, identity, api) { _ in true }
        if let pods = listeners.pods { open(pods.listener, identity, api, admits: pods.admits) }
    }

    private func open(
        _ listener: StreamListener,
        _ identity: TLSIdentity,
        _ api: NodeAPI,
        admits: @escaping @MainLoop (String) -> Bool
    ) {
        let server = HTTPServer(listener: listener, identity: identity, admits: admits) {
            request,
            responder in
            try await api.serve(request, responder, from: .network)
        }
        servers.append(server)
        serving.append(Task { @MainLoop in await server.run() })
    }

    /// Closes it, and all connections.
    func close() {
        for server in servers { server.stop() }
        for task in serving { task.cancel() }
    }

    /// Each host once; of a machine's own name only what a certificate can carry.
    private static func usable(_ hosts: [String], asked: [String]) -> [String] {
        var seen: Set<String> = []
        return hosts.filter { host in
            let isName = host.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"):
                    true
                default: false
                }
            }
            return !host.isEmpty && (isName || asked.contains(host)) && seen.insert(host).inserted
        }
    }
}

extension CommandContext {
    /// Where `--listen` wants the API to be; `nil` without it.
    ///
    /// - Throws: `invalid` for something that is no address with a port.
    func doorSettings() throws(Failure) -> NetworkDoor.Settings? {
        guard let text = invocation.text("listen") else { return nil }
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else {
            throw Failure(
                .invalid,
                "cannot listen at \"\(text)\"",
                cause: "it is no address with a port",
                remedy: "write --listen 127.0.0.1:6443, or 127.0.0.1:0 for any free port"
            )
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        // Nobody comes in from elsewhere unless an address says so.
        if host.isEmpty || host == "localhost" { host = "127.0.0.1" }
        var settings = NetworkDoor.Settings(host: host, port: port)
        settings.names = invocation.texts("tls-san")
        return settings
    }
}
