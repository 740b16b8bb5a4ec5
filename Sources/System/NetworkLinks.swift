import CLinux
import Glibc

/// What little the engine itself asks of the kernel's network, beside the CNI plugins.
public enum NetworkLinks {
    /// The machine's own addresses, the one that its packets to the outside come from.
    ///
    /// IPv4 first, then IPv6; empty without any route to the outside.
    public static func outwardAddresses() -> [String] {
        [AF_INET, AF_INET6].compactMap { family in
            var text = [CChar](repeating: 0, count: 64)
            guard unsafe remora_outward_address(family, &text, text.count) == 0 else { return nil }
            return String(
                decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
                as: UTF8.self
            )
        }
    }

    /// Makes a bridge with an IPv4 address and brings it up; one that is there is used.
    ///
    /// The `address` is a number whose first octet is the highest; of a network, `prefix` bits are fixed.
    ///
    /// - Throws: `EPERM` without CAP_NET_ADMIN.
    public static func makeBridge(
        _ name: String,
        address: UInt32,
        prefix: Int
    ) throws(SystemError) {
        let mask = prefix == 0 ? 0 : UInt32.max << UInt32(32 - prefix)
        let error = unsafe remora_bridge_make(name, address.bigEndian, mask.bigEndian)
        guard error != 0 else { return }
        throw SystemError(error, "make bridge", name)
    }

    /// Removes a bridge; returns whether there was one.
    ///
    /// - Throws: `EPERM` without CAP_NET_ADMIN.
    @discardableResult
    public static func removeBridge(_ name: String) throws(SystemError) -> Bool {
        let error = unsafe remora_bridge_remove(name)
        if error == 0 { return true }
        if error == ENODEV { return false }
        throw SystemError(error, "remove bridge", name)
    }
}
