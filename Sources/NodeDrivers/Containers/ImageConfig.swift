/// What an image says about how it is run: the part of the OCI image configuration that a container
/// inherits.
public struct ImageConfig: Sendable, Hashable {
    /// What runs, before the arguments.
    public var entrypoint: [String]
    /// The arguments.
    public var command: [String]
    /// The environment, as `NAME=value`.
    public var environment: [String]
    /// The working directory; `/` if empty.
    public var workingDirectory: String
    /// The user: `uid`, `name`, `uid:gid`, `name:group`; root if empty.
    public var user: String
    /// The stop signal: `SIGTERM`, `TERM` or a number; SIGTERM if empty.
    public var stopSignal: String
    /// The volumes it declares; each gets an anonymous directory unless the pod mounts something.
    public var volumes: [String]
    /// The ports that it says it listens on, such as `80/tcp`.
    public var exposedPorts: [String] = []
    /// Its labels.
    public var labels: [String: String] = [:]

    /// Makes the value from its parts.
    public init(
        entrypoint: [String] = [],
        command: [String] = [],
        environment: [String] = [],
        workingDirectory: String = "",
        user: String = "",
        stopSignal: String = "",
        volumes: [String] = []
    ) {
        self.entrypoint = entrypoint
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.stopSignal = stopSignal
        self.volumes = volumes
    }
}
