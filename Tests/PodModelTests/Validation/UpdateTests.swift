import Formats
import PodModel
import Testing

@Suite("Updates") struct UpdateTests {
    private func update(
        _ old: String,
        _ new: String,
        kind: String = "Pod"
    ) throws -> [String] {
        let before = Defaults.apply(to: try YAML.parse(old), kind: kind)
        let after = Defaults.apply(to: try YAML.parse(new), kind: kind)
        return Validation.validateUpdate(after, from: before, kind: kind).map(\.description)
    }

    static let start = pod(
        container: "env: [{name: A, value: a}]",
        spec: "activeDeadlineSeconds: 100\ntolerations: [{key: a, operator: Exists}]"
    )

    @Test(arguments: [
        ("image: a:1", "image: a:2"), ("activeDeadlineSeconds: 100", "activeDeadlineSeconds: 50"),
        ("operator: Exists}", "operator: Exists}, {key: b, operator: Exists}"),
        ("metadata: {name: p}", "metadata: {name: p, labels: {a: b}}"),
    ])
    func `what a pod may change`(old: String, new: String) throws {
        #expect(try update(Self.start, Self.start.replacing(old, with: new)) == [])
    }

    @Test(arguments: [
        (
            "value: a}", "value: b}",
            "spec.containers[0].env[0].value: Forbidden: pod updates may not change fields other"
                + " than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing"
                + " tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if"
                + " it was previously negative); changed here: spec.containers[0].env[0].value;"
                + " delete the pod and create it again"
        ),
        (
            "activeDeadlineSeconds: 100", "activeDeadlineSeconds: 200",
            "spec.activeDeadlineSeconds: Invalid value: 200: must be less than or equal to previous"
                + " value; choose a smaller number"
        ),
        (
            "activeDeadlineSeconds: 100", "hostPID: false",
            "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive"
                + " integer to nil value; keep it"
        ),
        (
            "operator: Exists}", "operator: Equal, value: b}",
            "spec.tolerations: Forbidden: existing toleration can not be modified except its"
                + " tolerationSeconds; keep the tolerations that are there"
        ),
        (
            "metadata: {name: p}", "metadata: {name: q}",
            "metadata.name: Invalid value: \"q\": field is immutable; delete the object and create"
                + " it again"
        ),
        (
            "  activeDeadlineSeconds", "  - {name: more, image: a}\n  activeDeadlineSeconds",
            "spec.containers: Forbidden: pod updates may not add or remove containers; delete the"
                + " pod and create it again"
        ),
    ])
    func `what a pod may not change`(old: String, new: String, error: String) throws {
        let found = try update(Self.start, Self.start.replacing(old, with: new))
        #expect(found.first == error)
    }

    @Test func `a negative grace may become 1`() throws {
        let old = pod(spec: "terminationGracePeriodSeconds: -5")
        let new = pod(spec: "terminationGracePeriodSeconds: 1")
        #expect(try update(old, new) == [])
        #expect(try !update(new, old).isEmpty)
    }

    @Test(arguments: [
        (
            "Secret", "{metadata: {name: s}, type: a, data: {}}",
            "{metadata: {name: s}, type: b, data: {}}",
            "type: Invalid value: \"b\": field is immutable; delete the object and create it again"
        ),
        (
            "ConfigMap", "{metadata: {name: c}, immutable: true, data: {a: b}}",
            "{metadata: {name: c}, immutable: true, data: {a: c}}",
            "data: Forbidden: field is immutable when `immutable` is set; delete the object and"
                + " create it again"
        ),
        (
            "PersistentVolumeClaim",
            "{metadata: {name: c}, spec: {accessModes: [ReadWriteOnce],"
                + " resources: {requests: {storage: 1Gi}}}}",
            "{metadata: {name: c}, spec: {accessModes: [ReadWriteMany],"
                + " resources: {requests: {storage: 2Gi}}}}",
            "spec: Forbidden: spec is immutable after creation except resources.requests and"
                + " volumeAttributesClassName for bound claims; create a new claim"
        ),
    ])
    func `other kinds`(kind: String, old: String, new: String, error: String) throws {
        #expect(try update(old, new, kind: kind) == [error])
        #expect(try update(old, old, kind: kind) == [])
    }
}
