import Basics
import Foundation
import PodEngine
import Reactor
import StandIn
import System
import TestKit
import Testing

@testable import NodeDrivers

@Suite("The companion's image") @MainLoop struct CompanionImageTests {
    @Test func `it has the program under all its names, and is made anew when the program changes`()
        async throws
    {
        try await withScratchLayout { layout in
            let store = try await ImageStore.open(layout: layout)
            let program = layout.root + "/companion"
            let bytes = try Files.read("/bin/busybox")
            try Files.write(program, bytes, mode: 0o755)
            let image = try await store.companion(program, role: "proxy")
            #expect(image.reference == "docker.io/remora/companion:latest")
            #expect(image.standIn == "proxy" && !image.wasPulled)
            let root = try await store.mountRootfs(image: image.id, container: "c1")
            #expect(try Files.read(root + "/usr/bin/companion", limit: 64 << 20) == bytes)
            for name in StandIn.programs {
                #expect(try Files.readLink(root + "/usr/local/bin/" + name) == "/usr/bin/companion")
            }
            #expect(try Files.stat(root + "/tmp").mode == 0o1777)
            #expect(try Files.stat(root + "/var/lib/companion").mode == 0o1777)
            #expect(try Files.text(root + "/etc/passwd").contains("envoy:x:101:101"))
            #expect(try Files.text(root + StandIn.nginxConfiguration).contains("conf.d/*.conf"))
            #expect(Files.exists(root + CompanionTree.authorities))
            #expect(
                try store.config(of: image.id).environment.contains(
                    "SSL_CERT_FILE=" + CompanionTree.authorities
                )
            )
            try store.unmountRootfs(container: "c1")

            #expect(try await store.companion(program, role: "logs").id == image.id)
            #expect(
                try await ImageStore.open(layout: layout).companion(program, role: "logs").id
                    == image.id
            )
            try Files.write(program, bytes + [0], mode: 0o755)
            let second = try await store.companion(program, role: "proxy")
            #expect(second.id != image.id)
            // Whoever runs by the first one goes on.
            #expect(try store.config(of: image.id).entrypoint == ["/usr/bin/companion"])
        }
    }

    @Test func `a program that is missing, no program or not static is refused with a sentence`()
        async throws
    {
        try await withScratchLayout { layout in
            let store = try await ImageStore.open(layout: layout)
            for (path, sentence) in [
                ("/no/such", "No such file"), ("/etc/passwd", "it is no program for this machine"),
                ("/bin/ls", "it needs libraries"),
            ] {
                do throws(Failure) {
                    _ = try await store.companion(path, role: "proxy")
                    Issue.record("\(path) was taken")
                } catch {
                    #expect("\(error)".contains(path) && "\(error)".contains(sentence))
                }
            }
            #expect(store.images.isEmpty)
        }
    }

    @Test func `every cut of a program's head is no program`() throws {
        let head = Array(try Files.read("/bin/busybox").prefix(4096))
        #expect(StaticProgram.isStatic(head) == true)
        let first = Int(head[32])
        let end = first + Int(head[54]) * (Int(head[56]) - 1) + 4
        for count in 0..<end {
            #expect(StaticProgram.isStatic(Array(head.prefix(count))) == nil)
        }
        var wild = head
        for place in 32..<58 { wild[place] = 0xFF }
        #expect(StaticProgram.isStatic(wild) == nil)
    }
}
