import Basics
import Security
import TestKit
import Testing

@Suite struct HelloSnifferTests {
    private func look(_ bytes: [UInt8]) -> HelloSniffer.Finding {
        HelloSniffer.look(bytes.span)
    }

    private func hello(_ name: String?, _ protocols: [String]) throws -> [UInt8] {
        let options = TLSClientOptions(trust: nil, choices: TLSChoices(protocols: protocols))
        return TLSPair.hello(
            try TLSEngine(client: TLSClientContext(options), serverName: name)
        )
    }

    /// The same hello in records of so many bytes.
    private func cut(_ hello: [UInt8], _ piece: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        let message = Array(hello.dropFirst(5))
        for start in stride(from: 0, to: message.count, by: piece) {
            let part = message[start..<min(start + piece, message.count)]
            bytes += [0x16, 3, 1, UInt8(part.count >> 8), UInt8(part.count & 255)] + part
        }
        return bytes
    }

    @Test(arguments: [
        ("Shop.Example.test" as String?, ["h2", "http/1.1"]), (nil, ["h2"]), ("a.test", []),
        (nil, []),
        ("127.0.0.1", ["x"]),
    ])
    func `the hello of OpenSSL is understood, however it is cut`(
        name: String?,
        protocols: [String]
    ) throws {
        let bytes = try hello(name, protocols)
        // An address is no server name.
        let shown = name == "127.0.0.1" ? nil : name?.lowercased()
        let wanted = HelloSniffer.Finding.hello(TLSHello(serverName: shown, protocols: protocols))
        #expect(look(bytes) == wanted)
        for count in 0..<bytes.count {
            #expect(look(Array(bytes.prefix(count))) == .needsMore)
        }
        for piece in [40, 100, 250] {
            let bytes = cut(bytes, piece)
            #expect(look(bytes) == wanted)
            for count in 0..<bytes.count {
                #expect(look(Array(bytes.prefix(count))) == .needsMore)
            }
        }
        #expect(look((bytes + [0x17, 9, 9])) == wanted)
    }

    @Test(arguments: ["GET / HTTP/1.1", "\u{0}", "PRI * HTTP/2.0", "\u{16}\u{1}", "SSH-2.0-x"])
    func `what does not begin like TLS is none`(text: String) {
        #expect(look(Array(text.utf8)) == .notTLS)
    }

    /// A hello of given extensions, in one record.
    private func made(_ extensions: [UInt8], suites: [UInt8] = [0, 2, 0x13, 1]) -> [UInt8] {
        var body: [UInt8] = [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + suites + [1, 0]
        body += [UInt8(extensions.count >> 8), UInt8(extensions.count & 255)] + extensions
        let message: [UInt8] = [1, 0, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
        return [0x16, 3, 1, UInt8(message.count >> 8), UInt8(message.count & 255)] + message
    }

    @Test func `broken hellos are refused`() {
        let name: [UInt8] = [0, 0, 0, 6, 0, 4, 0, 0, 1, 97]
        #expect(
            look(made(name))
                == .hello(TLSHello(serverName: "a", protocols: []))
        )
        let table: [([UInt8], String)] = [
            (made(name + name), "an extension comes twice"),
            (made([0, 0, 0, 6, 0, 4, 0, 0, 2, 97]), "a length reaches too far"),
            (made([0, 0, 0, 6, 0, 4, 1, 0, 1, 97]), "the server name is of an unknown kind"),
            (made([0, 0, 0, 6, 0, 4, 0, 0, 1, 0]), "the server name has forbidden characters"),
            (made([0, 0, 0, 5, 0, 3, 0, 0, 0]), "the server name is broken"),
            (made([0, 16, 0, 3, 0, 1, 0]), "a protocol has no name"),
            (made([0, 16, 0, 2, 0, 0]), "the list of protocols is broken"),
            (made([0, 16, 0, 9]), "a length reaches too far"),
            (made([], suites: [0, 1, 0]), "the list of cipher suites is broken"),
            ([0x16, 3, 1, 0, 0], "a record has an impossible length"),
            ([0x16, 3, 1, 0xff, 0xff], "a record has an impossible length"),
            ([0x16, 3, 9, 0, 4], "a record has an unknown version"),
            ([0x16, 3, 1, 0, 4, 2, 0, 0, 0], "no hello comes first"),
            ([0x16, 3, 1, 0, 4, 1, 1, 0, 0], "the hello is too long"),
            (
                [0x16, 3, 1, 0, 1, 1, 0x15, 3, 1, 0, 1],
                "another record comes before the end of the hello"
            ),
            (
                cut([0, 0, 0, 0, 0, 1, 0, 0x40] + [UInt8](repeating: 0, count: 99), 1),
                "the hello is cut too small"
            ),
        ]
        for (bytes, text) in table {
            #expect(look(bytes) == .malformed(text))
        }
    }

    @Test func `no bytes make it ask for more for ever, and none make it fail`() throws {
        var random = SeededGenerator(seed: 7)
        let good = try hello("shop.test", ["h2"])
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            _ = look(bytes)
        }
        for fill: UInt8 in [0, 1, 0x16, 0xff] {
            let header: [UInt8] = [0x16, 3, 1, 0x40, 0]
            var bytes: [UInt8] = []
            while bytes.count < HelloSniffer.bytesMaximum {
                bytes += header + [1, 0, 0x3f, 0xff] + [UInt8](repeating: fill, count: 0x3ffc)
            }
            #expect(look(bytes) != .needsMore)
        }
    }
}
