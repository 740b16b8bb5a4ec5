import Basics
import HTTP
import Reactor
import Security
import System

extension TransportSecurity {
    /// The options of a TLS client; the files are read now, so that rotated ones are seen.
    ///
    /// - Throws: `notFound` and the like if a file cannot be read.
    func options() throws(Failure) -> TLSOptions {
        var options = TLSOptions(verification: verifies ? .system : .none, serverName: serverName)
        if verifies, let authorities {
            options.verification = .authorities(pem: try Self.text(authorities))
        }
        if let certificate, let key {
            options.identity = TLSIdentity(
                certificates: try Self.text(certificate),
                privateKey: try Self.text(key),
                certificatesPath: certificate,
                privateKeyPath: key
            )
        }
        return options
    }

    static func text(_ path: String) throws(Failure) -> String {
        do throws(SystemError) {
            return try Files.text(path, limit: 1 << 20)
        } catch {
            throw Failure("cannot read \(path)", error)
        }
    }

    /// The first line of a file with a secret.
    static func secret(_ path: String) throws(Failure) -> String {
        String(try text(path).prefix { $0 != "\n" && $0 != "\r\n" && $0 != "\r" })
    }
}

/// A conversation of lines with a server: what is sent and what comes back.
@MainLoop final class LineClient {
    private let channel: any ByteChannel
    private var buffer: [UInt8] = []
    private let deadline: Instant
    private let sizeLimit: Int
    private let peer: String

    private init(_ channel: any ByteChannel, _ deadline: Instant, _ sizeLimit: Int, _ peer: String)
    {
        self.channel = channel
        self.deadline = deadline
        self.sizeLimit = sizeLimit
        self.peer = peer
    }

    /// Connects.
    ///
    /// - Throws: `unavailable`, `notFound`, `timedOut`.
    static func connect(
        host: String,
        port: UInt16,
        socket: String? = nil,
        tls: TransportSecurity? = nil,
        sizeLimit: Int,
        deadline: Instant
    ) async throws(Failure) -> LineClient {
        let timeout = deadline - Loop.main.now
        if let socket {
            let stream = try await ByteStream.connect(unix: socket, timeout: timeout)
            return LineClient(Channels.plain(stream), deadline, sizeLimit, socket)
        }
        let stream = try await ByteStream.connect(host: host, port: port, timeout: timeout)
        let peer = "\(host):\(port)"
        guard let tls else {
            return LineClient(Channels.plain(stream), deadline, sizeLimit, peer)
        }
        let channel = try await Channels.client(
            over: stream,
            options: try tls.options(),
            host: host,
            deadline: deadline
        )
        return LineClient(channel, deadline, sizeLimit, peer)
    }

    func send(_ bytes: [UInt8]) async throws(Failure) {
        try await channel.write(bytes, deadline: deadline)
    }

    /// The next line, without its end.
    func line() async throws(Failure) -> String {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                var line = Array(buffer[..<end])
                buffer.removeFirst(end + 1)
                if line.last == 0x0D { line.removeLast() }
                return String(decoding: line, as: UTF8.self)
            }
            try await fill()
        }
    }

    /// So many bytes.
    func bytes(_ count: Int) async throws(Failure) -> [UInt8] {
        guard count <= sizeLimit else { throw tooMuch }
        while buffer.count < count { try await fill() }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    /// All up to and with a text.
    func bytes(until end: [UInt8]) async throws(Failure) -> [UInt8] {
        while true {
            if let range = buffer.firstRange(of: end) {
                defer { buffer.removeFirst(range.upperBound) }
                return Array(buffer[..<range.upperBound])
            }
            try await fill()
        }
    }

    func close() { channel.close() }

    private func fill() async throws(Failure) {
        let more = try await channel.read(upTo: 65536, deadline: deadline)
        guard !more.isEmpty else {
            throw Failure(.unavailable, "\(peer) hung up", cause: "its answer ends in the middle")
        }
        buffer += more
        guard buffer.count <= sizeLimit else { throw tooMuch }
    }

    private var tooMuch: Failure {
        Failure(
            .exhausted,
            "the answer of \(peer) is too long",
            cause: "the limit is \(sizeLimit) bytes"
        )
    }
}
