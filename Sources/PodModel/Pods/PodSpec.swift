public import Formats

/// What is wanted of a pod: every field of core/v1 as of v1.36.
///
/// Fields that only a scheduler or a cluster can honour are kept as they were written.
public struct PodSpec: ModelObject {
    /// The volumes that containers may mount.
    public var volumes: [Volume]
    /// Containers that run before the regular ones, sidecars among them.
    public var initContainers: [Container]
    /// The regular containers; at least one.
    public var containers: [Container]
    /// Containers added to the running pod for debugging.
    public var ephemeralContainers: [EphemeralContainer]
    /// What to do when a container exits.
    public var restartPolicy: RestartPolicy
    /// Seconds between the first stop signal and SIGKILL, hooks included.
    public var terminationGracePeriodSeconds: Int
    /// Seconds after the pod's start at which it is failed.
    public var activeDeadlineSeconds: Int?
    /// Where `/etc/resolv.conf` comes from.
    public var dnsPolicy: DNSPolicy
    /// Labels of the node; not honoured on one machine.
    public var nodeSelector: [String: String]
    /// The service account.
    public var serviceAccountName: String
    /// The old name of `serviceAccountName`.
    public var serviceAccount: String
    /// Whether the account's token is mounted.
    public var automountServiceAccountToken: Bool?
    /// The node; not honoured on one machine.
    public var nodeName: String
    /// Whether the pod uses the node's network.
    public var hostNetwork: Bool
    /// Whether the pod sees the node's processes.
    public var hostPID: Bool
    /// Whether the pod uses the node's IPC namespace.
    public var hostIPC: Bool
    /// Whether the containers see each other's processes.
    public var shareProcessNamespace: Bool?
    /// Users, groups, sysctls of the whole pod.
    public var securityContext: PodSecurityContext
    /// Secrets with registry credentials.
    public var imagePullSecrets: [LocalObjectReference]
    /// The host name; the pod's name if empty.
    public var hostname: String
    /// The subdomain of the fully qualified host name.
    public var subdomain: String
    /// Scheduling wishes; not honoured on one machine.
    public var affinity: JSON?
    /// The scheduler; not honoured on one machine.
    public var schedulerName: String
    /// Taints the pod tolerates.
    public var tolerations: [JSON]
    /// Further lines of `/etc/hosts`.
    public var hostAliases: [HostAlias]
    /// The priority class.
    public var priorityClassName: String
    /// The priority.
    public var priority: Int?
    /// Additions to `/etc/resolv.conf`.
    public var dnsConfig: PodDNSConfig?
    /// Conditions that must be true before the pod is ready.
    public var readinessGates: [PodReadinessGate]
    /// The runtime class; not honoured on one machine.
    public var runtimeClassName: String?
    /// Whether services of the namespace appear as environment variables.
    public var enableServiceLinks: Bool
    /// Whether it may displace other pods; not honoured on one machine.
    public var preemptionPolicy: String?
    /// Resources the sandbox itself takes.
    public var overhead: [String: Quantity]
    /// Scheduling wishes; not honoured on one machine.
    public var topologySpreadConstraints: [JSON]
    /// Whether the kernel's host name is the fully qualified one.
    public var setHostnameAsFQDN: Bool?
    /// The operating system of the containers.
    public var os: PodOS?
    /// Whether the node's user namespace is used; false asks for an own one.
    public var hostUsers: Bool?
    /// What holds scheduling back; not honoured on one machine.
    public var schedulingGates: [JSON]
    /// Claims on devices; not honoured on one machine.
    public var resourceClaims: [JSON]
    /// Resources of the pod as a whole.
    public var resources: ResourceRequirements?
    /// The host name that overrides all others.
    public var hostnameOverride: String?
    /// The scheduling group; not honoured on one machine.
    public var schedulingGroup: JSON?

