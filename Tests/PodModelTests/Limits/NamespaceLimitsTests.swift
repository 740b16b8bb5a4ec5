import Formats
import Testing

@testable import PodModel

@Suite("What limits a namespace") struct NamespaceLimitsTests {
    private func limits(_ objects: [String: [JSON]]) -> NamespaceLimits {
        NamespaceLimits { resource, namespace in namespace == "n" ? objects[resource] ?? [] : [] }
    }

    private func pod(_ resources: JSON..., inits: [JSON] = []) -> JSON {
        func containers(_ resources: [JSON], _ prefix: String) -> JSON {
            .array(
                resources.enumerated().map { index, resources in
                    ["name": .string("\(prefix)\(index)"), "image": "x", "resources": resources]
                }
            )
        }
        let pod: JSON = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p", "namespace": "n"],
            "spec": [
                "containers": containers(resources, "c"),
                "initContainers": containers(inits, "i"),
            ],
        ]
        return Defaults.apply(to: pod, kind: "Pod")
    }

    private func range(_ item: JSON) -> JSON {
        Defaults.apply(
            to: ["metadata": ["name": "l", "namespace": "n"], "spec": ["limits": [item]]],
            kind: "LimitRange"
        )
    }

    private func quota(_ hard: JSON, _ more: JSON = [:]) -> JSON {
        var spec: JSON = ["hard": hard]
        for (key, value) in more.object ?? [:] { spec[key] = value }
        return ["metadata": ["name": "q", "namespace": "n"], "spec": spec]
    }

    private func refusal(
        _ object: JSON,
        _ objects: [String: [JSON]],
        replacing old: JSON? = nil,
        resource: String = "pods",
        group: String = ""
    ) -> String? {
        do throws(NamespaceLimits.Refusal) {
            try limits(objects).check(object, replacing: old, resource: resource, group: group)
            return nil
        } catch { return error.message }
    }

    // MARK: Ranges

    @Test func `what a container lacks comes from the range`() {
        let range = range([
            "type": "Container", "default": ["cpu": "500m", "memory": "64Mi"],
            "defaultRequest": ["cpu": "100m"],
        ])
        let limits = limits(["limitranges": [range]])
        let made = limits.defaulted(pod([:], ["limits": ["cpu": "2"]], inits: [[:]]))
        let first = made["spec"]?["containers"]?[0]?["resources"]
        #expect(first?["limits"] == ["cpu": "500m", "memory": "64Mi"])
        #expect(first?["requests"] == ["cpu": "100m", "memory": "64Mi"])
        // A limit of its own is its request, too: the range's request comes too late.
        let second = made["spec"]?["containers"]?[1]?["resources"]
        #expect(second?["limits"] == ["cpu": "2", "memory": "64Mi"])
        #expect(second?["requests"] == ["cpu": "2", "memory": "64Mi"])
        #expect(made["spec"]?["initContainers"]?[0]?["resources"] == first)
        let note = made["metadata"]?["annotations"]?["kubernetes.io/limit-ranger"]?.string ?? ""
        #expect(
            note.hasPrefix(
                "LimitRanger plugin set: cpu, memory request for container c0; cpu, memory limit"
            ),
            "\(note)"
        )
        let elsewhere: JSON = ["metadata": ["namespace": "m"], "spec": ["containers": [[:]]]]
        #expect(limits.defaulted(elsewhere) == elsewhere)
    }

    @Test func `a range's maximum is its default, and its default its request`() {
        let item = range(["type": "Container", "max": ["cpu": "1"], "min": ["memory": "1Mi"]])
        let limits = item["spec"]?["limits"]?[0]
        #expect(limits?["default"] == ["cpu": "1"])
        #expect(limits?["defaultRequest"] == ["cpu": "1", "memory": "1Mi"])
    }

    @Test(arguments: [
        (
            #"{"type": "Container", "min": {"cpu": "100m"}}"#, #"{"requests": {"cpu": "50m"}}"#,
            "minimum cpu usage per Container is 100m, but request is 50m"
        ),
        (
            #"{"type": "Container", "min": {"cpu": "100m"}}"#, "{}",
            "minimum cpu usage per Container is 100m.  No request is specified"
        ),
        (
            #"{"type": "Container", "max": {"memory": "1Gi"}}"#,
            #"{"requests": {"memory": "1Mi"}}"#,
            "maximum memory usage per Container is 1Gi.  No limit is specified"
        ),
        (
            #"{"type": "Container", "max": {"memory": "1Gi"}}"#, #"{"limits": {"memory": "2Gi"}}"#,
            "maximum memory usage per Container is 1Gi, but limit is 2Gi"
        ),
        (
            #"{"type": "Pod", "max": {"cpu": "1"}}"#, #"{"limits": {"cpu": "1500m"}}"#,
            "maximum cpu usage per Pod is 1, but limit is 1500m"
        ),
        (
            #"{"type": "Container", "maxLimitRequestRatio": {"cpu": "2"}}"#,
            #"{"requests": {"cpu": "1"}, "limits": {"cpu": "3"}}"#,
            "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000"
        ),
        (
            #"{"type": "Container", "maxLimitRequestRatio": {"cpu": "2"}}"#, "{}",
            "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0"
        ),
    ])
    func `what breaks a range is told as upstream does`(item: String, own: String, words: String)
        throws
    {
        // Ranges as they are written, without what follows from them.
        let range: JSON = [
            "metadata": ["name": "l", "namespace": "n"], "spec": ["limits": [try JSON.parse(item)]],
        ]
        #expect(refusal(pod(try JSON.parse(own)), ["limitranges": [range]]) == words)
    }

    @Test func `several complaints are one list`() {
        let range: JSON = [
            "metadata": ["name": "l", "namespace": "n"],
            "spec": ["limits": [["type": "Container", "min": ["cpu": "1", "memory": "1Gi"]]]],
        ]
        let words = refusal(pod([:]), ["limitranges": [range]])
        #expect(words?.hasPrefix("[minimum cpu") == true && words?.hasSuffix("]") == true)
    }

    @Test func `claims have ranges of their own`() {
        let range: JSON = [
            "metadata": ["name": "l", "namespace": "n"],
            "spec": [
                "limits": [
                    [
                        "type": "PersistentVolumeClaim", "max": ["storage": "2Gi"],
                        "min": ["storage": "1Gi"],
                    ]
                ]
            ],
        ]
        func claim(_ amount: JSON) -> JSON {
            [
                "metadata": ["name": "c", "namespace": "n"],
                "spec": ["resources": ["requests": ["storage": amount]]],
            ]
        }
        let name = "persistentvolumeclaims"
        #expect(refusal(claim("1Gi"), ["limitranges": [range]], resource: name) == nil)
        #expect(
            refusal(claim("3Gi"), ["limitranges": [range]], resource: name)
                == "maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi"
        )
    }

    // MARK: Quotas

    @Test func `a pod counts with its sidecars and its largest init container`() {
        var own = pod(
            ["requests": ["cpu": "1"]],
            inits: [["requests": ["cpu": "200m"]], ["requests": ["cpu": "2"]]]
        )
        own["spec"]?["initContainers"]?[0]?["restartPolicy"] = "Always"
        let usage = QuotaUsage.of(own, resource: "pods", group: "")
        #expect(usage["requests.cpu"]?.text == "2200m")
        #expect(usage["cpu"]?.text == "2200m")
        #expect(usage["pods"]?.text == "1" && usage["count/pods"]?.text == "1")
        own["status"] = ["phase": "Succeeded"]
        #expect(QuotaUsage.of(own, resource: "pods", group: "")["pods"] == nil)
    }

    @Test func `what is too much is told with what is used`() {
        let objects = [
            "resourcequotas": [quota(["pods": "2", "requests.cpu": "1"])],
            "pods": [pod(["requests": ["cpu": "600m"]])],
        ]
        #expect(refusal(pod(["requests": ["cpu": "400m"]]), objects) == nil)
        #expect(
            refusal(pod(["requests": ["cpu": "500m"]]), objects)
                == "exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=600m, "
                + "limited: requests.cpu=1"
        )
        #expect(
            refusal(pod([:]), objects)
                == "failed quota: q: must specify requests.cpu for: c0"
        )
    }

    @Test func `a change counts only by what it adds`() {
        let old = pod(["requests": ["cpu": "600m"]])
        let objects = ["resourcequotas": [quota(["requests.cpu": "1"])], "pods": [old]]
        #expect(refusal(pod(["requests": ["cpu": "900m"]]), objects, replacing: old) == nil)
        #expect(refusal(pod(["requests": ["cpu": "1100m"]]), objects, replacing: old) != nil)
        #expect(refusal(pod(["requests": ["cpu": "100m"]]), objects, replacing: old) == nil)
    }

    @Test(arguments: [
        (#"{"scopes": ["BestEffort"]}"#, false, true),
        (#"{"scopes": ["NotBestEffort"]}"#, true, false),
        (#"{"scopes": ["Terminating"]}"#, false, false),
        (#"{"scopes": ["NotTerminating"]}"#, true, true),
        (
            #"{"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "Exists"}]}}"#,
            false, false
        ),
    ])
    func `scopes choose pods`(more: String, burstable: Bool, bestEffort: Bool) throws {
        let objects = ["resourcequotas": [quota(["pods": "0"], try JSON.parse(more))]]
        #expect((refusal(pod(["requests": ["cpu": "1"]]), objects) != nil) == burstable)
        #expect((refusal(pod([:]), objects) != nil) == bestEffort)
    }

    @Test func `objects are counted by their names`() {
        let objects = [
            "resourcequotas": [quota(["count/deployments.apps": "1", "secrets": "1"])],
            "deployments": [["metadata": ["name": "d", "namespace": "n"]] as JSON],
        ]
        let other: JSON = ["metadata": ["name": "e", "namespace": "n"]]
        #expect(refusal(other, objects, resource: "deployments", group: "apps") != nil)
        #expect(refusal(other, objects, resource: "secrets") == nil)
        #expect(refusal(other, objects, resource: "configmaps") == nil)
    }

    @Test func `the status says what is used of what`() {
        let objects = ["pods": [pod(["requests": ["cpu": "600m"]]), pod([:])]]
        let status = limits(objects).status(
            ofQuota: quota(["requests.cpu": "2", "pods": "5", "secrets": "3"])
        )
        #expect(
            status == [
                "hard": ["pods": "5", "requests.cpu": "2", "secrets": "3"],
                "used": ["pods": "2", "requests.cpu": "600m", "secrets": "0"],
            ]
        )
    }
}
