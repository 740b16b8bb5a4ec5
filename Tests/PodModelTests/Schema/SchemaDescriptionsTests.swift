import Formats
import Testing

@testable import PodModel

@Suite("Descriptions") struct SchemaDescriptionsTests {
    /// Types that are described, and join the schema with the kinds that they belong to.
    static let coming: Set<String> = [
        "ReplicaSet", "ReplicaSetSpec", "ReplicaSetStatus", "StatefulSet", "StatefulSetSpec",
        "StatefulSetUpdateStrategy", "RollingUpdateStatefulSetStrategy",
        "StatefulSetPersistentVolumeClaimRetentionPolicy", "StatefulSetOrdinals",
        "StatefulSetStatus", "DaemonSet", "DaemonSetSpec", "DaemonSetUpdateStrategy",
        "RollingUpdateDaemonSet", "DaemonSetStatus", "ControllerRevision", "Job", "JobSpec",
        "PodFailurePolicy", "PodFailurePolicyRule", "PodFailurePolicyOnExitCodesRequirement",
        "PodFailurePolicyOnPodConditionsPattern", "SuccessPolicy", "SuccessPolicyRule",
        "JobStatus", "UncountedTerminatedPods", "CronJob", "CronJobSpec", "JobTemplateSpec",
        "CronJobStatus", "PodDisruptionBudget", "PodDisruptionBudgetSpec",
        "PodDisruptionBudgetStatus", "PriorityClass", "Service", "ServiceSpec", "ServicePort",
        "SessionAffinityConfig", "ClientIPConfig", "ServiceStatus", "LoadBalancerStatus",
        "LoadBalancerIngress", "PortStatus", "Endpoints", "EndpointSubset", "EndpointAddress",
        "EndpointPort", "EndpointSlice", "Endpoint", "EndpointConditions", "EndpointHints",
        "ZoneHint", "NodeHint", "SliceEndpointPort",
    ]

    static let types = Schema.shared.typeNames.compactMap(Schema.shared.type(named:))

    @Test(arguments: types) func `every type and field is described`(type: Schema.ObjectType) {
        #expect(SchemaDescriptions.of(type.name) != nil, "\(type.name)")
        for field in type.fields.keys.sorted() {
            #expect(SchemaDescriptions.of(type.name, field) != nil, "\(type.name).\(field)")
        }
    }

    @Test func `nothing is described that is not there`() {
        let fields = Set(Self.types.flatMap(\.fields.keys))
        for place in SchemaDescriptions.table.texts.keys.sorted() {
            let words = place.split(separator: ".", maxSplits: 1).map(String.init)
            if words[0] == DescriptionTable.anyType {
                #expect(words.count == 1 || fields.contains(words[1]), "\(place)")
            } else if let type = Schema.shared.type(named: words[0]) {
                #expect(words.count == 1 || type.fields[words[1]] != nil, "\(place)")
            } else {
                #expect(Self.coming.contains(words[0]), "\(place)")
            }
        }
        for (type, base) in SchemaDescriptions.table.bases {
            #expect(Schema.shared.type(named: type) != nil, "\(type)")
            #expect(Schema.shared.type(named: base) != nil, "\(base)")
        }
    }

    @Test func `descriptions are whole sentences, and short`() {
        for (place, text) in SchemaDescriptions.table.texts {
            #expect(text.hasSuffix("."), "\(place)")
            #expect(text.count <= 300, "\(place)")
            #expect(!text.contains("  "), "\(place)")
        }
    }

    @Test func `a field does not repeat what its type says`() {
        func named(_ type: Schema.FieldType) -> String? {
            switch type {
            case .object(let name): name
            case .list(let element), .map(let element): named(element)
            default: nil
            }
        }
        for type in Self.types {
            for field in type.fields.values {
                guard let name = named(field.type) else { continue }
                let text = SchemaDescriptions.of(type.name, field.name)
                #expect(text != SchemaDescriptions.of(name), "\(type.name).\(field.name)")
            }
        }
    }

    @Test(arguments: types) func `defaults are told`(type: Schema.ObjectType) {
        expectTold(Defaults.apply(to: [:], kind: type.name), type.name)
    }

    /// Zero stands for the unit, which is 1.
    private static let otherwise: Set<String> = ["ResourceFieldSelector.divisor"]

    private func expectTold(_ object: JSON, _ typeName: String) {
        let fields = Schema.shared.type(named: typeName)?.fields ?? [:]
        for (name, value) in object.object?.members ?? [] {
            let place = "\(typeName).\(name)"
            let text = SchemaDescriptions.of(typeName, name) ?? ""
            if case .object(let member)? = fields[name]?.type { expectTold(value, member) }
            guard !Self.otherwise.contains(place),
                let told = value.string ?? value.int.map(String.init)
            else { continue }
            #expect(text.contains(told), "\(place) is \(told) by default: \(text)")
        }
    }

    // MARK: The table

    @Test func `lines that are indented deeper go on with the one before`() {
        let table = DescriptionTable(
            """
            Fish: Swims
                in water: salt or sweet.
              name: What it is
                called.
              kind: Which one.
            """
        )
        #expect(table.text(of: "Fish") == "Swims in water: salt or sweet.")
        #expect(table.text(of: "Fish", "name") == "What it is called.")
        #expect(table.text(of: "Fish", "kind") == "Which one.")
        #expect(table.text(of: "Fish", "weight") == nil)
        #expect(table.text(of: "Whale") == nil)
    }

    @Test func `a type takes over what another says, and what all say comes last`() {
        let table = DescriptionTable(
            """
            *: What all have.
              name: A name.
              age: An age.
            Whale: Sings.
              +Animal
              food: Krill.
            Animal: Lives.
              name: An animal's name.
              food: Anything.
            """
        )
        #expect(table.text(of: "Whale", "food") == "Krill.")
        #expect(table.text(of: "Whale", "name") == "An animal's name.")
        #expect(table.text(of: "Whale", "age") == "An age.")
        #expect(table.text(of: "Stone", "name") == "A name.")
        #expect(table.text(of: "Whale", "Animal") == nil)
    }

    @Test(arguments: [
        ("EphemeralContainer", "image"), ("Volume", "emptyDir"), ("ClusterRoleBinding", "subjects"),
        ("SubjectAccessReview", "status"),
    ])
    func `what is taken over is described once`(type: String, field: String) {
        #expect(SchemaDescriptions.of(type, field) != nil)
        #expect(SchemaDescriptions.table.texts["\(type).\(field)"] == nil)
    }
}
