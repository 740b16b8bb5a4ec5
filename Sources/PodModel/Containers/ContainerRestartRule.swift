public import Formats

/// What to do for some exit codes, whatever the restart policy says.
public struct ContainerRestartRule: ModelObject {
    /// What to do.
    public var action: RestartRuleAction
    /// For which exit codes.
    public var exitCodes: ContainerRestartRuleOnExitCodes?

    /// Makes the value from its parts.
    public init(
        action: RestartRuleAction = .restart,
        exitCodes: ContainerRestartRuleOnExitCodes? = nil
    ) {
        self.action = action
        self.exitCodes = exitCodes
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.action = try fields.choice("action") ?? .restart
        self.exitCodes = try fields.object("exitCodes")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("action", action)
        members.put("exitCodes", exitCodes)
        return members.json
    }

    /// Whether the rule speaks about this exit code.
    public func matches(exitCode: Int) -> Bool {
        guard let exitCodes else { return false }
        return exitCodes.values.contains(exitCode) == (exitCodes.operator == "In")
    }
}
