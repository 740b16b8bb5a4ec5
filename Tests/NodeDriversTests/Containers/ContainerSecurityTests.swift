import PodEngine
import PodModel
import Testing

@testable import NodeDrivers

/// Users, capabilities and the check of `runAsNonRoot`.
@Suite("Container security") struct ContainerSecurityTests {
    private let accounts = AccountFiles(
        passwd: """
            root:x:0:0:root:/root:/bin/sh
            broken line
            web:x:1000:1001::/home/web:
            """,
        group: """
            root:x:0:
            web:x:1001:
            logs:x:2000:web,root
            other:x:2001:root
            """
    )

    private func security(
        _ container: String = "{}",
        spec: String = "{}"
    ) async throws -> (EffectiveSecurity, Pod) {
        let pod = try await TestNode.pod(container, spec: spec)
        return (EffectiveSecurity(pod: pod, container: pod.spec.containers[0]), pod)
    }

    @Test(arguments: [
        ("{}", "{}", "", "0:0:0,2000,2001"),
        ("{}", "{}", "web", "1000:1001:1001,2000"),
        ("{}", "{}", "1000", "1000:1001:1001,2000"),
        ("{}", "{}", "web:logs", "1000:2000:2000"),
        ("{}", "{}", "77:88", "77:88:88"),
        ("{}", "{}", "77", "77:0:0"),
        (#"{"securityContext": {"runAsUser": 1000}}"#, "{}", "root:88", "1000:1001:1001,2000"),
        (#"{"securityContext": {"runAsGroup": 3}}"#, "{}", "web", "1000:3:3,2000"),
        ("{}", #"{"securityContext": {"runAsUser": 5, "fsGroup": 9}}"#, "web", "5:0:0,9"),
        (
            #"{"securityContext": {"runAsUser": 1000}}"#,
            """
            {"securityContext": {"runAsUser": 5, "supplementalGroups": [8, 9],
                "supplementalGroupsPolicy": "Strict"}}
            """,
            "", "1000:1001:8,9,1001"
        ),
    ]) func `the user is found`(
        container: String,
        spec: String,
        image: String,
        expected: String
    ) async throws {
        let (security, _) = try await security(container, spec: spec)
        let user = try accounts.resolve(security, imageUser: image)
        #expect(user.text == expected)
        #expect(ProcessUser(text: expected) == user)
    }

    @Test(arguments: ["nobody", "web:nogroup"]) func `an unknown name is an error`(
        image: String
    ) async throws {
        let (security, _) = try await security()
        let error = #expect(throws: StepFailure.self) {
            _ = try accounts.resolve(security, imageUser: image)
        }
        #expect(error?.reason == "CreateContainerError")
    }

    @Test(arguments: [
        (#"{"runAsUser": 0}"#, "5", "container's runAsUser breaks non-root policy"),
        ("{}", "", "container has runAsNonRoot and image will run as root"),
        ("{}", "0:5", "container has runAsNonRoot and image will run as root"),
        (
            "{}", "web",
            "container has runAsNonRoot and image has non-numeric user (web), cannot verify user "
                + "is non-root"
        ),
    ]) func `root is refused where it is forbidden`(
        own: String,
        image: String,
        message: String
    ) async throws {
        let (security, pod) = try await security(
            #"{"securityContext": \#(own)}"#,
            spec: #"{"securityContext": {"runAsNonRoot": true}}"#
        )
        let place = " (pod: \"p_ns(\(pod.metadata.uid))\", container: app)"
        #expect(
            throws: StepFailure(reason: "CreateContainerConfigError", message: message + place)
        ) {
            try security.verifyNonRoot(
                imageUser: image,
                pod: pod,
                container: pod.spec.containers[0]
            )
        }
    }

    @Test(arguments: [("7", "{}"), ("", #"{"runAsUser": 7}"#), ("web", #"{"runAsUser": 7}"#)])
    func `others are admitted`(image: String, own: String) async throws {
        let (security, pod) = try await security(
            #"{"securityContext": \#(own)}"#,
            spec: #"{"securityContext": {"runAsNonRoot": true}}"#
        )
        try security.verifyNonRoot(
            imageUser: image,
            pod: pod,
            container: pod.spec.containers[0]
        )
    }

    @Test func `capabilities are added and dropped by name and all at once`() {
        func resolve(_ add: [String], _ drop: [String], last: Int = 40) -> Set<String> {
            Set(
                CapabilitySet.resolve(
                    add: add,
                    drop: drop,
                    isPrivileged: false,
                    lastNumber: last
                )
            )
        }
        #expect(resolve([], []) == CapabilitySet.standard)
        #expect(resolve(["ALL"], []).count == 41)
        #expect(resolve(["ALL"], ["MKNOD"]).count == 40)
        #expect(resolve([], ["ALL"]).isEmpty)
        #expect(resolve(["CHOWN"], ["ALL"]) == ["CAP_CHOWN"])
        #expect(resolve(["SYS_TIME"], ["chown"]).count == 14)
        #expect(resolve(["BPF"], [], last: 37) == CapabilitySet.standard)
        #expect(resolve(["NO_SUCH"], []) == CapabilitySet.standard)
        let few = CapabilitySet.resolve(
            add: ["ALL"],
            drop: [],
            isPrivileged: false,
            lastNumber: 40,
            held: 0b101
        )
        #expect(few == ["CAP_CHOWN", "CAP_DAC_READ_SEARCH"])
    }

    @Test(arguments: [
        (
            "executable file `a` not found in $PATH: No such file or directory\n",
            "exec: \"a\": executable file not found in $PATH; correct the command, or the image"
        ),
        (
            "open executable: Permission denied",
            "exec: \"a\": permission denied; it must be an executable file"
        ),
        (
            "2024-01-01T00:00:00.000000Z: mount `x`: Invalid argument",
            "failed to create container: mount `x`: Invalid argument"
        ),
        (
            #"time="2024" level=error msg="runc create failed: exec: \"a\": not found""#,
            "exec: \"a\": not found"
        ),
        ("", "failed to create container: the OCI runtime gave no reason"),
    ]) func `the runtime's words become the kubelet's`(text: String, expected: String) {
        #expect(RuntimeMessage.readable(text, program: "a") == expected)
    }

    @Test func `conmon's answer is understood`() {
        #expect(Conmon.answer(parsing: Array("{\"pid\": 12}\n".utf8)) == .made(pid: 12))
        #expect(
            Conmon.answer(parsing: Array("{\"pid\": -1, \"message\": \"no\"}".utf8))
                == .refused("no")
        )
        for text in ["", "{", "{}"] {
            #expect(Conmon.answer(parsing: Array(text.utf8)) == .nothing)
        }
    }
}
