internal import Basics
internal import Proxying
internal import Reactor

/// What the command line of `companion proxy` says.
struct ProxyOptions: Sendable {
    /// Where the admin pages are.
    enum Admin: Sendable, Hashable {
        /// Where the configuration says, or at the usual place.
        case usual
        /// Nowhere.
        case off
        /// Here.
        case at(HostPort)
    }

    /// Envoy's words for levels, and ours.
    static let levels: [(word: String, level: Journal.Level)] = [
        ("trace", .debug), ("debug", .debug), ("info", .info), ("warning", .warning),
        ("warn", .warning), ("error", .error), ("err", .error), ("critical", .error),
        ("off", .error),
    ]

    var config: String?
    var inlineConfig: String?
    var quickstarts: [String] = []
    var dialect: Dialect?
    var isCheck = false
    var isLenient = false
    var admin = Admin.usual
    var workers: Int?
    var drain: Duration?
    var level = Journal.Level.info
    var isJSON = false
    var nodeID: String?
    var nodeCluster: String?

    init() {}

    /// Reads the command line.
    ///
    /// - Throws: `invalid` for values that make no sense, or not together.
    init(_ invocation: Invocation, program: String) throws(Failure) {
        config = invocation.text("config") ?? invocation.text("config-path")
        inlineConfig = invocation.text("config-yaml")
        quickstarts = invocation.texts("quickstart")
        let given = [config != nil, inlineConfig != nil, !quickstarts.isEmpty].filter { $0 }
        guard given.count < 2 else {
            throw Failure(
                .invalid,
                "there is more than one configuration",
                remedy: "give one of --config, --config-yaml and --quickstart"
            )
        }
        dialect =
            invocation.text("dialect").flatMap(Dialect.init) ?? Dialect.of(program: program)
        isCheck = invocation.flag("check") || invocation.text("mode") == "validate"
        isLenient = invocation.flag("lenient")
        admin = try Self.admin(invocation.text("admin"))
        workers = invocation.number("workers") ?? invocation.number("concurrency")
        // Envoy's 0 is one as well.
        if let count = workers, !(0...1024).contains(count) {
            throw Failure(.invalid, "--workers must lie between 1 and 1024, not \(count)")
        }
        drain =
            invocation.duration("drain")
            ?? invocation.number("drain-time-s").map { .seconds(max(0, $0)) }
        let word = invocation.text("log-level") ?? "info"
        level = Self.levels.first { $0.word == word }?.level ?? .info
        isJSON = invocation.text("log-format") == "json"
        nodeID = invocation.text("service-node")
        nodeCluster = invocation.text("service-cluster")
    }

    /// What `--admin` says.
    ///
    /// - Throws: `invalid` if it is no address.
    static func admin(_ text: String?) throws(Failure) -> Admin {
        switch text {
        case nil: return .usual
        case "off": return .off
        case let text?:
            guard let address = address(text) else {
                throw Failure(
                    .invalid,
                    "--admin: \"\(text)\" is no address",
                    remedy: "write 127.0.0.1:9901 or off"
                )
            }
            return .at(address)
        }
    }

    /// `9901`, `127.0.0.1:9901`, `[::1]:9901`.
    static func address(_ text: String) -> HostPort? {
        guard let colon = text.lastIndex(of: ":") else {
            return UInt16(text).map { HostPort(host: "127.0.0.1", port: $0) }
        }
        guard let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return HostPort(host: host.isEmpty ? "0.0.0.0" : String(host), port: port)
    }
}
