import Foundation
import TestKit
import Testing

/// Manifests that cannot be meant: each is refused with its place and a remedy, and starts nothing.
@Suite("Bad input") struct BadInputTests {
    /// A text, where its mistake is and what the message says.
    struct Text: Sendable, CustomTestStringConvertible {
        var title: String
        var text: String
        var place: String
        var message: String
        var testDescription: String { title }
    }

    private static let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: fine}\n"

    static let texts: [Text] = [
        Text(title: "nothing", text: "", place: "1:1", message: "write at least one document"),
        Text(
            title: "an indentation that fits nowhere",
            text: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n   labels: {}\n",
            place: "5:10",
            message: "check the indentation"
        ),
        Text(
            title: "an unclosed map",
            text: "apiVersion: v1\nmetadata: {name: x\n",
            place: "3:1",
            message: "did not find expected ',' or '}'"
        ),
        Text(title: "a tab", text: "\tkind: Pod\n", place: "1:1", message: "indent with spaces"),
        Text(
            title: "a control character",
            text: "kind: P\u{1}d\n",
            place: "1:8",
            message: "save it as UTF-8 text"
        ),
        Text(
            title: "a list",
            text: "- 1\n- 2\n",
            place: "1:1",
            message: "begin it with apiVersion and kind"
        ),
        Text(
            title: "a key twice",
            text: "kind: Pod\nmetadata: {name: x, name: y}\n",
            place: "2:21",
            message: "remove one of them"
        ),
        Text(
            title: "an unknown alias",
            text: "kind: Pod\nmetadata: *nobody\n",
            place: "2:11",
            message: "define &nobody before it is used"
        ),
        Text(
            title: "an alias within itself",
            text: "kind: &self\n  again: *self\n",
            place: "2:10",
            message: "not around its own use"
        ),
        Text(
            title: "an unknown kind",
            text: "apiVersion: v1\nkind: Pood\nmetadata: {name: x}\n",
            place: "2:1",
            message: "Pood"
        ),
        Text(
            title: "an unknown field",
            text: pod + "spec:\n  contaners: []\n",
            place: "5:3",
            message: "did you mean \"containers\"?"
        ),
        Text(
            title: "a wrong type",
            text: pod + "spec:\n  containers:\n  - {name: a, image: b, args: one}\n",
            place: "6:25",
            message: "args"
        ),
        Text(
            title: "no containers",
            text: pod + "spec: {containers: []}\n",
            place: "4:",
            message: "spec.containers"
        ),
        Text(
            title: "the second of two documents",
            text: pod + "spec: {containers: [{name: a, image: b}]}\n---\n" + pod
                + "spec: {containers: [{name: A, image: b}]}\n",
            place: "9:",
            message: "spec.containers[0].name"
        ),
    ]

    @Test(arguments: texts) func `a malformed manifest is refused with its place and a remedy`(
        row: Text
    ) async throws {
        // No engine is needed: the file is read before anything is started.
        let engine = try TestEngine()
        let file = try engine.folder.write(row.text, to: "pod.yaml")
        let result = try await engine.remora("apply", "-f", file)
        #expect(result.code == 2)
        #expect(result.errors.contains("\(file):\(row.place)"), "\(result.errors)")
        #expect(result.errors.contains(row.message), "\(result.errors)")
        #expect(result.errors.contains("nothing was started"))
        #expect(!FileManager.default.fileExists(atPath: engine.root))
    }

    /// Texts that are small or large on purpose, and the limit that refuses them.
    private static func hostile(_ name: String) -> (text: String, message: String) {
        switch name {
        case "aliases of aliases":
            var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
            for level in 1...30 {
                let aliases = Array(repeating: "*a\(level - 1)", count: 10)
                lines.append("a\(level): &a\(level) [" + aliases.joined(separator: ", ") + "]")
            }
            return (lines.joined(separator: "\n") + "\n", "write fewer or smaller aliases")
        case "two hundred thousand brackets":
            let depth = 200_000
            return (
                "a: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth),
                "flatten the document"
            )
        case "ten megabytes of variables":
            let value = String(repeating: "v", count: 90)
            let lines = (0..<100_000).map { "    - {name: K\($0), value: \(value)}" }
            return (
                pod + "spec:\n  containers:\n  - name: a\n    image: b\n    env:\n"
                    + lines.joined(separator: "\n") + "\n", "split it into several files"
            )
        default:
            return (String(repeating: "a", count: 5_000_000) + ": b\n", "check the indentation")
        }
    }

    @Test(
        arguments: [
            "aliases of aliases", "two hundred thousand brackets", "ten megabytes of variables",
            "a key of five megabytes",
        ]
    ) func `a manifest that would cost too much is refused at once`(name: String) async throws {
        let engine = try TestEngine()
        let (text, message) = Self.hostile(name)
        let file = try engine.folder.write(text, to: "pod.yaml")
        // Five seconds of the processor, however long that takes on a busy machine.
        let result = try await TestProgram.run(
            "sh",
            ["-c", "ulimit -t 5; exec \"$@\"", "sh", engine.binary, "apply", "-f", file],
            within: .seconds(120)
        )
        #expect(result.code == 2)
        #expect(result.errors.contains(message), "\(result.errors.prefix(300))")
        #expect(result.errors.utf8.count < 4000)
    }

    @Test func `what is too large, too deep or broken for the API leaves the engine as it was`()
        async throws
    {
        try await withEngine { engine in
            func post(_ body: String, _ type: String) async throws -> String {
                let file = try engine.folder.write(body, to: "body")
                return try await TestProgram.run(
                    "curl",
                    [
                        "-s", "--unix-socket", engine.socket, "-H", "Content-Type: \(type)",
                        "-w", " %{http_code}", "--data-binary", "@" + file,
                        "http://node/api/v1/namespaces/default/pods",
                    ]
                ).output
            }
            let large = "{\"kind\": \"Pod\", \"x\": \"" + String(repeating: "v", count: 10_000_000)
            let deep = String(repeating: "[", count: 100_000)
            #expect(try await post(large + "\"}", "application/json").hasSuffix(" 413"))
            #expect(try await post(deep, "application/json").hasSuffix(" 400"))
            #expect(
                try await post(Self.hostile("aliases of aliases").text, "application/yaml")
                    .hasSuffix(" 400")
            )
            #expect(try await post("{\"kind\": ", "application/json").hasSuffix(" 400"))
            #expect(try await engine.remora("ps").succeeded)
            let outputs = try await engine.outputs(of: [ShellPod("alive", "echo alive")])
            #expect(outputs["alive"] == "alive\n")
        }
    }

    @Test func `a ConfigMap as large as they may be is applied, changed and shrunk`() async throws {
        try await withEngine { engine in
            func map(_ size: Int, _ second: String) -> String {
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fat}\n"
                    + "data: {k: \(String(repeating: "v", count: size))\(second)}\n"
            }
            func apply(_ text: String) async throws -> String {
                let file = try engine.folder.write(text, to: "fat.yaml")
                let result = try await engine.remora("apply", "-f", file)
                return result.output + result.errors
            }
            #expect(try await apply(map(1_000_000, ", other: x")) == "configmap/fat created\n")
            #expect(try await apply(map(1_000_000, ", other: x")) == "configmap/fat unchanged\n")
            #expect(try await apply(map(1_000_001, "")) == "configmap/fat configured\n")
            let keys = try await engine.remora("get", "configmap", "fat", "-o", "json").output
            #expect(!keys.contains("\"other\""))
            #expect(try await apply(map(1_100_000, "")).contains("may not be more than 1048576"))
        }
    }

    /// 400 objects of 25 KB each: ten megabytes in one directory.
    @Test func `ten megabytes in many files are applied`() async throws {
        try await withEngine { engine in
            let value = String(repeating: "v", count: 25_000)
            for index in 0..<400 {
                try engine.folder.write(
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c-\(index)}\ndata: {k: \(value)}\n",
                    to: "many/\(index).yaml"
                )
            }
            let result = try await engine.remora("apply", "-f", engine.folder.file("many"))
            #expect(result.succeeded, "\(result.errors.prefix(500))")
            #expect(result.output.split(separator: "\n").count == 400)
            let names = try await engine.remora("get", "configmaps", "-o", "name").output
            #expect(names.split(separator: "\n").count >= 400)
            #expect(try await engine.remora("get", "configmaps").output.contains("c-399"))
        }
    }
}
