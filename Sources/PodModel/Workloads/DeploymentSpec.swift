public import Formats

/// What is wanted of a deployment.
public struct DeploymentSpec: ModelObject {
    /// How many pods.
    public var replicas: Int
    /// Which pods are its own; must match the template's labels.
    public var selector: LabelSelector
    /// What the pods are made from.
    public var template: PodTemplateSpec
    /// How a change of the template is rolled out.
    public var strategy: DeploymentStrategy
    /// How long a pod must be ready to count as available.
    public var minReadySeconds: Int
    /// How many old revisions are kept.
    public var revisionHistoryLimit: Int
    /// Whether changes of the template are held back.
    public var paused: Bool
    /// When a rollout without progress is reported.
    public var progressDeadlineSeconds: Int

    /// Makes the value from its parts.
    public init(
        replicas: Int = 1,
        selector: LabelSelector = LabelSelector(),
        template: PodTemplateSpec = PodTemplateSpec(),
        strategy: DeploymentStrategy = DeploymentStrategy(),
        minReadySeconds: Int = 0,
        revisionHistoryLimit: Int = 10,
        paused: Bool = false,
        progressDeadlineSeconds: Int = 600
    ) {
        self.replicas = replicas
        self.selector = selector
        self.template = template
        self.strategy = strategy
        self.minReadySeconds = minReadySeconds
        self.revisionHistoryLimit = revisionHistoryLimit
        self.paused = paused
        self.progressDeadlineSeconds = progressDeadlineSeconds
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.replicas = try fields.int("replicas") ?? 1
        self.selector = try fields.object("selector") ?? LabelSelector()
        self.template = try fields.object("template") ?? PodTemplateSpec()
        self.strategy = try fields.object("strategy") ?? DeploymentStrategy()
        self.minReadySeconds = try fields.int("minReadySeconds") ?? 0
        self.revisionHistoryLimit = try fields.int("revisionHistoryLimit") ?? 10
        self.paused = try fields.flag("paused") ?? false
        self.progressDeadlineSeconds = try fields.int("progressDeadlineSeconds") ?? 600
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("replicas", replicas)
        members.put("selector", selector)
        members.put("template", template)
        members.put("strategy", strategy)
        members.putCount("minReadySeconds", minReadySeconds)
        members.put("revisionHistoryLimit", revisionHistoryLimit)
        members.putFlag("paused", paused)
        members.put("progressDeadlineSeconds", progressDeadlineSeconds)
        return members.json
    }
}
