import Basics
import Formats
import HTTP
import Security
import System

/// What the command line of `companion wait` says.
struct WaitOptions: Sendable {
    /// What is waited for.
    var targets: [WaitTarget]
    /// How.
    var plan: WaitMachine.Plan
    /// What answers must be like.
    var checks: CheckSettings
    /// Whether nothing is told.
    var isQuiet: Bool
    /// What is run afterwards.
    var command: [String]
    /// The most targets.
    static let targetsMaximum = 256

    /// Reads them.
    ///
    /// - Throws: `invalid` with one sentence.
    init(_ invocation: Invocation, environment: [String: String]) throws(Failure) {
        guard !invocation.arguments.isEmpty else {
            throw Failure(
                .invalid,
                "there is nothing to wait for",
                remedy: "name targets such as db:5432, or see companion wait --help"
            )
        }
        guard invocation.arguments.count <= Self.targetsMaximum else {
            throw Failure(.invalid, "there are more than \(Self.targetsMaximum) targets")
        }
        var targets: [WaitTarget] = []
        for word in invocation.arguments {
            targets.append(try WaitTarget(word, environment: environment))
        }
        self.targets = targets
        plan = try Self.plan(invocation, targets)
        checks = try Self.checks(invocation)
        isQuiet = invocation.flag("quiet")
        command = invocation.rest ?? []
        guard invocation.rest?.isEmpty != true else {
            throw Failure(.invalid, "no command follows the --", remedy: "leave the -- out")
        }
    }

    private static func plan(
        _ invocation: Invocation,
        _ targets: [WaitTarget]
    ) throws(Failure) -> WaitMachine.Plan {
        var plan = WaitMachine.Plan(names: targets.map(\.description))
        guard !(invocation.flag("any") && invocation.flag("all")) else {
            throw Failure(.invalid, "--any and --all are given at once")
        }
        plan.needsAll = !invocation.flag("any")
        plan.isInverted = invocation.flag("invert")
        let timeout = invocation.duration("timeout") ?? .seconds(15)
        plan.timeout = timeout > .zero ? timeout : nil
        if let limit = invocation.duration("per-try") { plan.perTry = limit }
        if let pause = invocation.duration("interval") { plan.interval = pause }
        plan.cap = max(plan.interval, invocation.duration("interval-max") ?? .seconds(5))
        if let count = invocation.number("successes") { plan.successes = count }
        guard plan.successes >= 1 else {
            throw Failure(
                .invalid,
                "--successes \(plan.successes) makes no sense",
                remedy: "write 1 or more"
            )
        }
        for (name, value) in [("--per-try", plan.perTry), ("--interval", plan.interval)]
        where value < .milliseconds(1) {
            throw Failure(.invalid, "\(name) is too short", remedy: "write 1ms or more")
        }
        return plan
    }

    private static func checks(_ invocation: Invocation) throws(Failure) -> CheckSettings {
        var checks = CheckSettings()
        if let text = invocation.text("status") {
            checks.statuses = try CheckSettings.statuses(text)
        }
        checks.body = invocation.text("body")
        if let text = invocation.text("body-regex") {
            _ = try Pattern(text)
            checks.bodyPattern = text
        }
        if let method = invocation.text("method") {
            guard !method.isEmpty, method.allSatisfy({ $0.isASCII && $0.isLetter }) else {
                throw Failure(.invalid, "\"\(method)\" is no method")
            }
            checks.method = method.uppercased()
        }
        for text in invocation.texts("header") {
            let field = try CheckSettings.header(text)
            checks.headers.append(field.name, field.value)
        }
        checks.follows = invocation.flag("follow")
        checks.expiryMargin = invocation.duration("expires-after") ?? .zero
        checks.tls = try tls(invocation)
        return checks
    }

    /// Whom to trust, from the options that `specs` declares.
    static func tls(_ invocation: Invocation) throws(Failure) -> TLSOptions {
        var options = TLSOptions()
        if invocation.flag("insecure") {
            guard invocation.text("ca-file") == nil else {
                throw Failure(.invalid, "--insecure and --ca-file are given at once")
            }
            options = .unverified
        }
        if let path = invocation.text("ca-file") {
            options.verification = .authorities(pem: try text(of: path))
        }
        options.serverName = invocation.text("server-name")
        switch (invocation.text("cert"), invocation.text("key")) {
        case (nil, nil): break
        case (let certificate?, let key?):
            options.identity = TLSIdentity(
                certificates: try text(of: certificate),
                privateKey: try text(of: key),
                certificatesPath: certificate,
                privateKeyPath: key
            )
        default: throw Failure(.invalid, "--cert and --key belong together")
        }
        return options
    }

    private static func text(of path: String) throws(Failure) -> String {
        do throws(SystemError) {
            return try Files.text(path, limit: 1 << 20)
        } catch {
            throw Failure("cannot read \(path)", error)
        }
    }

    /// The options of TLS.
    static let tlsSpecs = [
        OptionSpec("insecure", "k", help: "trust any certificate"),
        OptionSpec(
            "ca-file",
            nil,
            .text("FILE"),
            help: "trust these authorities and no others",
            byDefault: "the machine's"
        ),
        OptionSpec("cert", nil, .text("FILE"), help: "the own certificate, for servers that ask"),
        OptionSpec("key", nil, .text("FILE"), help: "its key"),
        OptionSpec(
            "server-name",
            nil,
            .text("NAME"),
            help: "the name for SNI and in the certificate",
            byDefault: "the host"
        ),
    ]

    /// All options.
    static let specs =
        [
            OptionSpec("all", help: "wait for all targets; this is the default"),
            OptionSpec("any", help: "the first target that is there is enough"),
            OptionSpec("invert", help: "wait until targets are gone"),
            OptionSpec(
                "timeout",
                "t",
                .duration,
                help: "give up after so long; 0 is never",
                byDefault: "15s"
            ),
            OptionSpec(
                "per-try",
                nil,
                .duration,
                help: "the time for one attempt",
                byDefault: "5s"
            ),
            OptionSpec(
                "interval",
                "i",
                .duration,
                help: "the first pause; it grows by half, and varies by a fifth",
                byDefault: "1s"
            ),
            OptionSpec("interval-max", nil, .duration, help: "the longest pause", byDefault: "5s"),
            OptionSpec(
                "successes",
                nil,
                .number("N"),
                help: "good answers in a row that are needed",
                byDefault: "1"
            ),
            OptionSpec("quiet", "q", help: "tell nothing"),
            OptionSpec("check", help: "say what would be waited for, and end"),
            OptionSpec(
                "as",
                nil,
                .choice(WaitStandIn.programs),
                help: "be that program, with the words behind --"
            ),
            OptionSpec(
                "status",
                nil,
                .text("LIST"),
                help: "statuses of HTTP that will do: 200, 200-299, 2xx, any",
                byDefault: "200-399"
            ),
            OptionSpec("body", nil, .text("TEXT"), help: "what the body must hold"),
            OptionSpec("body-regex", nil, .text("REGEX"), help: "what the body must match"),
            OptionSpec("method", "X", .text("METHOD"), help: "the method", byDefault: "GET"),
            OptionSpec(
                "header",
                "H",
                .text("FIELD"),
                repeats: true,
                help: "a field: 'Name: value'"
            ),
            OptionSpec("follow", "L", help: "follow redirections, at most 10"),
            OptionSpec(
                "expires-after",
                nil,
                .duration,
                help: "how long the certificate of tls:// must still hold",
                byDefault: "0s"
            ),
        ] + tlsSpecs
}
