import Foundation
import TestKit
import Testing

/// What the small roles leave behind when they are ended in the middle of their work.
@Suite("RoleEndsEndToEnd", .serialized, .timeLimit(.minutes(5)))
struct RoleEndsEndToEndTests {
    // MARK: migrate-guard

    @Test func `a guard that is killed lets the next one go on, and takes its command with it`()
        async throws
    {
        let servers = try await PostgresServers()
        try await servers.start("primary")
        let folder = try TemporaryDirectory()
        let port = servers.ports["primary"] ?? 0
        let url = "postgres://postgres:secret@127.0.0.1:\(port)/postgres?sslmode=require"
        func guarded(_ script: String) throws -> TestProgram {
            let words = ["migrate-guard", "-d", url, "--lock-retry", "50ms", "--"]
            return try TestProgram(EndToEnd.binary(), words + ["sh", "-c", script])
        }
        let pid = folder.file("pid")
        let first = try guarded("echo $$ > \(pid).new; mv \(pid).new \(pid); exec sleep 300")
        try await eventually(within: .seconds(20), "the first has the lock: \(first.errors)") {
            FileManager.default.fileExists(atPath: pid)
        }
        let command = try #require(Int32(try folder.text(of: "pid").split(separator: "\n")[0]))
        let second = try guarded("echo migrated")
        try await eventually(within: .seconds(20), "the second waits") {
            second.errors.contains("another has the lock")
        }
        #expect(second.poll() == nil && second.output.isEmpty)
        first.signal(SIGKILL)
        #expect(try await first.wait(within: .seconds(5)).ending == .signalled(SIGKILL))
        let result = try await second.wait(within: .seconds(10))
        #expect(result.succeeded && result.output == "migrated\n", "\(result.errors)")
        // Two that migrate at once are what nobody wants. Who reaps the orphan is not ours to say.
        let state = try await TestProgram.run("ps", ["-o", "stat=", "-p", "\(command)"]).output
        #expect(state.isEmpty || state.hasPrefix("Z"), "\(state)")
        let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        try await eventually(within: .seconds(5), "the lock is given back") {
            try await servers.query("primary", locks) == "0"
        }
    }

    // MARK: fetch

    /// A server that takes a minute for a file.
    private static func slowServer(_ folder: TemporaryDirectory) async throws -> (
        server: TestProgram, url: String
    ) {
        let port = try FreePort.find()
        try folder.write([UInt8](repeating: 0x61, count: 6 << 20), to: "www/large")
        try folder.write(
            """
            daemon off; master_process off; pid \(folder.file("nginx.pid")); error_log stderr;
            events {}
            http { access_log off; server { listen 127.0.0.1:\(port); limit_rate 100k;
                   root \(folder.file("www")); } }
            """,
            to: "nginx.conf"
        )
        let server = try TestProgram("nginx", ["-c", folder.file("nginx.conf")])
        let url = "http://127.0.0.1:\(port)/large"
        try await eventually(within: .seconds(20), "the server answers") {
            try await TestProgram.run("curl", ["-sfI", url]).succeeded
        }
        return (server, url)
    }

    @Test(
        arguments: [
            (["fetch", "-o", "OUT", "URL"], 143),
            (["fetch", "--every", "1h", "-o", "OUT", "URL"], 0),
            (["fetch", "--as", "curl", "--", "-sSf", "-o", "OUT", "URL"], 143),
            (["fetch", "--as", "sh", "--", "-c", "curl -s -o OUT URL"], 143),
        ] as [([String], Int32)]
    )
    func `a fetch that is ended leaves no part of a file`(_ words: [String], _ code: Int32)
        async throws
    {
        let folder = try TemporaryDirectory()
        let (server, url) = try await Self.slowServer(folder)
        defer { server.signal(SIGTERM) }
        try folder.write("what was there", to: "volume/out")
        let line = words.map {
            $0.replacing("OUT", with: folder.file("volume/out")).replacing("URL", with: url)
        }
        let program = try TestProgram(EndToEnd.binary(), line)
        // Bytes have come: the part lies beside the file that it will be.
        try await eventually(within: .seconds(10), "the download is on its way") {
            try Self.files(of: folder).values.contains { $0 > 50_000 }
        }
        program.signal(SIGTERM)
        let result = try await program.wait(within: .seconds(5))
        #expect(result.code == code, "\(result.errors)")
        #expect(try folder.text(of: "volume/out") == "what was there")
        let left = try Self.files(of: folder)
        #expect(left.count == 1, "\(left)")
    }

    /// The files of the volume, with their sizes.
    private static func files(of folder: TemporaryDirectory) throws -> [String: Int] {
        let volume = folder.file("volume")
        let names = try FileManager.default.contentsOfDirectory(atPath: volume)
        return names.reduce(into: [:]) { sizes, name in
            let status = try? FileManager.default.attributesOfItem(atPath: volume + "/" + name)
            sizes[name] = (status?[.size] as? Int) ?? 0
        }
    }
}
