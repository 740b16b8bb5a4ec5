import Foundation
import TestKit
import Testing

/// The content of an image as a volume (upstream: `image_volume.go`).
@Suite("Image volumes") struct ImageVolumeTests {
    private func pod(
        _ name: String,
        _ image: String,
        _ command: String,
        policy: String = "IfNotPresent",
        subPath: String = ""
    ) -> ShellPod {
        let tail = subPath.isEmpty ? "" : ", subPath: \(subPath)"
        return ShellPod(
            name,
            command,
            pod: [
                "securityContext: {fsGroup: 2000}",
                "volumes: [{name: v, image: {reference: \"\(image)\", pullPolicy: \(policy)}}]",
            ],
            container: ["volumeMounts: [{name: v, mountPath: /v\(tail)}]"]
        )
    }

    @Test
    func `an image is shown read-only, kept while it is used and missed when it is not there`()
        async throws
    {
        try await withEngine { engine in
            let tree = try engine.folder.busyboxTree()
            try engine.folder.write("weights\n", to: "model/v1/weights")
            try FileManager.default.copyItem(
                atPath: engine.folder.file("model"),
                toPath: tree + "/model"
            )
            try await engine.importImage(tree, as: "local/model:1", [])
            let look = """
                cat /v/model/v1/weights; (echo x > /v/new) 2>&1; /v/bin/busybox true 2>&1; \
                stat -c %g /v/model
                """
            let outputs = try await engine.outputs(of: [
                pod("whole", "local/model:1", look),
                pod("part", "local/model:1", "cat /v/weights", subPath: "model/v1"),
            ])
            #expect(
                outputs["whole"] == """
                    weights
                    sh: can't create /v/new: Read-only file system
                    sh: /v/bin/busybox: Permission denied
                    0

                    """
            )
            #expect(outputs["part"] == "weights\n")

            // What is not there is an event with a remedy, and a start once it is there.
            try await engine.apply(
                documents([
                    pod("late", "local/late:1", "cat /v/model/v1/weights", policy: "Never").yaml,
                    pod("nowhere", "127.0.0.1:1/none:1", "true").yaml,
                    pod("hole", "local/model:1", "true", subPath: "no/such").yaml,
                ])
            )
            try await eventually(within: .seconds(20), "the absent image is reported") {
                try await engine.events(of: "late", reason: "ErrImageNeverPull")
                    .contains("pull, load or import it with `remora image`")
            }
            try await eventually(within: .seconds(20), "the dead registry is reported") {
                try await engine.events(of: "nowhere", reason: "ErrImagePull")
                    .contains("check that 127.0.0.1:1 is up")
            }
            let waiting = ".status.containerStatuses[0].state.waiting.reason"
            try await eventuallyKnown(
                engine,
                waiting,
                of: "hole",
                in: ["CreateContainerConfigError"]
            )
            try await engine.importImage(tree, as: "local/late:1", [])
            try await engine.waitForPhase("Succeeded", of: "late", within: .seconds(40))

            // An image in use is not removed, not even after the engine was killed.
            var user = resident("user")
            user.pod = ["volumes: [{name: v, image: {reference: local/model:1}}]"]
            user.container = ["volumeMounts: [{name: v, mountPath: /v}]"]
            try await engine.apply(user.yaml)
            try await engine.waitUntilReady("user")
            try await engine.crash()
            try await engine.start()
            _ = try await engine.remora("image", "rm", "local/late:1")
            let refused = try await engine.remora("image", "rm", "local/model:1")
            #expect(!refused.succeeded)
            #expect(refused.errors.contains("uses it"), "\(refused.errors)")
            #expect(try await engine.shell("cat /v/model/v1/weights", in: "user") == "weights\n")
            #expect(try await engine.remora("down", "--all").succeeded)
            try await eventually(within: .seconds(20), "the image can be removed") {
                try await engine.remora("image", "rm", "local/model:1").succeeded
            }
        }
    }
}
