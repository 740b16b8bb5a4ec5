import Formats
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("Autoscalers in two versions") struct AutoscalerVersionTests {
    let node: TestNode

    init() throws { node = try TestNode() }

    private static let old = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers"
    private static let new = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"

    private static let small: JSON = [
        "apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler",
        "metadata": ["name": "web"],
        "spec": [
            "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"],
            "maxReplicas": 5, "targetCPUUtilizationPercentage": 70,
        ],
    ]

    /// The older form, and what is stored for it.
    nonisolated static let pairs: [(old: String, stored: String)] = [
        ("spec: {maxReplicas: 3}", "spec: {maxReplicas: 3}"),
        (
            "spec: {maxReplicas: 3, targetCPUUtilizationPercentage: 70}",
            """
            spec:
              maxReplicas: 3
              metrics:
              - type: Resource
                resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
            """
        ),
        (
            """
            metadata:
              annotations:
                autoscaling.alpha.kubernetes.io/metrics: '[{"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}},{"type":"Pods","pods":{"targetAverageValue":"10","metricName":"hits","selector":{"matchLabels":{"a":"b"}}}},{"type":"Object","object":{"targetValue":"5","target":{"kind":"Ingress","name":"i"},"metricName":"rate"}},{"type":"External","external":{"targetValue":"7","metricName":"queue","metricSelector":{"matchLabels":{"q":"z"}}}},{"type":"ContainerResource","containerResource":{"name":"cpu","container":"app","targetAverageUtilization":50}}]'
                autoscaling.alpha.kubernetes.io/behavior: '{"scaleDown":{"selectPolicy":"Disabled"}}'
            spec: {maxReplicas: 3}
            """,
            """
            metadata: {}
            spec:
              maxReplicas: 3
              metrics:
              - {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 1Gi}}}
              - type: Pods
                pods:
                  metric: {name: hits, selector: {matchLabels: {a: b}}}
                  target: {type: AverageValue, averageValue: "10"}
              - type: Object
                object:
                  describedObject: {kind: Ingress, name: i}
                  metric: {name: rate}
                  target: {type: Value, value: "5"}
              - type: External
                external:
                  metric: {name: queue, selector: {matchLabels: {q: z}}}
                  target: {type: Value, value: "7"}
              - type: ContainerResource
                containerResource:
                  name: cpu
                  container: app
                  target: {type: Utilization, averageUtilization: 50}
              behavior: {scaleDown: {selectPolicy: Disabled}}
            """
        ),
        (
            "metadata: {}\nstatus: {currentReplicas: 1, currentCPUUtilizationPercentage: 9}",
            """
            metadata: {}
            status:
              currentReplicas: 1
              currentMetrics:
              - {type: Resource, resource: {name: cpu, current: {averageUtilization: 9}}}
            """
        ),
    ]

    @Test(arguments: 0..<pairs.count)
    func `each form becomes the other and back`(index: Int) throws {
        var old = try YAML.parse(Self.pairs[index].old)
        old["apiVersion"] = "autoscaling/v1"
        var stored = try YAML.parse(Self.pairs[index].stored)
        stored["apiVersion"] = "autoscaling/v2"
        #expect(AutoscalerV1.stored(old) == stored)
        #expect(AutoscalerV1.stored(AutoscalerV1.form(of: stored)) == stored)
    }

    @Test func `Kubernetes writes zero for the value that does not count`() throws {
        let metrics =
            #"[{"type":"Object","object":{"targetValue":"0","averageValue":"3","metricName":"m"}}]"#
        let stored = AutoscalerV1.stored([
            "metadata": [
                "annotations": ["autoscaling.alpha.kubernetes.io/metrics": .string(metrics)]
            ],
            "spec": [:],
        ])
        let target = stored["spec"]?["metrics"]?[0]?["object"]?["target"]
        #expect(target == ["type": "AverageValue", "averageValue": "3"])
    }

    @Test func `what is made in the older version is there in both`() async throws {
        let made = await node.call("POST", Self.old, Self.small)
        #expect(made.status == 201, "\(made.text)")
        #expect(made.warnings == ["this engine keeps horizontalpodautoscalers and scales nothing"])
        #expect(made.json["apiVersion"] == "autoscaling/v1")
        #expect(made.json["spec"]?["targetCPUUtilizationPercentage"] == 70)
        #expect(made.json["spec"]?["minReplicas"] == 1)
        #expect(made.json["spec"]?["metrics"] == nil)
        let new = await node.call("GET", Self.new + "/web")
        let target = new.json["spec"]?["metrics"]?[0]?["resource"]?["target"]
        #expect(target?["averageUtilization"] == 70)
        let list = await node.call("GET", Self.old)
        #expect(list.json["kind"] == "HorizontalPodAutoscalerList")
        #expect(list.json["apiVersion"] == "autoscaling/v1")
        #expect(list.json["items"]?[0]?["spec"]?["targetCPUUtilizationPercentage"] == 70)
        let all = await node.call("GET", "/apis/autoscaling/v1/horizontalpodautoscalers")
        #expect(all.json["items"]?.array?.count == 1)
        #expect(await node.call("DELETE", Self.old + "/web").status == 200)
        #expect(await node.call("GET", Self.new + "/web").status == 404)
    }

    @Test(arguments: [
        (
            "application/merge-patch+json", #"{"spec":{"targetCPUUtilizationPercentage":20}}"#
        ),
        (
            "application/strategic-merge-patch+json",
            #"{"spec":{"targetCPUUtilizationPercentage":20}}"#
        ),
        (
            "application/json-patch+json",
            #"[{"op":"replace","path":"/spec/targetCPUUtilizationPercentage","value":20}]"#
        ),
    ])
    func `patches are about the older form`(type: String, patch: String) async throws {
        _ = await node.call("POST", Self.old, Self.small)
        let reply = await node.call("PATCH", Self.old + "/web", try JSON.parse(patch), type: type)
        #expect(reply.status == 200, "\(reply.text)")
        #expect(reply.json["spec"]?["targetCPUUtilizationPercentage"] == 20)
        let stored = await node.call("GET", Self.new + "/web")
        #expect(stored.json["spec"]?["metrics"]?.array?.count == 1)
    }

    @Test func `it is replaced, applied and watched in the older form`() async throws {
        var object = Self.small
        let apply = Self.old + "/web?fieldManager=me"
        let applied = await node.call("PATCH", apply, object, type: "application/apply-patch+yaml")
        #expect(applied.status == 201, "\(applied.text)")
        object["spec"]?["targetCPUUtilizationPercentage"] = 33
        #expect(await node.call("PUT", Self.old + "/web", object).status == 200)
        let watch = await node.call("GET", Self.old + "?watch=1&timeoutSeconds=1")
        let event = try #require(watch.lines.first)
        #expect(event["type"] == "ADDED" && event["object"]?["apiVersion"] == "autoscaling/v1")
        #expect(event["object"]?["spec"]?["targetCPUUtilizationPercentage"] == 33)
        let missing = await node.call(
            "PATCH",
            Self.old + "/no",
            [:],
            type: "application/merge-patch+json"
        )
        #expect(missing.status == 404)
    }

    @Test func `fields of the other version are told`() async throws {
        var object = Self.small
        object["spec"]?["metrics"] = []
        let strict = await node.call("POST", Self.old + "?fieldValidation=Strict", object)
        #expect(strict.status == 400)
        #expect(strict.json["message"]?.string?.contains(#"unknown field "spec.metrics""#) == true)
        let wrong = await node.call("POST", Self.new, Self.small)
        #expect(wrong.status == 400)
    }

    @Test func `discovery prefers the newer version and has both`() async throws {
        let group = await node.call("GET", "/apis/autoscaling")
        #expect(group.json["preferredVersion"]?["version"] == "v2")
        #expect(group.json["versions"]?.array?.count == 2)
        for version in ["v1", "v2"] {
            let list = await node.call("GET", "/apis/autoscaling/\(version)")
            let names = list.json["resources"]?.array?.compactMap { $0["name"]?.string }
            #expect(
                names == ["horizontalpodautoscalers", "horizontalpodautoscalers/status"]
            )
            let schema = await node.call("GET", "/openapi/v3/apis/autoscaling/\(version)")
            let type = "io.k8s.api.autoscaling.\(version).HorizontalPodAutoscalerSpec"
            let spec = schema.json["components"]?["schemas"]?[type]?["properties"]
            #expect((spec?["targetCPUUtilizationPercentage"] != nil) == (version == "v1"))
            #expect((spec?["metrics"] != nil) == (version == "v2"))
        }
        let aggregated = await node.call(
            "GET",
            "/apis",
            accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        )
        let item = aggregated.json["items"]?.array?.first {
            $0["metadata"]?["name"] == "autoscaling"
        }
        let versions = item?["versions"]?.array?.compactMap { $0["version"]?.string }
        #expect(versions == ["v2", "v1"])
    }
}
