/// One end of a connection as a PROXY protocol header names it.
public enum ProxyAddress: Hashable, Sendable {
    /// Not named.
    case none
    /// An internet address of 4 or 16 bytes, in network order.
    case internet(address: [UInt8], port: UInt16)
    /// The path of a Unix socket, possibly empty, without zero bytes at its end.
    case path([UInt8])
}
