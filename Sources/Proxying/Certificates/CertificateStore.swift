import Basics
import Security
import System

/// The TLS of a configuration, made of files and made again when they change.
///
/// The control thread owns it and calls `refresh` when a watched directory has changed, and now and
/// then without. New handshakes use what it made last; a new file that cannot be used keeps the old.
/// Kubernetes swaps the link `..data` in the directory of a file: only what is read counts, so that
/// the swap is a change like any other.
struct CertificateStore {
    /// What a refresh has found.
    struct Refresh {
        /// Contexts that replace those of the same settings.
        var servers: [ServerTLSSettings: TLSServerContext] = [:]
        /// Contexts that replace those of the same settings.
        var clients: [ClientTLSSettings: TLSClientContext] = [:]
        /// New files that cannot be used, each told once.
        var failures: [Failure] = []
        /// What works and should still be known.
        var warnings: [String] = []
    }

    private struct Entry<Context> {
        var context: Context
        /// The files as they were when they were tried last.
        var texts: [String: String?]
        /// Whether they could not be used then.
        var isRefused = false
        /// Whether it was asked for since `beginUse`.
        var isUsed = true
    }

    /// The keys of sessions that may be resumed; whoever owns the store rotates them.
    let tickets = TLSTicketKeys()
    private let read: @Sendable (String) throws(Failure) -> String
    private var servers: [ServerTLSSettings: Entry<TLSServerContext>] = [:]
    private var clients: [ClientTLSSettings: Entry<TLSClientContext>] = [:]

    init(read: @escaping @Sendable (String) throws(Failure) -> String = Self.file) {
        self.read = read
    }

    /// The largest file that is read.
    private static let fileMaximum = 4 << 20

    static let file: @Sendable (String) throws(Failure) -> String = { path throws(Failure) in
        do throws(SystemError) {
            return String(decoding: try Files.read(path, limit: fileMaximum), as: UTF8.self)
        } catch {
            throw Failure("cannot read \(path)", error)
        }
    }

    /// The TLS of a server; `warnings` gets what should be known.
    mutating func server(
        _ settings: ServerTLSSettings,
        at time: Timestamp,
        warnings: inout [String]
    ) throws(Failure) -> TLSServerContext {
        if let known = servers[settings] {
            servers[settings]?.isUsed = true
            return known.context
        }
        // Taken first: what changes meanwhile is found by the next refresh.
        let texts = texts(settings.sources)
        let context = try make(settings, at: time, &warnings)
        servers[settings] = Entry(context: context, texts: texts)
        return context
    }

    /// The TLS of a client.
    mutating func client(
        _ settings: ClientTLSSettings,
        at time: Timestamp,
        warnings: inout [String]
    ) throws(Failure) -> TLSClientContext {
        if let known = clients[settings] {
            clients[settings]?.isUsed = true
            return known.context
        }
        // Taken first: what changes meanwhile is found by the next refresh.
        let texts = texts(settings.sources)
        let context = try make(settings, at: time, &warnings)
        clients[settings] = Entry(context: context, texts: texts)
        return context
    }

    /// A configuration begins to ask for what it uses.
    mutating func beginUse() {
        for settings in Array(servers.keys) { servers[settings]?.isUsed = false }
        for settings in Array(clients.keys) { clients[settings]?.isUsed = false }
    }

    /// Forgets what was not asked for since `beginUse`.
    mutating func forgetUnused() {
        servers = servers.filter(\.value.isUsed)
        clients = clients.filter(\.value.isUsed)
    }

    /// How many settings have files that cannot be used as they are now.
    var refusedCount: Int {
        servers.values.count { $0.isRefused } + clients.values.count { $0.isRefused }
    }

    /// The directories in which files of the store, or the links to them, change.
    var directories: Set<String> {
        let sources = servers.keys.flatMap(\.sources) + clients.keys.flatMap(\.sources)
        return Set(
            sources.compactMap { source in
                guard case .file(let path) = source else { return nil }
                guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
                return slash == path.startIndex ? "/" : String(path[..<slash])
            }
        )
    }

