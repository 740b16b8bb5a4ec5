public import Formats

/// Security settings of one container.
public struct SecurityContext: ModelObject {
    /// Linux capabilities to add and drop.
    public var capabilities: Capabilities?
    /// Whether it runs with all rights on the node.
    public var privileged: Bool?
    /// The SELinux label.
    public var seLinuxOptions: SELinuxOptions?
    /// The user ID of its first process.
    public var runAsUser: Int?
    /// The group ID of its first process.
    public var runAsGroup: Int?
    /// Whether it is refused if it would run as root.
    public var runAsNonRoot: Bool?
    /// Whether its root file system cannot be written.
    public var readOnlyRootFilesystem: Bool?
    /// Whether a process may gain more rights than its parent.
    public var allowPrivilegeEscalation: Bool?
    /// How `/proc` is masked: `Default` or `Unmasked`.
    public var procMount: String?
    /// The system call filter.
    public var seccompProfile: SeccompProfile?
    /// The AppArmor profile.
    public var appArmorProfile: AppArmorProfile?

    /// Makes the value from its parts.
    public init(
        capabilities: Capabilities? = nil,
        privileged: Bool? = nil,
        seLinuxOptions: SELinuxOptions? = nil,
        runAsUser: Int? = nil,
        runAsGroup: Int? = nil,
        runAsNonRoot: Bool? = nil,
        readOnlyRootFilesystem: Bool? = nil,
        allowPrivilegeEscalation: Bool? = nil,
        procMount: String? = nil,
        seccompProfile: SeccompProfile? = nil,
        appArmorProfile: AppArmorProfile? = nil
    ) {
        self.capabilities = capabilities
        self.privileged = privileged
        self.seLinuxOptions = seLinuxOptions
        self.runAsUser = runAsUser
        self.runAsGroup = runAsGroup
        self.runAsNonRoot = runAsNonRoot
        self.readOnlyRootFilesystem = readOnlyRootFilesystem
        self.allowPrivilegeEscalation = allowPrivilegeEscalation
        self.procMount = procMount
        self.seccompProfile = seccompProfile
        self.appArmorProfile = appArmorProfile
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.capabilities = try fields.object("capabilities")
        self.privileged = try fields.flag("privileged")
        self.seLinuxOptions = try fields.object("seLinuxOptions")
        self.runAsUser = try fields.int("runAsUser")
        self.runAsGroup = try fields.int("runAsGroup")
        self.runAsNonRoot = try fields.flag("runAsNonRoot")
        self.readOnlyRootFilesystem = try fields.flag("readOnlyRootFilesystem")
        self.allowPrivilegeEscalation = try fields.flag("allowPrivilegeEscalation")
        self.procMount = try fields.string("procMount")
        self.seccompProfile = try fields.object("seccompProfile")
        self.appArmorProfile = try fields.object("appArmorProfile")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("capabilities", capabilities)
        members.put("privileged", privileged)
        members.put("seLinuxOptions", seLinuxOptions)
        members.put("runAsUser", runAsUser)
        members.put("runAsGroup", runAsGroup)
        members.put("runAsNonRoot", runAsNonRoot)
        members.put("readOnlyRootFilesystem", readOnlyRootFilesystem)
        members.put("allowPrivilegeEscalation", allowPrivilegeEscalation)
        members.put("procMount", procMount)
        members.put("seccompProfile", seccompProfile)
        members.put("appArmorProfile", appArmorProfile)
        return members.json
    }
}
