public import Basics
internal import COpenSSL

/// What all sessions of a TLS server have in common; from any thread.
///
/// Safe to share because OpenSSL locks its contexts, and nothing is changed after they are made.
public final class TLSServerContext: @unchecked Sendable {
    let context: TLSContext
    private let state: ServerState
    /// What works and should still be known of the certificates, if it was asked for.
    public let warnings: [String]

    /// Makes a context of one identity.
    ///
    /// - Throws: `Failure` if the certificate or key cannot be used.
    public convenience init(_ identity: TLSIdentity) throws(Failure) {
        try self.init(TLSServerOptions(identities: [identity]))
    }

    /// Makes a context.
    ///
    /// - Parameters:
    ///   - options: What it is made of.
    ///   - time: When the certificates should hold, for `warnings`; `nil` asks for none.
    /// - Throws: `Failure` in one sentence if an identity, an authority or a choice cannot be used.
    public init(_ options: TLSServerOptions, at time: Timestamp? = nil) throws(Failure) {
        var identities: [LoadedIdentity] = []
        for identity in options.identities { identities.append(try LoadedIdentity(identity)) }
        guard !identities.isEmpty else {
            throw Failure(.invalid, "cannot serve TLS", cause: "there is no certificate")
        }
        warnings = time.map { time in identities.flatMap { $0.report(at: time).warnings } } ?? []
        let (main, state) = try Self.make(options, identities)
        context = main
        self.state = state
    }

    private static func make(
        _ options: TLSServerOptions,
        _ identities: [LoadedIdentity]
    ) throws(Failure) -> (TLSContext, ServerState) {
        let main = try TLSContext(isServer: true, options.choices)
        let catalogue = IdentityCatalogue(identities)
        for index in catalogue.first { try main.show(identities[index]) }
        let state = ServerState(
            protocols: try ProtocolList.bytes(options.choices.protocols),
            tickets: options.tickets ?? TLSTicketKeys(),
            clients: options.clients.map(PeerCheck.init),
            staples: StapleTable(identities, options.staples)
        )
        let hosts = identities.flatMap(\.hosts).joined(separator: ",")
        let scope = Digest.sha256((options.clients?.label ?? "") + "\n" + hosts)
        var made: [[Int]: TLSContext] = [catalogue.first: main]
        func context(_ set: [Int]) throws(Failure) -> TLSContext {
            if let known = made[set] { return known }
            let other = try TLSContext(isServer: true, options.choices)
            for index in set { try other.show(identities[index]) }
            made[set] = other
            return other
        }
        for (name, set) in catalogue.exact { state.exact[name] = try context(set) }
        for (name, set) in catalogue.wildcards { state.wildcards[name] = try context(set) }
        for other in made.values {
            let pointer = unsafe other.pointer
            unsafe state.attach(to: pointer)
            // A session is resumed only for the same names, where clients are asked for the same.
            _ = unsafe SSL_CTX_set_session_id_context(pointer, scope, UInt32(scope.count))
            if let staples = state.staples { staples.attach(to: other) }
        }
        try set(main, options, state)
        return (main, state)
    }

    private static func set(
        _ main: TLSContext,
        _ options: TLSServerOptions,
        _ state: ServerState
    ) throws(Failure) {
        let argument = unsafe state.opaque
        let pointer = unsafe main.pointer
        if !state.exact.isEmpty || !state.wildcards.isEmpty {
            let callback = unsafe unsafeBitCast(
                ServerState.named,
                to: (@convention(c) () -> Void).self
            )
            _ = unsafe SSL_CTX_callback_ctrl(
                pointer,
                SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                callback
            )
            _ = unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_TLSEXT_SERVERNAME_ARG, 0, argument)
        }
        if !state.protocols.isEmpty {
            unsafe SSL_CTX_set_alpn_select_cb(pointer, ServerState.protocolChosen, argument)
        }
        if let clients = options.clients, let check = state.clients {
            var mode = SSL_VERIFY_PEER
            if options.requiresCertificate { mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT }
            unsafe SSL_CTX_set_verify(pointer, mode, nil)
            try main.trust(clients.authorities, tellsPeers: true)
            unsafe SSL_CTX_set_cert_verify_callback(
                pointer,
                PeerCheck.callback,
                Unmanaged.passUnretained(check).toOpaque()
            )
        }
        if options.sessionSeconds > 0 {
            _ = unsafe SSL_CTX_set_timeout(pointer, options.sessionSeconds)
            _ = unsafe SSL_CTX_set_num_tickets(pointer, 1)
            _ = unsafe SSL_CTX_set_tlsext_ticket_key_evp_cb(pointer, TLSTicketKeys.callback)
        } else {
            main.refuseResumption()
        }
    }
}

