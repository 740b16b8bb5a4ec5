import Basics
import Formats
import PodModel
import Testing

@Suite("Whether the node takes a pod") struct NodeFitTests {
    private func node(_ spec: String) throws -> JSON {
        var node: JSON = ["metadata": ["name": "box", "labels": ["disk": "fast", "size": "4"]]]
        node["spec"] = try YAML.parse(spec)
        return node
    }

    private static let closed =
        "{unschedulable: true, taints: [{key: node.kubernetes.io/unschedulable, effect: NoSchedule}]}"

    @Test(arguments: [
        ("{}", "{}", NodeFit.fits),
        ("{}", "{unschedulable: true}", .unschedulable),
        ("{}", closed, .unschedulable),
        (
            "{tolerations: [{key: node.kubernetes.io/unschedulable, operator: Exists}]}", closed,
            .fits
        ),
        ("{tolerations: [{operator: Exists}]}", closed, .fits),
        ("{tolerations: [{operator: Exists, effect: NoExecute}]}", closed, .unschedulable),
        (
            "{}", "{taints: [{key: a, value: b, effect: NoSchedule}]}",
            .tainted(key: "a", value: "b")
        ),
        ("{}", "{taints: [{key: a, effect: NoExecute}]}", .tainted(key: "a", value: "")),
        ("{}", "{taints: [{key: a, effect: PreferNoSchedule}]}", .fits),
        (
            "{tolerations: [{key: a, value: b}]}",
            "{taints: [{key: a, value: b, effect: NoSchedule}]}", .fits
        ),
        (
            "{tolerations: [{key: a, value: c}]}",
            "{taints: [{key: a, value: b, effect: NoSchedule}]}", .tainted(key: "a", value: "b")
        ),
        (
            "{tolerations: [{key: a, operator: Exists}]}",
            "{taints: [{key: a, effect: NoExecute}, {key: c, effect: NoSchedule}]}",
            .tainted(key: "c", value: "")
        ),
        ("{nodeSelector: {disk: fast}}", "{}", .fits),
        ("{nodeSelector: {disk: slow}}", "{}", .unwanted),
        (
            "{nodeSelector: {disk: slow}}", "{taints: [{key: a, effect: NoSchedule}]}",
            .tainted(key: "a", value: "")
        ),
        (affinity("matchExpressions: [{key: size, operator: Gt, values: ['3']}]"), "{}", .fits),
        (
            affinity("matchExpressions: [{key: disk, operator: NotIn, values: [fast]}]"), "{}",
            .unwanted
        ),
        (affinity("matchFields: [{key: metadata.name, operator: In, values: [box]}]"), "{}", .fits),
        (
            affinity("matchFields: [{key: metadata.name, operator: In, values: [other]}]"), "{}",
            .unwanted
        ),
        (affinity(""), "{}", .unwanted),
        ("{schedulingGates: [{name: a}]}", closed, .gated),
        ("{schedulingGates: []}", "{}", .fits),
    ])
    func `a new pod is judged in the scheduler's order`(
        spec: String,
        node: String,
        expected: NodeFit
    ) throws {
        #expect(NodeFit(try YAML.parse(spec), on: try self.node(node)) == expected)
    }

    private static func affinity(_ term: String) -> String {
        "{affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:"
            + " {nodeSelectorTerms: [{\(term)}]}}}}"
    }

    @Test func `a node that nobody knows takes everything`() {
        #expect(NodeFit(["nodeSelector": ["a": "b"]], on: nil) == .fits)
    }

    @Test(arguments: [
        (NodeFit.fits, "", ""),
        (.gated, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates"),
        (.unschedulable, "Unschedulable", sentence("node(s) were unschedulable")),
        (
            .tainted(key: "a", value: "b"), "Unschedulable",
            sentence("node(s) had untolerated taint {a: b}")
        ),
        (
            .unwanted, "Unschedulable",
            sentence("node(s) didn't match Pod's node affinity/selector")
        ),
    ])
    func `the sentences are kube-scheduler's`(fit: NodeFit, reason: String, message: String) {
        #expect(fit.reason ?? "" == reason)
        #expect(fit.message(for: [:]) == message)
        guard reason == "Unschedulable" else { return }
        let never = fit.message(for: ["preemptionPolicy": "Never"])
        #expect(never.hasSuffix(" preemption: not eligible due to preemptionPolicy=Never."))
    }

    private static func sentence(_ why: String) -> String {
        "0/1 nodes are available: 1 \(why). preemption: 0/1 nodes are available:"
            + " 1 Preemption is not helpful for scheduling."
    }

    @Test(arguments: [
        ("{}", "{taints: [{key: a, effect: NoSchedule}], unschedulable: true}", nil),
        ("{}", "{taints: [{key: a, effect: NoExecute}]}", "TaintToleration"),
        ("{tolerations: [{operator: Exists}]}", "{taints: [{key: a, effect: NoExecute}]}", nil),
        ("{nodeSelector: {disk: slow}}", "{}", "NodeAffinity"),
    ])
    func `the kubelet rejects what came past the scheduler`(
        spec: String,
        node: String,
        reason: String?
    ) throws {
        let rejection = NodeFit.rejection(of: try YAML.parse(spec), by: try self.node(node))
        #expect(rejection?.reason == reason)
        if let rejection {
            #expect(
                rejection.message.hasPrefix(
                    "Pod was rejected: Predicate \(rejection.reason) failed: "
                )
            )
        }
    }