    /// Reads all files again, and makes anew what has changed.
    mutating func refresh(at time: Timestamp) -> Refresh {
        var refresh = Refresh()
        for settings in Array(servers.keys) {
            let now = texts(settings.sources)
            guard servers[settings]?.texts != now else { continue }
            servers[settings]?.texts = now
            do throws(Failure) {
                let context = try make(settings, at: time, &refresh.warnings)
                servers[settings]?.context = context
                servers[settings]?.isRefused = false
                refresh.servers[settings] = context
            } catch {
                servers[settings]?.isRefused = true
                refresh.failures.append(error)
            }
        }
        for settings in Array(clients.keys) {
            let now = texts(settings.sources)
            guard clients[settings]?.texts != now else { continue }
            clients[settings]?.texts = now
            do throws(Failure) {
                let context = try make(settings, at: time, &refresh.warnings)
                clients[settings]?.context = context
                clients[settings]?.isRefused = false
                refresh.clients[settings] = context
            } catch {
                clients[settings]?.isRefused = true
                refresh.failures.append(error)
            }
        }
        return refresh
    }

    // MARK: Making

    private func make(
        _ settings: ServerTLSSettings,
        at time: Timestamp,
        _ warnings: inout [String]
    ) throws(Failure) -> TLSServerContext {
        var identities: [TLSIdentity] = []
        for certificate in settings.certificates {
            identities.append(try identity(certificate, at: time, &warnings))
        }
        var clients: TLSTrust?
        if let settings = settings.clients { clients = try trust(settings) }
        return try TLSServerContext(
            TLSServerOptions(
                identities: identities,
                choices: settings.parameters.choices,
                clients: clients,
                requiresCertificate: settings.requiresClientCertificate,
                sessionSeconds: settings.sessionSeconds,
                tickets: tickets
            )
        )
    }

    private func make(
        _ settings: ClientTLSSettings,
        at time: Timestamp,
        _ warnings: inout [String]
    ) throws(Failure) -> TLSClientContext {
        var own: TLSIdentity?
        if let certificate = settings.certificate {
            own = try identity(certificate, at: time, &warnings)
        }
        var whom: TLSTrust?
        if let settings = settings.trust { whom = try trust(settings) }
        return try TLSClientContext(
            TLSClientOptions(
                trust: whom,
                identity: own,
                choices: settings.parameters.choices,
                checksServerName: settings.followsHost
            )
        )
    }

    private func identity(
        _ settings: CertificateSettings,
        at time: Timestamp,
        _ warnings: inout [String]
    ) throws(Failure) -> TLSIdentity {
        let identity = TLSIdentity(
            certificates: try text(settings.chain),
            privateKey: try text(settings.privateKey),
            certificatesPath: settings.chain.path,
            privateKeyPath: settings.privateKey.path
        )
        warnings += try identity.check(at: time).warnings
        return identity
    }

    private func trust(_ settings: TrustSettings) throws(Failure) -> TLSTrust {
        var names: [TLSNameTest] = []
        for name in settings.names { names.append(try name.certificateTest()) }
        let authorities: TLSTrust.Authorities
        if let source = settings.authorities {
            authorities = .these(pem: try text(source))
        } else if !settings.fingerprints.isEmpty {
            // A fingerprint says more than a signature.
            authorities = .anybody
        } else {
            authorities = .system
        }
        return TLSTrust(
            authorities,
            names: names,
            fingerprints: settings.fingerprints,
            acceptsUntrusted: settings.acceptsUntrusted
        )
    }

    // MARK: Reading

    private func text(_ source: TextSource) throws(Failure) -> String {
        switch source {
        case .inline(let text): return text
        case .file(let path): return try read(path)
        }
    }

    /// The files' texts now; `nil` for one that cannot be read.
    private func texts(_ sources: [TextSource]) -> [String: String?] {
        var texts: [String: String?] = [:]
        for case .file(let path) in sources {
            texts[path] = .some(try? read(path))
        }
        return texts
    }
}

extension TextSource {
    /// The path, or nothing.
    fileprivate var path: String {
        if case .file(let path) = self { path } else { "" }
    }
}

extension ServerTLSSettings {
    /// All texts it is made of.
    fileprivate var sources: [TextSource] {
        certificates.flatMap { [$0.chain, $0.privateKey] }
            + (clients?.authorities.map { [$0] } ?? [])
    }
}

extension ClientTLSSettings {
    /// All texts it is made of.
    fileprivate var sources: [TextSource] {
        (certificate.map { [$0.chain, $0.privateKey] } ?? [])
            + (trust?.authorities.map { [$0] } ?? [])
    }
}
