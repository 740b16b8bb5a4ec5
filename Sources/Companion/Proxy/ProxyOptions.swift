internal import Basics
internal import Proxying
internal import Reactor
internal import Roles

/// What the command line of `companion proxy` says.
struct ProxyOptions: Sendable {
    var config: String?
    var inlineConfig: String?
    var quickstarts: [String] = []
    var dialect: Dialect?
    var isCheck = false
    var isLenient = false
    var workers: Int?
    var drain: Duration?
    /// What the process is told.
    var process = ProcessOptions(port: 9901)
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
        process = try ProcessOptions(invocation, port: process.port)
        workers = invocation.number("workers") ?? invocation.number("concurrency")
        // Envoy's 0 is one as well.
        if let count = workers, !(0...1024).contains(count) {
            throw Failure(.invalid, "--workers must lie between 1 and 1024, not \(count)")
        }
        drain =
            invocation.duration("drain")
            ?? invocation.number("drain-time-s").map { .seconds(max(0, $0)) }
        nodeID = invocation.text("service-node")
        nodeCluster = invocation.text("service-cluster")
    }
}
