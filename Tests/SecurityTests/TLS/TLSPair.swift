import Basics
import Security
import Testing

/// Both sides of a TLS connection in memory.
final class TLSPair {
    let client: TLSEngine
    let server: TLSEngine
    private var toServer = ByteBuffer()
    private var toClient = ByteBuffer()
    private var clientInput = ByteBuffer()
    private var serverInput = ByteBuffer()

    init(client: TLSEngine, server: TLSEngine) {
        self.client = client
        self.server = server
    }

    /// How a handshake ended: nil is well.
    struct Ending: Equatable {
        var client: String?
        var server: String?
        var isFine: Bool { client == nil && server == nil }
    }

    /// Goes on until both sides agree or one fails, and takes what follows the handshake.
    func shake() -> Ending {
        var ending = Ending()
        for _ in 0..<20 {
            let one = client.handshake(&toClient, out: &toServer)
            let other = server.handshake(&toServer, out: &toClient)
            if case .failed(let why) = one { ending.client = why }
            if case .failed(let why) = other { ending.server = why }
            if !ending.isFine { return ending }
            if one == .done, other == .done {
                take(&ending)
                return ending
            }
        }
        Issue.record("the handshake does not end")
        return ending
    }

    /// Takes what follows the handshake: tickets, and alerts about the client's certificate.
    private func take(_ ending: inout Ending) {
        let other = server.open(&toServer, plain: &serverInput, out: &toClient)
        let one = client.open(&toClient, plain: &clientInput, out: &toServer)
        if case .failed(let why) = one { ending.client = why }
        if case .failed(let why) = other { ending.server = why }
    }

    /// Carries a message from the client to the server and back.
    func echo(_ text: StaticString) -> Bool {
        var message = ByteBuffer()
        message.append(text)
        let count = message.count
        guard client.seal(&message, out: &toServer) == count,
            server.open(&toServer, plain: &serverInput, out: &toClient) == .open,
            serverInput.count == count,
            server.seal(&serverInput, out: &toClient) == count,
            client.open(&toClient, plain: &clientInput, out: &toServer) == .open
        else { return false }
        defer { clientInput.removeAll() }
        return clientInput.count == count
    }

    /// Gives one side bytes as if the other had sent them.
    func inject(toServer bytes: [UInt8]) { toServer.append(bytes.span) }

    /// The client's first flight.
    static func hello(_ client: TLSEngine) -> [UInt8] {
        var nothing = ByteBuffer()
        var out = ByteBuffer()
        _ = client.handshake(&nothing, out: &out)
        return copy(out)
    }

    private static func copy(_ buffer: borrowing ByteBuffer) -> [UInt8] {
        var bytes: [UInt8] = []
        let span = buffer.readable
        for index in 0..<span.count { bytes.append(span[index]) }
        return bytes
    }
}

extension TLSIdentity {
    init(_ leaf: some TLSPEM, path: String = "") {
        self.init(
            certificates: leaf.certificate,
            privateKey: leaf.privateKey,
            certificatesPath: path.isEmpty ? "" : path + ".crt",
            privateKeyPath: path.isEmpty ? "" : path + ".key"
        )
    }
}

/// A certificate with its key.
protocol TLSPEM {
    var certificate: String { get }
    var privateKey: String { get }
}
