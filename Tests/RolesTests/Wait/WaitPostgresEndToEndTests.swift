import Basics
import Glibc
import Postgres
import Reactor
import System
import TestKit
import Testing

@testable import Roles

/// `wait`, `probe` and `pg_isready` at real PostgreSQL servers.
@Suite("Waiting for PostgreSQL", .serialized, .timeLimit(.minutes(5)))
struct WaitPostgresEndToEndTests {
    @MainLoop private static func ask(_ url: String) async throws -> WaitMachine.Answer {
        await TargetCheck().ask(try WaitTarget(url), until: Loop.main.now + .seconds(5))
    }

    @MainLoop private static func isReady(_ words: [String]) async -> (Int32, String) {
        let heard = WaitStandInTests.Heard()
        guard case .code(let code) = await PgIsReady.run(words, [:], isCheck: false, heard.voice)
        else {
            return (-1, "")
        }
        return (code, heard.output)
    }

    /// The real program's code and line.
    private static func real(_ words: [String]) async throws -> (Int32, String) {
        let result = try await TestProgram.run(
            PostgresServers.binaries + "/pg_isready",
            words,
            environment: ["PGHOST": "", "PGPORT": ""]
        )
        return (result.code, result.output)
    }

    @Test func `servers, their roles and their states`() async throws {
        let servers = try await PostgresServers()
        try await servers.start("primary")
        let port = servers.ports["primary"] ?? 0
        let root = "postgres://postgres:secret@127.0.0.1:\(port)/postgres"
        #expect(try await Self.ask(root) == .there(""))
        #expect(try await Self.ask(root + "?sslmode=disable") == .there(""))
        let authority = servers.folder.file("tls.crt")
        #expect(
            try await Self.ask(root + "?sslmode=verify-ca&sslrootcert=\(authority)") == .there("")
        )
        #expect(try await Self.ask(root + "?sslmode=verify-full") != .there(""))
        guard case .missing(let wrong) = try await Self.ask(root.replacing("secret", with: "wrong"))
        else {
            Issue.record("any password will do")
            return
        }
        #expect(wrong.contains("28P01"), "\(wrong)")
        #expect(
            try await Self.ask(root.replacing(":secret", with: "") + "?check=login") == .there("")
        )
        guard
            case .missing(let gone) = try await Self.ask(root + "-none")
        else {
            Issue.record("any database will do")
            return
        }
        #expect(gone.contains("does not exist"), "\(gone)")

        try await servers.startStandby("standby", of: "primary")
        let second = servers.ports["standby"] ?? 0
        let standby = root.replacing(":\(port)", with: ":\(second)")
        #expect(try await Self.ask(root + "?role=primary") == .there(""))
        #expect(try await Self.ask(standby + "?role=standby") == .there(""))
        #expect(try await Self.ask(standby + "?role=primary") == .missing("it is a standby"))
        #expect(try await Self.ask(root + "?role=standby") == .missing("it is a primary"))
        let both = "postgres://postgres:secret@127.0.0.1:\(second),127.0.0.1:\(port)/postgres"
        #expect(try await Self.ask(both + "?role=read-write") == .there("127.0.0.1:\(port)"))
        #expect(try await Self.ask(both + "?role=prefer-standby") == .there("127.0.0.1:\(second)"))

        // The real program and this one say the same of servers that are there and gone.
        for words in [
            ["-h", "127.0.0.1", "-p", "\(port)"], ["-d", root],
            ["-h", "127.0.0.1", "-p", "\(port)", "-U", "nobody"],
        ] {
            let own = await Self.isReady(words)
            let other = try await Self.real(words)
            #expect(own.0 == other.0 && own.1 == other.1, "\(own) \(other)")
            #expect(own.0 == 0)
        }
        try await servers.stop("standby")
        try await servers.stop("primary")
        for words in [
            ["-h", "127.0.0.1", "-p", "\(port)"], ["-h", "/tmp", "-p", "5"],
            ["-q", "-h", "nosuch.invalid"],
        ] {
            let own = await Self.isReady(words)
            let other = try await Self.real(words)
            #expect(own.0 == other.0 && own.1 == other.1, "\(own) \(other)")
        }
        #expect(try await Self.ask(root) == .missing("connection refused"))
    }

    /// What a server says while it starts: it is there, and takes nobody.
    @Test @MainLoop func `a server that starts up rejects`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let fields = "SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
        let body = Array(fields.utf8)
        let answer = [UInt8(ascii: "E"), 0, 0, 0, UInt8(body.count + 4)] + body
        let serving = Task { @MainLoop in
            while let stream = try? await listener.accept() {
                Task { @MainLoop in
                    while let bytes = try? await stream.read(), !bytes.isEmpty {
                        // TLS is asked for first.
                        try? await stream.write(bytes.count == 8 ? [UInt8(ascii: "N")] : answer)
                    }
                }
            }
        }
        defer {
            serving.cancel()
            listener.close()
        }
        let (code, text) = await Self.isReady(["-h", "127.0.0.1", "-p", "\(listener.port)"])
        #expect(code == 1 && text == "127.0.0.1:\(listener.port) - rejecting connections\n")
        let url = "postgres://u@127.0.0.1:\(listener.port)/x"
        #expect(
            try await Self.ask(url) == .missing("the database system is starting up, code 57P03")
        )
        #expect(
            try await Self.ask(url + "?check=login")
                == .missing("the database system is starting up")
        )
    }

    @Test func `a wait through the start of a server`() async throws {
        let servers = try await PostgresServers()
        try await servers.start("primary")
        let port = servers.ports["primary"] ?? 0
        try await servers.stop("primary")
        async let waited = Self.wait([
            "postgres://postgres:secret@127.0.0.1:\(port)/postgres", "-t", "60s", "--interval",
            "50ms",
        ])
        try await servers.start("primary")
        let (code, said) = try await waited
        #expect(code == 0, "\(said)")
        #expect(said.first?.contains("waiting") == true)
    }

    @MainLoop private static func wait(_ words: [String]) async throws -> (Int32, [String]) {
        guard case .run(let invocation) = try CommandParser(WaitRole.role.spec).parse(words) else {
            return (-1, [])
        }
        var said: [String] = []
        let code = try await WaitRole.wait(WaitOptions(invocation, environment: [:]), [:]) {
            said.append($0)
        }
        return (code, said)
    }
}
