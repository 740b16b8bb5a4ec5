import Basics
import HTTP

extension ProxyAddress {
    /// The address of a text like `10.0.0.1:80` or `[::1]:80`; none of anything else.
    init(_ text: [UInt8]) {
        guard let address = PeerAddress(text.span), address.family != .none else {
            self = .none
            return
        }
        self = .internet(address: address.bytes, port: address.port)
    }
}

extension PeerAddress {
    /// The 4 or 16 bytes in the order of the network; none without an address.
    fileprivate var bytes: [UInt8] {
        func bytes(_ word: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
        return switch family {
        case .none: []
        case .v4: bytes(high, 4)
        case .v6: bytes(high, 8) + bytes(low, 8)
        }
    }
}
