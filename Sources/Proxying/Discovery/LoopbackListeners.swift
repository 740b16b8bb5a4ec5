internal import Basics
internal import Reactor
internal import System

/// Who listens on a port of the own loopback addresses.
///
/// `localhost` is two addresses, and most applications listen at one of them. The kernel's table of
/// sockets tells which without a connection that the application would see.
struct LoopbackListeners: Sendable, Equatable {
    /// Whether `127.0.0.1` answers.
    var v4 = false
    /// Whether `::1` answers.
    var v6 = false

    init(v4: Bool = false, v6: Bool = false) {
        self.v4 = v4
        self.v6 = v6
    }

    /// Reads `/proc/net/tcp` and `/proc/net/tcp6`, where sockets that listen come first.
    init(port: UInt16, folder: String = "/proc/net") {
        func read(_ name: String) -> [UInt8] {
            (try? Files.read(folder + "/" + name, from: 0, count: Self.window)) ?? []
        }
        self.init(port: port, v4: read("tcp"), v6: read("tcp6"))
    }

    init(port: UInt16, v4 table: [UInt8], v6 other: [UInt8]) {
        v4 = Self.listens(table, port, ["00000000", "0100007F"])
        // A socket for all addresses of IPv6 takes IPv4 as well, unless it says otherwise.
        let all = String(repeating: "0", count: 32)
        v6 = Self.listens(other, port, [all, String(repeating: "0", count: 24) + "01000000"])
    }

    /// The address to use; the other one only if it alone answers.
    func choose(_ family: ClusterSettings.Family, before: SocketAddress?) -> [SocketAddress] {
        let four = SocketAddress(number: "127.0.0.1", port: 0)
        let six = SocketAddress(number: "::1", port: 0)
        let chosen: SocketAddress? =
            switch family {
            case .v4: four
            case .v6: six
            case .auto, .all, .v4Preferred:
                if v4 == v6 {
                    // Both or none: what was used, else what more applications listen at.
                    before ?? four
                } else {
                    v4 ? four : six
                }
            }
        return [chosen].compactMap(\.self)
    }

    /// Whether nobody listens, or nobody can tell.
    var isNone: Bool { !v4 && !v6 }

    /// Several hundred sockets.
    private static let window = 64 * 1024

    private static func listens(_ table: [UInt8], _ port: UInt16, _ hosts: [String]) -> Bool {
        let digits = String(port, radix: 16, uppercase: true)
        let wanted = String(repeating: "0", count: 4 - digits.utf8.count) + digits
        for line in table.split(separator: UInt8(ascii: "\n")).dropFirst() {
            let words = line.split(separator: UInt8(ascii: " "))
            guard words.count > 3 else { continue }
            guard words[3].elementsEqual("0A".utf8) else { break }
            let place = words[1].split(separator: UInt8(ascii: ":"))
            guard place.count == 2, place[1].elementsEqual(wanted.utf8) else { continue }
            if hosts.contains(where: { place[0].elementsEqual($0.utf8) }) { return true }
        }
        return false
    }
}
