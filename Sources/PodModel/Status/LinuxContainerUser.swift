public import Formats

/// A Linux identity.
public struct LinuxContainerUser: ModelObject {
    /// The user ID.
    public var uid: Int
    /// The primary group ID.
    public var gid: Int
    /// Further group IDs.
    public var supplementalGroups: [Int]

    /// Makes the value from its parts.
    public init(uid: Int = 0, gid: Int = 0, supplementalGroups: [Int] = []) {
        self.uid = uid
        self.gid = gid
        self.supplementalGroups = supplementalGroups
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.uid = try fields.int("uid") ?? 0
        self.gid = try fields.int("gid") ?? 0
        self.supplementalGroups = try fields.ints("supplementalGroups")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("uid", uid)
        members.put("gid", gid)
        members.put("supplementalGroups", supplementalGroups)
        return members.json
    }
}
