import Basics
import Formats
import Foundation
import PodEngine
import PodModel
import Reactor
import System
import Testing

@testable import NodeDrivers

/// A container runtime with directories of its own under `/tmp`, and a root file system of busybox.
@MainLoop final class TestNode {
    let root: String
    let layout: NodeLayout
    let host: HostProfile
    private(set) var runtime: ContainerRuntime
    let cgroups: PodCgroups
    private var made: [(id: String, pod: Pod)] = []

    private init(_ runtimeProgram: String?, host given: HostProfile?, root: String) async throws {
        self.root = root
        layout = NodeLayout(root: root + "/state", runRoot: root + "/run")
        host = try given ?? HostProfile.detect(runtime: runtimeProgram)
        runtime = try await ContainerRuntime(layout: layout, host: host)
        cgroups = PodCgroups(layout: layout, host: host)
    }

    /// Runs a test with a node and takes the node down in any case.
    static func with(
        runtime: String? = nil,
        host: HostProfile? = nil,
        _ body: @MainLoop (TestNode) async throws -> Void
    ) async throws {
        let root = "/tmp/remora-test-" + Random.hexadecimal(12)
        try Files.makeDirectories(root, mode: 0o755)
        let node = try await TestNode(runtime, host: host, root: root)
        do {
            try await body(node)
        } catch {
            await node.close()
            throw error
        }
        await node.close()
    }

    /// A second life of the engine: the objects in memory are forgotten, what is on disk stays.
    func restartEngine() async throws {
        runtime = try await ContainerRuntime(layout: layout, host: host)
    }

    func close() async {
        _ = await runtime.list()
        for (id, pod) in made {
            await runtime.remove(id, withLogs: true)
            try? await cgroups.remove(pod)
        }
        cgroups.removeTiersIfEmpty()
        // Off the loop: a busy disk must not stop the tests that run beside this one.
        let root = root
        _ = try? await Loop.main.offload { try Files.removeTree(root) }
    }

    /// A pod of one container, `app`, given as JSON members of the container and of the pod's spec.
    static func pod(_ container: String = "{}", spec: String = "{}") throws -> Pod {
        var own = try object(container)
        own["name"] = "app"
        own["image"] = "busybox"
        var fields = try object(spec)
        fields["containers"] = [own]
        let pod: [String: Any] = [
            "metadata": ["name": "p", "namespace": "ns", "uid": Random.uuid()], "spec": fields,
        ]
        let text = try JSONSerialization.data(withJSONObject: pod)
        return try Pod(json: .parse(Array(text)))
    }

    private static func object(_ text: String) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return try #require(value as? [String: Any])
    }

    func request(_ pod: Pod, attempt: Int = 0) async throws -> ContainerRequest {
        let id = ContainerRequest.newID()
        var request = ContainerRequest(
            id: id,
            pod: pod,
            container: pod.spec.containers[0],
            attempt: attempt,
            image: ImageIdentity(
                reference: "busybox",
                id: "sha256:0",
                message: "present",
                wasPulled: false
            ),
            imageConfig: ImageConfig(command: ["/bin/sh"]),
            rootfs: try await makeRootfs(id),
            namespaces: ContainerNamespaces(network: nil, ipc: nil, uts: nil),
            cgroup: cgroups.path(of: pod, container: id)
        )
        request.limits = cgroups.limits(of: request.container, in: pod)
        made.append((id, pod))
        return request
    }

    /// Makes and starts a container that runs a shell script.
    func start(
        _ script: String,
        _ container: String = "{}",
        spec: String = "{}",
        adjust: (inout ContainerRequest) -> Void = { _ in }
    ) async throws -> String {
        var request = try await request(Self.pod(container, spec: spec))
        if request.command.isEmpty { request.command = ["/bin/sh", "-c", script] }
        adjust(&request)
        _ = try cgroups.create(request.pod)
        _ = try await runtime.create(request)
        try await runtime.start(request.id)
        return request.id
    }

    /// Runs a shell script to its end.
    func run(
        _ script: String,
        _ container: String = "{}",
        spec: String = "{}",
        adjust: (inout ContainerRequest) -> Void = { _ in }
    ) async throws -> (exit: ContainerExit, log: String) {
        let id = try await start(script, container, spec: spec, adjust: adjust)
        let exit = await runtime.exit(of: id)
        return (exit, try await log(id))
    }

    /// The text that a container has written so far.
    func log(_ id: String) async throws -> String {
        let record = try #require(runtime.record(of: id))
        let reader = try LogReader(path: record.log, options: LogOptions())
        var text: [UInt8] = []
        while let more = try await reader.next() { text += more }
        return String(decoding: text, as: UTF8.self)
    }

    /// Waits until a container has written something.
    func wait(for text: String, in id: String) async throws {
        for _ in 0..<500 {
            if try await log(id).contains(text) { return }
            try await Loop.main.sleep(for: .milliseconds(10))
        }
        Issue.record("container \(id) never wrote \(text)")
    }

    private func makeRootfs(_ id: String) async throws -> String {
        let rootfs = layout.rootfs(of: id)
        let busybox = root + "/busybox"
        try await Loop.main.offload { try Self.fill(rootfs, busybox) }
        return rootfs
    }

    private nonisolated static func fill(_ rootfs: String, _ busybox: String) throws {
        for folder in ["bin", "etc", "proc", "sys", "dev", "tmp", "run"] {
            try Files.makeDirectories(rootfs + "/" + folder, mode: 0o755)
        }
        // The containers of one node share a copy; whoever is first makes it, in one step. It is never
        // replaced: a link to a file that is being replaced fails.
        if !Files.exists(busybox) {
            let copy = busybox + Random.hexadecimal(8)
            try FileManager.default.copyItem(atPath: "/bin/busybox", toPath: copy)
            try? FileManager.default.linkItem(atPath: copy, toPath: busybox)
            try Files.remove(copy)
        }
        try FileManager.default.linkItem(atPath: busybox, toPath: rootfs + "/bin/busybox")
        for applet in [
            "sh", "sleep", "echo", "cat", "true", "id", "ls", "mount", "grep", "touch", "dd",
            "hostname", "env", "kill", "seq", "stty", "tty", "mkdir", "ps", "printf",
        ] {
            try Files.symlink(rootfs + "/bin/" + applet, to: "busybox")
        }
        try Files.write(
            rootfs + "/etc/passwd",
            "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001:web:/home/web:/bin/sh\n"
        )
        try Files.write(rootfs + "/etc/group", "root:x:0:\nweb:x:1001:\nlogs:x:2000:web\n")
    }
}
