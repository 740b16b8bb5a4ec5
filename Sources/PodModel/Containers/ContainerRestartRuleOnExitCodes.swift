public import Formats

/// A set of exit codes, or all but a set.
public struct ContainerRestartRuleOnExitCodes: ModelObject {
    /// `In` or `NotIn`.
    public var `operator`: String
    /// The exit codes; at most 255 of them.
    public var values: [Int]

    /// Makes the value from its parts.
    public init(`operator`: String, values: [Int]) {
        self.operator = `operator`
        self.values = values
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.operator = try fields.text("operator")
        self.values = try fields.ints("values")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("operator", `operator`)
        members.put("values", values)
        return members.json
    }
}
