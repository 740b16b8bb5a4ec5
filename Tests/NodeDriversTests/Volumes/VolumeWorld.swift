import Basics
import Formats
import Glibc
import NodeDrivers
import PodEngine
import PodModel
import Reactor
import System
import TestKit
import Testing

/// A volume store of its own on a directory of its own, both gone after the test.
@MainLoop final class VolumeWorld {
    let directory: TemporaryDirectory
    let layout: NodeLayout
    var store: VolumeStore
    var objects = TestObjects()

    static let node = NodeFacts(
        name: "here",
        addresses: ["192.0.2.7"],
        allocatable: ["cpu": Quantity(4), "memory": Quantity(1 << 30)]
    )

    init() throws {
        directory = try TemporaryDirectory()
        layout = NodeLayout(root: directory.file("root"), runRoot: directory.file("run"))
        store = VolumeStore(layout: layout, node: Self.node)
    }

    /// What a new engine process would have.
    func restart(mountImage: VolumeStore.ImageMounter? = nil) {
        store = VolumeStore(layout: layout, node: Self.node, mountImage: mountImage)
    }

    /// Mounts the volumes of a pod and returns its containers' mounts by destination.
    @discardableResult
    func start(_ pod: Pod, environment: EnvironmentVariables = [:]) async throws -> [String:
        ContainerMount]
    {
        try await store.mount(pod, lookup: objects)
        let container = try #require(pod.spec.containers.first)
        let mounts = try store.mounts(for: container, of: pod, environment: environment)
        return Dictionary(uniqueKeysWithValues: mounts.map { ($0.destination, $0) })
    }

    /// The message of a failed `mount`, which must be `FailedMount`.
    func mountFailure(_ pod: Pod) async -> String? {
        do throws(StepFailure) {
            try await store.mount(pod, lookup: objects)
            return nil
        } catch {
            #expect(error.reason == "FailedMount")
            return error.message
        }
    }

    func add(_ name: String, _ data: [String: String], namespace: String = "shop") {
        var map = ConfigMap(data: data)
        map.metadata.name = name
        map.metadata.namespace = namespace
        objects.add(map)
    }

    func addSecret(_ name: String, _ data: [String: String], namespace: String = "shop") {
        var secret = Secret(data: data.mapValues { Array($0.utf8) })
        secret.metadata.name = name
        secret.metadata.namespace = namespace
        objects.add(secret)
    }

    func addClaim(_ name: String, modes: [String] = ["ReadWriteOnce"]) {
        var claim = PersistentVolumeClaim()
        claim.metadata.name = name
        claim.metadata.namespace = "shop"
        claim.spec.accessModes = modes
        objects.add(claim)
    }

    /// The type of the file system that holds a path.
    func fileSystem(of path: String) throws -> String {
        let table = try Mounts.table()
        var place = try Files.resolve(path)
        while true {
            if let entry = table[place] { return entry.type }
            if place == "/" { return "" }
            place = Files.parent(of: place)
        }
    }

    var mountCount: Int {
        get throws { try Mounts.table().targets(below: directory.path).count }
    }
}

/// Runs a test in a world of its own and takes everything down, whatever happens.
@MainLoop func withVolumes(_ body: @MainLoop (VolumeWorld) async throws -> Void) async throws {
    let world = try VolumeWorld()
    do {
        try await body(world)
    } catch {
        try Mounts.unmountAll(below: world.directory.path)
        throw error
    }
    try Mounts.unmountAll(below: world.directory.path)
}

let isRoot = getuid() == 0

extension ContainerMount {
    /// The names at the source.
    var names: [String] { (try? Files.list(source)) ?? [] }

    func text(_ path: String) throws -> String { try Files.text(source + "/" + path) }

    func mode(_ path: String) throws -> String {
        String(try Files.stat(source + "/" + path).mode, radix: 8)
    }

    func group(_ path: String) throws -> UInt32 { try Files.stat(source + "/" + path).group }
}

/// A pod with one container, its volumes and mounts written in flow style.
func pod(volumes: String, mounts: String, spec: String = "", uid: String = "u1") throws -> Pod {
    try pod(
        """
        metadata: {name: web, namespace: shop, uid: \(uid), labels: {a: "1"}}
        spec:
          \(spec.isEmpty ? "restartPolicy: Always" : spec)
          containers: [{name: app, image: x, volumeMounts: \(mounts)}]
          volumes: \(volumes)
        """
    )
}
