import TestKit
import Testing

@testable import Postgres

@Suite("PostgreSQL's protocol") struct PostgresProtocolTests {
    private static func message(_ kind: Character, _ body: [UInt8]) -> [UInt8] {
        let count = UInt8(body.count + 4)
        return Array(String(kind).utf8) + [0, 0, 0, count] + body
    }

    @Test func `messages are found however they come`() throws {
        let all = Self.message("R", [0, 0, 0, 0]) + Self.message("Z", [0x49])
        for pieces in ChunkVerifier.cuts(of: all) {
            var decoder = PostgresDecoder()
            var found: [PostgresMessage] = []
            for piece in pieces {
                decoder.append(piece)
                while let message = try decoder.next() { found.append(message) }
            }
            #expect(found.map(\.kind) == [0x52, 0x5A])
            #expect(found.map(\.body) == [[0, 0, 0, 0], [0x49]])
        }
    }

    @Test func `what is no PostgreSQL is refused`() {
        var decoder = PostgresDecoder()
        decoder.append(Array("HTTP/1.1 400 Bad Request\r\n".utf8))
        #expect(throws: PostgresDecoder.Mistake.self) { try decoder.next() }
    }

    @Test(arguments: [
        ("22P02", true), ("23505", true), ("42P01", false), ("53100", false), ("57P01", false),
        ("40001", false), ("08006", false),
    ])
    func `an error concerns the data or the server`(_ code: String, _ concernsData: Bool) {
        let body = Array("SERROR".utf8) + [0] + Array("C\(code)".utf8) + [0, 0x4D, 0x78, 0, 0]
        let error = PostgresError(PostgresMessage(kind: 0x45, body: body))
        #expect(error.code == code)
        #expect(error.message == "x")
        #expect(error.concernsData == concernsData)
        #expect(error.sentence == "x, code \(code)")
    }

    /// The example of RFC 7677, section 3, with the user that PostgreSQL does not send.
    @Test func `a password is proved without being told`() throws {
        var client = ScramClient(password: "pencil", nonce: "rOprNGfwEbeRWgbNEkqO")
        #expect(client.first == "n,,n=,r=rOprNGfwEbeRWgbNEkqO")
        let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
        let challenge = "r=\(nonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        let answer = client.answer(challenge.utf8)
        let text = try #require(answer)
        #expect(text.hasPrefix("c=biws,r=\(nonce),p="))
        #expect(!client.accepts("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8))
    }

    @Test(arguments: [
        "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "r=abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "r=abcd,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0", "r=abcd,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=999999999",
        "r=abcd,i=4096", "", "m=x,r=abcd,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "s=W22ZaJ0SNY7soEsUEjb6gQ==,r=abcd,i=4096", "r=abcd,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=+5",
        "r=abcd,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=", "r=abcd,s=W22ZaJ0SNY7soEsUEjb6gQ=,i=4096",
        "r=abcä,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    ])
    func `a challenge that is none is not answered`(_ challenge: String) {
        var client = ScramClient(password: "x", nonce: "abc")
        let answer = client.answer(challenge.utf8)
        #expect(answer == nil)
    }

    private static func row(_ values: [String?]) -> [UInt8] {
        var body: [UInt8] = [0, UInt8(values.count)]
        for value in values {
            guard let value else {
                body += [255, 255, 255, 255]
                continue
            }
            body += [0, 0, 0, UInt8(value.utf8.count)] + Array(value.utf8)
        }
        return body
    }

    @Test(arguments: [[], ["a"], ["a", nil, ""], [nil], ["ä", "b"]] as [[String?]])
    func `rows are taken apart, and every cut of one is none`(_ values: [String?]) {
        let body = Self.row(values)
        #expect(PostgresMessage(kind: 0x44, body: body).row == values)
        for count in 0..<body.count {
            #expect(PostgresMessage(kind: 0x44, body: Array(body.prefix(count))).row == nil)
        }
        #expect(PostgresMessage(kind: 0x44, body: body + [0]).row == nil)
        #expect(PostgresMessage(kind: 0x45, body: body).row == nil)
    }

    @Test(arguments: [[], ["a"], ["count", "?column?"]]) func `columns have names`(
        _ names: [String]
    ) {
        var body: [UInt8] = [0, UInt8(names.count)]
        for name in names { body += Array(name.utf8) + [0] + [UInt8](repeating: 1, count: 18) }
        #expect(PostgresMessage(kind: 0x54, body: body).columns == names)
        for count in 0..<body.count {
            #expect(PostgresMessage(kind: 0x54, body: Array(body.prefix(count))).columns == nil)
        }
    }
}
