import Foundation
import TestKit
import Testing

/// Images changed in live pods: upstream's `container_lifecycle_test.go` and `pods.go`.
@Suite("Image changes") struct ImageChangeTests {
    private let server = ScriptedContainer(name: "server", script: ContainerScript(runs: nil))

    // "should update the image of a running container" (169 to 179), init containers left alone
    @Test(arguments: ["Never", "OnFailure", "Always"])
    func `a changed image restarts that container under every policy`(policy: String) async throws {
        try await withEngine { engine in
            try await engine.importImage("test/other:2")
            let sidecar = ScriptedContainer(
                name: "rinit1",
                script: ContainerScript(runs: nil),
                isSidecar: true
            )
            var second = server
            second.name = "second"
            func manifest(_ changed: String...) -> String {
                var text = scriptedPod(
                    "images",
                    restartPolicy: policy,
                    inits: [ScriptedContainer(name: "init1"), sidecar],
                    mains: [server, second]
                )
                for name in changed {
                    text = text.replacing(
                        "- name: \(name)\n    image: remora/busybox",
                        with: "- name: \(name)\n    image: test/other:2"
                    )
                }
                return text
            }
            try await engine.apply(manifest())
            try await engine.waitUntilReady("images")
            try await engine.apply(manifest("server"))
            try await engine.waitForRestarts(1, of: "server", in: "images")
            try await engine.waitUntilReady("images")
            try await engine.apply(manifest("server", "rinit1", "init1"))
            try await engine.waitForRestarts(1, of: "rinit1", in: "images")
            try await engine.waitUntilReady("images")
            for (name, count) in ["init1": 0, "rinit1": 1, "server": 1, "second": 0] {
                #expect(try await engine.restarts(of: name, in: "images") == count, "\(name)")
            }
            func image(_ name: String) async throws -> String {
                try await engine.containerStatus(of: name, in: "images")["image"] as? String ?? ""
            }
            #expect(try await image("server") == "docker.io/test/other:2")
            #expect(try await image("rinit1") == "docker.io/test/other:2")
            #expect(try await image("init1") == "docker.io/remora/busybox:latest")
            #expect(try await image("second") == "docker.io/remora/busybox:latest")
            let last = try await engine.state(of: "server", in: "images", last: true)
            #expect(last.fields["exitCode"] as? Int == 0)
            let killing = try await engine.notices(of: "images")
                .filter { $0.reason == "Killing" }.map(\.message)
            #expect(
                killing == [
                    "Container server definition changed, will be restarted",
                    "Init container rinit1 definition changed",
                ]
            )
        }
    }

    // "should not restart ... when the image is updated during termination" (557), pods.go: the
    // back-off is reset by an image change
    @Test func `an image changed late resets the wait, and does nothing to a pod that goes`()
        async throws
    {
        try await withEngine { engine in
            try await engine.importImage("test/other:2")
            func looping(_ image: String) -> String {
                let main = ScriptedContainer(
                    name: "main",
                    shell: "test -e /other || exit 1; " + ContainerScript(runs: nil).text
                )
                let manifest = scriptedPod("loop", restartPolicy: "Always", grace: 1, mains: [main])
                return manifest.replacing("remora/busybox", with: image)
            }
            try await engine.apply(looping("remora/busybox"))
            try await eventually(within: .seconds(20), "the container waits for 10 s") {
                let state = try await engine.state(of: "main", in: "loop")
                return (state.fields["message"] as? String ?? "").hasPrefix("back-off 10s")
            }
            try await engine.apply(looping("test/other:2"))
            try await engine.waitForRestarts(2, of: "main", in: "loop", within: .seconds(9))
            let gates = try Gates(engine)
            func leaving(_ image: String) -> String {
                let main = ScriptedContainer(
                    name: "main",
                    shell: "trap '\(Gates.wait("end")); exit 0' TERM; echo Starting; "
                        + "while true; do sleep 0.1 & wait $!; done",
                    fields: [Gates.mount]
                )
                let manifest = scriptedPod(
                    "leaving",
                    restartPolicy: "Always",
                    mains: [main],
                    fields: [gates.volume]
                )
                return manifest.replacing("remora/busybox", with: image)
            }
            try await engine.apply(leaving("remora/busybox"))
            try await engine.waitUntilReady("leaving")
            async let final = engine.delete("leaving")
            try await eventually(within: .seconds(10), "the pod goes") {
                try await engine.row(of: "leaving")?.status == "Terminating"
            }
            try await engine.apply(leaving("test/other:2"))
            try gates.open("end")
            #expect(try await final.codes == ["main": 0])
            let notices = try await engine.notices(of: "leaving")
            #expect(notices.filter { $0.reason == "Started" }.map(\.count) == [1])
        }
    }

    // 297: "should not start the regular container early", 2333 to 2457: the image of a sidecar is
    // changed while a later init container runs
    @Test func `while inits run a sidecar takes its new image, mains and inits wait for theirs`()
        async throws
    {
        try await withEngine { engine in
            try await engine.importImage("test/other:2")
            let gates = try Gates(engine)
            func sidecar(_ name: String) -> ScriptedContainer {
                ScriptedContainer(name: name, script: ContainerScript(runs: nil), isSidecar: true)
            }
            let text = scriptedPod(
                "early",
                inits: [
                    ScriptedContainer(name: "init1"), sidecar("rinit1"),
                    ScriptedContainer(
                        name: "init2",
                        shell: "echo Starting; \(Gates.wait("go"))",
                        fields: [Gates.mount]
                    ),
                    sidecar("rinit2"),
                ],
                mains: [server],
                fields: [gates.volume]
            )
            try await engine.apply(text)
            try await engine.waitForLine("Starting", from: "init2", in: "early")
            var changed = text
            for name in ["init1", "rinit1", "server"] {
                changed = changed.replacing(
                    "- name: \(name)\n    image: remora/busybox",
                    with: "- name: \(name)\n    image: test/other:2"
                )
            }
            try await engine.apply(changed)
            try await engine.waitForRestarts(1, of: "rinit1", in: "early")
            #expect(try await engine.field(".status.phase", of: "early") == "Pending")
            for name in ["rinit2", "server"] {
                #expect(try await engine.state(of: name, in: "early").name == "waiting")
            }
            try gates.open("go")
            try await engine.waitUntilReady("early")
            let counts = ["init1": 0, "rinit1": 1, "init2": 0, "rinit2": 0, "server": 0]
            for (name, count) in counts {
                #expect(try await engine.restarts(of: name, in: "early") == count, "\(name)")
            }
            let image = try await engine.containerStatus(of: "server", in: "early")["image"]
            #expect(image as? String == "docker.io/test/other:2")
            let killing = try await engine.notices(of: "early").filter { $0.reason == "Killing" }
            #expect(killing.map(\.message) == ["Init container rinit1 definition changed"])
        }
    }
}
