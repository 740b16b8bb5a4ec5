import Foundation
import TestKit
import Testing

/// A pod whose only main container runs one shell command to its end.
struct ShellPod {
    var name: String
    /// The shell's text; nil leaves the command to the image and `container`.
    var command: String?
    /// Further fields of the pod's spec, one YAML line each.
    var pod: [String] = []
    /// Further fields of the container, one YAML line each.
    var container: [String] = []
    /// Further fields of the metadata, as the inside of a flow map.
    var metadata = ""
    var image = "remora/busybox"
    var restartPolicy = "Never"
    /// Further main containers, one YAML line each.
    var siblings: [String] = []

    init(
        _ name: String,
        _ command: String? = nil,
        pod: [String] = [],
        container: [String] = [],
        metadata: String = "",
        image: String = "remora/busybox",
        restartPolicy: String = "Never"
    ) {
        self.name = name
        self.command = command
        self.pod = pod
        self.container = container
        self.metadata = metadata
        self.image = image
        self.restartPolicy = restartPolicy
    }

    var yaml: String {
        var lines = [
            "apiVersion: v1", "kind: Pod",
            "metadata: {name: \(name)" + (metadata.isEmpty ? "}" : ", \(metadata)}"), "spec:",
            "  restartPolicy: \(restartPolicy)", "  terminationGracePeriodSeconds: 1",
        ]
        lines += pod.map { "  " + $0 }
        lines += [
            "  containers:", "  - name: main", "    image: \(image)",
            "    imagePullPolicy: IfNotPresent",
        ]
        if let command { lines.append("    command: " + flowSequence(["sh", "-c", command])) }
        lines += container.map { "    " + $0 }
        lines += siblings.map { "  " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// A pod that stays until it is told to go, to look into.
func resident(
    _ name: String,
    pod: [String] = [],
    volumes: [String] = [],
    mounts: [String] = []
) -> ShellPod {
    ShellPod(
        name,
        "trap 'exit 0' TERM; while true; do sleep 0.1; done",
        pod: pod + (volumes.isEmpty ? [] : ["volumes:"] + volumes),
        container: mounts.isEmpty ? [] : ["volumeMounts:"] + mounts,
        restartPolicy: "Always"
    )
}

/// Words as a YAML flow sequence, which is also JSON.
func flowSequence(_ words: [String]) -> String {
    let data = (try? JSONSerialization.data(withJSONObject: words)) ?? Data()
    return String(decoding: data, as: UTF8.self)
}

/// Many objects in one file.
func documents(_ texts: [String]) -> String {
    texts.joined(separator: "\n---\n")
}

extension TestEngine {
    /// Runs pods to their end, all at once; what each main container wrote, by the pod's name.
    func outputs(of pods: [ShellPod], with objects: [String] = []) async throws -> [String: String]
    {
        try await apply(documents(objects + pods.map(\.yaml)))
        let names = Set(pods.map(\.name))
        let template = "{range .items[*]}{.metadata.name}={.status.phase}{\"\\n\"}{end}"
        try await eventually(
            within: .seconds(60),
            "all of \(names.sorted()) end",
            every: .milliseconds(50)
        ) {
            let result = try await self.remora("get", "pods", "-o", "jsonpath=" + template)
            let ended = result.output.split(separator: "\n").filter {
                $0.hasSuffix("=Succeeded") || $0.hasSuffix("=Failed")
            }
            let missing = names.subtracting(ended.map { String($0.prefix { $0 != "=" }) })
            if missing.isEmpty { return true }
            throw Trouble("these have not: \(missing.sorted()); \(result.output)")
        }
        var outputs: [String: String] = [:]
        for name in names {
            let logs = try await remora("logs", name, "-c", "main")
            outputs[name] = logs.succeeded ? logs.output : "no log: " + logs.errors
        }
        return outputs
    }

    /// The messages of a pod's events with that reason, all in one text.
    func events(of pod: String, reason: String) async throws -> String {
        let result = try await remora("events", "--for", "pod/" + pod)
        return result.output.split(separator: "\n").filter { $0.contains(" \(reason) ") }
            .joined(separator: "\n")
    }

    /// Runs a shell command in a pod's first main container; what it wrote.
    func shell(_ command: String, in pod: String, container: String? = nil) async throws -> String {
        let choice = container.map { ["-c", $0] } ?? []
        let result = try await remora(["exec", pod] + choice + ["--", "sh", "-c", command])
        return result.output + result.errors
    }
}

extension TestEngine {
    /// Makes an image of a directory; the options are those of `remora image import`.
    func importImage(_ tree: String, as name: String, _ options: [String]) async throws {
        let result = try await remora(["image", "import", tree, name] + options)
        guard result.succeeded else { throw Trouble("import: \(result.errors)") }
    }
}

extension TemporaryDirectory {
    /// A root file system with busybox and its usual names, for images of the test's own.
    func busyboxTree() throws -> String {
        let tree = file("tree-\(UUID().uuidString)")
        let manager = FileManager.default
        for directory in ["bin", "etc", "proc", "sys", "dev", "tmp"] {
            try manager.createDirectory(
                atPath: tree + "/" + directory,
                withIntermediateDirectories: true
            )
        }
        try manager.copyItem(atPath: "/bin/busybox", toPath: tree + "/bin/busybox")
        for name in ["sh", "id", "echo", "cat", "ls", "stat", "sleep", "tr", "sort", "xargs"] {
            try manager.createSymbolicLink(
                atPath: tree + "/bin/" + name,
                withDestinationPath: "busybox"
            )
        }
        return tree
    }
}
