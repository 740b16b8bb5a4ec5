import Basics
import Foundation
import PodEngine
import Reactor
import System
import TestKit
import Testing

@testable import NodeDrivers

@Suite struct `Image store` {
    @Test @MainLoop func `makes the built-in image without any registry`() async throws {
        try await withScratchLayout { layout in
            let store = try await ImageStore.open(layout: layout)
            for policy in ImagePullPolicy.allCases {
                var began = false
                let image = try await store.pull(
                    "remora/busybox",
                    policy: policy,
                    began: { began = true }
                )
                #expect(image.reference == "docker.io/remora/busybox:latest")
                #expect(image.id.hasPrefix("sha256:"))
                #expect(
                    image.message.hasPrefix(#"Container image "remora/busybox" already present"#)
                )
                #expect(!image.wasPulled && !began)
            }
            let image = try await store.pull("remora/busybox", policy: .always)
            #expect(try store.config(of: image.id).command == ["sh"])

            let root = try await store.mountRootfs(image: image.id, container: "c1")
            #expect(root == layout.rootfs(of: "c1"))
            #expect(try Files.readLink(root + "/bin/sh") == "/bin/busybox")
            #expect(try Files.stat(root + "/tmp").mode == 0o1777)
            #expect(try Files.stat(root).mode == 0o755)
            #expect(try Files.text(root + "/etc/passwd").contains("nobody:x:65534:65534"))
            let shell = try await ChildProcess.run(
                Command("chroot", [root, "/bin/sh", "-c", "echo hi > /new; cat /new; id -un"]),
                deadline: .seconds(10)
            )
            #expect(shell.outputText == "hi\nroot\n")

            // Another container of the same image sees nothing of it.
            let other = try await store.mountRootfs(image: image.id, container: "c2")
            #expect(!Files.exists(other + "/new"))
            // Mounting again changes nothing.
            _ = try await store.mountRootfs(image: image.id, container: "c1")
            #expect(Files.exists(root + "/new"))
            #expect(try Mounts.table().targets(below: layout.root).count == 2)

            try store.unmountRootfs(container: "c1")
            try store.unmountRootfs(container: "c1")
            try store.unmountRootfs(container: "c2")
            #expect(try Mounts.table().targets(below: layout.root) == [])
        }
    }

    @Test(arguments: ["directory", "tar", "gzip", "zstd", "xz"])
    @MainLoop func `imports a root file system`(form: String) async throws {
        try await withScratchLayout { layout in
            let source = layout.root + "/source"
            try makeRootfs(at: source, marker: "hello " + form)
            var path = source
            if form != "directory" {
                path = layout.root + "/with:colon.tar"
                let option = form == "tar" ? "--no-auto-compress" : "--" + form
                let tar = try await ChildProcess.run(
                    Command("tar", ["-c", option, "-f", path, "-C", source, "."]),
                    deadline: .seconds(20)
                )
                try #require(tar.status == .exited(0), "\(tar.errorText)")
            }
            var config = ImageConfig()
            config.entrypoint = ["/bin/tool"]
            config.command = ["serve"]
            config.environment = ["A=1", "B=two words"]
            config.user = "1000:1000"
            config.workingDirectory = "/private"
            config.stopSignal = "SIGQUIT"
            config.labels = ["org.example": "x"]
            let store = try await ImageStore.open(layout: layout)
            let record = try await store.importRootfs(from: path, as: "local/web:1", config: config)
            #expect(record.reference == "docker.io/local/web:1")

            // Another store on the same directory sees the same.
            let again = try await ImageStore.open(layout: layout)
            let image = try await again.pull("local/web:1", policy: .never)
            #expect(try again.config(of: image.id) == config)
            let root = try await again.mountRootfs(image: image.id, container: "c1")
            #expect(try Files.text(root + "/marker") == "hello " + form)
            let marker = try Files.stat(root + "/marker")
            #expect(marker.user == 1234 && marker.group == 5678)
            #expect(try Files.stat(root + "/bin/tool").mode == 0o4755)
            #expect(try Files.stat(root + "/private").mode == 0o750)
            #expect(try Files.readLink(root + "/link") == "/marker")
            #expect(try Files.list(layout.incomingImages) == [])
        }
    }

