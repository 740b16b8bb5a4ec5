import Basics
import Formats
import PodModel
import Testing

@Suite("The schema") struct SchemaTableTests {
    @Test func `every type that a field names is in the table`() {
        func names(_ type: Schema.FieldType) -> [String] {
            switch type {
            case .object(let name): [name]
            case .list(let element), .map(let element): names(element)
            default: []
            }
        }
        for typeName in Schema.shared.typeNames {
            let fields = Schema.shared.type(named: typeName)?.fields ?? [:]
            #expect(!fields.isEmpty, "\(typeName) has no fields")
            for field in fields.values {
                for name in names(field.type) {
                    #expect(
                        Schema.shared.type(named: name) != nil,
                        "\(typeName).\(field.name): \(name)"
                    )
                }
            }
        }
    }

    @Test(arguments: [
        ("Pod", "spec.containers", Schema.FieldType.list(.object("Container"))),
        ("PodSpec", "containers", .list(.object("Container"))),
        ("EphemeralContainer", "envFrom", .list(.object("EnvFromSource"))),
        ("Volume", "csi.volumeAttributes", .map(.string)),
        ("Deployment", "spec.template.spec.hostUsers", .bool),
    ])
    func `fields are found by their path`(kind: String, path: String, type: Schema.FieldType) {
        let path = FieldPath(path.split(separator: ".").map { .key(String($0)) })
        #expect(Schema.shared.field(at: path, in: kind)?.type == type)
    }

    @Test func `indices and keys of maps are followed`() {
        let container = FieldPath([.key("spec"), .key("containers"), .index(0)])
        #expect(Schema.shared.field(at: container + "image", in: "Pod")?.type == .string)
        let label = FieldPath([.key("metadata"), .key("labels"), .key("a.b/c")])
        #expect(Schema.shared.field(at: label, in: "Pod")?.type == .string)
        #expect(Schema.shared.field(at: label + "deeper", in: "Pod") == nil)
    }

    @Test(arguments: [
        ("Pod", ["spec", "containers"], MergeStrategy.mergeList(key: "name")),
        ("Pod", ["spec", "containers", "ports"], .mergeList(key: "containerPort")),
        ("Pod", ["spec", "containers", "volumeMounts"], .mergeList(key: "mountPath")),
        ("Pod", ["spec", "containers", "args"], .usual),
        ("Pod", ["spec", "tolerations"], .usual),
        ("Pod", ["spec", "hostAliases"], .mergeList(key: "ip")),
        ("Pod", ["metadata", "finalizers"], .mergeSet),
        ("Pod", ["metadata", "labels", "finalizers"], .usual),
        ("Pod", ["status", "conditions"], .mergeList(key: "type")),
        ("Deployment", ["spec", "template", "spec", "volumes"], .mergeList(key: "name")),
        ("ConfigMap", ["data", "containers"], .usual),
        ("Nothing", ["spec"], .usual),
    ])
    func `patches merge as the API's types say`(
        kind: String,
        path: [String],
        strategy: MergeStrategy
    ) {
        #expect(Schema.mergeStrategy(of: kind)(path) == strategy)
    }

    /// What the typed views write must be what the schema knows, name by name.
    @Test(arguments: [
        ("Pod", RoundTripTests.full.json),
        (
            "Pod",
            Pod(
                spec: PodSpec(
                    hostAliases: [HostAlias(ip: "10.0.0.1", hostnames: ["a"])],
                    dnsConfig: PodDNSConfig(
                        nameservers: ["1.1.1.1"],
                        options: [PodDNSConfigOption(name: "a")]
                    ),
                    readinessGates: [PodReadinessGate(conditionType: "a")],
                    os: PodOS(name: "linux")
                ),
                status: PodStatus(
                    observedGeneration: 1,
                    message: "m",
                    reason: "r",
                    hostIP: "h",
                    hostIPs: [HostIP(ip: "h")],
                    podIP: "p",
                    podIPs: [PodIP(ip: "p")],
                    startTime: Timestamp(seconds: 1),
                    qosClass: .burstable
                )
            ).json
        ),
        (
            "Deployment",
            Deployment(
                spec: DeploymentSpec(
                    selector: LabelSelector(matchLabels: ["a": "b"]),
                    strategy: DeploymentStrategy(
                        rollingUpdate: RollingUpdateDeployment(maxSurge: .int(1))
                    ),
                    paused: true
                ),
                status: DeploymentStatus(
                    observedGeneration: 1,
                    replicas: 1,
                    readyReplicas: 1,
                    terminatingReplicas: 1,
                    conditions: [DeploymentCondition(type: "Available", status: "True")]
                )
            ).json
        ),
        ("Secret", Secret(data: ["a": [1, 2, 3]], immutable: true).json),
        ("ConfigMap", ConfigMap(data: ["a": "b"], binaryData: ["c": [255]]).json),
        (
            "Event",
            Event(
                involvedObject: ObjectReference(kind: "Pod", name: "p"),
                reason: "Started",
                source: EventSource(component: "c", host: "h"),
                firstTimestamp: Timestamp(seconds: 1),
                count: 2,
                type: "Normal",
                eventTime: Timestamp(seconds: 1),
                action: "a",
                reportingComponent: "r"
            ).json
        ),
        (
            "PersistentVolumeClaim",
            PersistentVolumeClaim(
                spec: PersistentVolumeClaimSpec(
                    accessModes: ["ReadWriteOnce"],
                    storageClassName: "s"
                ),
                status: PersistentVolumeClaimStatus(phase: "Bound", accessModes: ["a"])
            ).json
        ),
    ])
    func `typed views write what the schema knows`(kind: String, json: JSON) {
        var reader = SchemaReader()
        _ = reader.read(PositionedTree(json), as: kind)
        let strange = reader.findings.filter { $0.kind == .unknownField || $0.kind == .type }
        #expect(strange.map(\.description) == [])
    }
}
