public import Formats

/// Linux capabilities, without the prefix `CAP_`.
public struct Capabilities: ModelObject {
    /// What is added; `ALL` means all.
    public var add: [String]
    /// What is dropped; `ALL` means all.
    public var drop: [String]

    /// Makes the value from its parts.
    public init(add: [String] = [], drop: [String] = []) {
        self.add = add
        self.drop = drop
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.add = try fields.strings("add")
        self.drop = try fields.strings("drop")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("add", add)
        members.put("drop", drop)
        return members.json
    }
}
