import Basics
import Glibc
import System

/// PostgreSQL servers of a test's own.
///
/// They listen on 127.0.0.1, speak TLS, and have the user `postgres` with the password `secret`.
public final class PostgresServers {
    /// Where the programs are.
    public static let binaries = "/usr/lib/postgresql/15/bin"
    /// Whether they are there.
    public static var isInstalled: Bool { Files.exists(binaries + "/initdb") }

    /// Servers refuse to run as root; the program is replaced, so that signals reach the server.
    private static let user = ["--reuid=postgres", "--regid=postgres", "--init-groups"]

    /// Where their data and the certificate `tls.crt` are.
    public let folder: TemporaryDirectory
    private var programs: [String: TestProgram] = [:]
    /// Their ports, by name.
    public private(set) var ports: [String: UInt16] = [:]

    /// Makes the data of a server, `primary`.
    ///
    /// - Throws: `TestProgram.Problem` if a program is missing or fails.
    public init() async throws {
        folder = try TemporaryDirectory()
        let identity = try await TestCertificate()
        try folder.write(identity.certificate, to: "tls.crt")
        try folder.write(identity.privateKey, to: "tls.key")
        try folder.write("secret", to: "password")
        try await run("chown", ["-R", "postgres", folder.path], asRoot: true)
        try await run("chmod", ["600", folder.file("tls.key")], asRoot: true)
        try await run(
            Self.binaries + "/initdb",
            [
                "-D", folder.file("primary"), "-U", "postgres", "--no-sync", "-E", "UTF8",
                "--locale=C", "--auth=scram-sha-256", "--pwfile=" + folder.file("password"),
            ]
        )
        try Files.write(
            folder.file("primary/pg_hba.conf"),
            Array(
                """
                host replication all 127.0.0.1/32 trust
                host all nobody 127.0.0.1/32 reject
                host all trusted 127.0.0.1/32 trust
                host all old 127.0.0.1/32 md5
                host all plain 127.0.0.1/32 password
                host all all 127.0.0.1/32 scram-sha-256
                """.utf8
            )
        )
    }

    deinit {
        // At once, but so that nothing shared is left behind.
        for program in programs.values { program.signal(SIGQUIT) }
        for program in programs.values {
            for _ in 0..<500 where program.poll() == nil { usleep(10_000) }
        }
    }

    /// Starts a server; the first word is the folder of its data.
    ///
    /// - Throws: `TestProgram.Problem` if that fails.
    public func start(_ name: String) async throws {
        let port = try ports[name] ?? FreePort.find()
        ports[name] = port
        programs[name] = try TestProgram(
            "setpriv",
            Self.user + [
                Self.binaries + "/postgres", "-D", folder.file(name), "-c",
                "port=\(port)", "-c", "listen_addresses=127.0.0.1", "-c",
                "unix_socket_directories=", "-c", "fsync=off", "-c", "ssl=on", "-c",
                "ssl_cert_file=" + folder.file("tls.crt"), "-c",
                "ssl_key_file=" + folder.file("tls.key"), "-c", "max_connections=20", "-c",
                "shared_buffers=16MB", "-c", "log_connections=off",
            ]
        )
        try await eventually(within: .seconds(30), "\(name) takes connections") {
            try await self.query(name, "SELECT 1") == "1"
        }
    }

    /// Copies the primary into a standby and starts it.
    ///
    /// - Throws: `TestProgram.Problem` if that fails.
    public func startStandby(_ name: String, of primary: String) async throws {
        try await run(
            Self.binaries + "/pg_basebackup",
            [
                "-h", "127.0.0.1", "-p", "\(ports[primary] ?? 0)", "-U", "postgres", "-D",
                folder.file(name), "-R", "-X", "stream", "-c", "fast", "--no-sync",
            ]
        )
        try await start(name)
    }

    /// Stops a server at once, as a crash does.
    ///
    /// - Throws: `TestProgram.Problem` if that fails.
    public func stop(_ name: String) async throws {
        programs[name]?.signal(SIGQUIT)
        _ = try await programs[name]?.wait()
        programs[name] = nil
    }

    /// Makes a standby a primary.
    ///
    /// - Throws: `TestProgram.Problem` if that fails.
    public func promote(_ name: String) async throws {
        _ = try await query(name, "SELECT pg_promote()")
    }

    /// The first value of an answer.
    ///
    /// - Throws: `TestProgram.Problem` if that fails.
    @discardableResult
    public func query(_ name: String, _ text: String) async throws -> String {
        let result = try await TestProgram.run(
            Self.binaries + "/psql",
            ["-h", "127.0.0.1", "-p", "\(ports[name] ?? 0)", "-U", "postgres", "-Atc", text],
            environment: ["PGPASSWORD": "secret", "PGDATABASE": "postgres"]
        )
        guard result.succeeded else { throw TestProgram.Problem(description: result.errors) }
        return String(result.output.split(separator: "\n").first ?? "")
    }

    private func run(_ path: String, _ arguments: [String], asRoot: Bool = false) async throws {
        let result =
            asRoot
            ? try await TestProgram.run(path, arguments)
            : try await TestProgram.run(
                "setpriv",
                Self.user + [path] + arguments,
                within: .seconds(60)
            )
        guard result.succeeded else {
            throw TestProgram.Problem(description: path + ": " + result.errors)
        }
    }
}
