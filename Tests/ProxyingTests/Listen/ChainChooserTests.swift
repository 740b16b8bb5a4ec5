import Security
import Testing

@testable import Proxying

@Suite struct ChainChooserTests {
    private static func chain(_ match: ChainMatch) -> FilterChain {
        FilterChain(match: match, handler: .tcp(TunnelSettings(clusters: [])))
    }

    private static let chooser = ChainChooser([
        chain(ChainMatch(serverNames: ["*.example.com"])),
        chain(ChainMatch(serverNames: ["api.example.com"])),
        chain(ChainMatch(serverNames: ["*.b.example.com"], applicationProtocols: ["h2"])),
        chain(ChainMatch(serverNames: ["*.b.example.com"])),
        chain(
            ChainMatch(
                isTLS: false,
                sources: [AddressRange(address: [10, 0, 0, 0], prefixLength: 8)]
            )
        ),
        chain(ChainMatch(destinationPort: 8443)),
    ])

    @Test(
        arguments: [
            ("www.example.com", [], 1), ("api.example.com", [], 1), ("x.b.example.com", ["h2"], 2),
            ("x.b.example.com", ["http/1.1"], 3), ("example.com", [], -1), ("other.org", [], -1),
        ] as [(String, [String], Int)]
    )
    func `the most exact name wins`(name: String, protocols: [String], place: Int) {
        let expected = name == "www.example.com" ? 0 : place
        let found = Self.chooser.choose(
            hello: TLSHello(serverName: name, protocols: protocols),
            port: 443,
            peer: PeerAddress(bytes: [192, 0, 2, 1]),
            own: PeerAddress()
        )
        #expect((found ?? -1) == expected)
    }

    @Test(
        arguments: [
            ([10, 1, 2, 3], 80, 4), ([11, 1, 2, 3], 80, -1), ([11, 1, 2, 3], 8443, 5),
        ] as [([UInt8], UInt16, Int)]
    )
    func `plain connections are chosen by address and port`(
        peer: [UInt8],
        port: UInt16,
        place: Int
    ) {
        let found = Self.chooser.choose(
            hello: nil,
            port: port,
            peer: PeerAddress(bytes: peer),
            own: PeerAddress()
        )
        #expect((found ?? -1) == place)
    }

    @Test func `only chains that ask for it need the first bytes`() {
        #expect(Self.chooser.needsHello)
        #expect(!ChainChooser([Self.chain(ChainMatch(destinationPort: 80))]).needsHello)
    }
}
