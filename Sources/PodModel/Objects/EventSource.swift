public import Formats

/// Who reports an event.
public struct EventSource: ModelObject {
    /// The program.
    public var component: String
    /// The node.
    public var host: String

    /// Makes the value from its parts.
    public init(component: String = "", host: String = "") {
        self.component = component
        self.host = host
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.component = try fields.text("component")
        self.host = try fields.text("host")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("component", component)
        members.putText("host", host)
        return members.json
    }
}
