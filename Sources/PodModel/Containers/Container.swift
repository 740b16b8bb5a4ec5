public import Formats

/// One container of a pod: init, sidecar or regular.
public struct Container: ModelObject {
    /// The name, unique over the pod's init and regular containers.
    public var name: String
    /// The image reference.
    public var image: String
    /// What runs instead of the image's entrypoint; empty keeps it.
    public var command: [String]
    /// The arguments instead of the image's.
    public var args: [String]
    /// The working directory; the image's if empty.
    public var workingDir: String
    /// The ports it listens on.
    public var ports: [ContainerPort]
    /// Sources whose every key becomes a variable.
    public var envFrom: [EnvFromSource]
    /// The environment variables in order.
    public var env: [EnvVar]
    /// What it asks for and may use at most.
    public var resources: ResourceRequirements
    /// What a change of its resources takes.
    public var resizePolicy: [ContainerResizePolicy]
    /// Its own restart policy; `always` makes an init container a sidecar.
    public var restartPolicy: RestartPolicy?
    /// Exceptions by exit code; the first match wins.
    public var restartPolicyRules: [ContainerRestartRule]
    /// The volumes it sees.
    public var volumeMounts: [VolumeMount]
    /// The block devices it sees.
    public var volumeDevices: [VolumeDevice]
    /// Restarts it when it fails.
    public var livenessProbe: Probe?
    /// Takes the pod out of services when it fails.
    public var readinessProbe: Probe?
    /// Holds the other probes back until it has succeeded.
    public var startupProbe: Probe?
    /// Its hooks and stop signal.
    public var lifecycle: Lifecycle?
    /// The file with its last words.
    public var terminationMessagePath: String
    /// Where its last words come from.
    public var terminationMessagePolicy: TerminationMessagePolicy
    /// When the image is pulled.
    public var imagePullPolicy: PullPolicy
    /// Its own security settings.
    public var securityContext: SecurityContext?
    /// Whether its standard input stays open.
    public var stdin: Bool
    /// Whether standard input is closed after the first attachment.
    public var stdinOnce: Bool
    /// Whether it runs on a terminal.
    public var tty: Bool

    /// Makes the value from its parts.
    public init(
        name: String,
        image: String = "",
        command: [String] = [],
        args: [String] = [],
        workingDir: String = "",
        ports: [ContainerPort] = [],
        envFrom: [EnvFromSource] = [],
        env: [EnvVar] = [],
        resources: ResourceRequirements = ResourceRequirements(),
        resizePolicy: [ContainerResizePolicy] = [],
        restartPolicy: RestartPolicy? = nil,
        restartPolicyRules: [ContainerRestartRule] = [],
        volumeMounts: [VolumeMount] = [],
        volumeDevices: [VolumeDevice] = [],
        livenessProbe: Probe? = nil,
        readinessProbe: Probe? = nil,
        startupProbe: Probe? = nil,
        lifecycle: Lifecycle? = nil,
        terminationMessagePath: String = "/dev/termination-log",
        terminationMessagePolicy: TerminationMessagePolicy = .file,
        imagePullPolicy: PullPolicy = .ifNotPresent,
        securityContext: SecurityContext? = nil,
        stdin: Bool = false,
        stdinOnce: Bool = false,
        tty: Bool = false
    ) {
        self.name = name
        self.image = image
        self.command = command
        self.args = args
        self.workingDir = workingDir
        self.ports = ports
        self.envFrom = envFrom
        self.env = env
        self.resources = resources
        self.resizePolicy = resizePolicy
        self.restartPolicy = restartPolicy
        self.restartPolicyRules = restartPolicyRules
        self.volumeMounts = volumeMounts
        self.volumeDevices = volumeDevices
        self.livenessProbe = livenessProbe
        self.readinessProbe = readinessProbe
        self.startupProbe = startupProbe
        self.lifecycle = lifecycle
        self.terminationMessagePath = terminationMessagePath
        self.terminationMessagePolicy = terminationMessagePolicy
        self.imagePullPolicy = imagePullPolicy
        self.securityContext = securityContext
        self.stdin = stdin
        self.stdinOnce = stdinOnce
        self.tty = tty
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.image = try fields.text("image")
        self.command = try fields.strings("command")
        self.args = try fields.strings("args")
        self.workingDir = try fields.text("workingDir")
        self.ports = try fields.objects("ports")
        self.envFrom = try fields.objects("envFrom")
        self.env = try fields.objects("env")
        self.resources = try fields.object("resources") ?? ResourceRequirements()
        self.resizePolicy = try fields.objects("resizePolicy")
        self.restartPolicy = try fields.choice("restartPolicy")
        self.restartPolicyRules = try fields.objects("restartPolicyRules")
        self.volumeMounts = try fields.objects("volumeMounts")
        self.volumeDevices = try fields.objects("volumeDevices")
        self.livenessProbe = try fields.object("livenessProbe")
        self.readinessProbe = try fields.object("readinessProbe")
        self.startupProbe = try fields.object("startupProbe")
        self.lifecycle = try fields.object("lifecycle")
        self.terminationMessagePath = try fields.text(
            "terminationMessagePath",
            or: "/dev/termination-log"
        )
        self.terminationMessagePolicy = try fields.choice("terminationMessagePolicy") ?? .file
        self.imagePullPolicy = try fields.choice("imagePullPolicy") ?? .ifNotPresent
        self.securityContext = try fields.object("securityContext")
        self.stdin = try fields.flag("stdin") ?? false
        self.stdinOnce = try fields.flag("stdinOnce") ?? false
        self.tty = try fields.flag("tty") ?? false
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("name", name)
        members.putText("image", image)
        members.put("command", command)
        members.put("args", args)
        members.putText("workingDir", workingDir)
        members.put("ports", ports)
        members.put("envFrom", envFrom)
        members.put("env", env)
        members.put("resources", resources)
        members.put("resizePolicy", resizePolicy)
        members.put("restartPolicy", restartPolicy)
        members.put("restartPolicyRules", restartPolicyRules)
        members.put("volumeMounts", volumeMounts)
        members.put("volumeDevices", volumeDevices)
        members.put("livenessProbe", livenessProbe)
        members.put("readinessProbe", readinessProbe)
        members.put("startupProbe", startupProbe)
        members.put("lifecycle", lifecycle)
        members.put("terminationMessagePath", terminationMessagePath)
        members.put("terminationMessagePolicy", terminationMessagePolicy)
        members.put("imagePullPolicy", imagePullPolicy)
        members.put("securityContext", securityContext)
        members.putFlag("stdin", stdin)
        members.putFlag("stdinOnce", stdinOnce)
        members.putFlag("tty", tty)
        return members.json
    }

    /// Whether it is a native sidecar, given that it stands in `initContainers`.
    ///
    /// Meaningless for a regular container, whose own `restartPolicy` may be `Always` too.
    public var isSidecar: Bool { restartPolicy == .always }
}
