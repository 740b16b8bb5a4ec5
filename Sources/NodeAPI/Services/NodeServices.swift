public import Basics
public import Formats
public import ObjectStore
public import Reactor

/// What the API needs of the engine beyond the stored objects.
///
/// The engine's program adapts its drivers to it; tests use a fake.
@MainLoop public protocol NodeServices: AnyObject {
    /// Writes a container's log to `write`, until its end or, when following, until the container
    /// ends or the task is cancelled.
    ///
    /// It calls `write` with no bytes as soon as it is clear that there is a log, so that clients
    /// learn of success before the first line.
    /// - Throws: `invalid` with the kubelet's words if there is no such log.
    func logs(
        _ request: LogRequest,
        write: @MainLoop ([UInt8]) async throws(Failure) -> Void
    ) async throws(Failure)

    /// Starts a program in a running container, or attaches to its main program.
    ///
    /// - Throws: why the program cannot be started.
    func exec(_ request: ExecRequest) async throws(Failure) -> any ExecSession

    /// Connects to a port of a running pod's own loopback, for `port-forward`.
    ///
    /// - Throws: why it cannot be reached.
    func connect(
        pod: ObjectKey,
        uid: String,
        port: UInt16,
        timeout: Duration
    ) async throws(Failure) -> ByteStream

    /// The timeline of a pod, also of one that has gone lately; `nil` if there is none.
    ///
    /// With a width the member `text` holds it drawn as bars of that many columns.
    func timeline(pod: ObjectKey, width: Int?) -> JSON?

    /// Works on images; long work reports its progress as JSON objects.
    ///
    /// - Throws: why it failed.
    func images(
        _ operation: ImageOperation,
        progress: @MainLoop (JSON) async -> Void
    ) async throws(Failure) -> JSON

    /// Version, roots, process ID and the like of the engine.
    func nodeInfo() -> JSON

    /// Begins to end the engine; returns at once.
    func shutdown(stoppingPods: Bool)

    /// What the running containers of a pod use; `nil` if there is no such pod or nothing runs.
    func usage(ofPod uid: String) -> [ContainerUsage]?

    /// What the whole machine uses; `nil` if it cannot be told.
    func usage() -> ResourceUsage?

    /// The engine's metrics in Prometheus' text form.
    func metrics() -> String
}

/// What something uses: the processor's share over a window, and memory.
public struct ResourceUsage: Sendable, Hashable {
    /// Processor time in each second, in nanoseconds.
    public var nanocores: Int
    /// The memory that it needs, in bytes.
    public var memoryBytes: Int
    /// Over which time the processor's share was taken.
    public var window: Duration

    /// Makes figures.
    public init(nanocores: Int, memoryBytes: Int, window: Duration) {
        self.nanocores = nanocores
        self.memoryBytes = memoryBytes
        self.window = window
    }

    /// The figures as quantities.
    var json: JSON {
        [
            "cpu": .string("\(nanocores)n"),
            "memory": .string("\((memoryBytes + 1023) / 1024)Ki"),
        ]
    }
}

/// What a container uses.
public struct ContainerUsage: Sendable, Hashable {
    /// The container's name.
    public var name: String
    /// Its figures.
    public var usage: ResourceUsage

    /// Makes the value from its parts.
    public init(name: String, usage: ResourceUsage) {
        self.name = name
        self.usage = usage
    }
}

/// Which part of which log.
public struct LogRequest: Sendable, Hashable {
    /// The pod.
    public var pod: ObjectKey
    /// The pod's UID.
    public var uid: String
    /// The container.
    public var container: String
    /// Whether to go on until the container ends.
    public var follows = false
    /// Whether the instance before the current one is meant.
    public var isPrevious = false
    /// Whether each line begins with its time.
    public var withTimestamps = false
    /// How many lines from the end; all if `nil`.
    public var tailLines: Int?
    /// From when on; always if `nil`.
    public var since: Timestamp?
    /// How many bytes at most; all if `nil`.
    public var limitBytes: Int?
}

/// Which program to run where.
public struct ExecRequest: Sendable, Hashable {
    /// The pod.
    public var pod: ObjectKey
    /// The pod's UID.
    public var uid: String
    /// The container.
    public var container: String
    /// The program and its arguments; empty to attach to the container's own.
    public var command: [String]
    /// Whether its standard input is connected.
    public var stdin: Bool
    /// Whether its standard output is connected.
    public var stdout: Bool
    /// Whether its standard error is connected; never with a terminal.
    public var stderr: Bool
    /// Whether it runs on a terminal.
    public var tty: Bool
}

/// Work on the image store.
public enum ImageOperation: Sendable, Hashable {
    /// All images.
    case list
    /// One image with its configuration.
    case inspect(String)
    /// Pull by reference, or copy from another store; with `user:password` if given.
    case pull(String, credentials: String?)
    /// Make an image of a root file system: a directory or tar on the node, and the options as given.
    case importing(path: String, name: String, options: JSON)
    /// Take over images of an archive on the node.
    case load(path: String)
    /// Remove by reference or ID, if forced also while a container uses it.
    case remove(String, force: Bool)
}
