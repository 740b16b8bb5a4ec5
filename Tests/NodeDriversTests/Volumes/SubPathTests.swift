import Glibc
import NodeDrivers
import PodEngine
import PodModel
import Reactor
import Synchronization
import System
import TestKit
import Testing

@Suite("Sub-paths", .enabled(if: isRoot)) struct SubPathTests {
    func subPathPod(_ mount: String, volume: String = "emptyDir: {}") throws -> Pod {
        try pod(
            volumes: "[{name: v, \(volume)}]",
            mounts: "[{name: v, mountPath: /v}, {name: v, mountPath: /s, \(mount)}]",
            spec: volume.contains("Dir") ? "securityContext: {fsGroup: 123}" : ""
        )
    }

    @Test func `a missing directory is made with the mode of the volume`() async throws {
        try await withVolumes { world in
            let mounts = try await world.start(subPathPod("subPath: a/b"))
            let volume = try #require(mounts["/v"])
            let part = try #require(mounts["/s"])
            #expect(try volume.mode("a/b") == "2777")
            #expect(try volume.mode("a") == "2777")
            #expect(try volume.group("a/b") == 123)
            try Files.write(part.source + "/file", "x")
            #expect(try volume.text("a/b/file") == "x")
            #expect(try world.mountCount == 1)
            try await world.store.unmount(podUID: "u1")
            #expect(try world.mountCount == 0)
            #expect(!Files.exists(world.layout.pod("u1")))
        }
    }

    @Test func `a file may be mounted alone and keeps its version until the next start`()
        async throws
    {
        try await withVolumes { world in
            world.add("map", ["a": "old", "b": "other"])
            let pod = try subPathPod("subPath: a", volume: "configMap: {name: map}")
            let part = try #require(try await world.start(pod)["/s"])
            #expect(part.isReadOnly)
            #expect(try Files.text(part.source) == "old")
            world.add("map", ["a": "new", "b": "other"])
            try await world.store.refresh(pod, lookup: world.objects)
            #expect(try Files.text(part.source) == "old")
            let again = try #require(try await world.start(pod)["/s"])
            #expect(try Files.text(again.source) == "new")
            #expect(try world.mountCount == 1)
            // What is mounted may be of another kind at the next start.
            world.add("map", ["b": "other"])
            try await world.store.refresh(pod, lookup: world.objects)
            let third = try #require(try await world.start(pod)["/s"])
            #expect(Files.isDirectory(third.source))
            #expect(try world.mountCount == 1)
        }
    }

    @Test func `an expression is expanded from the environment`() async throws {
        try await withVolumes { world in
            let pod = try subPathPod("subPathExpr: \"logs/$(POD_NAME)/$$(X)\"")
            let mounts = try await world.start(pod, environment: ["POD_NAME": "web"])
            let volume = try #require(mounts["/v"])
            #expect(volume.names == ["logs"])
            #expect(try Files.list(volume.source + "/logs/web") == ["$(X)"])
        }
    }

    static let refused: [(mount: String, message: String)] = [
        ("subPathExpr: $(NO)/$(EMPTY)/$(A)", "missing value for EMPTY, NO"),
        ("subPathExpr: $(UP)", "unable to provision SubPath `..`: must not contain '..'"),
        ("subPathExpr: a/$(UP)/b", "unable to provision SubPath `a/../b`: must not contain '..'"),
        ("subPathExpr: $(ABSOLUTE)", "error SubPath `/etc` must not be an absolute path"),
        ("subPath: /etc", "error SubPath `/etc` must not be an absolute path"),
        (
            "subPath: out",
            "failed to create subPath directory for volumeMount \"v\" of container \"app\""
        ),
        (
            "subPath: out/passwd",
            "failed to create subPath directory for volumeMount \"v\" of container \"app\""
        ),
        (
            "subPath: climb/x",
            "failed to create subPath directory for volumeMount \"v\" of container \"app\""
        ),
        (
            "subPath: nowhere/x",
            "failed to create subPath directory for volumeMount \"v\" of container \"app\""
        ),
        (
            "subPath: file/x",
            "failed to create subPath directory for volumeMount \"v\" of container \"app\""
        ),
        (
            "subPath: magic",
            "failed to create subPath directory for volumeMount \"v\" of container \"app\""
        ),
    ]

    @Test(arguments: refused)
    func `what leads out of the volume is refused`(mount: String, message: String) async throws {
        try await withVolumes { world in
            let pod = try subPathPod(mount)
            try await world.store.mount(pod, lookup: world.objects)
            let root = world.layout.volumes(ofPod: "u1") + "/v"
            try Files.symlink(root + "/out", to: "/etc")
            try Files.symlink(root + "/climb", to: "../..")
            try Files.symlink(root + "/nowhere", to: "absent")
            try Files.symlink(root + "/magic", to: "/proc/self/root")
            try Files.write(root + "/file", "x")
            let failure = await #expect(throws: StepFailure.self) {
                try await world.start(
                    pod,
                    environment: ["EMPTY": "", "A": "a", "UP": "..", "ABSOLUTE": "/etc"]
                )
            }
            #expect(failure?.reason == "CreateContainerConfigError")
            #expect(failure?.message == message)
            #expect(Set(try Files.list(root)) == ["out", "climb", "nowhere", "magic", "file"])
            #expect(try world.mountCount == 0)
        }
    }

    @Test func `a link inside the volume is followed`() async throws {
        try await withVolumes { world in
            let pod = try subPathPod("subPath: current/logs")
            try await world.store.mount(pod, lookup: world.objects)
            let root = world.layout.volumes(ofPod: "u1") + "/v"
            try Files.makeDirectories(root + "/releases/1")
            try Files.symlink(root + "/current", to: "releases/1")
            let part = try #require(try await world.start(pod)["/s"])
            try Files.write(part.source + "/x", "1")
            #expect(try Files.text(root + "/releases/1/logs/x") == "1")
        }
    }

    @Test func `what is swapped after the look-up changes nothing`() async throws {
        try await withVolumes { world in
            let part = try #require(try await world.start(subPathPod("subPath: dir"))["/s"])
            let root = world.layout.volumes(ofPod: "u1") + "/v"
            try Files.rename(root + "/dir", to: root + "/moved")
            try Files.symlink(root + "/dir", to: "/etc")
            try Files.write(part.source + "/mark", "x")
            #expect(try Files.list(root + "/moved") == ["mark"])
            #expect(!Files.exists("/etc/mark"))
        }
    }

    /// The race of an attacker against the look-up.
    ///
    /// Another thread swaps a directory of the volume for a link to a directory outside, and back, as
    /// fast as it can. Whatever the pin shows must be inside.
    @Test func `a container that swaps a directory for a link all the time gets nowhere`()
        async throws
    {
        try await withVolumes { world in
            let pod = try subPathPod("subPath: a/target")
            try await world.store.mount(pod, lookup: world.objects)
            let root = world.layout.volumes(ofPod: "u1") + "/v"
            let outside = world.directory.file("outside")
            try Files.makeDirectories(outside + "/target")
            try Files.write(outside + "/target/secret", "x")
            try Files.makeDirectories(root + "/a/target")
            try Files.symlink(root + "/b", to: outside)
            let swapper = Swapper(root + "/a", root + "/b")
            defer { swapper.stop() }
            let container = try #require(pod.spec.containers.first)
            var refused = 0
            var pinned = 0
            for _ in 0..<1500 {
                do {
                    let mounts = try world.store.mounts(for: container, of: pod, environment: [:])
                    let part = try #require(mounts.first { $0.destination == "/s" })
                    #expect(!part.names.contains("secret"))
                    pinned += 1
                } catch is StepFailure {
                    refused += 1
                }
            }
            #expect(try Files.list(outside) == ["target"])
            #expect(try Files.list(outside + "/target") == ["secret"])
            #expect(pinned > 0 && refused > 0, "the race never happened: \(pinned), \(refused)")
        }
    }

    @Test func `modes of mounts are handed on`() async throws {
        try await withVolumes { world in
            let pod = try pod(
                volumes: "[{name: v, emptyDir: {}}]",
                mounts: """
                    [{name: v, mountPath: relative/./path, readOnly: true},
                     {name: v, mountPath: /r, readOnly: true, recursiveReadOnly: Enabled},
                     {name: v, mountPath: /i, readOnly: true, recursiveReadOnly: IfPossible},
                     {name: v, mountPath: /d, readOnly: true, recursiveReadOnly: Disabled},
                     {name: v, mountPath: /n, mountPropagation: None}]
                    """
            )
            let mounts = try await world.start(pod)
            #expect(mounts["/relative/path"]?.isReadOnly == true)
            #expect(mounts["/relative/path"]?.isRecursivelyReadOnly == false)
            #expect(mounts["/r"]?.isRecursivelyReadOnly == true)
            #expect(mounts["/i"]?.isRecursivelyReadOnly == true)
            #expect(mounts["/d"]?.isRecursivelyReadOnly == false)
            #expect(mounts["/n"]?.propagation == .isolated)
            #expect(mounts["/n"]?.isReadOnly == false)
        }
    }

    static let recursion: [(mount: String, cause: String)] = [
        ("recursiveReadOnly: Enabled", "but it is not read-only"),
        (
            "readOnly: true, recursiveReadOnly: Enabled, mountPropagation: HostToContainer",
            "but it is not compatible with propagation \"HostToContainer\""
        ),
    ]

    @Test(arguments: recursion)
    func `recursive read-only needs a plain read-only mount`(
        mount: String,
        cause: String
    ) async throws {
        try await withVolumes { world in
            let failure = await #expect(throws: StepFailure.self) {
                try await world.start(subPathPod(mount))
            }
            #expect(failure?.reason == "CreateContainerConfigError")
            #expect(
                failure?.message
                    == "failed to resolve recursive read-only mode: volume \"v\" requested "
                    + "recursive read-only mode, \(cause)"
            )
        }
    }

    @Test func `mounts travel only where the node shares them`() async throws {
        try await withVolumes { world in
            let place = world.directory.file("shared")
            try Files.makeDirectories(place)
            try Mounts.bind(place, at: place)
            // A mount of its own, cut off from everybody.
            try #require(mount(nil, place, nil, UInt(MS_PRIVATE), nil) == 0)
            let pod = try pod(
                volumes: "[{name: v, hostPath: {path: \"\(place)\"}}]",
                mounts: """
                    [{name: v, mountPath: /h, mountPropagation: HostToContainer},
                     {name: v, mountPath: /b, mountPropagation: Bidirectional}]
                    """
            )
            let failure = await #expect(throws: StepFailure.self) { try await world.start(pod) }
            #expect(
                failure?.message
                    == "path \"\(place)\" is mounted on \"\(place)\" but it is not a shared or slave "
                    + "mount; make it shared with: mount --make-rshared \(place)"
            )
            try Mounts.makeShared(place)
            let mounts = try await world.start(pod)
            #expect(mounts["/h"]?.propagation == .hostToContainer)
            #expect(mounts["/b"]?.propagation == .bidirectional)
        }
    }

    @Test func `a mount of an unknown volume is named`() async throws {
        try await withVolumes { world in
            let pod = try pod(volumes: "[]", mounts: "[{name: no, mountPath: /v}]")
            let failure = await #expect(throws: StepFailure.self) { try await world.start(pod) }
            #expect(
                failure?.message == "cannot find volume \"no\" to mount into container \"app\""
            )
        }
    }

    @Test func `a variable's file is read inside its volume only`() async throws {
        try await withVolumes { world in
            let pod = try subPathPod("subPath: x")
            try await world.store.mount(pod, lookup: world.objects)
            let root = world.layout.volumes(ofPod: "u1") + "/v"
            try Files.write(root + "/env", "A='1'\n")
            try Files.symlink(root + "/out", to: "/etc/passwd")
            #expect(mkfifo(root + "/pipe", 0o600) == 0)
            try Files.write(
                root + "/big",
                [UInt8](repeating: 35, count: EnvironmentFile.sizeLimit + 1)
            )
            #expect(
                try world.store.read("env", ofVolume: "v", pod).map {
                    String(decoding: $0, as: UTF8.self)
                }
                    == "A='1'\n"
            )
            #expect(try world.store.read("absent", ofVolume: "v", pod) == nil)
            for (path, words) in [
                ("out", "Invalid cross-device link"), ("../../x", "Invalid cross-device link"),
                ("pipe", "Invalid argument"), ("big", "File too large"),
            ] {
                let failure = #expect(throws: StepFailure.self) {
                    try world.store.read(path, ofVolume: "v", pod)
                }
                #expect(
                    failure?.message
                        == "couldn't parse env file \"\(path)\" of volume \"v\": \(words)"
                )
            }
        }
    }
}

/// Exchanges two names on a thread of its own until it is stopped.
final class Swapper: Sendable {
    private let stopped = Atomic(false)
    private let thread: Mutex<pthread_t>

    init(_ first: String, _ second: String) {
        thread = Mutex(pthread_t())
        let box = Unmanaged.passRetained(Work(first, second, self))
        var handle = pthread_t()
        let code = pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                while !work.swapper.stopped.load(ordering: .relaxed) {
                    try? Files.exchange(work.first, with: work.second)
                }
                return nil
            },
            box.toOpaque()
        )
        precondition(code == 0, "no thread to be had")
        thread.withLock { $0 = handle }
    }

    func stop() {
        guard !stopped.exchange(true, ordering: .relaxed) else { return }
        pthread_join(thread.withLock { $0 }, nil)
    }

    private final class Work {
        let first: String
        let second: String
        let swapper: Swapper

        init(_ first: String, _ second: String, _ swapper: Swapper) {
            self.first = first
            self.second = second
            self.swapper = swapper
        }
    }
}
