public import Basics
public import Formats

/// What every stored object carries: its name, labels, times and owners.
public struct ObjectMeta: ModelObject {
    /// The name, unique in its namespace and kind.
    public var name: String
    /// The prefix of a name that the server completes.
    public var generateName: String
    /// The namespace; empty means `default` for kinds that live in one.
    public var namespace: String
    /// The identity of this very object, given by the server.
    public var uid: String
    /// The version of the stored object, opaque to clients.
    public var resourceVersion: String
    /// How often the spec has changed.
    public var generation: Int
    /// When it was stored first.
    public var creationTimestamp: Timestamp?
    /// When its grace ends, once deletion was asked for.
    public var deletionTimestamp: Timestamp?
    /// The grace of that deletion in seconds.
    public var deletionGracePeriodSeconds: Int?
    /// The labels, by key.
    public var labels: [String: String]
    /// The annotations, by key.
    public var annotations: [String: String]
    /// Who owns it and takes it along when deleted.
    public var ownerReferences: [OwnerReference]
    /// Who must agree before it may vanish.
    public var finalizers: [String]

    /// Makes the value from its parts.
    public init(
        name: String = "",
        generateName: String = "",
        namespace: String = "",
        uid: String = "",
        resourceVersion: String = "",
        generation: Int = 0,
        creationTimestamp: Timestamp? = nil,
        deletionTimestamp: Timestamp? = nil,
        deletionGracePeriodSeconds: Int? = nil,
        labels: [String: String] = [:],
        annotations: [String: String] = [:],
        ownerReferences: [OwnerReference] = [],
        finalizers: [String] = []
    ) {
        self.name = name
        self.generateName = generateName
        self.namespace = namespace
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.generation = generation
        self.creationTimestamp = creationTimestamp
        self.deletionTimestamp = deletionTimestamp
        self.deletionGracePeriodSeconds = deletionGracePeriodSeconds
        self.labels = labels
        self.annotations = annotations
        self.ownerReferences = ownerReferences
        self.finalizers = finalizers
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.generateName = try fields.text("generateName")
        self.namespace = try fields.text("namespace")
        self.uid = try fields.text("uid")
        self.resourceVersion = try fields.text("resourceVersion")
        self.generation = try fields.int("generation") ?? 0
        self.creationTimestamp = try fields.time("creationTimestamp")
        self.deletionTimestamp = try fields.time("deletionTimestamp")
        self.deletionGracePeriodSeconds = try fields.int("deletionGracePeriodSeconds")
        self.labels = try fields.stringMap("labels")
        self.annotations = try fields.stringMap("annotations")
        self.ownerReferences = try fields.objects("ownerReferences")
        self.finalizers = try fields.strings("finalizers")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("name", name)
        members.putText("generateName", generateName)
        members.putText("namespace", namespace)
        members.putText("uid", uid)
        members.putText("resourceVersion", resourceVersion)
        members.putCount("generation", generation)
        members.put("creationTimestamp", creationTimestamp)
        members.put("deletionTimestamp", deletionTimestamp)
        members.put("deletionGracePeriodSeconds", deletionGracePeriodSeconds)
        members.put("labels", labels)
        members.put("annotations", annotations)
        members.put("ownerReferences", ownerReferences)
        members.put("finalizers", finalizers)
        return members.json
    }
}
