import Basics
import HTTP

extension Endpoints {
    /// Takes the ends of a connection as a PROXY header names them.
    func take(_ header: ProxyHeader) {
        if case .internet(let bytes, let port) = header.source {
            address = PeerAddress(bytes: bytes, port: port)
            (client, peer) = Self.texts(address)
        }
        if case .internet(let bytes, let port) = header.destination {
            own = PeerAddress(bytes: bytes, port: port)
            localPort = port
            local = Self.texts(own).withPort
        }
    }

    /// The header of the PROXY protocol that tells a host of the connection.
    func proxyHeader(version: Int) -> [UInt8] {
        ProxyHeader(source: ProxyAddress(peer), destination: ProxyAddress(local))
            .bytes(version: version)
    }

    /// An address without and with its port.
    private static func texts(_ address: PeerAddress) -> (plain: [UInt8], withPort: [UInt8]) {
        var buffer = ByteBuffer()
        address.write(into: &buffer)
        let plain = Array(copying: buffer.readable)
        let isLong = address.family == .v6
        var whole = isLong ? [UInt8(ascii: "[")] + plain + [UInt8(ascii: "]")] : plain
        whole += Array(":\(address.port)".utf8)
        return (plain, whole)
    }
}

extension ProxyHeader {
    /// The header as it goes over the wire.
    func bytes(version: Int) -> [UInt8] {
        var buffer = ByteBuffer()
        if version == 1 {
            encodeVersion1(into: &buffer)
        } else {
            encodeVersion2(into: &buffer)
        }
        return Self.copy(buffer)
    }

    private static func copy(_ buffer: borrowing ByteBuffer) -> [UInt8] {
        Array(copying: buffer.readable)
    }
}
