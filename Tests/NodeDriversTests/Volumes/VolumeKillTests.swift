import Glibc
import NodeDrivers
import PodEngine
import PodModel
import Reactor
import System
import TestKit
import Testing

@Suite("Volumes of a killed engine", .enabled(if: isRoot)) struct VolumeKillTests {
    /// A seeded storm of kills.
    ///
    /// Each round a process of its own mounts, refreshes and unmounts a pod with every kind of volume
    /// until it kills itself somewhere; then a new store on the same directories must be able to
    /// complete the pod, or to remove it without a trace.
    @Test func `a kill at any moment leaves nothing that the next engine cannot finish`()
        async throws
    {
        var generator = SeededGenerator(seed: 20_261_121)
        try await withVolumes { world in
            let pod = try Self.everything()
            for round in 0..<24 {
                let delay = UInt32.random(in: 0..<6000, using: &generator)
                let place = world.directory.path
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [place = place as String, delay = delay as UInt32] in
                    let layout = NodeLayout(root: place + "/root", runRoot: place + "/run")
                    try await VolumeKillTests.work(layout, delay)
                }
                world.restart()
                world.objects = Self.objects(version: 1000 + round)
                if round % 3 != 2 {
                    let mounts = try await world.start(pod)
                    #expect(try mounts["/c"]?.text("a") == "\(1000 + round)")
                    #expect(try mounts["/s"]?.text("k") == "\(1000 + round)")
                    #expect(try mounts["/f"].map { try Files.text($0.source) } == "\(1000 + round)")
                    #expect(try mounts["/m"]?.mode("") == "1777")
                    #expect(try Files.list(world.layout.volumes(ofPod: "u1")) == ["c", "e"])
                    #expect(mounts["/c"]?.names.count == 3)
                    #expect(try world.mountCount == 4)
                }
                try await world.store.unmount(podUID: "u1")
                #expect(try world.mountCount <= 1, "round \(round), delay \(delay)")
                #expect(!Files.exists(world.layout.pod("u1")))
                #expect(!Files.exists(world.layout.memoryVolumes(ofPod: "u1")))
            }
            try world.store.close()
            #expect(try world.mountCount == 0)
        }
    }

    static func everything() throws -> Pod {
        try pod(
            volumes: """
                [{name: e, emptyDir: {}}, {name: m, emptyDir: {medium: Memory, sizeLimit: 1Mi}},
                 {name: c, configMap: {name: map}}, {name: s, secret: {secretName: key}}]
                """,
            mounts: """
                [{name: e, mountPath: /e, subPath: part}, {name: m, mountPath: /m},
                 {name: c, mountPath: /c}, {name: c, mountPath: /f, subPath: a},
                 {name: s, mountPath: /s}]
                """
        )
    }

    static func objects(version: Int) -> TestObjects {
        var objects = TestObjects()
        var map = ConfigMap(data: ["a": "\(version)"])
        map.metadata.name = "map"
        map.metadata.namespace = "shop"
        objects.add(map)
        var secret = Secret(data: ["k": Array("\(version)".utf8)])
        secret.metadata.name = "key"
        secret.metadata.namespace = "shop"
        objects.add(secret)
        return objects
    }

    /// The life of an engine: over and over, until the kill that comes after some microseconds.
    @MainLoop static func work(_ layout: NodeLayout, _ delay: UInt32) async throws {
        let pod = try everything()
        let container = try #require(pod.spec.containers.first)
        let store = VolumeStore(layout: layout, node: VolumeWorld.node)
        killMyself(after: delay)
        var version = 0
        while true {
            try await store.mount(pod, lookup: objects(version: version))
            _ = try store.mounts(for: container, of: pod, environment: [:])
            version += 1
            _ = try await store.refresh(pod, lookup: objects(version: version))
            try await store.unmount(podUID: pod.metadata.uid)
        }
    }

    /// Ends this process from a thread of its own.
    nonisolated static func killMyself(after microseconds: UInt32) {
        var thread = pthread_t()
        let argument = UnsafeMutableRawPointer(bitPattern: UInt(microseconds) + 1)
        pthread_create(
            &thread,
            nil,
            { argument in
                usleep(UInt32(UInt(bitPattern: argument)))
                kill(getpid(), SIGKILL)
                return nil
            },
            argument
        )
    }
}
