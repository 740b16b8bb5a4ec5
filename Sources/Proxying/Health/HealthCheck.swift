internal import Basics
internal import HTTP
internal import Reactor
internal import Security
internal import System

/// What a check asks, and of whom.
struct CheckTarget: Sendable {
    /// Where the check goes to.
    var address: SocketAddress
    /// The name that is put into `Host`, unless the check has its own.
    var hostname: String
    /// The TLS that is spoken, if any.
    var security: TLSClientContext?
    /// The name in the TLS hello.
    var serverName: String?
    /// What is sent before everything else: the header of the PROXY protocol.
    var preface: [UInt8] = []
    /// The password of a login whose settings have none.
    var databasePassword: String?
}

/// What a check found.
struct CheckOutcome: Sendable, Equatable {
    /// What it means for the host.
    var result: HealthMachine.Result
    /// One sentence; empty for a success.
    var note = ""
    /// Whether the server is what it should be; `nil` if that was not asked, or nobody knows.
    var hasRole: Bool?
    /// Whether the time ran out.
    var isTimeout = false
    /// Whether nothing could be asked for want of descriptors or memory here: it says nothing of the host.
    var isOwnShortage = false

    static let success = Self(result: .success)

    static func refused(_ note: String) -> Self { Self(result: .refused, note: note) }

    init(result: HealthMachine.Result, note: String = "", hasRole: Bool? = nil) {
        self.result = result
        self.note = note
        self.hasRole = hasRole
    }

    init(_ failure: Failure) {
        result = .unreachable
        note = failure.description
        isTimeout = failure.code == .timedOut
        isOwnShortage = failure.code == .internalError
    }
}

/// An active check of one host: asks it once each time it is told to.
@MainLoop protocol HealthCheck: AnyObject {
    /// Asks; it ends by the deadline.
    func run(deadline: Instant) async -> CheckOutcome
    /// Closes what was kept open.
    func close()
}

/// The checks by their settings.
@MainLoop enum HealthChecks {
    static func make(_ settings: HealthCheckSettings, _ target: CheckTarget) -> any HealthCheck {
        switch settings.check {
        case .tcp(let send, let expect): TCPCheck(target, send: send, expect: expect)
        case .http(let check) where check.usesHTTP2: HTTP2Check(target, check)
        case .http(let check): HTTPCheck(target, check, keeps: settings.reusesConnection)
        case .grpc(let service, let authority):
            GRPCCheck(target, service: service, authority: authority)
        case .postgres(let user, let role, let password, let database):
            PostgresCheck(
                target,
                PostgresLogin(
                    user: user,
                    password: password ?? target.databasePassword,
                    database: database
                ),
                role: role,
                keeps: settings.reusesConnection
            )
        }
    }

    /// Connects, and does the handshake of TLS if the target speaks it.
    static func open(
        _ target: CheckTarget,
        deadline: Instant
    ) async throws(Failure) -> CheckStream {
        let stream = try await CheckStream.connect(to: target, deadline: deadline)
        guard let security = target.security else { return stream }
        do throws(Failure) {
            try await stream.secure(security, serverName: target.serverName, deadline: deadline)
        } catch {
            stream.close()
            throw error
        }
        return stream
    }
}
