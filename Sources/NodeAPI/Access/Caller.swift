internal import Formats

/// Who asks something of the API.
public struct Caller: Sendable, Hashable {
    /// The user's name: `system:serviceaccount:default:web`.
    public var name: String
    /// What tells the user from an earlier one of the same name; may be empty.
    public var uid = ""
    /// The groups that the user belongs to.
    public var groups: [String]
    /// What else is known, such as the pod that a token is bound to.
    public var extra: [String: [String]] = [:]

    /// Makes a caller.
    public init(
        name: String,
        uid: String = "",
        groups: [String],
        extra: [String: [String]] = [:]
    ) {
        self.name = name
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    /// The group that may do everything.
    public static let masters = "system:masters"
    /// The group of all who are known.
    static let authenticated = "system:authenticated"

    /// Whoever reaches the engine's own socket: the machine's administrator.
    public static let node = Caller(name: "system:admin", groups: [masters, authenticated])
    /// Somebody without credentials.
    static let anonymous = Caller(name: "system:anonymous", groups: ["system:unauthenticated"])

    /// The caller as `userInfo` of reviews shows it.
    var json: JSON {
        var json: JSON = ["username": .string(name)]
        if !uid.isEmpty { json["uid"] = .string(uid) }
        if !groups.isEmpty { json["groups"] = .strings(groups) }
        if !extra.isEmpty {
            var members: JSON = [:]
            for (key, values) in extra.sorted(by: { $0.key < $1.key }) {
                members[key] = .strings(values)
            }
            json["extra"] = members
        }
        return json
    }
}