    /// Makes the value from its parts.
    public init(
        volumes: [Volume] = [],
        initContainers: [Container] = [],
        containers: [Container] = [],
        ephemeralContainers: [EphemeralContainer] = [],
        restartPolicy: RestartPolicy = .always,
        terminationGracePeriodSeconds: Int = 30,
        activeDeadlineSeconds: Int? = nil,
        dnsPolicy: DNSPolicy = .clusterFirst,
        nodeSelector: [String: String] = [:],
        serviceAccountName: String = "",
        serviceAccount: String = "",
        automountServiceAccountToken: Bool? = nil,
        nodeName: String = "",
        hostNetwork: Bool = false,
        hostPID: Bool = false,
        hostIPC: Bool = false,
        shareProcessNamespace: Bool? = nil,
        securityContext: PodSecurityContext = PodSecurityContext(),
        imagePullSecrets: [LocalObjectReference] = [],
        hostname: String = "",
        subdomain: String = "",
        affinity: JSON? = nil,
        schedulerName: String = "default-scheduler",
        tolerations: [JSON] = [],
        hostAliases: [HostAlias] = [],
        priorityClassName: String = "",
        priority: Int? = nil,
        dnsConfig: PodDNSConfig? = nil,
        readinessGates: [PodReadinessGate] = [],
        runtimeClassName: String? = nil,
        enableServiceLinks: Bool = true,
        preemptionPolicy: String? = nil,
        overhead: [String: Quantity] = [:],
        topologySpreadConstraints: [JSON] = [],
        setHostnameAsFQDN: Bool? = nil,
        os: PodOS? = nil,
        hostUsers: Bool? = nil,
        schedulingGates: [JSON] = [],
        resourceClaims: [JSON] = [],
        resources: ResourceRequirements? = nil,
        hostnameOverride: String? = nil,
        schedulingGroup: JSON? = nil
    ) {
        self.volumes = volumes
        self.initContainers = initContainers
        self.containers = containers
        self.ephemeralContainers = ephemeralContainers
        self.restartPolicy = restartPolicy
        self.terminationGracePeriodSeconds = terminationGracePeriodSeconds
        self.activeDeadlineSeconds = activeDeadlineSeconds
        self.dnsPolicy = dnsPolicy
        self.nodeSelector = nodeSelector
        self.serviceAccountName = serviceAccountName
        self.serviceAccount = serviceAccount
        self.automountServiceAccountToken = automountServiceAccountToken
        self.nodeName = nodeName
        self.hostNetwork = hostNetwork
        self.hostPID = hostPID
        self.hostIPC = hostIPC
        self.shareProcessNamespace = shareProcessNamespace
        self.securityContext = securityContext
        self.imagePullSecrets = imagePullSecrets
        self.hostname = hostname
        self.subdomain = subdomain
        self.affinity = affinity
        self.schedulerName = schedulerName
        self.tolerations = tolerations
        self.hostAliases = hostAliases
        self.priorityClassName = priorityClassName
        self.priority = priority
        self.dnsConfig = dnsConfig
        self.readinessGates = readinessGates
        self.runtimeClassName = runtimeClassName
        self.enableServiceLinks = enableServiceLinks
        self.preemptionPolicy = preemptionPolicy
        self.overhead = overhead
        self.topologySpreadConstraints = topologySpreadConstraints
        self.setHostnameAsFQDN = setHostnameAsFQDN
        self.os = os
        self.hostUsers = hostUsers
        self.schedulingGates = schedulingGates
        self.resourceClaims = resourceClaims
        self.resources = resources
        self.hostnameOverride = hostnameOverride
        self.schedulingGroup = schedulingGroup
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.volumes = try fields.objects("volumes")
        self.initContainers = try fields.objects("initContainers")
        self.containers = try fields.objects("containers")
        self.ephemeralContainers = try fields.objects("ephemeralContainers")
        self.restartPolicy = try fields.choice("restartPolicy") ?? .always
        self.terminationGracePeriodSeconds = try fields.int("terminationGracePeriodSeconds") ?? 30
        self.activeDeadlineSeconds = try fields.int("activeDeadlineSeconds")
        self.dnsPolicy = try fields.choice("dnsPolicy") ?? .clusterFirst
        self.nodeSelector = try fields.stringMap("nodeSelector")
        self.serviceAccountName = try fields.text("serviceAccountName")
        self.serviceAccount = try fields.text("serviceAccount")
        self.automountServiceAccountToken = try fields.flag("automountServiceAccountToken")
        self.nodeName = try fields.text("nodeName")
        self.hostNetwork = try fields.flag("hostNetwork") ?? false
        self.hostPID = try fields.flag("hostPID") ?? false
        self.hostIPC = try fields.flag("hostIPC") ?? false
        self.shareProcessNamespace = try fields.flag("shareProcessNamespace")
        self.securityContext = try fields.object("securityContext") ?? PodSecurityContext()
        self.imagePullSecrets = try fields.objects("imagePullSecrets")
        self.hostname = try fields.text("hostname")
        self.subdomain = try fields.text("subdomain")
        self.affinity = fields["affinity"]
        self.schedulerName = try fields.text("schedulerName", or: "default-scheduler")
        self.tolerations = try fields.items("tolerations")
        self.hostAliases = try fields.objects("hostAliases")
        self.priorityClassName = try fields.text("priorityClassName")
        self.priority = try fields.int("priority")
        self.dnsConfig = try fields.object("dnsConfig")
        self.readinessGates = try fields.objects("readinessGates")
        self.runtimeClassName = try fields.string("runtimeClassName")
        self.enableServiceLinks = try fields.flag("enableServiceLinks") ?? true
        self.preemptionPolicy = try fields.string("preemptionPolicy")
        self.overhead = try fields.quantities("overhead")
        self.topologySpreadConstraints = try fields.items("topologySpreadConstraints")
        self.setHostnameAsFQDN = try fields.flag("setHostnameAsFQDN")
        self.os = try fields.object("os")
        self.hostUsers = try fields.flag("hostUsers")
        self.schedulingGates = try fields.items("schedulingGates")
        self.resourceClaims = try fields.items("resourceClaims")
        self.resources = try fields.object("resources")
        self.hostnameOverride = try fields.string("hostnameOverride")
        self.schedulingGroup = fields["schedulingGroup"]
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("volumes", volumes)
        members.put("initContainers", initContainers)
        members.put("containers", containers)
        members.put("ephemeralContainers", ephemeralContainers)
        members.put("restartPolicy", restartPolicy)
        members.put("terminationGracePeriodSeconds", terminationGracePeriodSeconds)
        members.put("activeDeadlineSeconds", activeDeadlineSeconds)
        members.put("dnsPolicy", dnsPolicy)
        members.put("nodeSelector", nodeSelector)
        members.putText("serviceAccountName", serviceAccountName)
        members.putText("serviceAccount", serviceAccount)
        members.put("automountServiceAccountToken", automountServiceAccountToken)
        members.putText("nodeName", nodeName)
        members.putFlag("hostNetwork", hostNetwork)
        members.putFlag("hostPID", hostPID)
        members.putFlag("hostIPC", hostIPC)
        members.put("shareProcessNamespace", shareProcessNamespace)
        members.put("securityContext", securityContext)
        members.put("imagePullSecrets", imagePullSecrets)
        members.putText("hostname", hostname)
        members.putText("subdomain", subdomain)
        members.put("affinity", affinity)
        members.put("schedulerName", schedulerName)
        members.put("tolerations", tolerations)
        members.put("hostAliases", hostAliases)
        members.putText("priorityClassName", priorityClassName)
        members.put("priority", priority)
        members.put("dnsConfig", dnsConfig)
        members.put("readinessGates", readinessGates)
        members.put("runtimeClassName", runtimeClassName)
        members.put("enableServiceLinks", enableServiceLinks)
        members.put("preemptionPolicy", preemptionPolicy)
        members.put("overhead", overhead)
        members.put("topologySpreadConstraints", topologySpreadConstraints)
        members.put("setHostnameAsFQDN", setHostnameAsFQDN)
        members.put("os", os)
        members.put("hostUsers", hostUsers)
        members.put("schedulingGates", schedulingGates)
        members.put("resourceClaims", resourceClaims)
        members.put("resources", resources)
        members.put("hostnameOverride", hostnameOverride)
        members.put("schedulingGroup", schedulingGroup)
        return members.json
    }
}
