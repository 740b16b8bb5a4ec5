import NodeDrivers
import PodEngine
import PodModel
import Reactor
import System
import TestKit
import Testing

@Suite("Volumes made from objects", .enabled(if: isRoot)) struct ObjectVolumeTests {
    @Test func `a config map becomes files behind links, read-only, on disk`() async throws {
        try await withVolumes { world in
            world.add("map", ["data-1": "value-1", "data-2": "value-2\n"])
            let pod = try pod(
                volumes: "[{name: v, configMap: {name: map}}]",
                mounts: "[{name: v, mountPath: /etc/map}]"
            )
            let mount = try #require(try await world.start(pod)["/etc/map"])
            #expect(mount.isReadOnly)
            #expect(mount.propagation == .isolated)
            #expect(try mount.text("data-1") == "value-1")
            #expect(try mount.mode("data-1") == "644")
            #expect(try mount.mode("") == "777")
            #expect(try Files.readLink(mount.source + "/data-1") == "..data/data-1")
            #expect(try mount.mode("..data/") == "755")
            let version = try Files.readLink(mount.source + "/..data")
            #expect(version.contains(/^\.\.\d{4}_\d\d_\d\d_\d\d_\d\d_\d\d\.\d+$/))
            #expect(mount.names == ["..data", version, "data-1", "data-2"].sorted())
            #expect(try world.fileSystem(of: mount.source) != "tmpfs")
            #expect(try world.mountCount == 0)
            try await world.store.unmount(podUID: "u1")
            #expect(!Files.exists(world.layout.pod("u1")))
        }
    }

    static let kinds = [
        "secret: {secretName: login", "projected: {sources: [{secret: {name: login}}]",
    ]

    @Test(arguments: kinds)
    func `secrets are on a file system in memory only`(source: String) async throws {
        try await withVolumes { world in
            world.addSecret("login", ["password": "s3cret"])
            let pod = try pod(
                volumes: "[{name: v, \(source), defaultMode: 256}}]",
                mounts: "[{name: v, mountPath: /s}]"
            )
            let mount = try #require(try await world.start(pod)["/s"])
            #expect(try mount.text("password") == "s3cret")
            #expect(try mount.mode("password") == "400")
            #expect(try mount.mode("") == "1777")
            #expect(try world.fileSystem(of: mount.source) == "tmpfs")
            #expect(try Files.stat(world.layout.memoryVolumes).mode == 0o700)
            #expect(mount.isReadOnly)
            try await world.store.unmount(podUID: "u1")
            #expect(try Files.list(world.layout.memoryVolumes).isEmpty)
            try world.store.close()
            #expect(try world.mountCount == 0)
        }
    }

    @Test func `items choose keys, paths and modes`() async throws {
        try await withVolumes { world in
            world.add("map", ["a": "A", "b": "B"])
            let pod = try pod(
                volumes: """
                    [{name: v, configMap: {name: map, defaultMode: 288, items: [
                      {key: a, path: path/to/a}, {key: b, path: ./path//b, mode: 256}]}}]
                    """,
                mounts: "[{name: v, mountPath: /m}]"
            )
            let mount = try #require(try await world.start(pod)["/m"])
            #expect(mount.names.filter { !$0.hasPrefix("..") } == ["path"])
            #expect(try mount.text("path/to/a") == "A")
            #expect(try mount.mode("path/to/a") == "440")
            #expect(try mount.mode("path/b") == "400")
            #expect(try mount.mode("path/to") == "755")
        }
    }

    @Test func `binary data arrives byte for byte and may repeat no text`() async throws {
        try await withVolumes { world in
            var map = ConfigMap(data: ["t": "text"])
            map.binaryData = ["raw": Array(0...255)]
            map.metadata.name = "map"
            map.metadata.namespace = "shop"
            world.objects.add(map)
            let pod = try pod(
                volumes: "[{name: v, configMap: {name: map}}]",
                mounts: "[{name: v, mountPath: /m}]"
            )
            let mount = try #require(try await world.start(pod)["/m"])
            #expect(try Files.read(mount.source + "/raw") == Array(0...255))
            #expect(try mount.text("t") == "text")
        }
    }

    @Test func `fsGroup owns the files and may at least read them`() async throws {
        try await withVolumes { world in
            world.add("map", ["a": "A"])
            let pod = try pod(
                volumes:
                    "[{name: v, configMap: {name: map, defaultMode: 256, items: [{key: a, path: d/a}]}}]",
                mounts: "[{name: v, mountPath: /m}]",
                spec: "securityContext: {fsGroup: 1234}"
            )
            let mount = try #require(try await world.start(pod)["/m"])
            #expect(try mount.mode("d/a") == "440")
            #expect(try mount.group("d/a") == 1234)
            #expect(try mount.mode("d") == "2755")
            #expect(try mount.mode("") == "2777")
            #expect(try mount.group("") == 1234)
            // A new version has them as well.
            world.add("map", ["a": "new"])
            #expect(try await world.store.refresh(pod, lookup: world.objects) == ["v"])
            #expect(try mount.text("d/a") == "new")
            #expect(try mount.mode("d/a") == "440")
            #expect(try mount.group("d/a") == 1234)
        }
    }

    @Test func `an update swaps all files at once and drops what has gone`() async throws {
        try await withVolumes { world in
            world.add("map", ["keep": "1", "gone": "x", "sub": "y"])
            let pod = try pod(
                volumes: "[{name: v, configMap: {name: map}}]",
                mounts: "[{name: v, mountPath: /m}]"
            )
            let mount = try #require(try await world.start(pod)["/m"])
            let first = try Files.readLink(mount.source + "/..data")
            #expect(try await world.store.refresh(pod, lookup: world.objects).isEmpty)
            #expect(try Files.readLink(mount.source + "/..data") == first)
            world.add("map", ["keep": "2", "fresh": "3", "sub": "y"])
            #expect(try await world.store.refresh(pod, lookup: world.objects) == ["v"])
            let second = try Files.readLink(mount.source + "/..data")
            #expect(second != first)
            #expect(mount.names == ["..data", second, "fresh", "keep", "sub"].sorted())
            #expect(try mount.text("keep") == "2")
            #expect(try mount.text("fresh") == "3")
        }
    }

    @Test func `a mode alone does not write anew`() async throws {
        try await withVolumes { world in
            world.add("map", ["a": "A"])
            let volumes = "[{name: v, configMap: {name: map, defaultMode: MODE}}]"
            let mounts = "[{name: v, mountPath: /m}]"
            let before = try pod(
                volumes: volumes.replacing("MODE", with: "420"),
                mounts: mounts
            )
            let mount = try #require(try await world.start(before)["/m"])
            let after = try pod(volumes: volumes.replacing("MODE", with: "256"), mounts: mounts)
            #expect(try await world.store.refresh(after, lookup: world.objects).isEmpty)
            #expect(try mount.mode("a") == "644")
        }
    }

    @Test func `an optional object may come, change and go`() async throws {
        try await withVolumes { world in
            let pod = try pod(
                volumes: """
                    [{name: c, configMap: {name: map, optional: true}},
                     {name: s, secret: {secretName: key, optional: true}},
                     {name: p, projected: {sources: [{configMap: {name: map, optional: true}}]}}]
                    """,
                mounts: """
                    [{name: c, mountPath: /c}, {name: s, mountPath: /s}, {name: p, mountPath: /p}]
                    """
            )
            let mounts = try await world.start(pod)
            func visible() -> [String] {
                ["/c", "/s", "/p"].map { place in
                    (mounts[place]?.names ?? []).filter { !$0.hasPrefix("..") }.joined()
                }
            }
            #expect(visible() == ["", "", ""])
            world.add("map", ["x": "1"])
            world.addSecret("key", ["y": "1"])
            #expect(try await world.store.refresh(pod, lookup: world.objects) == ["c", "s", "p"])
            #expect(visible() == ["x", "y", "x"])
            world.add("map", ["z": "2"])
            #expect(try await world.store.refresh(pod, lookup: world.objects) == ["c", "p"])
            #expect(visible() == ["z", "y", "z"])
            world.objects = TestObjects()
            #expect(try await world.store.refresh(pod, lookup: world.objects) == ["c", "s", "p"])
            #expect(visible() == ["", "", ""])
        }
    }

    static let missing: [(volume: String, text: String)] = [
        (
            "configMap: {name: no}",
            "configmap \"no\" not found; create it, or make the volume optional"
        ),
        (
            "secret: {secretName: no}",
            "secret \"no\" not found; create it, or make the volume optional"
        ),
        (
            "configMap: {name: map, items: [{key: no, path: p}]}",
            "references non-existent config key: no; add the key, or make the volume optional"
        ),
        (
            "secret: {secretName: key, items: [{key: no, path: p}]}",
            "references non-existent secret key: no; add the key, or make the volume optional"
        ),
        (
            "projected: {sources: [{configMap: {name: no}}]}",
            "configmap \"no\" not found; create it, or make the volume optional"
        ),
        (
            "projected: {sources: [{secret: {name: no}}, {configMap: {name: map}}, "
                + "{configMap: {name: map, items: [{key: k, path: p}]}}]}",
            "[secret \"no\" not found; create it, or make the volume optional, "
                + "references non-existent config key: k; add the key, or make the volume optional]"
        ),
        (
            "projected: {sources: [{clusterTrustBundle: {path: p}}]}",
            "projected source \"clusterTrustBundle\" is not supported on a single node; use "
                + "configMap, secret, downwardAPI or serviceAccountToken"
        ),
        (
            "configMap: {name: map, items: [{key: a, path: ../p}]}",
            "invalid path: must not contain '..': ../p"
        ),
        (
            "configMap: {name: map, items: [{key: a, path: ..p}]}",
            "invalid path: must not start with '..': ..p"
        ),
        (
            "configMap: {name: map, items: [{key: a, path: /p}]}",
            "invalid path: must be relative path: /p"
        ),
        (
            "downwardAPI: {items: [{path: p, fieldRef: {fieldPath: nope}}]}",
            "field label not supported: nope"
        ),
        (
            "downwardAPI: {items: [{path: p, resourceFieldRef: {containerName: no, "
                + "resource: limits.cpu}}]}",
            "container no not found"
        ),
        (
            "nfs: {server: s, path: /}",
            "volume type \"nfs\" is not supported on a single node; use emptyDir, configMap, "
                + "secret, projected, downwardAPI, hostPath, persistentVolumeClaim, ephemeral or "
                + "image"
        ),
        (
            "persistentVolumeClaim: {claimName: no}",
            "persistentvolumeclaim \"no\" not found; create it"
        ),
        (
            "image: {reference: x}",
            "image volumes are not available: there is no image store"
        ),
    ]

    @Test(arguments: missing)
    func `what is missing keeps the pod from starting`(volume: String, text: String) async throws {
        try await withVolumes { world in
            world.add("map", ["a": "A"])
            world.addSecret("key", ["b": "B"])
            let pod = try pod(
                volumes: "[{name: v, \(volume)}]",
                mounts: "[{name: v, mountPath: /m}]"
            )
            #expect(
                await world.mountFailure(pod)
                    == "MountVolume.SetUp failed for volume \"v\" : \(text)"
            )
        }
    }

    @Test func `all failing volumes are named, unused ones are left out`() async throws {
        try await withVolumes { world in
            let pod = try pod(
                volumes: """
                    [{name: a, configMap: {name: x}}, {name: b, emptyDir: {}},
                     {name: c, secret: {secretName: y}}, {name: unused, configMap: {name: z}}]
                    """,
                mounts: """
                    [{name: a, mountPath: /a}, {name: b, mountPath: /b}, {name: c, mountPath: /c}]
                    """
            )
            #expect(
                await world.mountFailure(pod)
                    == "MountVolume.SetUp failed for volume \"a\" : configmap \"x\" not found; "
                    + "create it, or make the volume optional; "
                    + "MountVolume.SetUp failed for volume \"c\" : secret \"y\" not found; "
                    + "create it, or make the volume optional"
            )
            // What was possible is there, and a later attempt completes it.
            #expect(Files.isDirectory(world.layout.volumes(ofPod: "u1") + "/b"))
            world.add("x", [:])
            world.addSecret("y", ["k": "v"])
            #expect(await world.mountFailure(pod) == nil)
            #expect(!Files.exists(world.layout.volumes(ofPod: "u1") + "/unused"))
        }
    }

    @Test func `one map may stand in two volumes, and namespaces do not mix`() async throws {
        try await withVolumes { world in
            world.addSecret("key", ["k": "ours"])
            world.addSecret("key", ["k": "theirs"], namespace: "other")
            let pod = try pod(
                volumes:
                    "[{name: a, secret: {secretName: key}}, {name: b, secret: {secretName: key}}]",
                mounts: "[{name: a, mountPath: /a}, {name: b, mountPath: /b}]"
            )
            let mounts = try await world.start(pod)
            #expect(try mounts["/a"]?.text("k") == "ours")
            #expect(try mounts["/b"]?.text("k") == "ours")
        }
    }

    @Test func `fields of the pod are files that follow labels and annotations`() async throws {
        try await withVolumes { world in
            var pod = try pod(
                volumes: """
                    [{name: v, downwardAPI: {defaultMode: 256, items: [
                      {path: podname, fieldRef: {fieldPath: metadata.name}},
                      {path: meta/labels, mode: 292, fieldRef: {fieldPath: metadata.labels}},
                      {path: note, fieldRef: {fieldPath: "metadata.annotations['note']"}},
                      {path: cpu, resourceFieldRef: {containerName: app, resource: limits.cpu}},
                      {path: memory, resourceFieldRef:
                        {containerName: app, resource: limits.memory, divisor: 1Mi}}]}}]
                    """,
                mounts: "[{name: v, mountPath: /d}]"
            )
            let mount = try #require(try await world.start(pod)["/d"])
            #expect(try mount.text("podname") == "web")
            #expect(try mount.mode("podname") == "400")
            #expect(try mount.text("meta/labels") == "a=\"1\"")
            #expect(try mount.mode("meta/labels") == "444")
            #expect(try mount.text("note") == "")
            #expect(try mount.text("cpu") == "4")
            #expect(try mount.text("memory") == "1024")
            #expect(try world.fileSystem(of: mount.source) == "tmpfs")
            pod.metadata.labels = ["b": "two", "a": "1"]
            pod.metadata.annotations = ["note": "hello"]
            #expect(try await world.store.refresh(pod, lookup: world.objects) == ["v"])
            #expect(try mount.text("meta/labels") == "a=\"1\"\nb=\"two\"")
            #expect(try mount.text("note") == "hello")
        }
    }

    @Test func `a projected volume unites its sources, the last one wins`() async throws {
        try await withVolumes { world in
            world.add("map", ["a": "from map", "both": "map"])
            world.addSecret("key", ["b": "from secret", "both": "secret"])
            let pod = try pod(
                volumes: """
                    [{name: v, projected: {defaultMode: 288, sources: [
                      {configMap: {name: map}}, {secret: {name: key}},
                      {downwardAPI: {items: [{path: c, fieldRef: {fieldPath: metadata.name}}]}},
                      {serviceAccountToken: {path: token}}]}}]
                    """,
                mounts: "[{name: v, mountPath: /all}]"
            )
            let mount = try #require(try await world.start(pod)["/all"])
            #expect(mount.names.filter { !$0.hasPrefix("..") } == ["a", "b", "both", "c", "token"])
            #expect(try mount.text("both") == "secret")
            #expect(try mount.text("c") == "web")
            #expect(try mount.mode("token") == "440")
            let token = try mount.text("token")
            #expect(token.utf8.count > 32)
            world.add("map", ["a": "changed", "both": "map"])
            #expect(try await world.store.refresh(pod, lookup: world.objects) == ["v"])
            #expect(try mount.text("token") == token)
            #expect(try mount.text("a") == "changed")
        }
    }

    @Test func `the token of a pod with one user belongs to that user alone`() async throws {
        try await withVolumes { world in
            let pod = try pod(
                volumes:
                    "[{name: v, projected: {sources: [{serviceAccountToken: {path: token}}]}}]",
                mounts: "[{name: v, mountPath: /t}]",
                spec: "securityContext: {runAsUser: 1000}"
            )
            let mount = try #require(try await world.start(pod)["/t"])
            #expect(try mount.mode("token") == "600")
            #expect(try Files.stat(mount.source + "/token").user == 1000)
        }
    }

    @Test func `places of nested mounts exist in a read-only volume`() async throws {
        try await withVolumes { world in
            world.add("map", ["a": "A"])
            let pod = try pod(
                volumes: "[{name: e, emptyDir: {}}, {name: v, configMap: {name: map}}]",
                mounts: """
                    [{name: e, mountPath: /etc/conf/deep/er}, {name: v, mountPath: /etc/conf/},
                     {name: e, mountPath: /etc/conf/deep}, {name: e, mountPath: /etc/confusion}]
                    """
            )
            try await world.store.mount(pod, lookup: world.objects)
            let container = try #require(pod.spec.containers.first)
            let mounts = try world.store.mounts(for: container, of: pod, environment: [:])
            #expect(
                mounts.map(\.destination) == [
                    "/etc/conf", "/etc/confusion", "/etc/conf/deep", "/etc/conf/deep/er",
                ]
            )
            #expect(try mounts.first?.mode("deep") == "755")
            #expect(mounts.first?.names.contains("deep") == true)
            world.add("map", ["b": "B"])
            #expect(try await world.store.refresh(pod, lookup: world.objects) == ["v"])
            #expect(mounts.first?.names.filter { !$0.hasPrefix("..") } == ["b", "deep"])
        }
    }
}
