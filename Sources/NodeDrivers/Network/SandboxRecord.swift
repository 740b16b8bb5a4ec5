internal import Formats
internal import PodModel
internal import System

/// What is remembered of a sandbox so that it can be taken down by an engine that did not make it.
///
/// It is on disk before the first step of its making, in the run directory: after a reboot there is
/// nothing to take down.
struct SandboxRecord: Sendable, Hashable {
    var podUID: String
    var title: String
    var attempt: Int
    var usesHostNetwork: Bool
    var usesHostIPC: Bool
    var sharesProcesses: Bool
    /// The users of the pod's own user namespace; nil if it has the node's.
    var users: UserRange?
    var hostPorts: [HostPort]
    /// The plugins' configurations as they were used, so that they are undone alike.
    var plugins: [JSON]
    /// What the last plugin answered; nil while the sandbox is being made.
    var result: JSON?
    /// The pod's addresses; empty while the sandbox is being made.
    var addresses: [String]

    var isReady: Bool { result != nil }

    var json: JSON {
        [
            "podUID": .string(podUID), "title": .string(title), "attempt": .int(attempt),
            "hostNetwork": .bool(usesHostNetwork), "hostIPC": .bool(usesHostIPC),
            "sharedProcesses": .bool(sharesProcesses),
            "firstUser": users.map { .int(Int64($0.first)) } ?? .null,
            "hostPorts": .array(
                hostPorts.map {
                    [
                        "address": .string($0.address), "port": .int($0.port),
                        "podPort": .int($0.podPort), "protocol": .string($0.protocol.rawValue),
                    ]
                }
            ),
            "plugins": .array(plugins), "result": result ?? .null,
            "addresses": .array(addresses.map(JSON.string)),
        ]
    }

    init(_ request: PodNetworkRequest, plugins: [JSON]) {
        podUID = request.podUID
        title = request.title
        attempt = request.attempt
        usesHostNetwork = request.usesHostNetwork
        usesHostIPC = request.usesHostIPC
        sharesProcesses = request.sharesProcesses
        users = nil
        hostPorts = request.hostPorts
        self.plugins = plugins
        result = nil
        addresses = []
    }

    init?(json: JSON) {
        guard let podUID = json["podUID"]?.string, let attempt = json["attempt"]?.int else {
            return nil
        }
        self.podUID = podUID
        self.attempt = attempt
        title = json["title"]?.string ?? ""
        usesHostNetwork = json["hostNetwork"]?.bool ?? false
        usesHostIPC = json["hostIPC"]?.bool ?? false
        sharesProcesses = json["sharedProcesses"]?.bool ?? false
        users = UserRange(recorded: json["firstUser"]?.int.map { Int($0) })
        hostPorts = (json["hostPorts"]?.array ?? []).compactMap { port in
            guard let number = port["port"]?.int, let podPort = port["podPort"]?.int else {
                return nil
            }
            return HostPort(
                address: port["address"]?.string ?? "",
                port: number,
                podPort: podPort,
                protocol: PortProtocol(rawValue: port["protocol"]?.string ?? "") ?? .tcp
            )
        }
        plugins = json["plugins"]?.array ?? []
        result = json["result"].flatMap { $0 == .null ? nil : $0 }
        addresses = json["addresses"]?.array?.compactMap(\.string) ?? []
    }
}

extension NodeLayout {
    /// The records of all sandboxes.
    var sandboxRecords: String { runRoot + "/sandboxes" }
    /// The record of one pod's sandbox.
    func sandboxRecord(ofPod uid: String) -> String { sandboxRecords + "/" + uid + ".json" }
    /// The addresses that the plugins have given out.
    var addressLeases: String { runRoot + "/cni" }
    /// Where the network configuration of the engine is kept.
    var networkConfiguration: String { root + "/cni" }
    /// The bridge that the pods of this engine are attached to; at most 15 characters.
    var bridge: String { "remora" + tag }
}
