import Basics
import HTTP
import Reactor
import Records

/// A connection to a Forward server, past the handshake.
@MainLoop final class ForwardLink {
    /// Which endpoint it leads to.
    let endpoint: Int
    private let channel: any ByteChannel
    private var input = ForwardStream(limit: 64 << 10)

    private init(_ channel: any ByteChannel, endpoint: Int) {
        self.channel = channel
        self.endpoint = endpoint
    }

    /// Connects to an endpoint, and shows who we are if there is a key.
    static func open(
        _ settings: ForwardSinkSettings,
        endpoint index: Int,
        hostName: String,
        timeout: Duration
    ) async throws(Failure) -> ForwardLink {
        let deadline = Loop.main.now + timeout
        let channel: any ByteChannel
        if let path = settings.unixPath {
            channel = Channels.plain(try await ByteStream.connect(unix: path, timeout: timeout))
        } else {
            let endpoint = settings.endpoints[index]
            let stream = try await ByteStream.connect(
                host: endpoint.host,
                port: endpoint.port,
                timeout: timeout
            )
            if let tls = endpoint.tls {
                channel = try await Channels.client(
                    over: stream,
                    options: tls.options(),
                    host: endpoint.host,
                    deadline: deadline
                )
            } else {
                channel = Channels.plain(stream)
            }
        }
        let link = ForwardLink(channel, endpoint: index)
        guard let key = settings.sharedKey else { return link }
        do throws(Failure) {
            try await link.greet(
                ForwardClientHandshake(
                    sharedKey: key,
                    host: settings.selfHostname ?? hostName,
                    user: settings.user,
                    password: settings.password
                ),
                deadline
            )
        } catch {
            link.close()
            throw error
        }
        return link
    }

    /// Whether the other side still listens; of no use while an answer is awaited.
    var isStillOpen: Bool {
        get async { await channel.isStillOpen }
    }

    /// Sends a message.
    func send(_ bytes: [UInt8], deadline: Instant) async throws(Failure) {
        try await channel.write(bytes, deadline: deadline)
    }

    /// Waits for the answer to a chunk.
    func answer(to chunk: String, deadline: Instant) async throws(Failure) {
        // Answers to what was given up may come first.
        for _ in 0..<1000 {
            let object = try await next(deadline)
            var reader = MessagePackReader(object.span)
            guard case .object(let map)? = try? reader.next() else {
                throw Failure(.unavailable, "the answer is none of Forward's")
            }
            if map["ack"] == .text(chunk) { return }
        }
        throw Failure(.unavailable, "the answer is to something else")
    }

    /// Ends the connection.
    func close() {
        channel.close()
    }

    /// Ends the connection so that what was sent still arrives.
    func leave() async {
        await channel.finishWriting(deadline: Loop.main.now + .seconds(1))
        channel.close()
    }

    private func greet(
        _ handshake: ForwardClientHandshake,
        _ deadline: Instant
    ) async throws(Failure) {
        var handshake = handshake
        let hello = try await next(deadline)
        guard let ping = handshake.answer(hello.span) else {
            throw Failure(
                .unavailable,
                "cannot log in at the Forward server",
                cause: "it does not speak Forward's handshake",
                remedy: "give it a shared key too, or do without here"
            )
        }
        try await channel.write(ping, deadline: deadline)
        let pong = try await next(deadline)
        if let refusal = handshake.refusal(pong.span) {
            throw Failure(.forbidden, "cannot log in at the Forward server", cause: refusal)
        }
    }

    private func next(_ deadline: Instant) async throws(Failure) -> [UInt8] {
        while true {
            do throws(MessagePackMistake) {
                if let object = try input.next() { return object }
            } catch {
                throw Failure(.unavailable, "the answer is malformed", cause: error.description)
            }
            let bytes = try await channel.read(upTo: 16_384, deadline: deadline)
            if bytes.isEmpty {
                throw Failure(.unavailable, "the connection ended", cause: "the server closed it")
            }
            input.append(bytes)
        }
    }
}
