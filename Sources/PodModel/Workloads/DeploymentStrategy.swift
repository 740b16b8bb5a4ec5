public import Formats

/// How a deployment is rolled over.
public struct DeploymentStrategy: ModelObject {
    /// The way.
    public var type: DeploymentStrategyType
    /// The pace of a rolling update.
    public var rollingUpdate: RollingUpdateDeployment?

    /// Makes the value from its parts.
    public init(
        type: DeploymentStrategyType = .rollingUpdate,
        rollingUpdate: RollingUpdateDeployment? = nil
    ) {
        self.type = type
        self.rollingUpdate = rollingUpdate
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.type = try fields.choice("type") ?? .rollingUpdate
        self.rollingUpdate = try fields.object("rollingUpdate")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("type", type)
        members.put("rollingUpdate", rollingUpdate)
        return members.json
    }
}
