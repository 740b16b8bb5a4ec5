public import Formats

/// A choice of objects by their labels; all parts must match.
public struct LabelSelector: ModelObject {
    /// Labels that must be there with these values.
    public var matchLabels: [String: String]
    /// Further requirements.
    public var matchExpressions: [LabelSelectorRequirement]

    /// Makes the value from its parts.
    public init(
        matchLabels: [String: String] = [:],
        matchExpressions: [LabelSelectorRequirement] = []
    ) {
        self.matchLabels = matchLabels
        self.matchExpressions = matchExpressions
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.matchLabels = try fields.stringMap("matchLabels")
        self.matchExpressions = try fields.objects("matchExpressions")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("matchLabels", matchLabels)
        members.put("matchExpressions", matchExpressions)
        return members.json
    }

    /// Whether an object with these labels is chosen; an empty selector chooses everything.
    public func matches(_ labels: [String: String]) -> Bool {
        matchLabels.allSatisfy { labels[$0.key] == $0.value }
            && matchExpressions.allSatisfy { $0.matches(labels) }
    }
}
