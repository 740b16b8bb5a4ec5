public import Basics
import Formats
public import PodEngine
import System

/// What Remora keeps on disk about a container run, beside its OCI bundle (`meta.json`).
///
/// It is complete before anything is started for the run, so a bundle without it is a torso that
/// nobody knows of.
public struct ContainerRecord: Sendable, Hashable {
    /// The run's ID.
    public var id: String
    /// The pod.
    public var podUID: String
    /// The pod's namespace.
    public var namespace: String
    /// The pod's name.
    public var pod: String
    /// Which run of which container.
    public var run: ContainerRun
    /// The image it was made from.
    public var image: ImageIdentity
    /// Its control group.
    public var cgroup: String
    /// Its log file.
    public var log: String
    /// The user it runs as, in `ProcessUser.text` form.
    public var user: String
    /// When it was made.
    public var createdAt: Timestamp
    /// Whether other containers or the node share its processes: then its end leaves some behind.
    public var sharesProcesses: Bool
    /// Whether it has a terminal.
    public var hasTerminal: Bool
    /// What conmon keeps open for it: standard input, and whether only for one client.
    var standardInput: StandardInput
    /// The limit of its termination message in bytes.
    var messageLimit: Int
    /// Whether a failed run without message shows the end of its log.
    var fallsBackToLog: Bool
    /// The users of the pod's own user namespace.
    var users: UserRange?
    /// The files of the node that its mounts show with their owners mapped.
    var mapped: [String]
    /// What the engine sets before the program starts, because the runtime may not.
    var oomScore: Int?
    /// The stop signal: the pod's, the image's, else 15.
    public var stopSignal: Int32

    /// What becomes of a container's standard input.
    enum StandardInput: String, Sendable, Hashable {
        case closed
        case open
        case once
    }

    /// The form on disk.
    var json: JSON {
        [
            "version": 1,
            "id": .string(id),
            "podUID": .string(podUID),
            "namespace": .string(namespace),
            "pod": .string(pod),
            "container": .string(run.container),
            "attempt": .int(Int64(run.attempt)),
            "image": [
                "reference": .string(image.reference), "id": .string(image.id),
                "message": .string(image.message), "wasPulled": .bool(image.wasPulled),
                "standIn": image.standIn.map { .string($0) } ?? .null,
            ],
            "cgroup": .string(cgroup),
            "log": .string(log),
            "user": .string(user),
            "createdAt": .int(createdAt.nanoseconds),
            "sharesProcesses": .bool(sharesProcesses),
            "hasTerminal": .bool(hasTerminal),
            "standardInput": .string(standardInput.rawValue),
            "messageLimit": .int(Int64(messageLimit)),
            "fallsBackToLog": .bool(fallsBackToLog),
            "firstUser": users.map { .int(Int64($0.first)) } ?? .null,
            "mapped": .array(mapped.map { .string($0) }),
            "oomScore": oomScore.map { .int(Int64($0)) } ?? .null,
            "stopSignal": .int(Int64(stopSignal)),
        ]
    }
}

extension ContainerRecord {
    /// Reads the form on disk; `nil` if it is not whole.
    init?(json: JSON) {
        guard let id = json["id"]?.string, let podUID = json["podUID"]?.string,
            let namespace = json["namespace"]?.string, let pod = json["pod"]?.string,
            let container = json["container"]?.string, let attempt = json["attempt"]?.int,
            let cgroup = json["cgroup"]?.string, cgroup.hasPrefix("/"), cgroup.count > 1,
            let log = json["log"]?.string
        else { return nil }
        self.id = id
        self.podUID = podUID
        self.namespace = namespace
        self.pod = pod
        self.run = ContainerRun(container, attempt: Int(attempt))
        let image = json["image"]
        self.image = ImageIdentity(
            reference: image?["reference"]?.string ?? "",
            id: image?["id"]?.string ?? "",
            message: image?["message"]?.string ?? "",
            wasPulled: image?["wasPulled"]?.bool ?? false,
            standIn: image?["standIn"]?.string
        )
        self.cgroup = cgroup
        self.log = log
        self.user = json["user"]?.string ?? ""
        self.createdAt = Timestamp(nanoseconds: Int64(json["createdAt"]?.int ?? 0))
        self.sharesProcesses = json["sharesProcesses"]?.bool ?? false
        self.hasTerminal = json["hasTerminal"]?.bool ?? false
        self.standardInput =
            json["standardInput"]?.string.flatMap(StandardInput.init) ?? .closed
        self.messageLimit = Int(json["messageLimit"]?.int ?? 4096)
        self.fallsBackToLog = json["fallsBackToLog"]?.bool ?? false
        self.users = UserRange(recorded: json["firstUser"]?.int.map { Int($0) })
        self.mapped = json["mapped"]?.array?.compactMap(\.string) ?? []
        self.oomScore = json["oomScore"]?.int.map { Int($0) }
        self.stopSignal = Int32(clamping: json["stopSignal"]?.int ?? 15)
    }
}

/// A container run found on disk, for adoption after an engine restart.
public struct StoredContainer: Sendable {
    /// What is recorded of it.
    public var record: ContainerRecord
    /// Its state now.
    public var state: PodObservation.State
}