/// Which identities are shown for which server name.
struct IdentityCatalogue {
    /// Those for a name that no certificate covers: the first, and others of its name.
    private(set) var first: [Int] = [0]
    /// By exact name.
    private(set) var exact: [String: [Int]] = [:]
    /// By the parent of a wildcard's names.
    private(set) var wildcards: [String: [Int]] = [:]

    init(_ identities: [LoadedIdentity]) {
        for (index, identity) in identities.enumerated() {
            for host in identity.hosts {
                if let parent = ServerNames.parent(ofWildcard: host) {
                    wildcards[parent, default: []].append(index)
                } else {
                    exact[host, default: []].append(index)
                }
            }
        }
        func ofEveryKind(_ list: [Int]) -> [Int] {
            var kinds: Set<Int32> = []
            return list.filter { kinds.insert(identities[$0].kind).inserted }
        }
        for (name, list) in exact {
            // A wildcard adds the kind of key that the exact name lacks.
            let more = ServerNames.parent(of: name).flatMap { wildcards[$0] } ?? []
            exact[name] = ofEveryKind(list + more)
        }
        for (name, list) in wildcards { wildcards[name] = ofEveryKind(list) }
        if let name = identities.first?.hosts.first {
            let others = identities.indices.dropFirst().filter {
                identities[$0].hosts.contains(name)
            }
            first = ofEveryKind([0] + others)
        }
    }
}

/// What OpenSSL's questions during a server's handshake are answered from.
final class ServerState {
    let protocols: [UInt8]
    let tickets: TLSTicketKeys
    let clients: PeerCheck?
    let staples: StapleTable?
    var exact: [String: TLSContext] = [:]
    var wildcards: [String: TLSContext] = [:]

    init(
        protocols: [UInt8],
        tickets: TLSTicketKeys,
        clients: PeerCheck?,
        staples: StapleTable?
    ) {
        self.protocols = protocols
        self.tickets = tickets
        self.clients = clients
        self.staples = staples
    }

    var opaque: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

    /// Lets `of` find this state from sessions of a context.
    func attach(to context: OpaquePointer) {
        _ = unsafe SSL_CTX_set_ex_data(context, 0, opaque)
    }

    static func of(_ session: OpaquePointer) -> ServerState? {
        guard let context = unsafe SSL_get_SSL_CTX(session),
            let data = unsafe SSL_CTX_get_ex_data(context, 0)
        else { return nil }
        return unsafe Unmanaged<ServerState>.fromOpaque(data).takeUnretainedValue()
    }

    /// The context for a server name; `nil` is the main one.
    private func context(for name: String) -> TLSContext? {
        let name = ServerNames.normal(name)
        if let found = exact[name] { return found }
        return ServerNames.parent(of: name).flatMap { wildcards[$0] }
    }

    static let named:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?
        ) -> Int32 = { session, _, argument in
            guard let session = unsafe session, let argument = unsafe argument,
                let name = unsafe SSL_get_servername(session, TLSEXT_NAMETYPE_host_name)
            else { return SSL_TLSEXT_ERR_NOACK }
            let state = unsafe Unmanaged<ServerState>.fromOpaque(argument).takeUnretainedValue()
            if let context = state.context(for: unsafe String(cString: name)) {
                unsafe SSL_set_SSL_CTX(session, context.pointer)
            }
            return SSL_TLSEXT_ERR_OK
        }

    static let protocolChosen:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
            UnsafeMutablePointer<UInt8>?, UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
        ) -> Int32 = { _, chosen, chosenCount, offered, offeredCount, argument in
            guard let chosen = unsafe chosen, let chosenCount = unsafe chosenCount,
                let offered = unsafe offered, let argument = unsafe argument
            else { return SSL_TLSEXT_ERR_NOACK }
            let state = unsafe Unmanaged<ServerState>.fromOpaque(argument).takeUnretainedValue()
            let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
            guard let (start, count) = unsafe state.choose(list) else {
                return SSL_TLSEXT_ERR_NOACK
            }
            unsafe chosen.pointee = offered + start
            unsafe chosenCount.pointee = UInt8(count)
            return SSL_TLSEXT_ERR_OK
        }

    /// Where in the client's list the first of the own protocols stands.
    private func choose(_ offered: UnsafeBufferPointer<UInt8>) -> (start: Int, count: Int)? {
        var own = 0
        while own < protocols.count {
            let wanted = protocols[own + 1..<own + 1 + Int(protocols[own])]
            var position = 0
            while position < offered.count {
                let count = unsafe Int(offered[position])
                let end = position + 1 + count
                guard end <= offered.count else { return nil }
                if unsafe offered[position + 1..<end].elementsEqual(wanted) {
                    return (position + 1, count)
                }
                position = end
            }
            own += 1 + wanted.count
        }
        return nil
    }
}
