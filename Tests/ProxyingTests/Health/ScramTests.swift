import Formats
import Security
import Testing

@testable import Proxying

@Suite("SCRAM and PostgreSQL's messages") struct ScramTests {
    /// The example of RFC 7677, section 3, with the user left out as PostgreSQL does.
    @Test func `keys are derived as the RFC has it`() throws {
        let salt = try #require(Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
        let key = KeyDerivation.pbkdf2(password: Array("pencil".utf8), salt: salt, iterations: 4096)
        let server = MessageAuthentication.sha256(key: key, message: Array("Server Key".utf8))
        let text =
            "n=user,r=rOprNGfwEbeRWgbNEkqO,"
            + "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            + "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
            + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
        let signature = MessageAuthentication.sha256(key: server, message: Array(text.utf8))
        #expect(Base64.encode(signature) == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    }

    private func challenge(_ text: String, most: Int = 10_000) -> Bool {
        var exchange = ScramExchange(password: "x", nonce: "abc")
        return exchange.take(Array(text.utf8), iterationsMaximum: most)
    }

    @Test func `challenges that cannot be right are refused`() {
        #expect(challenge("r=abcdef,s=c2FsdA==,i=4096"))
        #expect(!challenge("r=abc,s=c2FsdA==,i=4096"))
        #expect(!challenge("r=xyz,s=c2FsdA==,i=4096"))
        #expect(!challenge("r=abcdef,s=!,i=4096"))
        #expect(!challenge("r=abcdef,s=c2FsdA==,i=0"))
        #expect(!challenge("r=abcdef,s=c2FsdA==,i=10001"))
        #expect(!challenge("r=abcdef,s=c2FsdA==,i=-1"))
        #expect(!challenge(""))
        let fresh = ScramExchange(password: "x")
        #expect(!fresh.verify(Array("v=".utf8)))
    }

    @Test func `messages are read and written`() {
        let login = PostgresLogin(user: "u", password: nil, database: nil)
        #expect(
            PostgresMessage.startup(login, isComplete: false)
                == [0, 0, 0, 16, 0, 3, 0, 0] + Array("user".utf8) + [0] + Array("u".utf8) + [0, 0]
        )
        let row = PostgresMessage(
            kind: 0,
            body: [0, 3, 0, 0, 0, 1, 102, 255, 255, 255, 255, 0, 0, 0, 0]
        )
        #expect(row.row == ["f", nil, ""])
        #expect(PostgresMessage(kind: 0, body: [0, 1, 0, 0, 0, 9, 1]).row == nil)
        #expect(PostgresMessage(kind: 0, body: []).row == nil)
        let error = Array("SFATAL\0C28000\0Mno entry\0\0".utf8)
        #expect(PostgresMessage(kind: 0, body: error).problem == "no entry (28000)")
        // `md5` of PostgreSQL's own documentation: concat('md5', md5(md5(password || user) || salt)).
        let text = PostgresMessage.md5("u", "p", salt: [1, 2, 3, 4])
        #expect(text.hasPrefix("md5") && text.utf8.count == 35)
    }
}
