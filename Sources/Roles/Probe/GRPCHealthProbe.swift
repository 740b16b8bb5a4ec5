import Basics
import HTTP
import Reactor
import Security
import System

/// `grpc_health_probe` (github.com/grpc-ecosystem/grpc-health-probe): its options, messages and exit codes.
@MainLoop enum GRPCHealthProbe {
    /// What the words say.
    struct Question: Sendable, Hashable {
        var address = ""
        var service = ""
        var agent = "grpc_health_probe"
        var connectTimeout = Duration.seconds(1)
        var rpcTimeout = Duration.seconds(1)
        var connectText = "1s"
        var rpcText = "1s"
        var headers: [String] = []
        var isSecure = false
        var isUnverified = false
        var authorities: String?
        var certificate: String?
        var key: String?
        var serverName: String?
        var isVerbose = false
    }

    /// Words that are wrong, or only ask for a text.
    struct Other: Error, Hashable {
        var text: String
        var code: Int32
    }

    private nonisolated static let flags: Set<String> = [
        "tls", "tls-no-verify", "v", "gzip", "spiffe", "alts", "version",
    ]

    private nonisolated static let usage = """
        Usage of grpc_health_probe:
          -addr ADDRESS             HOST:PORT, or unix:PATH
          -service NAME             the service (default: the server as a whole)
          -connect-timeout DURATION (default 1s)
          -rpc-timeout DURATION     (default 1s)
          -rpc-header FIELD         'Name: value'; may be repeated
          -user-agent TEXT          (default grpc_health_probe)
          -tls                      use TLS
          -tls-no-verify            trust any certificate
          -tls-ca-cert FILE         trust these authorities
          -tls-client-cert FILE     the own certificate
          -tls-client-key FILE      its key
          -tls-server-name NAME     the name in the certificate
          -v                        tell more
        """

