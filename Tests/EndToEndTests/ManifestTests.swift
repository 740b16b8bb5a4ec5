import Foundation
import TestKit
import Testing

/// Manifests in the shapes that charts and projects publish, with the real kubectl.
///
/// Their images cannot be had: what counts is that everything is accepted, stays as it was written, and
/// goes again.
@Suite("Published manifests", .engineLimit) struct ManifestTests {
    /// Each file, and the kinds in it that are not served.
    nonisolated static let files: [(name: String, unserved: [String])] = [
        ("agents", []),
        ("certificates", []),
        ("databases", []),
        ("delivery", ["Application cd.example.com/v1alpha1"]),
        ("ingress-controller", []),
        ("list", []),
        ("metrics", []),
        ("monitoring", []),
        ("shop", []),
        ("sidecars", []),
    ]

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Manifests")

    @Test(arguments: 0..<files.count)
    func `everything is taken, stays as it was written, and goes again`(index: Int) async throws {
        let (name, unserved) = Self.files[index]
        let text = try String(
            contentsOf: Self.folder.appending(path: name + ".yaml"),
            encoding: .utf8
        )
        let kinds = unserved.map { $0.split(separator: " ").map(String.init) }
        let served = text.components(separatedBy: "\n---\n").filter { document in
            !kinds.contains { document.contains("\nkind: \($0[0])\n") }
        }
        try await Kubectl.with { kubectl in
            _ = try kubectl.engine.folder.write(text, to: "all.yaml")
            _ = try kubectl.engine.folder.write(
                served.joined(separator: "\n---\n"),
                to: "served.yaml"
            )
            let first = try await kubectl.run(["apply", "-f", "all.yaml"])
            #expect((first.code == 0) == unserved.isEmpty, "\(first.errors)")
            for kind in kinds {
                let sentence = "no matches for kind \"\(kind[0])\" in version \"\(kind[1])\""
                #expect(first.errors.contains(sentence), "\(first.errors)")
            }
            let complaints = first.errors.split(separator: "\n").filter {
                !$0.hasPrefix("Warning: ") && !$0.contains("no matches for kind")
                    && !$0.hasPrefix("ensure CRDs are installed first")
            }
            #expect(complaints.isEmpty, "\(first.errors)")
            let count = first.output.split(separator: "\n").count
            // kubectl says "configured" of fields that it always sends; nothing may come of it.
            let before = try await Self.generations(kubectl)
            let second = try await kubectl("apply", "-f", "served.yaml")
            #expect(second.split(separator: "\n").count == count)
            #expect(!second.contains("created"), "\(second)")
            #expect(try await Self.generations(kubectl) == before)
            let dry = try await kubectl.run(["apply", "--dry-run=server", "-f", "served.yaml"])
            #expect(dry.succeeded && dry.output.contains("(server dry run)"), "\(dry.errors)")
            let difference = try await kubectl.run(["diff", "-f", "served.yaml"])
            #expect(difference.succeeded, "\(difference.output)\(difference.errors)")
            let applied = try await kubectl.run([
                "apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f",
                "served.yaml",
            ])
            #expect(applied.succeeded, "\(applied.errors)")
            let table = try await kubectl("get", "-f", "served.yaml")
            #expect(table.contains("AGE"))
            let described = try await kubectl.run(["describe", "-f", "served.yaml"])
            #expect(described.succeeded, "\(described.errors)")
            // A Job's manifest does not say its selector.
            let lasting = served.filter { !$0.contains("\nkind: Job\n") }
            _ = try kubectl.engine.folder.write(
                lasting.joined(separator: "\n---\n"),
                to: "lasting.yaml"
            )
            let replaced = try await kubectl.run(["replace", "-f", "lasting.yaml"])
            #expect(replaced.succeeded, "\(replaced.errors)")
            let deleted = try await kubectl.run([
                "delete", "-f", "served.yaml", "--timeout=60s", "--grace-period=1",
                "--ignore-not-found",
            ])
            #expect(deleted.succeeded, "\(deleted.errors)")
        }
    }

    /// The generation of each object of the file.
    private static func generations(_ kubectl: Kubectl) async throws -> String {
        let line = "{.kind}/{.metadata.name} {.metadata.generation}{\"\\n\"}"
        return try await kubectl(
            "get",
            "-f",
            "served.yaml",
            "-o",
            "jsonpath={range .items[*]}\(line){end}"
        )
    }

    @Test func `kinds that nobody acts upon are stored with a warning`() async throws {
        try await Kubectl.with { kubectl in
            let file = Self.folder.appending(path: "shop.yaml").path
            let applied = try await kubectl.run(["apply", "-f", file])
            for word in ["ingresses and routes nothing", "horizontalpodautoscalers and scales"] {
                #expect(applied.errors.contains(word), "\(applied.errors)")
            }
            _ = try await kubectl.run(
                """
                $ k get ingress
                > NAME       CLASS    HOSTS   ADDRESS   PORTS   AGE
                > frontend   <none>   *                 80
                $ k get hpa
                > Deployment/frontend   cpu: <unknown>/99%, <unknown>/10   2         4         0
                $ k create ingress web --rule=example.com/*=frontend:80 --class=nginx
                > ingress.networking.k8s.io/web created
                $ k get ing web -o jsonpath='{.spec.rules[0].http.paths[0].pathType}'
                > Prefix
                $ k get sc,netpol,ingressclass
                > No resources found
                $ k explain ingress.spec.rules.http.paths.pathType
                > ImplementationSpecific
                """
            )
        }
    }
}
