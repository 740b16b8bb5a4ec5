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

    private let maker: ContextMaker
    private var servers = ContextTable<ServerTLSSettings, TLSServerContext>()
    private var clients = ContextTable<ClientTLSSettings, TLSClientContext>()

    init(read: @escaping @Sendable (String) throws(Failure) -> [UInt8] = Self.file) {
        maker = ContextMaker(read: read)
    }

    /// The largest file that is read.
    private static let fileMaximum = 4 << 20

    static let file: @Sendable (String) throws(Failure) -> [UInt8] = { path throws(Failure) in
        do throws(SystemError) {
            return try Files.read(path, limit: fileMaximum)
        } catch {
            throw Failure("cannot read \(path)", error)
        }
    }

    /// The keys of sessions that may be resumed; whoever owns the store rotates them.
    var tickets: TLSTicketKeys { maker.tickets }

    /// The TLS of a server; `warnings` gets what should be known.
    mutating func server(
        _ settings: ServerTLSSettings,
        at time: Timestamp,
        warnings: inout [String]
    ) throws(Failure) -> TLSServerContext {
        let maker = maker
        return try servers.context(settings, maker.texts) { settings throws(Failure) in
            try maker.make(settings, at: time, &warnings)
        }
    }

    /// The TLS of a client.
    mutating func client(
        _ settings: ClientTLSSettings,
        at time: Timestamp,
        warnings: inout [String]
    ) throws(Failure) -> TLSClientContext {
        let maker = maker
        return try clients.context(settings, maker.texts) { settings throws(Failure) in
            try maker.make(settings, at: time, &warnings)
        }
    }

    /// A configuration begins to ask for what it uses.
    mutating func beginUse() {
        servers.beginUse()
        clients.beginUse()
    }

    /// Forgets what was not asked for since `beginUse`.
    mutating func forgetUnused() {
        servers.forgetUnused()
        clients.forgetUnused()
    }

    /// How many settings have files that cannot be used as they are now.
    var refusedCount: Int { servers.refusedCount + clients.refusedCount }

    /// The directories in which files of the store, or the links to them, change.
    var directories: Set<String> {
        Set(
            (servers.sources + clients.sources).compactMap { source in
                guard case .file(let path) = source else { return nil }
                guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
                return slash == path.startIndex ? "/" : String(path[..<slash])
            }
        )
    }

    /// Reads all files again, and makes anew what has changed.
    mutating func refresh(at time: Timestamp) -> Refresh {
        let maker = maker
        var refresh = Refresh()
        var warnings: [String] = []
        refresh.servers = servers.refresh(maker.texts, &refresh.failures) {
            settings throws(Failure) in
            try maker.make(settings, at: time, &warnings)
        }
        refresh.clients = clients.refresh(maker.texts, &refresh.failures) {
            settings throws(Failure) in
            try maker.make(settings, at: time, &warnings)
        }
        refresh.warnings = warnings
        return refresh
    }
}
