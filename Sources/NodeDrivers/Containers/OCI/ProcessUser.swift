import PodEngine

/// The user that a container's process runs as, in numbers.
public struct ProcessUser: Sendable, Hashable {
    /// The user.
    public var uid: Int
    /// The primary group.
    public var gid: Int
    /// The supplementary groups, sorted; the primary group is among them, as with containerd.
    public var groups: [Int]

    /// Makes the value from its numbers.
    public init(uid: Int = 0, gid: Int = 0, groups: [Int] = []) {
        self.uid = uid
        self.gid = gid
        self.groups = groups
    }

    /// The form kept in `CreatedContainer.user`: `uid:gid:group,group`.
    public var text: String {
        "\(uid):\(gid):" + groups.map(String.init).joined(separator: ",")
    }

    /// Reads `text` back.
    public init?(text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let uid = Int(parts[0]), let gid = Int(parts[1]) else {
            return nil
        }
        self.init(uid: uid, gid: gid, groups: parts[2].split(separator: ",").compactMap { Int($0) })
    }
}

/// The users and groups that an image knows: its `/etc/passwd` and `/etc/group`.
struct AccountFiles: Sendable, Hashable {
    struct User: Sendable, Hashable {
        var name: String
        var uid: Int
        var gid: Int
        var home: String
    }
    struct Group: Sendable, Hashable {
        var name: String
        var gid: Int
        var members: [String]
    }

    var users: [User]
    var groups: [Group]

    /// Reads the two files; lines that are not entries are left out.
    init(passwd: String, group: String) {
        users = passwd.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count >= 6, let uid = Int(parts[2]), let gid = Int(parts[3]) else {
                return nil
            }
            return User(name: String(parts[0]), uid: uid, gid: gid, home: String(parts[5]))
        }
        groups = group.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count >= 4, let gid = Int(parts[2]) else { return nil }
            let members = parts[3].split(separator: ",").map(String.init)
            return Group(name: String(parts[0]), gid: gid, members: members)
        }
    }

    /// Who the process runs as.
    ///
    /// The pod's `runAsUser` wins over the image's `USER`, and its `runAsGroup` over the group found
    /// there. A numeric user that the image does not know runs with group 0.
    /// - Throws: `CreateContainerError` for a name that the image does not know.
    func resolve(
        _ security: EffectiveSecurity,
        imageUser: String
    ) throws(StepFailure) -> ProcessUser {
        let parts = imageUser.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let userText = security.user.map(String.init) ?? parts.first.map(String.init) ?? ""
        let entry = try entry(for: userText)
        var gid = entry.gid
        if let chosen = security.group {
            gid = chosen
        } else if security.user == nil, parts.count == 2, !parts[1].isEmpty {
            gid = try group(String(parts[1]))
        }
        var all = Set(security.supplementalGroups)
        all.insert(gid)
        if security.keepsImageGroups, !entry.name.isEmpty {
            for group in groups where group.members.contains(entry.name) { all.insert(group.gid) }
        }
        return ProcessUser(uid: entry.uid, gid: gid, groups: all.sorted())
    }

    private func entry(for text: String) throws(StepFailure) -> User {
        if let uid = text.isEmpty ? 0 : Int(text) {
            return users.first { $0.uid == uid } ?? User(name: "", uid: uid, gid: 0, home: "/")
        }
        if let user = users.first(where: { $0.name == text }) { return user }
        throw StepFailure(
            reason: "CreateContainerError",
            message: "unable to find user \(text): no matching entries in passwd file"
        )
    }

    private func group(_ text: String) throws(StepFailure) -> Int {
        if let gid = Int(text) { return gid }
        if let group = groups.first(where: { $0.name == text }) { return group.gid }
        throw StepFailure(
            reason: "CreateContainerError",
            message: "unable to find group \(text): no matching entries in group file"
        )
    }
}
