public import Formats

/// What is known of a deployment.
public struct DeploymentStatus: ModelObject {
    /// The generation of the spec that this status describes.
    public var observedGeneration: Int
    /// How many pods there are.
    public var replicas: Int
    /// How many are of the newest template.
    public var updatedReplicas: Int
    /// How many are ready.
    public var readyReplicas: Int
    /// How many are available.
    public var availableReplicas: Int
    /// How many are missing.
    public var unavailableReplicas: Int
    /// How many are going.
    public var terminatingReplicas: Int?
    /// Its conditions.
    public var conditions: [DeploymentCondition]
    /// How often a name had to be chosen anew.
    public var collisionCount: Int?

    /// Makes the value from its parts.
    public init(
        observedGeneration: Int = 0,
        replicas: Int = 0,
        updatedReplicas: Int = 0,
        readyReplicas: Int = 0,
        availableReplicas: Int = 0,
        unavailableReplicas: Int = 0,
        terminatingReplicas: Int? = nil,
        conditions: [DeploymentCondition] = [],
        collisionCount: Int? = nil
    ) {
        self.observedGeneration = observedGeneration
        self.replicas = replicas
        self.updatedReplicas = updatedReplicas
        self.readyReplicas = readyReplicas
        self.availableReplicas = availableReplicas
        self.unavailableReplicas = unavailableReplicas
        self.terminatingReplicas = terminatingReplicas
        self.conditions = conditions
        self.collisionCount = collisionCount
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.observedGeneration = try fields.int("observedGeneration") ?? 0
        self.replicas = try fields.int("replicas") ?? 0
        self.updatedReplicas = try fields.int("updatedReplicas") ?? 0
        self.readyReplicas = try fields.int("readyReplicas") ?? 0
        self.availableReplicas = try fields.int("availableReplicas") ?? 0
        self.unavailableReplicas = try fields.int("unavailableReplicas") ?? 0
        self.terminatingReplicas = try fields.int("terminatingReplicas")
        self.conditions = try fields.objects("conditions")
        self.collisionCount = try fields.int("collisionCount")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putCount("observedGeneration", observedGeneration)
        members.putCount("replicas", replicas)
        members.putCount("updatedReplicas", updatedReplicas)
        members.putCount("readyReplicas", readyReplicas)
        members.putCount("availableReplicas", availableReplicas)
        members.putCount("unavailableReplicas", unavailableReplicas)
        members.put("terminatingReplicas", terminatingReplicas)
        members.put("conditions", conditions)
        members.put("collisionCount", collisionCount)
        return members.json
    }
}