    // MARK: Eviction

    @Test(
        arguments: [
            ("[]", "[{key: a, effect: NoSchedule}]", nil),
            ("[]", "[{key: a, effect: NoExecute}]", 0),
            ("[{operator: Exists}]", "[{key: a, effect: NoExecute}]", nil),
            ("[{key: a, operator: Exists, tolerationSeconds: 60}]", taint("a", 5000), 5060),
            // The pod came after the taint.
            ("[{key: a, operator: Exists, tolerationSeconds: 60}]", taint("a", 10), 1060),
            ("[{key: a, operator: Exists, tolerationSeconds: -5}]", taint("a", 10), 1000),
            // The first toleration that is about a taint counts.
            (
                "[{key: a, operator: Exists, tolerationSeconds: 60}, {operator: Exists}]",
                taint("a", 5000), 5060
            ),
            (
                "[{operator: Exists}, {key: a, operator: Exists, tolerationSeconds: 60}]",
                taint("a", 5000), nil
            ),
            (
                "[{key: a, operator: Exists, tolerationSeconds: 60}]",
                "[{key: b, effect: NoExecute}]", 0
            ),
        ] as [(String, String, Int64?)]
    )
    func `when a pod has to leave`(tolerations: String, taints: String, expected: Int64?) throws {
        var node = try node("{}")
        node["spec"]?["taints"] = try YAML.parse(taints)
        var pod: JSON = ["metadata": ["creationTimestamp": "1970-01-01T00:00:01Z"], "spec": [:]]
        pod["spec"]?["tolerations"] = try YAML.parse(tolerations)
        let since = Timestamp(seconds: 1000).rfc3339
        pod["status"] = [
            "conditions": [
                ["type": "PodScheduled", "status": "True", "lastTransitionTime": .string(since)]
            ]
        ]
        #expect(Taints.eviction(of: pod, from: node)?.seconds == expected)
    }

    private static func taint(_ key: String, _ seconds: Int64) -> String {
        "[{key: \(key), effect: NoExecute, timeAdded: '\(Timestamp(seconds: seconds).rfc3339)'}]"
    }

    // MARK: Changes of the node

    @Test func `cordoning adds a taint, and uncordoning takes it away`() throws {
        let now = Timestamp(seconds: 1000)
        var node = try node("{unschedulable: true}")
        NodeUpdate.complete(&node, from: try self.node("{}"), at: now)
        let added: JSON = [
            "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule",
            "timeAdded": .string(now.rfc3339),
        ]
        #expect(node["spec"]?["taints"] == [added])
        let closed = node
        // Another look changes nothing.
        NodeUpdate.complete(&node, from: closed, at: Timestamp(seconds: 2000))
        #expect(node == closed)
        node["spec"]?["unschedulable"] = false
        NodeUpdate.complete(&node, from: closed, at: Timestamp(seconds: 2000))
        #expect(node["spec"] == [:])
    }

    @Test func `taints that end pods know since when they are there`() throws {
        var node = try node("{taints: [{key: a, effect: NoExecute}, {key: b, effect: NoSchedule}]}")
        NodeUpdate.complete(&node, from: [:], at: Timestamp(seconds: 1000))
        let time = JSON.string(Timestamp(seconds: 1000).rfc3339)
        #expect(node["spec"]?["taints"]?[0]?["timeAdded"] == time)
        #expect(node["spec"]?["taints"]?[1]?["timeAdded"] == nil)
        // kubectl sends the list again without the time.
        let old = node
        node["spec"]?["taints"] = [["key": "a", "effect": "NoExecute"]]
        NodeUpdate.complete(&node, from: old, at: Timestamp(seconds: 2000))
        #expect(node["spec"]?["taints"]?[0]?["timeAdded"] == time)
    }
}
