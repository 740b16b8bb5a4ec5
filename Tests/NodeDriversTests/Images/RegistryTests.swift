import Basics
import Foundation
import PodEngine
import Reactor
import System
import TestKit
import Testing

@testable import NodeDrivers

/// Against Debian's docker-registry on a loopback port of its own.
@Suite struct `Pulling from a registry` {
    @Test @MainLoop func `follows the policies and the tag`() async throws {
        try await withRegistry { layout, registry, store in
            let name = "localhost:\(registry.port)/team/app:1"
            let first = try await registry.push("one", as: "team/app:1")
            var began = 0
            let image = try await store.pull(name, policy: .ifNotPresent, began: { began += 1 })
            #expect(began == 1 && image.wasPulled)
            #expect(image.reference == name)
            #expect(image.id == "localhost:\(registry.port)/team/app@" + first)
            let size = try #require(store.image(named: name)).size
            let message = try Regex(
                "Successfully pulled image \"\(name)\" in [0-9.]+m?s \\([0-9.]+m?s including waiting\\)."
                    + " Image size: \(size) bytes."
            )
            #expect(try message.wholeMatch(in: image.message) != nil, "\(image.message)")
            #expect(try store.config(of: image.id).command == ["one"])
            let root = try await store.mountRootfs(image: image.id, container: "c1")
            #expect(try Files.text(root + "/marker") == "one")

            let again = try await store.pull(name, policy: .ifNotPresent, began: { began += 1 })
            #expect(began == 1 && !again.wasPulled && again.id == image.id)
            #expect(
                again.message.hasPrefix("Container image \"\(name)\" already present on machine")
            )
            let never = try await store.pull(name, policy: .never)
            #expect(never.id == image.id)

            // Always asks, and finds what the tag means now.
            let same = try await store.pull(name, policy: .always, began: { began += 1 })
            #expect(began == 2 && same.wasPulled && same.id == image.id)
            try await registry.push("two", as: "team/app:1")
            #expect(try await store.pull(name, policy: .ifNotPresent).id == image.id)
            let newer = try await store.pull(name, policy: .always)
            #expect(newer.id != image.id)
            let other = try await store.mountRootfs(image: newer.id, container: "c2")
            #expect(try Files.text(other + "/marker") == "two")

            // By digest the old one is still had, without the tag.
            let pinned = "localhost:\(registry.port)/team/app@" + first
            #expect(try await store.pull(pinned, policy: .ifNotPresent).id == image.id)
            #expect(try await store.pull(pinned, policy: .always).id == image.id)
            #expect(try Files.list(layout.incomingImages) == [])
        }
    }

    @Test @MainLoop func `says what is wrong`() async throws {
        try await withRegistry { layout, registry, store in
            try await registry.push("one", as: "app:1")
            let host = "localhost:\(registry.port)"
            let unknown = await #expect(throws: StepFailure.self) {
                try await store.pull(host + "/app:nope", policy: .always)
            }
            #expect(unknown?.reason == "ErrImagePull")
            #expect(unknown?.message.contains("manifest unknown") == true)
            #expect(unknown?.message.contains("check the image's name and tag") == true)
            let digest = "sha256:" + String(repeating: "1", count: 64)
            let pinned = await #expect(throws: StepFailure.self) {
                try await store.pull(host + "/app@" + digest, policy: .always)
            }
            #expect(pinned?.reason == "ErrImagePull")

            let port = try FreePort.find()
            let down = await #expect(throws: StepFailure.self) {
                try await store.pull("localhost:\(port)/app:1", policy: .always)
            }
            #expect(down?.reason == "ErrImagePull")
            #expect(down?.message.contains("connection refused") == true)
            #expect(down?.message.contains("localhost:\(port) is up") == true)
            #expect(store.images.isEmpty)
            #expect(try Files.list(layout.incomingImages) == [])
        }
    }

    @Test @MainLoop func `shows a login only to whom it belongs`() async throws {
        try await withRegistry(user: "kim", password: "s3cr:et") { layout, registry, store in
            try await registry.push("private", as: "app:1")
            let name = "localhost:\(registry.port)/app:1"
            let right = PullSecret(
                name: "right",
                credentials: [
                    RegistryCredential(
                        pattern: "localhost:\(registry.port)",
                        user: "kim",
                        password: "s3cr:et"
                    )
                ]
            )
            var wrong = right
            wrong.credentials[0].password = "guess"
            for secrets in [[], [wrong]] {
                let refusal = await #expect(throws: StepFailure.self) {
                    try await store.pull(name, policy: .ifNotPresent, secrets: secrets)
                }
                #expect(refusal?.reason == "ErrImagePull")
                #expect(refusal?.message.contains("imagePullSecrets") == true)
                #expect(refusal?.message.contains("guess") == false)
            }
            // A wrong login before the right one does no harm.
            let image = try await store.pull(name, policy: .ifNotPresent, secrets: [wrong, right])
            #expect(image.wasPulled)

            // A pod without the secret may not use what another pod's secret has fetched.
            await #expect(throws: StepFailure.self) {
                try await store.pull(name, policy: .ifNotPresent)
            }
            let never = await #expect(throws: StepFailure.self) {
                try await store.pull(name, policy: .never)
            }
            #expect(never?.reason == "ErrImageNeverPull")
            #expect(try await store.pull(name, policy: .never, secrets: [right]).id == image.id)
            let again = try await ImageStore.open(layout: layout)
            await #expect(throws: StepFailure.self) { try await again.pull(name, policy: .never) }
            #expect(try await again.pull(name, policy: .never, secrets: [right]).id == image.id)
            let files = try await ChildProcess.run(
                Command("grep", ["-r", "s3cr:et", layout.root, layout.runRoot]),
                deadline: .seconds(20)
            )
            #expect(files.status == .exited(1), "\(files.outputText)")
        }
    }

    @Test @MainLoop func `uses a mirror of the user`() async throws {
        try await withRegistry { layout, registry, store in
            try await registry.push("mirrored", as: "mirror/team/app:1")
            try Files.write(
                layout.root + "/registries.conf",
                """
                [[registry]]
                prefix = "registry.invalid"
                location = "registry.invalid"
                [[registry.mirror]]
                location = "localhost:\(registry.port)/mirror"
                insecure = true

                """
            )
            let image = try await store.pull("registry.invalid/team/app:1", policy: .always)
            #expect(image.reference == "registry.invalid/team/app:1")
            #expect(image.id.hasPrefix("registry.invalid/team/app@sha256:"))
        }
    }

    @Test @MainLoop func `pulls once for all who wait, and stops when nobody does`() async throws {
        try await withRegistry { layout, registry, store in
            try await registry.push("one", as: "app:1")
            let name = "localhost:\(registry.port)/app:1"
            var lines: [String] = []
            let waiters = (0..<5).map { number in
                Task { @MainLoop in
                    try await store.pull(
                        name,
                        policy: .always,
                        progress: number == 0 ? { lines.append($0) } : nil
                    )
                }
            }
            var ids: Set<String> = []
            for waiter in waiters { ids.insert(try await waiter.value.id) }
            #expect(ids.count == 1)
            #expect(lines.contains { $0.hasPrefix("Copying blob") }, "\(lines)")

            // A registry that never answers.
            let deaf = try StreamListener.listen(host: "127.0.0.1", port: 0)
            defer { deaf.close() }
            let silent = "127.0.0.1:\(deaf.port)/app:1"
            let tasks = (0..<2).map { _ in
                Task { @MainLoop in try await store.pull(silent, policy: .always) }
            }
            let peer = try await deaf.accept(deadline: Loop.main.now + .seconds(10))
            tasks[0].cancel()
            await #expect(throws: StepFailure.self) { try await tasks[0].value }
            #expect(store.flights.count == 1)
            tasks[1].cancel()
            await #expect(throws: StepFailure.self) { try await tasks[1].value }
            try await eventually(within: .seconds(10), "the pull to stop") {
                store.flights.isEmpty
            }
            peer.close()
            #expect(try Files.list(layout.incomingImages) == [])
        }
    }

    @Test @MainLoop func `leaves nothing half-made when the disk is full or skopeo dies`()
        async throws
    {
        try await withRegistry { layout, registry, store in
            try await registry.push("big", as: "big:1", filler: 6 << 20)
            let name = "localhost:\(registry.port)/big:1"
            let small = NodeLayout(root: layout.root + "/small", runRoot: layout.runRoot)
            try Files.makeDirectories(small.root)
            try Mounts.tmpfs(at: small.root, size: 4 << 20)
            let tight = try await ImageStore.open(layout: small)
            let full = await #expect(throws: StepFailure.self) {
                try await tight.pull(name, policy: .always)
            }
            #expect(full?.reason == "ErrImagePull")
            #expect(full?.message.contains("no space left on device; free space") == true)
            #expect(try Files.list(small.incomingImages) == [])
            #expect(tight.images.isEmpty)

            let script = layout.root + "/skopeo"
            try Files.write(script, "#!/bin/sh\nkill -9 $$\n", mode: 0o755)
            var settings = ImageStore.Settings()
            settings.skopeo = script
            let dying = try await ImageStore.open(layout: layout, settings: settings)
            let killed = await #expect(throws: StepFailure.self) {
                try await dying.pull(name, policy: .always)
            }
            #expect(killed?.message.contains("skopeo was killed by signal 9") == true)
            settings.skopeo = layout.root + "/missing"
            let missing = try await ImageStore.open(layout: layout, settings: settings)
            let absent = await #expect(throws: StepFailure.self) {
                try await missing.pull(name, policy: .always)
            }
            #expect(absent?.message.contains("missing") == true)

            // And with the real one it works.
            #expect(try await store.pull(name, policy: .always).wasPulled)
        }
    }

    @Test @MainLoop func `mends a damaged copy by pulling again`() async throws {
        try await withRegistry { layout, registry, store in
            try await registry.push("one", as: "app:1")
            let name = "localhost:\(registry.port)/app:1"
            let image = try await store.pull(name, policy: .ifNotPresent)
            let record = try #require(store.image(named: name))
            try Files.remove(store.blobs.path(record.id))
            let again = try await store.pull(name, policy: .ifNotPresent)
            #expect(again.wasPulled && again.id == image.id)
            // A lost tree is unpacked again from the blobs.
            try Files.removeTree(layout.imageTree(record.tree))
            #expect(try await store.pull(name, policy: .never).id == image.id)
            #expect(Files.exists(layout.imageTree(record.tree) + "/marker"))
        }
    }

    @Test @MainLoop func `unpacks layers compressed with zstd`() async throws {
        try await withRegistry { layout, registry, store in
            let options = ["--format", "oci", "--dest-compress-format", "zstd"]
            try await registry.push("zstd", as: "app:1", options: options)
            let name = "localhost:\(registry.port)/app:1"
            let image = try await store.pull(name, policy: .always)
            let record = try #require(store.image(named: name))
            let layer = try #require(try store.manifest(of: record).layers.first)
            #expect(layer.mediaType.hasSuffix("zstd"))
            let root = try await store.mountRootfs(image: image.id, container: "c1")
            #expect(try Files.text(root + "/marker") == "zstd")
        }
    }

    @Test @MainLoop func `gives up a registry that does not answer in time`() async throws {
        try await withScratchLayout { layout in
            var settings = ImageStore.Settings()
            settings.pullDeadline = .milliseconds(300)
            let store = try await ImageStore.open(layout: layout, settings: settings)
            let deaf = try StreamListener.listen(host: "127.0.0.1", port: 0)
            defer { deaf.close() }
            let failure = await #expect(throws: StepFailure.self) {
                try await store.pull("127.0.0.1:\(deaf.port)/app:1", policy: .always)
            }
            #expect(failure?.reason == "ErrImagePull")
            #expect(failure?.message.contains("check the connection to 127.0.0.1") == true)
        }
    }

    @Test(arguments: ["docker-archive", "oci-archive", "oci"])
    @MainLoop func `loads archives that skopeo writes`(form: String) async throws {
        try await withRegistry { layout, registry, store in
            try await registry.push("saved", as: "app:1")
            let path = layout.root + "/saved"
            let save = try await ChildProcess.run(
                Command(
                    "skopeo",
                    [
                        "--insecure-policy", "copy", "--src-tls-verify=false",
                        "docker://localhost:\(registry.port)/app:1",
                        "\(form):\(path):local/saved:2",
                    ]
                ),
                deadline: .seconds(60)
            )
            try #require(save.status == .exited(0), "\(save.errorText)")
            let records = try await store.load(path)
            #expect(records.map(\.reference) == ["docker.io/local/saved:2"])
            let image = try await store.pull("local/saved:2", policy: .never)
            let root = try await store.mountRootfs(image: image.id, container: "c1")
            #expect(try Files.text(root + "/marker") == "saved")

            let renamed = try await store.load(path, as: "other/name:3")
            #expect(renamed.map(\.reference) == ["docker.io/other/name:3"])
            let copied = try await store.copy(from: "\(form):\(path):local/saved:2", as: "copied")
            #expect(copied.reference == "docker.io/library/copied:latest")

            try Files.write(layout.root + "/junk", "junk")
            await #expect(throws: Failure.self) { try await store.load(layout.root + "/junk") }
            await #expect(throws: Failure.self) { try await store.load(layout.root + "/none") }
            await #expect(throws: Failure.self) { try await store.copy(from: "ftp:x") }
            #expect(try Files.list(layout.incomingImages) == [])
        }
    }
}

