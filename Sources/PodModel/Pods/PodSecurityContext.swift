public import Formats

/// Security settings of a whole pod; a container's own setting wins where both exist.
public struct PodSecurityContext: ModelObject {
    /// The SELinux label.
    public var seLinuxOptions: SELinuxOptions?
    /// The user ID of the containers' first processes.
    public var runAsUser: Int?
    /// The group ID of the containers' first processes.
    public var runAsGroup: Int?
    /// Whether a container that would run as root is refused.
    public var runAsNonRoot: Bool?
    /// Further groups of every process.
    public var supplementalGroups: [Int]
    /// Whether the image's group memberships count.
    public var supplementalGroupsPolicy: SupplementalGroupsPolicy?
    /// The group that owns the pod's volumes and that every process is in.
    public var fsGroup: Int?
    /// Kernel parameters of the pod's namespaces.
    public var sysctls: [Sysctl]
    /// When the ownership of volumes is changed.
    public var fsGroupChangePolicy: FSGroupChangePolicy?
    /// The system call filter.
    public var seccompProfile: SeccompProfile?
    /// The AppArmor profile.
    public var appArmorProfile: AppArmorProfile?
    /// How volumes are labelled for SELinux.
    public var seLinuxChangePolicy: String?

    /// Makes the value from its parts.
    public init(
        seLinuxOptions: SELinuxOptions? = nil,
        runAsUser: Int? = nil,
        runAsGroup: Int? = nil,
        runAsNonRoot: Bool? = nil,
        supplementalGroups: [Int] = [],
        supplementalGroupsPolicy: SupplementalGroupsPolicy? = nil,
        fsGroup: Int? = nil,
        sysctls: [Sysctl] = [],
        fsGroupChangePolicy: FSGroupChangePolicy? = nil,
        seccompProfile: SeccompProfile? = nil,
        appArmorProfile: AppArmorProfile? = nil,
        seLinuxChangePolicy: String? = nil
    ) {
        self.seLinuxOptions = seLinuxOptions
        self.runAsUser = runAsUser
        self.runAsGroup = runAsGroup
        self.runAsNonRoot = runAsNonRoot
        self.supplementalGroups = supplementalGroups
        self.supplementalGroupsPolicy = supplementalGroupsPolicy
        self.fsGroup = fsGroup
        self.sysctls = sysctls
        self.fsGroupChangePolicy = fsGroupChangePolicy
        self.seccompProfile = seccompProfile
        self.appArmorProfile = appArmorProfile
        self.seLinuxChangePolicy = seLinuxChangePolicy
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.seLinuxOptions = try fields.object("seLinuxOptions")
        self.runAsUser = try fields.int("runAsUser")
        self.runAsGroup = try fields.int("runAsGroup")
        self.runAsNonRoot = try fields.flag("runAsNonRoot")
        self.supplementalGroups = try fields.ints("supplementalGroups")
        self.supplementalGroupsPolicy = try fields.choice("supplementalGroupsPolicy")
        self.fsGroup = try fields.int("fsGroup")
        self.sysctls = try fields.objects("sysctls")
        self.fsGroupChangePolicy = try fields.choice("fsGroupChangePolicy")
        self.seccompProfile = try fields.object("seccompProfile")
        self.appArmorProfile = try fields.object("appArmorProfile")
        self.seLinuxChangePolicy = try fields.string("seLinuxChangePolicy")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("seLinuxOptions", seLinuxOptions)
        members.put("runAsUser", runAsUser)
        members.put("runAsGroup", runAsGroup)
        members.put("runAsNonRoot", runAsNonRoot)
        members.put("supplementalGroups", supplementalGroups)
        members.put("supplementalGroupsPolicy", supplementalGroupsPolicy)
        members.put("fsGroup", fsGroup)
        members.put("sysctls", sysctls)
        members.put("fsGroupChangePolicy", fsGroupChangePolicy)
        members.put("seccompProfile", seccompProfile)
        members.put("appArmorProfile", appArmorProfile)
        members.put("seLinuxChangePolicy", seLinuxChangePolicy)
        return members.json
    }
}
