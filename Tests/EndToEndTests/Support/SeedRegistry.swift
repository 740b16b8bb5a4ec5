import Foundation
import TestKit

/// A registry with the images that the seeds name and whose place nobody takes.
///
/// They are applications, and helpers that no role stands for; `Seeds/images.py` makes them of Debian's programs. What
/// is in it is kept in `.build/seed-images` until the companion changes; each engine has a process of its own that
/// serves it.
struct SeedRegistry: Sendable {
    private let server: TestProgram
    private let folder: TemporaryDirectory
    let port: UInt16

    private static let package = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../..").standardized.path
    private static let filled = Task { try await fill() }

    /// Starts one that has everything.
    ///
    /// - Throws: `Trouble` if a program is missing or the images cannot be made.
    init() async throws {
        try await Self.filled.value
        self = try await Self.start()
    }

    private init(server: TestProgram, folder: TemporaryDirectory, port: UInt16) {
        self.server = server
        self.folder = folder
        self.port = port
    }

    private static let store = package + "/.build/seed-images"

    private static func start() async throws -> SeedRegistry {
        let folder = try TemporaryDirectory()
        let port = try FreePort.find()
        let settings = try folder.write(
            """
            version: 0.1
            log: {level: error, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: \(store)}}
            http: {addr: "127.0.0.1:\(port)"}
            """,
            to: "registry.yml"
        )
        let server = try TestProgram("docker-registry", ["serve", settings])
        try await eventually(within: .seconds(20), "the registry answers") {
            if let ending = server.poll() {
                throw Trouble("docker-registry ended (\(ending)): \(server.errors)")
            }
            return try await TestProgram.run("curl", ["-sf", "http://127.0.0.1:\(port)/v2/"])
                .succeeded
        }
        return SeedRegistry(server: server, folder: folder, port: port)
    }

    private static func fill() async throws {
        let manager = FileManager.default
        let companion = try companion()
        let status = try manager.attributesOfItem(atPath: companion)
        let time = (status[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        let origin = "\(companion) \(time)"
        if (try? String(contentsOfFile: store + "/origin", encoding: .utf8)) != origin {
            try? manager.removeItem(atPath: store)
            try manager.createDirectory(atPath: store, withIntermediateDirectories: true)
        }
        let registry = try await start()
        let made = try await TestProgram.run(
            "python3",
            [
                package + "/Tests/EndToEndTests/Seeds/images.py", "127.0.0.1:\(registry.port)",
                companion,
            ],
            within: .seconds(240)
        )
        guard made.succeeded else { throw Trouble("images.py: \(made.errors)") }
        try Data(origin.utf8).write(to: URL(filePath: store + "/origin"))
    }

    /// The companion under test, a static program: `COMPANION_BINARY`.
    ///
    /// - Throws: `Trouble` if it is not there.
    static func companion() throws -> String {
        let path =
            ProcessInfo.processInfo.environment["COMPANION_BINARY"]
            ?? package + "/.build/release/companion"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Trouble(
                "there is no \(path): build it with `make companion` and name it in COMPANION_BINARY"
            )
        }
        return path
    }

    /// What the engine's `registries.conf` says so that everything is asked for here.
    var configuration: String {
        let places = [
            ("docker.io", ""), ("registry.example.com", "/team"), ("gcr.io", ""),
            ("k8s.gcr.io", ""),
        ]
        return places.map { prefix, path in
            """
            [[registry]]
            prefix = "\(prefix)"
            location = "127.0.0.1:\(port)\(path)"
            insecure = true

            """
        }.joined()
    }
}