/// A registry of a test's own.
@MainLoop final class TestRegistry {
    let port: UInt16
    private let layout: NodeLayout
    private let login: String?
    private let server: ChildProcess

    init(_ layout: NodeLayout, user: String?, password: String) async throws {
        self.layout = layout
        port = try FreePort.find()
        login = user.map { $0 + ":" + password }
        let directory = layout.root + "/registry"
        try Files.makeDirectories(directory)
        var configuration = """
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: \(directory)/data}, delete: {enabled: true}}
            http: {addr: "127.0.0.1:\(port)"}

            """
        if let user {
            let made = try await ChildProcess.run(
                Command("htpasswd", ["-Bbn", user, password]),
                deadline: .seconds(20)
            )
            try #require(made.status == .exited(0), "\(made.errorText)")
            try Files.write(directory + "/users", made.output)
            configuration += "auth: {htpasswd: {realm: test, path: \(directory)/users}}\n"
        }
        try Files.write(directory + "/config.yml", configuration)
        var command = Command("docker-registry", ["serve", directory + "/config.yml"])
        command.output = .null
        command.parentDeathSignal = 9
        server = try ChildProcess.start(command)
        let port = port
        try await eventually(within: .seconds(20), "the registry to listen") {
            let stream = try await ByteStream.connect(
                host: "127.0.0.1",
                port: port,
                timeout: .seconds(1)
            )
            stream.close()
            return true
        }
    }

