import Basics
import Reactor
import System
import TestKit
import Testing

@testable import Proxying

@Suite("Loopback listeners") struct LoopbackListenersTests {
    private static let head = "  sl  local_address rem_address   st tx_queue rx_queue\n"
    private static let none = "00000000:0000"
    private static let six = String(repeating: "0", count: 32)

    private static func table(_ lines: [(String, String)]) -> [UInt8] {
        Array((head + lines.map { "   0: \($0.0) \(none) \($0.1) 0\n" }.joined()).utf8)
    }

    @Test(arguments: [
        ("00000000:1F90", "0A", true), ("0100007F:1F90", "0A", true),
        ("0100007F:1F91", "0A", false), ("0A00000A:1F90", "0A", false),
        ("0100007F:1F90", "01", false),
    ])
    func `a table of IPv4 tells who listens`(_ place: String, _ state: String, _ listens: Bool) {
        let found = LoopbackListeners(port: 8080, v4: Self.table([(place, state)]), v6: [])
        #expect(found == LoopbackListeners(v4: listens, v6: false))
    }

    @Test func `a table of IPv6 tells who listens, and only until the first connection`() {
        let all = Self.six + ":0050"
        #expect(LoopbackListeners(port: 80, v4: [], v6: Self.table([(all, "0A")])).v6)
        let loopback = String(Self.six.dropLast(8)) + "01000000:0050"
        #expect(LoopbackListeners(port: 80, v4: [], v6: Self.table([(loopback, "0A")])).v6)
        let later = Self.table([(Self.six + ":0051", "0A"), (all, "01"), (all, "0A")])
        #expect(LoopbackListeners(port: 80, v4: [], v6: later).isNone)
        #expect(LoopbackListeners(port: 80, v4: [1, 2], v6: Array("x y z\n".utf8)).isNone)
    }

    @Test(arguments: [
        (LoopbackListeners(v4: true), ClusterSettings.Family.auto, nil as String?, "127.0.0.1"),
        (LoopbackListeners(v6: true), .auto, nil, "::1"),
        (LoopbackListeners(v6: true), .auto, "127.0.0.1", "::1"),
        (LoopbackListeners(v4: true, v6: true), .auto, "::1", "::1"),
        (LoopbackListeners(), .auto, nil, "127.0.0.1"),
        (LoopbackListeners(), .auto, "::1", "::1"),
        (LoopbackListeners(v6: true), .v4, nil, "127.0.0.1"),
        (LoopbackListeners(v4: true), .v6, nil, "::1"),
    ])
    func `the address that answers is chosen`(
        _ seen: LoopbackListeners,
        _ family: ClusterSettings.Family,
        _ before: String?,
        _ chosen: String
    ) {
        let known = before.flatMap { SocketAddress(number: $0, port: 0) }
        #expect(seen.choose(family, before: known).map(\.host) == [chosen])
    }

    @Test @MainLoop func `the kernel's own tables are read`() throws {
        // Other tests may take a port as soon as it is free: one of many is enough.
        var sawClosed = false
        for _ in 0..<20 {
            let four = try StreamListener.listen(host: "127.0.0.1", port: 0)
            let port = four.port
            #expect(LoopbackListeners(port: port).v4)
            four.close()
            sawClosed = sawClosed || !LoopbackListeners(port: port).v4
        }
        #expect(sawClosed)
        if let six = try? StreamListener.listen(host: "::1", port: 0) {
            #expect(LoopbackListeners(port: six.port).v6)
            six.close()
        }
    }
}
