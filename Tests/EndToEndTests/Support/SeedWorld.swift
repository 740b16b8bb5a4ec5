import Foundation
import TestKit
import Testing

/// Manifests of the seeds, unedited, on an engine that has the companion, each in a namespace of its own.
///
/// What a manifest takes for granted (Secrets, ConfigMaps, the servers that it names) is in `Seeds/Around`.
struct SeedWorld: Sendable {
    let kubectl: Kubectl

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Seeds").standardized.path

    /// Applies manifests as their authors would, waits until all of it is ready, and looks at what they do.
    ///
    /// - Parameters:
    ///   - manifests: Their names in `Seeds`.
    ///   - around: What all of them need, by names in `Seeds/Around`.
    ///   - options: Further options of the engine.
    ///   - identity: The Secrets with the servers' certificates and whose they are, and who signs them, whom the
    ///     engine trusts.
    ///   - body: Looks.
    /// - Throws: What `body` throws, and `Trouble` if a manifest is not taken or not ready in time.
    static func with(
        _ manifests: [String],
        around: [String] = [],
        options: [String] = [],
        identity: (secrets: [String: String], authority: TestAuthority)? = nil,
        _ body: (SeedWorld) async throws -> Void
    ) async throws {
        let companion = try SeedRegistry.companion()
        let registry = try await SeedRegistry()
        let trust = try TemporaryDirectory()
        var environment: [String: String] = [:]
        if let identity {
            environment["SSL_CERT_FILE"] = try trust.write(
                identity.authority.certificate,
                to: "authorities.pem"
            )
        }
        try await withEngine(
            Kubectl.options + ["--companion", companion] + options,
            environment: environment,
            prepare: { engine in
                try engine.folder.write(registry.configuration, to: "root/registries.conf")
            }
        ) { engine in
            let world = SeedWorld(kubectl: try await Kubectl(engine))
            var all = manifests.map {
                "apiVersion: v1\nkind: Namespace\nmetadata: {name: s-\($0)}\n"
            }
            for (name, manifest) in identity?.secrets ?? [:] {
                guard let identity else { continue }
                all.append(try await secret(name, in: "s-" + manifest, identity.authority))
            }
            for name in around {
                all.append(
                    try String(contentsOfFile: "\(folder)/Around/\(name).yaml", encoding: .utf8)
                )
            }
            try await world.kubectl.apply(documents(all))
            for manifest in manifests {
                let surroundings = "\(folder)/Around/\(manifest).yaml"
                var words = ["apply", "-n", "s-" + manifest]
                if FileManager.default.fileExists(atPath: surroundings) {
                    words += ["-f", surroundings]
                }
                let applied = try await world.kubectl.run(
                    words + ["-f", "\(folder)/\(manifest).yaml"]
                )
                guard applied.succeeded else { throw Trouble("\(manifest): \(applied.errors)") }
            }
            try await world.waitUntilReady(manifests)
            try await body(world)
        }
    }

    /// A Secret with a certificate for every name that is used here.
    private static func secret(
        _ name: String,
        in namespace: String,
        _ authority: TestAuthority
    ) async throws -> String {
        let names = ["DNS:config-server", "DNS:vault", "DNS:app.example.com"]
        let leaf = try await authority.leaf(names)
        func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        return """
            apiVersion: v1
            kind: Secret
            metadata: {name: \(name), namespace: \(namespace)}
            type: kubernetes.io/tls
            data: {tls.crt: \(encoded(leaf.certificate)), tls.key: \(encoded(leaf.privateKey))}

            """
    }

    /// Waits until every pod of every namespace is ready, and Deployments have all of theirs.
    private func waitUntilReady(_ manifests: [String]) async throws {
        let line =
            "{.metadata.namespace} {.metadata.name} {.status.conditions[?(@.type==\"Ready\")].status} "
            + "{.status.containerStatuses[*].state.waiting.reason}{\"\\n\"}"
        try await eventually(
            within: .seconds(120),
            "all of \(manifests) is ready",
            every: .milliseconds(300)
        ) {
            let pods = try await engine.remora([
                "get", "pods", "-A", "-o", "jsonpath={range .items[*]}\(line){end}",
            ]).output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            let waiting = pods.filter { $0.count < 3 || $0[2] != "True" }
            if let first = waiting.first { throw Trouble("\(first)") }
            let missing = manifests.filter { name in
                !pods.contains { $0.first == "s-" + name }
            }
            if !missing.isEmpty { throw Trouble("no pods: \(missing)") }
            let sets = try await engine.remora([
                "get", "deployments", "-A", "-o",
                "jsonpath={range .items[*]}{.spec.replicas}={.status.availableReplicas} {end}",
            ]).output.split(separator: " ").map { $0.split(separator: "=") }
            return sets.allSatisfy { $0.count == 2 && $0[0] == $0[1] }
        }
    }

    // MARK: What is looked at

    private var engine: TestEngine { kubectl.engine }

    /// The containers in whose place the companion runs, as `manifest container`.
    func standIns() async throws -> Set<String> {
        let events = try await kubectl(
            "get",
            "events",
            "-A",
            "--field-selector=reason=StandIn",
            "-o",
            "jsonpath={range .items[*]}{.metadata.namespace} {.involvedObject.fieldPath}{\"\\n\"}{end}"
        )
        let lines = events.split(separator: "\n").map { line in
            line.dropFirst(2).replacing(/spec\..*\{(.*)\}/) { "\($0.1)" }
        }
        return Set(lines.map { String($0) })
    }

    /// The addresses of a manifest's pods, by the pods' names.
    func addresses(_ manifest: String) async throws -> [String: String] {
        let output = try await kubectl(
            "get",
            "pods",
            "-n",
            "s-" + manifest,
            "-o",
            "jsonpath={range .items[*]}{.metadata.name}={.status.podIP} {end}"
        )
        var found: [String: String] = [:]
        for pair in output.split(separator: " ").map({ $0.split(separator: "=") })
        where pair.count == 2 {
            found[String(pair[0])] = String(pair[1])
        }
        return found
    }

    /// The address of a manifest's pod.
    func address(_ manifest: String, _ name: String) async throws -> String {
        guard let address = try await addresses(manifest)[name] else {
            throw Trouble("\(manifest) has no pod \(name)")
        }
        return address
    }

    /// What a container has written.
    func log(_ manifest: String, _ object: String, _ container: String) async throws -> String {
        try await kubectl("logs", "-n", "s-" + manifest, object, "-c", container)
    }

    /// Runs a program in a container; what it wrote.
    func execute(
        _ manifest: String,
        _ object: String,
        _ container: String,
        _ script: String
    ) async throws -> String {
        try await kubectl(
            "exec",
            "-n",
            "s-" + manifest,
            object,
            "-c",
            container,
            "--",
            "sh",
            "-c",
            script
        )
    }

    /// Asks over HTTP, from the machine; the body, or nothing if there is no answer.
    func get(_ url: String, _ options: [String] = []) async throws -> String {
        try await TestProgram.run("curl", ["-s", "--max-time", "5"] + options + [url]).output
    }

    /// Waits until a text has all of the parts.
    func waitFor(
        _ parts: [String],
        in what: String,
        within limit: Duration = .seconds(30),
        _ look: () async throws -> String
    ) async throws {
        try await eventually(within: limit, what, every: .milliseconds(300)) {
            let text = try await look()
            let missing = parts.filter { !text.contains($0) }
            if missing.isEmpty { return true }
            throw Trouble("missing: \(missing); \(text.suffix(1500))")
        }
    }
}