    @Test @MainLoop func `refuses what is no root file system`() async throws {
        try await withScratchLayout { layout in
            let store = try await ImageStore.open(layout: layout)
            try Files.write(layout.root + "/text", "this is no archive")
            try Files.write(layout.root + "/cut.gz", [0x1F, 0x8B, 8, 0, 0])
            for path in ["/text", "/cut.gz", "/missing"] {
                let failure = await #expect(throws: Failure.self) {
                    try await store.importRootfs(
                        from: layout.root + path,
                        as: "local/x",
                        config: ImageConfig()
                    )
                }
                #expect(failure?.what == "cannot import \(layout.root)\(path)")
            }
            for name in [
                "UPPER", "remora/busybox", "x@sha256:" + String(repeating: "0", count: 64),
            ] {
                await #expect(throws: Failure.self) {
                    try await store.importRootfs(
                        from: layout.root,
                        as: name,
                        config: ImageConfig()
                    )
                }
            }
            #expect(store.images.isEmpty)
            #expect(try Files.list(layout.incomingImages) == [])
            #expect(try Files.list(layout.imageTrees) == [])
        }
    }

    @Test @MainLoop func `frees an image only when no container uses it`() async throws {
        try await withScratchLayout { layout in
            let store = try await ImageStore.open(layout: layout)
            let (one, two) = (layout.root + "/one", layout.root + "/two")
            try makeRootfs(at: one, marker: "one")
            try makeRootfs(at: two, marker: "two")
            let first = try await store.importRootfs(from: one, as: "a", config: ImageConfig())
            try await store.importRootfs(from: two, as: "b", config: ImageConfig())
            _ = try await store.mountRootfs(image: first.shownID, container: "c1")

            let refusal = await #expect(throws: Failure.self) { try await store.remove("a") }
            #expect(refusal?.code == .conflict)
            #expect(refusal?.description.contains("c1") == true)
            #expect(try await store.remove("b") > 0)
            #expect(store.images.map(\.reference) == ["docker.io/library/a:latest"])
            #expect(try Files.list(layout.imageTrees) == [first.tree])

            // By force the name goes; the tree stays as long as the container.
            try await store.remove(String(first.id.dropFirst(7).prefix(12)), force: true)
            #expect(store.images.isEmpty)
            #expect(try Files.text(layout.rootfs(of: "c1") + "/marker") == "one")
            try store.unmountRootfs(container: "c1")
            #expect(try await store.relievePressure(high: 101) > 0)
            #expect(try Files.list(layout.imageTrees) == [])
            #expect(try Files.list(store.blobs.directory) == [])
            await #expect(throws: Failure.self) { try await store.remove("a") }
        }
    }

    @Test @MainLoop func `shows an image as a read-only volume and keeps it meanwhile`()
        async throws
    {
        try await withScratchLayout { layout in
            let store = try await ImageStore.open(layout: layout)
            let source = layout.root + "/one"
            try makeRootfs(at: source, marker: "one")
            let image = try await store.importRootfs(from: source, as: "a", config: ImageConfig())
            let place = layout.volumes(ofPod: "u1") + "/models"
            try Files.makeDirectories(place)
            try await store.mountVolume(image: image.shownID, at: place)
            defer { _ = try? Mounts.unmount(place, lazily: true) }
            #expect(try Files.text(place + "/marker") == "one")
            let refused = #expect(throws: SystemError.self) {
                try Files.write(place + "/new", "x")
            }
            #expect(refused?.description.contains("Read-only file system") == true)
            let entry = try #require(try Mounts.table()[place])
            #expect(Set(["ro", "nosuid", "nodev", "noexec"]).isSubset(of: entry.options))
            let conflict = await #expect(throws: Failure.self) { try await store.remove("a") }
            #expect(conflict?.cause == "a volume of the pod with UID u1 uses it")
            // By force its name goes, what is shown stays until the volume has gone.
            try await store.remove("a", force: true)
            #expect(try Files.text(place + "/marker") == "one")
            _ = try Mounts.unmount(place, lazily: true)
            try Files.removeTree(layout.volumes(ofPod: "u1"))
            #expect(try await store.relievePressure(high: 101) > 0)
            #expect(try Files.list(layout.imageTrees) == [])
        }
    }

    @Test @MainLoop func `keeps an image that lost its name while it is used`() async throws {
        try await withScratchLayout { layout in
            let store = try await ImageStore.open(layout: layout)
            try makeRootfs(at: layout.root + "/x", marker: "old")
            let old = try await store.importRootfs(
                from: layout.root + "/x",
                as: "a",
                config: ImageConfig()
            )
            try Files.write(layout.root + "/x/marker", "new")
            let new = try await store.importRootfs(
                from: layout.root + "/x",
                as: "a",
                config: ImageConfig()
            )
            #expect(store.images.map(\.reference) == [nil, "docker.io/library/a:latest"])
            // A container that was about to be made of the old one still can be.
            let root = try await store.mountRootfs(image: old.shownID, container: "c1")
            #expect(try Files.text(root + "/marker") == "old")
            try await store.collectGarbage()
            #expect(store.images.count == 2)
            try store.unmountRootfs(container: "c1")
            try await store.collectGarbage()
            #expect(store.images.map(\.id) == [new.id])
        }
    }

    @Test @MainLoop func `makes room on a full disk, the longest unused image first`() async throws
    {
        try await withScratchLayout { layout in
            let outer = layout.root
            try Files.makeDirectories(outer + "/disk")
            try Mounts.tmpfs(at: outer + "/disk", size: 16 << 20)
            let small = NodeLayout(root: outer + "/disk", runRoot: layout.runRoot)
            let store = try await ImageStore.open(layout: small)
            for name in ["used", "old", "new"] {
                let source = outer + "/" + name
                try makeRootfs(at: source, marker: name)
                try Files.write(source + "/filler", [UInt8](repeating: 1, count: 2 << 20))
                try await store.importRootfs(from: source, as: name, config: ImageConfig())
            }
            let used = try await store.pull("used", policy: .never)
            _ = try await store.mountRootfs(image: used.id, container: "c1")
            _ = try await store.pull("old", policy: .never)
            _ = try await store.pull("new", policy: .never)
            let full = FileSystems.fullness(of: small.root)
            // Below the mark nothing happens.
            #expect(try await store.relievePressure(high: full + 1, low: 0) == 0)
            #expect(store.images.count == 3)
            #expect(try await store.relievePressure(high: full, low: full) > 4 << 20)
            #expect(
                store.images.compactMap(\.reference).map { $0.suffix(10) } == [
                    "sed:latest", "new:latest",
                ]
            )
            // What a container uses stays, however full it is.
            try await store.relievePressure(high: 1, low: 0)
            #expect(store.images.map(\.shownID) == [used.id])
        }
    }

    @Test @MainLoop func `answers to references and IDs`() async throws {
        try await withScratchLayout { layout in
            let store = try await ImageStore.open(layout: layout)
            try makeRootfs(at: layout.root + "/x", marker: "x")
            let path = layout.root + "/x"
            let record = try await store.importRootfs(from: path, as: "a:1", config: ImageConfig())
            for name in [
                "a:1", "docker.io/library/a:1", record.id, String(record.id.dropFirst(7).prefix(6)),
            ] {
                #expect(try store.inspect(name).record == record)
            }
            #expect(try store.inspect("a:1").layers.count == 1)
            #expect(throws: Failure.self) { try store.inspect("a") }
            #expect(try await store.usage().images == 1)
            #expect(try await store.usage().trees > 0)
        }
    }

    @Test @MainLoop func `tells of policies and names as the kubelet does`() async throws {
        try await withScratchLayout { layout in
            let store = try await ImageStore.open(layout: layout)
            let never = await #expect(throws: StepFailure.self) {
                try await store.pull("nothing:1", policy: .never)
            }
            #expect(never?.reason == "ErrImageNeverPull")
            #expect(
                never?.message.hasPrefix(
                    #"Container image "nothing:1" is not present with pull policy of Never"#
                ) == true
            )
            let invalid = await #expect(throws: StepFailure.self) {
                try await store.pull("Not A Name", policy: .always)
            }
            #expect(invalid?.reason == "InvalidImageName")
        }
    }

    @Test @MainLoop func `finds damage instead of using it`() async throws {
        try await withScratchLayout { layout in
            let store = try await ImageStore.open(layout: layout)
            try makeRootfs(at: layout.root + "/x", marker: "x")
            let path = layout.root + "/x"
            let record = try await store.importRootfs(from: path, as: "a", config: ImageConfig())
            try Files.write(store.blobs.path(record.id), "{}")
            let failure = await #expect(throws: StepFailure.self) {
                try await store.pull("a", policy: .never)
            }
            #expect(failure?.reason == "ImageInspectError")
            #expect(failure?.message.contains("does not match its digest") == true)

            try Files.write(layout.images + "/index.json", "{ not json")
            let damage = await #expect(throws: Failure.self) {
                try await ImageStore.open(layout: layout)
            }
            #expect(damage?.description.contains("index.json") == true)
        }
    }

    @Test @MainLoop func `unpacks a tree again that a power failure may have spoilt`() async throws
    {
        try await withScratchLayout { layout in
            let store = try await ImageStore.open(layout: layout)
            try makeRootfs(at: layout.root + "/x", marker: "x")
            let path = layout.root + "/x"
            let record = try await store.importRootfs(from: path, as: "a", config: ImageConfig())
            try await eventually(within: .seconds(60), "the tree to be on the disk") {
                try Files.list(layout.unsyncedTrees).isEmpty
            }
            // A mark of this boot means nothing; one of another boot, or a torn one, does.
            let (tree, mark) = (
                layout.imageTree(record.tree), layout.unsyncedTrees + "/" + record.tree
            )
            for (content, isTrusted) in [(Host.bootID, true), ("another boot", false), ("", false)]
            {
                try Files.write(tree + "/marker", "spoilt")
                try Files.write(mark, content)
                let next = try await ImageStore.open(layout: layout)
                _ = try await next.pull("a", policy: .never)
                #expect(try Files.text(tree + "/marker") == (isTrusted ? "spoilt" : "x"))
                try await eventually(within: .seconds(60), "the tree to be on the disk") {
                    try Files.list(layout.unsyncedTrees).isEmpty
                }
            }
        }
    }

    @Test @MainLoop func `clears what a killed engine left half-made`() async throws {
        try await withScratchLayout { layout in
            _ = try await ImageStore.open(layout: layout)
            try Files.makeDirectories(layout.incomingImages + "/abc/rootfs")
            try Files.write(layout.incomingImages + "/abc/rootfs/x", "x")
            _ = try await ImageStore.open(layout: layout)
            #expect(try Files.list(layout.incomingImages) == [])
        }
    }

    @Test @MainLoop func `says so when the disk is full or read-only`() async throws {
        try await withScratchLayout { layout in
            try Mounts.tmpfs(at: layout.root, size: 1 << 20, mode: 0o700)
            let store = try await ImageStore.open(layout: layout)
            let failure = await #expect(throws: StepFailure.self) {
                try await store.pull("remora/busybox", policy: .always)
            }
            #expect(failure?.reason == "ErrImagePull")
            #expect(failure?.message.lowercased().contains("no space left") == true)
            #expect(failure?.message.contains("free space") == true)
            #expect(try Files.list(layout.incomingImages) == [])
            #expect(store.images.isEmpty)

            try Mounts.unmount(layout.root)
            try Mounts.tmpfs(at: layout.root, size: 1 << 20, flags: .readOnly)
            let refusal = await #expect(throws: Failure.self) {
                try await ImageStore.open(layout: layout)
            }
            #expect(refusal?.description.contains("Read-only file system") == true)
        }
    }
}
