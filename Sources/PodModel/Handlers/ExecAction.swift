public import Formats

/// A command that runs in the container, without a shell.
public struct ExecAction: ModelObject {
    /// The program and its arguments.
    public var command: [String]

    /// Makes the value from its parts.
    public init(command: [String] = []) {
        self.command = command
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.command = try fields.strings("command")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("command", command)
        return members.json
    }
}
