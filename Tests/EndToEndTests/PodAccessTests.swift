import Foundation
import TestKit
import Testing

/// The API as programs in pods reach it: the service `kubernetes`, and the token of their account.
@Suite("The API from pods", .engineLimit) struct PodAccessTests {
    private static let mount = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// A pod that lasts, and an account that may look on.
    private static let viewer = """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: viewer}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: viewer}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
        subjects: [{kind: ServiceAccount, name: viewer, namespace: default}]
        ---
        \(lasting("looker", "serviceAccountName: viewer"))
        """

    private static func lasting(_ name: String, _ field: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name)}
        spec:
          \(field)
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: remora/busybox
            imagePullPolicy: IfNotPresent
            command: [sh, -c, "trap 'exit 0' TERM; while true; do sleep 0.1 & wait $!; done"]
        """
    }

    /// A pod that runs a program of the machine's Python with the machine's libraries.
    private static func python(_ directory: String, _ packages: String) -> String {
        let places = ["usr", "lib", "lib64"]
        let mounts = places.map { "{name: \($0), mountPath: /\($0), readOnly: true}" }
        let volumes = places.map { "{name: \($0), hostPath: {path: /\($0)}}" }
        return """
            apiVersion: v1
            kind: Pod
            metadata: {name: program}
            spec:
              serviceAccountName: viewer
              restartPolicy: Never
              containers:
              - name: main
                image: remora/busybox
                imagePullPolicy: IfNotPresent
                command: [/usr/bin/python3, /test/incluster.py]
                env:
                - {name: PYTHONPATH, value: /packages}
                - {name: PYTHONDONTWRITEBYTECODE, value: "1"}
                volumeMounts:
                - {name: test, mountPath: /test, readOnly: true}
                - {name: packages, mountPath: /packages, readOnly: true}
                - \(mounts.joined(separator: "\n    - "))
              volumes:
              - {name: test, hostPath: {path: \(directory)}}
              - {name: packages, hostPath: {path: \(packages)}}
              - \(volumes.joined(separator: "\n  - "))
            """
    }

    @Test func `a program finds the API, trusts it and does what its account may`() async throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let packages = tests.appending(path: "../../.build/peers/kubernetes-client").standardized
            .path
        guard FileManager.default.fileExists(atPath: packages + "/kubernetes") else {
            throw Trouble("there is no \(packages): Scripts/setup test")
        }
        try await withEngine(Kubectl.options) { engine in
            let kubectl = try await Kubectl(engine)
            try await kubectl.apply(Self.viewer)
            try await engine.waitForPhase("Running", of: "looker")
            try await kubectl.apply(
                Self.python(tests.appending(path: "Python").path, packages)
            )
            try await eventually(within: .seconds(60), "the program has ended") {
                ["Succeeded", "Failed"].contains(
                    try await engine.field(".status.phase", of: "program")
                )
            }
            let output = try await kubectl("logs", "program")
            let expected = """
                pods default looker program
                user system:serviceaccount:default:viewer
                pod program
                secrets 403
                named True
                port 443 443

                """
            #expect(output == expected)
        }
    }

    @Test func `a token ends with its pod, and opens nothing that its account may not`()
        async throws
    {
        try await withEngine(Kubectl.options) { engine in
            let kubectl = try await Kubectl(engine)
            try await kubectl.apply(Self.viewer)
            try await engine.waitForPhase("Running", of: "looker")
            let token = try await engine.shell("cat \(Self.mount)/token", in: "looker")
            let authority = try engine.folder.write(
                try await engine.shell("cat \(Self.mount)/ca.crt", in: "looker"),
                to: "ca.crt"
            )
            let address = try await kubectl(
                "get",
                "service",
                "kubernetes",
                "-o",
                "jsonpath={.spec.clusterIP}"
            )
            // From the machine, at the address and by the name that pods use.
            func status(_ path: String) async throws -> String {
                try await TestProgram.run(
                    "curl",
                    ["-s", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}"]
                        + ["--cacert", authority, "-H", "Authorization: Bearer \(token)"]
                        + ["--resolve", "kubernetes.default.svc:443:\(address)"]
                        + ["https://kubernetes.default.svc\(path)"]
                ).output
            }
            let pods = "/api/v1/namespaces/default/pods"
            #expect(try await status(pods) == "200")
            #expect(try await status("/api/v1/namespaces/default/secrets") == "403")
            #expect(try await status("/api/v1/nodes") == "403")
            let who = try await kubectl(
                "auth",
                "whoami",
                "--kubeconfig=/dev/null",
                "--server=https://\(address)",
                "--certificate-authority=\(authority)",
                "--token=\(token)",
                "-o",
                "jsonpath={.status.userInfo.username}"
            )
            #expect(who == "system:serviceaccount:default:viewer")
            try await kubectl("delete", "pod", "looker", "--now")
            #expect(try await status(pods) == "401")
        }
    }

    @Test func `who wants no token gets none, and without a listener nobody does`() async throws {
        try await withEngine(Kubectl.options) { engine in
            let kubectl = try await Kubectl(engine)
            try await kubectl.apply(Self.lasting("bare", "automountServiceAccountToken: false"))
            try await engine.waitForPhase("Running", of: "bare")
            let there = try await engine.shell("test -e /var/run/secrets || echo none", in: "bare")
            #expect(there == "none\n")
            #expect(
                try await engine.shell("echo $KUBERNETES_SERVICE_PORT", in: "bare") == "443\n"
            )
            try await kubectl("delete", "pod", "bare", "--now")
        }
        try await withEngine { engine in
            try await engine.apply(Self.lasting("plain", "restartPolicy: Always"))
            try await engine.waitForPhase("Running", of: "plain")
            #expect(try await engine.field(".spec.volumes", of: "plain") == "")
            let seen = try await engine.shell("env", in: "plain")
            #expect(!seen.contains("KUBERNETES_"))
            #expect(try await engine.remora("get", "svc", "-o", "name").output == "")
        }
    }

    @Test func `the next engine listens elsewhere, and pods find it there`() async throws {
        try await withEngine(Kubectl.options) { engine in
            try await Kubectl(engine).apply(Self.lasting("stays", "restartPolicy: Always"))
            try await engine.waitForPhase("Running", of: "stays")
            try await engine.crash()
            try await engine.start(Kubectl.options)
            let command =
                "nc -w 5 $KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT < /dev/null && echo open"
            try await eventually(within: .seconds(10), "the pod reaches the API") {
                try await engine.shell(command, in: "stays").contains("open")
            }
        }
    }
}