    /// Makes a small image and pushes it; returns its digest in the registry.
    @discardableResult
    func push(
        _ marker: String,
        as name: String,
        filler: Int = 0,
        options: [String] = []
    ) async throws -> String {
        let source = layout.root + "/source-" + marker
        try makeRootfs(at: source, marker: marker)
        if filler > 0 { try Files.write(source + "/filler", SecureRandomBytes.make(filler)) }
        let making = NodeLayout(root: layout.root + "/making-" + marker, runRoot: layout.runRoot)
        try Files.makeDirectories(making.root)
        let store = try await ImageStore.open(layout: making)
        var config = ImageConfig()
        config.command = [marker]
        let record = try await store.importRootfs(from: source, as: "x", config: config)
        let digestFile = making.root + "/digest"
        let pushed = try await ChildProcess.run(
            Command(
                "skopeo",
                [
                    "--insecure-policy", "copy", "--dest-tls-verify=false", "--digestfile",
                    digestFile,
                ] + options + (login.map { ["--dest-creds", $0] } ?? []) + [
                    "oci:\(making.images):\(record.reference ?? "")",
                    "docker://localhost:\(port)/\(name)",
                ]
            ),
            deadline: .seconds(60)
        )
        try #require(pushed.status == .exited(0), "\(pushed.errorText)")
        return try Files.text(digestFile)
    }

    func stop() async {
        server.signal(9)
        _ = await server.exitStatus()
    }
}

/// Bytes that no compression makes smaller.
private enum SecureRandomBytes {
    static func make(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: 7)
        return (0..<count / 8).flatMap { _ in
            withUnsafeBytes(of: generator.next()) { Array($0) }
        }
    }
}

@MainLoop private func withRegistry(
    user: String? = nil,
    password: String = "",
    _ body: @MainLoop (NodeLayout, TestRegistry, ImageStore) async throws -> Void
) async throws {
    try await withScratchLayout { layout in
        let registry = try await TestRegistry(layout, user: user, password: password)
        let result: Result<Void, any Error>
        do {
            let store = try await ImageStore.open(layout: layout)
            result = .success(try await body(layout, registry, store))
        } catch {
            result = .failure(error)
        }
        await registry.stop()
        try result.get()
    }
}
