import Basics
import Formats
import Testing

@testable import Node

@Suite("DaemonSet plan") struct DaemonSetPlanTests {
    private let now = Timestamp(seconds: 1000)

    private func pod(
        _ name: String,
        _ revision: String = "b",
        ready: Bool = true,
        phase: String = "Running",
        deleted: Bool = false
    ) -> PodFacts {
        PodFacts(
            name: name,
            phase: phase,
            isDeleted: deleted,
            readySince: ready ? Timestamp(seconds: 900) : nil,
            revision: revision
        )
    }

    private func plan(_ wishes: DaemonSetPlan.Wishes, _ pods: PodFacts...) -> DaemonSetPlan {
        DaemonSetPlan(wishes, pods: pods, revision: "b", at: now)
    }

    @Test func `there is one pod, and a new one only when the old one is gone`() {
        #expect(plan(.init()).createsPod)
        #expect(!plan(.init(), pod("p")).createsPod)
        #expect(!plan(.init(), pod("p", deleted: true)).createsPod)
        #expect(plan(.init(), pod("old"), pod("new", ready: false)).departures == ["new"])
        let failed = plan(.init(), pod("p", phase: "Failed"))
        #expect(failed.failed == ["p"] && !failed.createsPod)
    }

    @Test func `an older pod goes in a rollout, and stays without`() {
        #expect(plan(.init(), pod("p", "a")).departures == ["p"])
        #expect(plan(.init(isRolling: false), pod("p", "a")).departures == [])
    }

    @Test func `with a surge the new pod is made first and the old one goes when it is ready`() {
        let wishes = DaemonSetPlan.Wishes(surges: true, minimum: .seconds(150))
        let begin = plan(.init(surges: true), pod("old", "a"))
        #expect(begin.createsPod && begin.departures == [])
        let waiting = plan(.init(surges: true), pod("old", "a"), pod("new", ready: false))
        #expect(!waiting.createsPod && waiting.departures == [])
        #expect(plan(.init(surges: true), pod("old", "a"), pod("new")).departures == ["old"])
        // An old pod that is not available is no loss.
        #expect(plan(wishes, pod("old", "a")).departures == ["old"])
        #expect(plan(wishes, pod("p")).wait == .seconds(50))
    }

    @Test func `a node that may not have the pod loses it, one that may keep it keeps it`() {
        let out = plan(.init(mayStart: false, mayStay: false), pod("p"))
        #expect(out.departures == ["p"] && out.misscheduled == 1 && out.desired == 0)
        let kept = plan(.init(mayStart: false), pod("p"))
        #expect(kept.departures == [] && kept.desired == 1 && kept.ready == 1)
        #expect(!plan(.init(mayStart: false)).createsPod)
    }

    @Test(arguments: [
        ("{}", "{}", true, true),
        ("{nodeSelector: {disk: fast}}", "{}", true, true),
        ("{nodeSelector: {disk: slow}}", "{}", false, false),
        ("{nodeName: other}", "{}", false, false),
        ("{}", "{taints: [{key: k, effect: NoSchedule}]}", false, true),
        ("{}", "{taints: [{key: k, effect: NoExecute}]}", false, false),
        ("{}", "{taints: [{key: k, effect: PreferNoSchedule}]}", true, true),
        (
            "{tolerations: [{key: k, operator: Exists}]}",
            "{taints: [{key: k, effect: NoExecute}]}", true, true
        ),
        (
            "{tolerations: [{key: k, value: a}]}",
            "{taints: [{key: k, value: b, effect: NoSchedule}]}", false, true
        ),
        (
            "{tolerations: [{operator: Exists}]}",
            "{taints: [{key: k, value: b, effect: NoExecute}]}", true, true
        ),
        // A cordoned node keeps its daemons.
        (
            "{}", "{taints: [{key: node.kubernetes.io/unschedulable, effect: NoSchedule}]}", true,
            true
        ),
        (affinity("{key: disk, operator: In, values: [fast, new]}"), "{}", true, true),
        (affinity("{key: disk, operator: NotIn, values: [fast]}"), "{}", false, false),
        (affinity("{key: size, operator: Gt, values: ['3']}"), "{}", true, true),
        (affinity("{key: size, operator: Lt, values: ['3']}"), "{}", false, false),
        (affinity("{key: none, operator: Exists}"), "{}", false, false),
        (affinity("{key: none, operator: DoesNotExist}"), "{}", true, true),
    ])
    func `where a daemon runs`(spec: String, node: String, start: Bool, stay: Bool) throws {
        var object: JSON = [
            "metadata": ["name": "box", "labels": ["disk": "fast", "size": "4"]]
        ]
        object["spec"] = try YAML.parse(node)
        let placement = NodePlacement(try YAML.parse(spec), on: object)
        #expect(placement.mayStart == start && placement.mayStay == stay)
    }

    private static func affinity(_ expression: String) -> String {
        "{affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:"
            + " {nodeSelectorTerms: [{matchExpressions: [\(expression)]}]}}}}"
    }
}
