import Basics
import Reactor

/// A Redis server, asked for `INFO` in its protocol RESP2.
@MainLoop final class RedisSource: MetricSource {
    private let options: SourceOptions.RedisOptions
    private let sizeLimit: Int

    init(_ options: SourceOptions.RedisOptions, sizeLimit: Int) {
        self.options = options
        self.sizeLimit = sizeLimit
    }

    func read(
        limit: Int,
        deadline: Instant,
        isKnown: Bool
    ) async throws(Failure) -> SourceAnswer {
        let client = try await LineClient.connect(
            host: options.host,
            port: options.port,
            socket: options.socket,
            tls: options.tls,
            sizeLimit: sizeLimit,
            deadline: deadline
        )
        defer { client.close() }
        var password = options.password
        if let path = options.passwordFile { password = try TransportSecurity.secret(path) }
        if let password {
            let words = ["AUTH"] + (options.user.map { [$0] } ?? []) + [password]
            _ = try await ask(words, client, "log in to")
        }
        let answer = try await ask(["INFO", "ALL"], client, "ask")
        try? await client.send(Self.encode(["QUIT"]))
        return .text(answer, contentType: "")
    }

    private func ask(
        _ words: [String],
        _ client: LineClient,
        _ verb: String
    ) async throws(Failure) -> [UInt8] {
        let what = "cannot \(verb) Redis at \(options.host):\(options.port)"
        try await client.send(Self.encode(words))
        let line = try await client.line()
        switch line.first {
        case "+": return Array(line.dropFirst().utf8)
        case "-":
            let needsLogin = line.hasPrefix("-NOAUTH")
            throw Failure(
                line.hasPrefix("-WRONGPASS") || needsLogin ? .forbidden : .unavailable,
                what,
                cause: String(line.dropFirst().prefix(200)),
                remedy: needsLogin ? "give the password in the URL or by password_file" : ""
            )
        case "$":
            guard let count = Int(line.dropFirst()), count >= 0 else { break }
            let bytes = try await client.bytes(count + 2)
            return Array(bytes.dropLast(2))
        default: break
        }
        throw Failure(.unavailable, what, cause: "its answer is no RESP")
    }

    /// A command as an array of bulk strings.
    static func encode(_ words: [String]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words {
            bytes += Array("$\(word.utf8.count)\r\n".utf8)
            bytes += Array(word.utf8)
            bytes += [0x0D, 0x0A]
        }
        return bytes
    }
}

/// A memcached server, asked for `stats` in its text protocol.
@MainLoop final class MemcachedSource: MetricSource {
    private let host: String
    private let port: UInt16

    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    func read(
        limit: Int,
        deadline: Instant,
        isKnown: Bool
    ) async throws(Failure) -> SourceAnswer {
        let client = try await LineClient.connect(
            host: host,
            port: port,
            sizeLimit: 1 << 20,
            deadline: deadline
        )
        defer { client.close() }
        try await client.send(Array("stats\r\n".utf8))
        let first = try await client.line()
        guard first.hasPrefix("STAT ") else {
            throw Failure(
                .unavailable,
                "cannot ask memcached at \(host):\(port)",
                cause: "it answers \"\(first.prefix(60))\""
            )
        }
        let rest = try await client.bytes(until: Array("END\r\n".utf8))
        return .text(Array((first + "\n").utf8) + rest, contentType: "")
    }
}
