import Basics
import Testing

@testable import Proxying

@Suite struct PeerAddressTests {
    private static func text(_ address: PeerAddress) -> String {
        var buffer = ByteBuffer()
        address.write(into: &buffer)
        return String(copying: buffer.readable)
    }

    @Test(arguments: [
        ("10.1.2.3", "10.1.2.3", 0), ("10.1.2.3:80", "10.1.2.3", 80), ("::1", "::1", 0),
        ("[::1]:443", "::1", 443), ("[2001:db8::1]", "2001:db8::1", 0), ("::", "::", 0),
        ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1", 0), ("::ffff:1.2.3.4", "1.2.3.4", 0),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3", 0), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", 0),
        ("fe80::", "fe80::", 0), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7", 0),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221", 0),
    ])
    func `an address is read and written`(text: String, expected: String, port: Int) {
        let address = PeerAddress(Array(text.utf8).span)
        #expect(address.map(Self.text) == expected)
        #expect(address?.port == UInt16(port))
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.", ".1.2.3", "a.b.c.d", "1.2.3.4:99999", ":1",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1::2", "12345::", "::g", "1:2:3:4:5:6:7::8",
        "localhost", "unknown", ":", "1:", "1.2.3.4:",
    ])
    func `what is no address is none`(text: String) {
        let address = PeerAddress(Array(text.utf8).span)
        #expect(address == nil)
    }

    @Test(arguments: [
        ("10.0.0.0", 8, "10.255.1.1", true), ("10.0.0.0", 8, "11.0.0.1", false),
        ("0.0.0.0", 0, "1.2.3.4", true), ("0.0.0.0", 0, "::1", false),
        ("192.168.1.128", 25, "192.168.1.200", true), ("192.168.1.128", 25, "192.168.1.1", false),
        ("1.2.3.4", 32, "1.2.3.4", true), ("1.2.3.4", 32, "1.2.3.5", false),
        ("2001:db8::", 32, "2001:db8:1::1", true), ("2001:db8::", 32, "2001:db9::", false),
        ("2001:db8::", 65, "2001:db8::1", true), ("2001:db8::", 65, "2001:db8::8000:0:0:0", false),
        ("::1", 128, "::1", true), ("::1", 128, "::2", false), ("::", 0, "::5", true),
    ])
    func `a range holds its addresses`(range: String, length: Int, text: String, isIn: Bool) {
        guard let first = PeerAddress(Array(range.utf8).span),
            let address = PeerAddress(Array(text.utf8).span)
        else {
            Issue.record("no address")
            return
        }
        let words = [first.high, first.low]
        var bytes = words.flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
        if first.family == .v4 { bytes = Array(bytes.prefix(4)) }
        let test = AddressTest(AddressRange(address: bytes, prefixLength: length))
        #expect(address.isIn(test) == isIn)
        #expect(!PeerAddress().isIn(test))
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("10.1.1.1", true), ("172.16.0.1", true), ("172.32.0.1", false),
        ("192.168.0.1", true), ("192.169.0.1", false), ("8.8.8.8", false), ("::1", true),
        ("fd00::1", true), ("fe80::1", false), ("2001:db8::1", false),
    ])
    func `private networks are inside`(text: String, isInternal: Bool) {
        let address = PeerAddress(Array(text.utf8).span)
        #expect(address?.isInternal == isInternal)
    }

    @Test func `any address comes back`() {
        let seed: UInt64 = 12
        var random = RandomSource(seed: seed)
        for round in 0..<2000 {
            var bytes = (0..<16).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            // Runs of zeros are what is hard.
            for _ in 0..<random.below(4) {
                let start = random.below(16)
                for index in start..<min(16, start + random.below(8)) { bytes[index] = 0 }
            }
            let address = PeerAddress(bytes: bytes)
            let text = Self.text(address)
            let back = PeerAddress(Array(text.utf8).span)
            #expect(back == address, "seed \(seed) round \(round): \(text)")
        }
    }
}
