import Foundation
import TestKit
import Testing

/// The Python client of Kubernetes, which programs and operators use, against real pods.
@Suite("The Python client") struct PythonClientTests {
    private static let steps = [
        "versions", "creating", "paging", "watching", "patching", "executing", "forwarding", "logs",
        "dynamically", "deploying", "jobs", "leading", "ending",
    ]

    @Test(.engineLimit)
    func `it lists, watches, patches, runs programs and elects leaders`() async throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let packages = tests.appending(path: "../../.build/peers/kubernetes-client").standardized
            .path
        guard FileManager.default.fileExists(atPath: packages + "/kubernetes") else {
            throw Trouble("there is no \(packages): Scripts/setup test")
        }
        try await withEngine(Kubectl.options) { engine in
            let config = engine.folder.file("kubeconfig")
            let made = try await engine.remora("kubeconfig", "-o", config)
            #expect(made.succeeded, "\(made.errors)")
            let result = try await TestProgram(
                "python3",
                [tests.appending(path: "Python/client.py").path],
                environment: [
                    "KUBECONFIG": config, "HOME": engine.folder.path, "PYTHONPATH": packages,
                    "PYTHONDONTWRITEBYTECODE": "1",
                ]
            ).wait(within: .seconds(240))
            #expect(result.succeeded, "\(result.errors)")
            let done = result.output.split(separator: "\n").map(String.init)
            #expect(done == Self.steps)
        }
    }
}
