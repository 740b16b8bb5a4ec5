import Formats
import PodModel
import Testing

@Suite("Defaults") struct DefaultsTests {
    private func spec(_ text: String, kind: String = "Pod") throws -> JSON {
        let object = Defaults.apply(to: try YAML.parse(text), kind: kind)
        return try #require(object["spec"])
    }

    @Test func `a minimal pod gets what the API server gives it`() throws {
        let spec = try spec("spec: {containers: [{name: a, image: 'nginx:1.27'}]}")
        let expected: JSON = [
            "containers": [
                [
                    "name": "a", "image": "nginx:1.27", "resources": [:],
                    "terminationMessagePath": "/dev/termination-log",
                    "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent",
                ]
            ],
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
            "securityContext": [:], "serviceAccountName": "default", "serviceAccount": "default",
            "enableServiceLinks": true,
        ]
        #expect(spec == expected)
    }

    @Test(arguments: [
        ("nginx", "Always"), ("nginx:latest", "Always"), ("nginx:1.27", "IfNotPresent"),
        ("registry:5000/nginx", "Always"), ("registry:5000/nginx:1", "IfNotPresent"),
        ("nginx@sha256:abc", "IfNotPresent"), ("nginx:latest@sha256:abc", "IfNotPresent"),
    ])
    func `the pull policy follows the tag`(image: String, policy: String) throws {
        let spec = try spec("spec: {containers: [{name: a, image: '\(image)'}]}")
        #expect(spec["containers"]?[0]?["imagePullPolicy"]?.string == policy)
    }

    @Test func `what is written stays`() throws {
        let spec = try spec(
            "spec: {restartPolicy: Never, containers: [{name: a, image: a, imagePullPolicy: Never}]}"
        )
        #expect(spec["restartPolicy"] == "Never")
        #expect(spec["containers"]?[0]?["imagePullPolicy"] == "Never")
    }

    @Test func `probes count zeros as missing`() throws {
        let spec = try spec(
            """
            spec:
              containers:
              - name: a
                livenessProbe: {httpGet: {port: 80}, periodSeconds: 0, timeoutSeconds: 5}
            """
        )
        let expected: JSON = [
            "httpGet": ["port": 80, "path": "/", "scheme": "HTTP"], "periodSeconds": 10,
            "timeoutSeconds": 5, "successThreshold": 1, "failureThreshold": 3,
        ]
        #expect(spec["containers"]?[0]?["livenessProbe"] == expected)
    }

    @Test(
        arguments: [
            ("{name: v}", "emptyDir", [:]),
            ("{name: v, configMap: {name: c}}", "configMap", ["name": "c", "defaultMode": 420]),
            (
                "{name: v, secret: {secretName: c}}", "secret",
                ["secretName": "c", "defaultMode": 420]
            ),
            ("{name: v, hostPath: {path: /a}}", "hostPath", ["path": "/a", "type": ""]),
            (
                "{name: v, projected: {sources: [{serviceAccountToken: {path: t}}]}}", "projected",
                [
                    "sources": [["serviceAccountToken": ["path": "t", "expirationSeconds": 3600]]],
                    "defaultMode": 420,
                ]
            ),
            (
                "{name: v, downwardAPI: {items: [{path: p, fieldRef: {fieldPath: metadata.name}}]}}",
                "downwardAPI",
                [
                    "items": [
                        [
                            "path": "p",
                            "fieldRef": ["fieldPath": "metadata.name", "apiVersion": "v1"],
                        ]
                    ],
                    "defaultMode": 420,
                ]
            ),
            (
                "{name: v, image: {reference: 'a:1'}}", "image",
                ["reference": "a:1", "pullPolicy": "IfNotPresent"]
            ),
        ] as [(String, String, JSON)]
    )
    func `volumes`(volume: String, kind: String, expected: JSON) throws {
        let spec = try spec("spec: {volumes: [\(volume)]}")
        #expect(spec["volumes"]?[0]?[kind] == expected)
    }

    @Test func `on the node's network ports are the node's`() throws {
        let spec = try spec(
            "spec: {hostNetwork: true, containers: [{name: a, ports: [{containerPort: 80}]}]}"
        )
        let expected: JSON = [["containerPort": 80, "protocol": "TCP", "hostPort": 80]]
        #expect(spec["containers"]?[0]?["ports"] == expected)
    }

    @Test func `limits are requested as well`() throws {
        let spec = try spec(
            """
            spec:
              initContainers:
              - {name: i, resources: {limits: {memory: 1Gi}}}
              containers:
              - {name: a, resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 500m}}}
            """
        )
        #expect(spec["initContainers"]?[0]?["resources"]?["requests"] == ["memory": "1Gi"])
        let requests: JSON = ["cpu": "500m", "memory": "1Gi"]
        #expect(spec["containers"]?[0]?["resources"]?["requests"] == requests)
    }

    @Test func `pod-level requests come from the containers, else from the limits`() throws {
        let spec = try spec(
            """
            spec:
              resources: {limits: {cpu: '2', memory: 1Gi}}
              containers:
              - {name: a, resources: {requests: {cpu: 500m}}}
            """
        )
        #expect(spec["resources"]?["requests"] == ["cpu": "500m", "memory": "1Gi"])
    }

    @Test func `a deployment`() throws {
        let spec = try spec(
            "spec: {template: {spec: {containers: [{name: a}]}}}",
            kind: "Deployment"
        )
        #expect(spec["replicas"] == 1)
        #expect(spec["revisionHistoryLimit"] == 10)
        #expect(spec["progressDeadlineSeconds"] == 600)
        let strategy: JSON = [
            "type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": "25%", "maxSurge": "25%"],
        ]
        #expect(spec["strategy"] == strategy)
        #expect(spec["template"]?["spec"]?["restartPolicy"] == "Always")
        #expect(spec["template"]?["spec"]?["enableServiceLinks"] == nil)
    }

    @Test func `a secret's plain texts become data`() throws {
        let secret = Defaults.apply(
            to: try YAML.parse("{data: {a: Zm9v, b: YmFy}, stringData: {b: baz}}"),
            kind: "Secret"
        )
        #expect(secret == ["data": ["a": "Zm9v", "b": "YmF6"], "type": "Opaque"])
    }

    @Test func `a namespace is labelled with its name`() throws {
        let object = Defaults.apply(to: try YAML.parse("{metadata: {name: n}}"), kind: "Namespace")
        #expect(object["metadata"]?["labels"] == ["kubernetes.io/metadata.name": "n"])
        #expect(object["status"] == ["phase": "Active"])
    }
}