    /// Reads the words.
    nonisolated static func read(_ words: [String]) throws(Other) -> Question {
        var question = Question()
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word.count > 1 else { break }
            if word == "--" { break }
            let plain = word.hasPrefix("--") ? word.dropFirst(2) : word.dropFirst()
            let pair = plain.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = pair.first.map(String.init) ?? ""
            if name == "help" || name == "h" { throw Other(text: usage, code: 0) }
            if flags.contains(name) {
                let isSet = pair.count == 1 || ["true", "1", "t"].contains(pair[1].lowercased())
                switch name {
                case "tls": question.isSecure = isSet
                case "tls-no-verify": question.isUnverified = isSet
                case "v": question.isVerbose = isSet
                case "version": throw Other(text: "companion", code: 0)
                default:
                    if isSet { throw wrong("-\(name) is not supported here") }
                }
                continue
            }
            guard known.contains(name) else {
                throw Other(text: "flag provided but not defined: -\(name)\n\(usage)", code: 1)
            }
            guard let value = pair.count == 2 ? String(pair[1]) : rest.popFirst() else {
                throw Other(text: "flag needs an argument: -\(name)\n\(usage)", code: 1)
            }
            try take(name, value, &question)
        }
        return try checked(question)
    }

    private nonisolated static let known = [
        "addr", "service", "user-agent", "connect-timeout", "rpc-timeout", "rpc-header",
        "tls-ca-cert", "tls-client-cert", "tls-client-key", "tls-server-name",
    ]

    private nonisolated static func take(
        _ name: String,
        _ value: String,
        _ question: inout Question
    ) throws(Other) {
        switch name {
        case "addr": question.address = value
        case "service": question.service = value
        case "user-agent": question.agent = value
        case "rpc-header":
            guard (try? CheckSettings.header(value)) != nil else {
                throw wrong("-rpc-header \"\(value)\" is not of the form 'Name: value'")
            }
            question.headers.append(value)
        case "connect-timeout", "rpc-timeout":
            guard let time = Duration(text: value) else {
                throw Other(
                    text: "invalid value \"\(value)\" for flag -\(name): parse error\n\(usage)",
                    code: 1
                )
            }
            guard time > .zero else {
                throw wrong("-\(name) must be greater than zero (specified: \(value))")
            }
            if name == "rpc-timeout" {
                (question.rpcTimeout, question.rpcText) = (time, value)
            } else {
                (question.connectTimeout, question.connectText) = (time, value)
            }
        case "tls-ca-cert": question.authorities = value
        case "tls-client-cert": question.certificate = value
        case "tls-client-key": question.key = value
        default: question.serverName = value
        }
    }

    private nonisolated static func wrong(_ text: String) -> Other {
        Other(text: "error: " + text, code: 1)
    }

    private nonisolated static func checked(_ question: Question) throws(Other) -> Question {
        guard !question.address.isEmpty else { throw wrong("-addr not specified") }
        if !question.isSecure {
            let given: [(String, Bool)] = [
                ("-tls-no-verify", question.isUnverified),
                ("-tls-ca-cert", question.authorities != nil),
                ("-tls-client-cert", question.certificate != nil),
                ("-tls-server-name", question.serverName != nil),
            ]
            if let (name, _) = given.first(where: \.1) {
                throw wrong("specified \(name) without specifying -tls")
            }
        }
        guard (question.certificate == nil) == (question.key == nil) else {
            throw wrong(
                question.key == nil
                    ? "specified -tls-client-cert without specifying -tls-client-key"
                    : "specified -tls-client-key without specifying -tls-client-cert"
            )
        }
        if question.isUnverified, question.authorities != nil {
            throw wrong(
                "cannot specify -tls-ca-cert with -tls-no-verify (CA cert would not be used)"
            )
        }
        if question.isUnverified, question.serverName != nil {
            throw wrong(
                "cannot specify -tls-server-name with -tls-no-verify (server name would not be used)"
            )
        }
        let isUnix = question.address.hasPrefix("unix:")
        guard isUnix || Self.place(question.address) != nil else {
            throw wrong("-addr \"\(question.address)\" is no HOST:PORT")
        }
        return question
    }

    /// `HOST:PORT`, or `:PORT` for this pod.
    private nonisolated static func place(_ text: String) -> NetworkAddress? {
        NetworkAddress(text.hasPrefix(":") ? "localhost" + text : text)
    }

    static func run(_ words: [String], say: @MainLoop (String) -> Void) async -> Int32 {
        do throws(Other) {
            return await ask(try read(words), say)
        } catch {
            say(error.text)
            return error.code
        }
    }

    /// Asks: 0 SERVING, 1 bad words, 2 no connection, 3 no answer, 4 another status.
    static func ask(_ question: Question, _ say: @MainLoop (String) -> Void) async -> Int32 {
        let options: TLSOptions?
        do throws(Failure) {
            options = try tls(question)
        } catch {
            say("failed to initialize tls credentials. error=\(error)")
            return 1
        }
        if question.isVerbose {
            for line in parsed(question) { say(line) }
            say("establishing connection")
        }
        let start = Loop.main.now
        guard let channel = await connect(question, options, start + question.connectTimeout) else {
            say(
                "timeout: failed to connect service \"\(question.address)\" within \(question.connectText)"
            )
            return 2
        }
        defer { channel.close() }
        let connected = Loop.main.now
        if question.isVerbose {
            say("connection established (took \((connected - start).milliseconds)ms)")
        }
        var headers: HTTPHeaders = [:]
        for text in question.headers {
            guard let field = try? CheckSettings.header(text) else { continue }
            headers.append(field.name.lowercased(), field.value)
        }
        do throws(Failure) {
            let answer = try await HealthQuestion.ask(
                channel,
                authority: question.serverName ?? question.address,
                service: question.service,
                isSecure: question.isSecure,
                agent: question.agent,
                headers: headers,
                deadline: connected + question.rpcTimeout
            )
            switch answer {
            case .status(let number):
                let names = GRPCHealth.statuses
                let name = names.indices.contains(number) ? names[number] : "\(number)"
                guard number == 1 else {
                    say("service unhealthy (responded with \"\(name)\")")
                    return 4
                }
                if question.isVerbose {
                    let asked = (Loop.main.now - connected).milliseconds
                    say(
                        "time elapsed: connect=\((connected - start).milliseconds)ms rpc=\(asked)ms"
                    )
                }
                say("status: \(name)")
                return 0
            case .failed(12, _):
                say(
                    "error: this server does not implement the grpc health protocol (grpc.health.v1.Health)"
                )
            case .failed(4, _):
                say("timeout: health rpc did not complete within \(question.rpcText)")
            case .failed(let code, let message):
                say("error: health rpc failed: rpc error: code = \(code) desc = \(message)")
            }
        } catch {
            say(
                error.code == .timedOut
                    ? "timeout: health rpc did not complete within \(question.rpcText)"
                    : "error: health rpc failed: \(CheckReason.text(error))"
            )
        }
        return 3
    }

    /// What `-v` tells first.
    private static func parsed(_ question: Question) -> [String] {
        var lines = [
            "parsed options:",
            "> addr=\(question.address) conn_timeout=\(question.connectText) rpc_timeout=\(question.rpcText)",
        ]
        lines += question.headers.map { "> header=\($0.prefix { $0 != ":" })" }
        lines.append("> tls=\(question.isSecure)")
        guard question.isSecure else { return lines }
        return lines + [
            "  > no-verify=\(question.isUnverified)",
            "  > ca-cert=\(question.authorities ?? "")",
            "  > client-cert=\(question.certificate ?? "")",
            "  > client-key=\(question.key ?? "")",
            "  > server-name=\(question.serverName ?? "")",
        ]
    }

    /// Connects, trying again while nobody listens, as gRPC does.
    private static func connect(
        _ question: Question,
        _ options: TLSOptions?,
        _ deadline: Instant
    ) async -> (any ByteChannel)? {
        var pause = Duration.milliseconds(100)
        while true {
            if let channel = try? await open(question, options, deadline) { return channel }
            guard Loop.main.now + pause < deadline,
                (try? await Loop.main.sleep(for: pause)) != nil
            else { return nil }
            pause = min(.seconds(1), pause * 2)
        }
    }

    private static func open(
        _ question: Question,
        _ options: TLSOptions?,
        _ deadline: Instant
    ) async throws(Failure) -> any ByteChannel {
        let left = max(deadline - Loop.main.now, .zero)
        let stream: ByteStream
        var host = "localhost"
        if question.address.hasPrefix("unix:") {
            let path = question.address.dropFirst(5)
            let plain = path.hasPrefix("///") ? path.dropFirst(2) : path
            stream = try await ByteStream.connect(unix: String(plain), timeout: left)
        } else {
            guard let address = Self.place(question.address) else {
                throw Failure(.invalid, "\"\(question.address)\" is no address")
            }
            host = address.host
            stream = try await ByteStream.connect(host: host, port: address.port, timeout: left)
        }
        guard let options else { return Channels.plain(stream) }
        return try await Channels.client(
            over: stream,
            options: options,
            host: host,
            deadline: deadline
        )
    }

    private static func tls(_ question: Question) throws(Failure) -> TLSOptions? {
        guard question.isSecure else { return nil }
        var options = question.isUnverified ? TLSOptions.unverified : TLSOptions()
        options.protocols = ["h2"]
        options.serverName = question.serverName
        if let path = question.authorities {
            options.verification = .authorities(pem: try text(of: path))
        }
        if let certificate = question.certificate, let key = question.key {
            options.identity = TLSIdentity(
                certificates: try text(of: certificate),
                privateKey: try text(of: key)
            )
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
}
