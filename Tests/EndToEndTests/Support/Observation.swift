import Foundation
import TestKit

/// One line of `remora ps`.
struct PodRow: Sendable, Equatable {
    var ready: String
    var status: String
    var restarts: Int
}

/// One Kubernetes event about a pod.
struct PodNotice: Sendable {
    var type: String
    var reason: String
    var message: String
    /// `spec.containers{main}`, empty for the pod itself.
    var fieldPath: String
    var count: Int
}

/// What a pod last was before its object went.
struct FinalPod: Sendable {
    var phase = ""
    var codes: [String: Int] = [:]
    /// The reasons of the containers' ends.
    var reasons: [String: String] = [:]
    /// Every status that the condition `Ready` took, in order, repeats left out.
    var readiness: [String] = []
}

extension TestEngine {
    /// The pod's line of `remora ps`, nil if it has none.
    func row(of name: String) async throws -> PodRow? {
        for line in try await remora("ps", "--no-headers").output.split(separator: "\n") {
            let cells = line.split(separator: " ", omittingEmptySubsequences: true)
            guard cells.count >= 4, cells[0] == name, let restarts = Int(cells[3]) else { continue }
            return PodRow(ready: String(cells[1]), status: String(cells[2]), restarts: restarts)
        }
        return nil
    }

    /// The events about a pod, oldest first.
    func notices(of name: String) async throws -> [PodNotice] {
        let result = try await remora("events", "--for", "pod/" + name, "-o", "json")
        let list = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let items = (list as? [String: Any])?["items"] as? [[String: Any]] ?? []
        return items.map { item in
            let object = item["involvedObject"] as? [String: Any]
            return PodNotice(
                type: item["type"] as? String ?? "",
                reason: item["reason"] as? String ?? "",
                message: item["message"] as? String ?? "",
                fieldPath: object?["fieldPath"] as? String ?? "",
                count: item["count"] as? Int ?? 0
            )
        }
    }

    /// The state of a container, as it stands in the pod's status: `waiting`, `running` or
    /// `terminated` with its fields; `last` asks for the state of the run before.
    func state(
        of container: String,
        in pod: String,
        last: Bool = false
    ) async throws -> (name: String, fields: [String: Any]) {
        let status = try await containerStatus(of: container, in: pod)
        let state = status[last ? "lastState" : "state"] as? [String: Any] ?? [:]
        for name in ["waiting", "running", "terminated"] {
            if let fields = state[name] as? [String: Any] { return (name, fields) }
        }
        return ("", [:])
    }

    /// The status of an init or regular container; empty if there is none.
    func containerStatus(of container: String, in pod: String) async throws -> [String: Any] {
        let status = try await self.pod(pod)?["status"] as? [String: Any] ?? [:]
        for list in ["initContainerStatuses", "containerStatuses"] {
            let all = status[list] as? [[String: Any]] ?? []
            if let found = all.first(where: { $0["name"] as? String == container }) { return found }
        }
        return [:]
    }

    /// How often a container was restarted.
    func restarts(of container: String, in pod: String) async throws -> Int {
        try await containerStatus(of: container, in: pod)["restartCount"] as? Int ?? -1
    }

    /// Waits until a container was restarted at least so often.
    func waitForRestarts(
        _ count: Int,
        of container: String,
        in pod: String,
        within limit: Duration = .seconds(40)
    ) async throws {
        let what = "container \(container) of \(pod) was restarted \(count) times"
        try await eventually(within: limit, what, every: .milliseconds(50)) {
            try await self.restarts(of: container, in: pod) >= count
        }
    }

    /// A condition of a pod: status, reason and message.
    func condition(_ type: String, of pod: String) async throws -> (
        status: String, reason: String, message: String
    ) {
        let status = try await self.pod(pod)?["status"] as? [String: Any]
        let all = status?["conditions"] as? [[String: Any]] ?? []
        let found = all.first { $0["type"] as? String == type } ?? [:]
        return (
            found["status"] as? String ?? "", found["reason"] as? String ?? "",
            found["message"] as? String ?? ""
        )
    }

    /// Waits until a container has written a line to its log, in any of its runs.
    func waitForLine(
        _ text: String,
        from container: String,
        in pod: String,
        within limit: Duration = .seconds(30)
    ) async throws {
        let what = "\(container) of \(pod) says \(text)"
        try await eventually(within: limit, what, every: .milliseconds(50)) {
            try self.history(of: pod).contains { $0.container == container && $0.text == text }
        }
    }

    /// Deletes a pod and follows it by a watch until its object goes; what it last was.
    func delete(_ name: String, _ options: String...) async throws -> FinalPod {
        let watch = try TestProgram(
            "curl",
            [
                "-sN", "--unix-socket", socket,
                "http://node/api/v1/namespaces/default/pods?watch=1"
                    + "&fieldSelector=metadata.name%3D\(name)",
            ]
        )
        try await eventually(within: .seconds(10), "the watch sees \(name)") {
            watch.output.contains(#""type":"ADDED""#)
        }
        let down = try await remora(["down", name, "--wait=false"] + options)
        guard down.succeeded else { throw Trouble("down: \(down.errors)") }
        try await eventually(within: .seconds(40), "the watch sees \(name) go") {
            watch.output.contains(#""type":"DELETED""#)
        }
        watch.signal(SIGTERM)
        var last = FinalPod()
        for line in watch.output.split(separator: "\n") {
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let pod = event?["object"] as? [String: Any]
            last.take(pod?["status"] as? [String: Any] ?? [:])
        }
        return last
    }
}

extension FinalPod {
    fileprivate mutating func take(_ status: [String: Any]) {
        phase = status["phase"] as? String ?? ""
        for list in ["initContainerStatuses", "containerStatuses"] {
            for container in status[list] as? [[String: Any]] ?? [] {
                let state = container["state"] as? [String: Any]
                let ended = state?["terminated"] as? [String: Any]
                guard let key = container["name"] as? String else { continue }
                codes[key] = ended?["exitCode"] as? Int
                reasons[key] = ended?["reason"] as? String
            }
        }
        let conditions = status["conditions"] as? [[String: Any]] ?? []
        let ready = conditions.first { $0["type"] as? String == "Ready" }?["status"] as? String
        if let ready, readiness.last != ready { readiness.append(ready) }
    }
}

/// Files that containers wait for, so that a test decides how far a pod has come.
struct Gates {
    let directory: String

    init(_ engine: TestEngine) throws {
        directory = engine.folder.file("gates")
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
    }

    /// Lets a container through.
    func open(_ name: String) throws {
        guard FileManager.default.createFile(atPath: directory + "/" + name, contents: nil) else {
            throw Trouble("cannot make gate \(name)")
        }
    }

    /// Takes an open gate away again.
    func close(_ name: String) throws {
        try FileManager.default.removeItem(atPath: directory + "/" + name)
    }

    /// A pod's field that makes the gates known to its containers.
    var volume: String { "volumes: [{name: gates, hostPath: {path: \(directory)}}]" }
    /// A container's field that puts them under `/gates`.
    static let mount = "volumeMounts: [{name: gates, mountPath: /gates}]"
    /// Shell text that waits for a gate.
    static func wait(_ name: String) -> String {
        "until test -e /gates/\(name); do sleep 0.05; done"
    }
}
