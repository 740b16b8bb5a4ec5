import Formats
import NodeDrivers
import PodEngine
import PodModel
import Testing

@Suite("Container environment") struct ContainerEnvironmentTests {
    static let objects = {
        var objects = TestObjects()
        var map = ConfigMap(data: ["color": "red", "empty": "", "name": "web"])
        map.binaryData = ["raw": [1, 2]]
        map.metadata.name = "map"
        map.metadata.namespace = "shop"
        objects.add(map)
        map.data = ["color": "blue"]
        map.metadata.name = "second"
        objects.add(map)
        var secret = Secret(data: ["password": Array("s3cret".utf8), "user": Array("ada".utf8)])
        secret.metadata.name = "login"
        secret.metadata.namespace = "shop"
        objects.add(secret)
        return objects
    }()

    static let node = NodeFacts(
        name: "here",
        addresses: ["192.0.2.7", "2001:db8::7"],
        allocatable: [
            "cpu": Quantity(4), "memory": Quantity(8 << 30), "ephemeral-storage": Quantity(100),
        ]
    )

    func environment(
        _ spec: String,
        objects: TestObjects = Self.objects,
        files: [String: String] = [:]
    ) throws -> EnvironmentVariables {
        let pod = try pod(
            "metadata:\n  name: web-1\n  namespace: shop\n  uid: u-1\n"
                + "  labels: {app: web, tier: \"front \\\"end\\\"\"}\n"
                + "  annotations: {note: \"a\\nb\"}\n"
                + "spec:\n  serviceAccountName: robot\n" + spec
        )
        let context = ContainerEnvironment(
            pod: pod,
            podIPs: ["10.88.0.5", "fd00::5"],
            node: Self.node,
            lookup: objects,
            readFile: { volume, path in files["\(volume)/\(path)"].map { Array($0.utf8) } }
        )
        let container = try #require(pod.spec.containers.first)
        return try context.resolve(container)
    }

    func container(_ body: String) -> String {
        "  containers:\n  - name: app\n    image: x\n" + body
    }

    @Test func `variables compose from earlier ones and stay literal otherwise`() throws {
        let variables = try environment(
            container(
                """
                    env:
                    - {name: EARLY, value: "$(FOO)"}
                    - {name: FOO, value: foo-value}
                    - {name: BAR, value: bar-value}
                    - {name: FOOBAR, value: "$(FOO);;$(BAR)"}
                    - {name: ESCAPED, value: "$$(FOO) $FOO ${FOO} $(NOPE) $("}
                    - {name: FOO, value: "again $(FOO)"}
                    - {name: EMPTY, value: ""}
                """
            )
        )
        #expect(
            variables.texts == [
                "EARLY=$(FOO)", "FOO=again foo-value", "BAR=bar-value",
                "FOOBAR=foo-value;;bar-value", "ESCAPED=$(FOO) $FOO ${FOO} $(NOPE) $(", "EMPTY=",
            ]
        )
    }

    @Test func `envFrom comes first, later sources and env override`() throws {
        let variables = try environment(
            container(
                """
                    envFrom:
                    - {configMapRef: {name: map}}
                    - {configMapRef: {name: second}}
                    - {prefix: "0.my-", secretRef: {name: login}}
                    - {configMapRef: {name: absent, optional: true}}
                    env:
                    - {name: name, value: "own of $(color) $(0.my-user)"}
                """
            )
        )
        #expect(
            variables.texts == [
                "color=blue", "empty=", "name=own of blue ada", "0.my-password=s3cret",
                "0.my-user=ada",
            ]
        )
    }

    @Test func `single keys are taken, optional missing ones are not set at all`() throws {
        let variables = try environment(
            container(
                """
                    env:
                    - {name: A, valueFrom: {configMapKeyRef: {name: map, key: color}}}
                    - {name: B, valueFrom: {secretKeyRef: {name: login, key: password}}}
                    - {name: C, valueFrom: {configMapKeyRef: {name: map, key: no, optional: true}}}
                    - {name: D, valueFrom: {secretKeyRef: {name: no, key: no, optional: true}}}
                    - {name: E, valueFrom: {configMapKeyRef: {name: map, key: raw, optional: true}}}
                    - {name: F, value: "$(A)$(C)"}
                """
            )
        )
        #expect(variables.texts == ["A=red", "B=s3cret", "F=red$(C)"])
    }

    static let failures: [(body: String, message: String)] = [
        (
            "    envFrom: [{configMapRef: {name: no}}]",
            "configmap \"no\" not found; create it, or make the reference optional"
        ),
        (
            "    envFrom: [{secretRef: {name: no}}]",
            "secret \"no\" not found; create it, or make the reference optional"
        ),
        (
            "    env: [{name: A, valueFrom: {configMapKeyRef: {name: no, key: k}}}]",
            "configmap \"no\" not found; create it, or make the reference optional"
        ),
        (
            "    env: [{name: A, valueFrom: {secretKeyRef: {name: no, key: k}}}]",
            "secret \"no\" not found; create it, or make the reference optional"
        ),
        (
            "    env: [{name: A, valueFrom: {configMapKeyRef: {name: map, key: raw}}}]",
            "couldn't find key raw in ConfigMap shop/map; add the key, or make the reference optional"
        ),
        (
            "    env: [{name: A, valueFrom: {secretKeyRef: {name: login, key: k}}}]",
            "couldn't find key k in Secret shop/login; add the key, or make the reference optional"
        ),
        (
            "    env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.nope}}}]",
            "field label not supported: spec.nope"
        ),
        (
            "    env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.gpu}}}]",
            "unsupported container resource : limits.gpu"
        ),
        (
            "    env: [{name: A, valueFrom: {resourceFieldRef: "
                + "{resource: limits.cpu, containerName: no}}}]",
            "container no not found"
        ),
        (
            "    env: [{name: A, valueFrom: {fileKeyRef: {volumeName: v, path: p, key: k}}}]",
            "couldn't parse env file \"p\": volume \"v\" has no such file"
        ),
        (
            "    env: [{name: A, valueFrom: {fileKeyRef: {volumeName: v, path: bad, key: k}}}]",
            "couldn't parse env file \"bad\": invalid environment variable format at line 1: "
                + "value must be enclosed in single quotes"
        ),
        (
            "    env: [{name: A, valueFrom: {fileKeyRef: {volumeName: v, path: f, key: no}}}]",
            "environment variable key \"no\" not found in file \"f\""
        ),
        ("    env: [{name: A, value: \"a\\0b\"}]", "the value of variable \"A\" holds a NUL byte"),
    ]

    @Test(arguments: failures)
    func `what is missing is named`(body: String, message: String) {
        let failure = #expect(throws: StepFailure.self) {
            _ = try environment(
                container(body),
                files: ["v/bad": "X=unquoted\n", "v/f": "K='v'\n"]
            )
        }
        #expect(failure?.reason == "CreateContainerConfigError")
        #expect(failure?.message == message)
    }

    @Test func `a variable comes out of a file on a volume`() throws {
        let variables = try environment(
            container(
                """
                    env:
                    - {name: A, valueFrom: {fileKeyRef: {volumeName: v, path: f, key: K}}}
                    - {name: B, valueFrom: {fileKeyRef: {volumeName: v, path: f, key: no, optional: true}}}
                    - {name: C, valueFrom: {fileKeyRef: {volumeName: v, path: no, key: K, optional: true}}}
                """
            ),
            files: ["v/f": "K='from file'\n"]
        )
        #expect(variables.texts == ["A=from file"])
    }

    static let fields: [(path: String, value: String)] = [
        ("metadata.name", "web-1"),
        ("metadata.namespace", "shop"),
        ("metadata.uid", "u-1"),
        ("metadata.labels['app']", "web"),
        ("metadata.labels['absent']", ""),
        ("metadata.annotations['note']", "a\nb"),
        ("spec.nodeName", "here"),
        ("spec.serviceAccountName", "robot"),
        ("status.hostIP", "192.0.2.7"),
        ("status.hostIPs", "192.0.2.7,2001:db8::7"),
        ("status.podIP", "10.88.0.5"),
        ("status.podIPs", "10.88.0.5,fd00::5"),
        ("metadata.labels", "app=\"web\"\ntier=\"front \\\"end\\\"\""),
        ("metadata.annotations", "note=\"a\\nb\""),
    ]

    @Test(arguments: fields)
    func `a field of the pod becomes a variable`(path: String, value: String) throws {
        let variables = try environment(
            container("    env: [{name: A, valueFrom: {fieldRef: {fieldPath: \"\(path)\"}}}]")
        )
        #expect(variables["A"] == value)
    }

    static let resources: [(resource: String, divisor: String, value: String)] = [
        ("limits.cpu", "0", "2"),  // 1250m, rounded up
        ("limits.cpu", "1m", "1250"),
        ("requests.cpu", "1", "1"),
        ("requests.cpu", "1m", "250"),
        ("limits.memory", "0", "67108864"),
        ("limits.memory", "1Mi", "64"),
        ("limits.memory", "1M", "68"),  // 67.1, rounded up
        ("requests.memory", "1Ki", "32768"),
        ("requests.ephemeral-storage", "1", "0"),
        ("limits.ephemeral-storage", "1", "100"),
        ("limits.hugepages-2Mi", "1Mi", "4"),
        ("requests.hugepages-1Gi", "1", "0"),
    ]

    @Test(arguments: resources)
    func `a resource becomes an integer, rounded up`(
        resource: String,
        divisor: String,
        value: String
    ) throws {
        let variables = try environment(
            container(
                """
                    resources:
                      requests: {cpu: 250m, memory: 32Mi}
                      limits: {cpu: 1250m, memory: 64Mi, hugepages-2Mi: 4Mi}
                    env:
                    - name: A
                      valueFrom: {resourceFieldRef: {resource: \(resource), divisor: "\(divisor)"}}
                """
            )
        )
        #expect(variables["A"] == value)
    }

    @Test func `a missing limit is that of the pod, then what the node has`() throws {
        let body = container(
            """
                env:
                - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
                - {name: MEM, valueFrom: {resourceFieldRef: {resource: limits.memory}}}
                - {name: REQ, valueFrom: {resourceFieldRef: {resource: requests.cpu}}}
            """
        )
        #expect(try environment(body).texts == ["CPU=4", "MEM=8589934592", "REQ=0"])
        let shared = try environment("  resources: {limits: {memory: 1Gi}}\n" + body)
        #expect(shared.texts == ["CPU=4", "MEM=1073741824", "REQ=0"])
    }

    @Test func `another container's resources are found by its name`() throws {
        let variables = try environment(
            """
              initContainers:
              - {name: prepare, image: x, resources: {limits: {cpu: 3}}}
              containers:
              - name: app
                image: x
                env:
                - name: A
                  valueFrom: {resourceFieldRef: {containerName: prepare, resource: limits.cpu}}
            """
        )
        #expect(variables["A"] == "3")
    }

    @Test func `services of the namespace announce themselves unless the name is taken`() throws {
        var objects = Self.objects
        let texts = [
            "{metadata: {name: foo-service, namespace: shop}, spec: {clusterIP: 10.0.0.9, "
                + "ports: [{port: 8765}, {name: ad-min, port: 81, protocol: UDP}]}}",
            "{metadata: {name: headless, namespace: shop}, spec: {clusterIP: None}}",
            "{metadata: {name: other, namespace: else}, spec: {clusterIP: 10.0.0.8, "
                + "ports: [{port: 1}]}}",
            "{metadata: {name: kubernetes, namespace: default}, spec: {clusterIP: \"fd00::1\", "
                + "ports: [{name: https, port: 443}]}}",
        ]
        objects.allServices = try texts.flatMap { text in
            try YAML.documents(in: Array(text.utf8)).map(\.json)
        }
        let kubernetes = [
            "KUBERNETES_SERVICE_HOST=fd00::1", "KUBERNETES_SERVICE_PORT=443",
            "KUBERNETES_SERVICE_PORT_HTTPS=443", "KUBERNETES_PORT=tcp://[fd00::1]:443",
            "KUBERNETES_PORT_443_TCP=tcp://[fd00::1]:443", "KUBERNETES_PORT_443_TCP_PROTO=tcp",
            "KUBERNETES_PORT_443_TCP_PORT=443", "KUBERNETES_PORT_443_TCP_ADDR=fd00::1",
        ]
        let body = container(
            """
                env:
                - {name: FOO_SERVICE_PORT_81_UDP_ADDR, value: mine}
                - {name: URL, value: "http://$(FOO_SERVICE_SERVICE_HOST)/"}
            """
        )
        #expect(
            try environment(body, objects: objects).texts == [
                "FOO_SERVICE_PORT_81_UDP_ADDR=mine", "URL=http://10.0.0.9/",
                "FOO_SERVICE_SERVICE_HOST=10.0.0.9", "FOO_SERVICE_SERVICE_PORT=8765",
                "FOO_SERVICE_SERVICE_PORT_AD_MIN=81", "FOO_SERVICE_PORT=tcp://10.0.0.9:8765",
                "FOO_SERVICE_PORT_8765_TCP=tcp://10.0.0.9:8765",
                "FOO_SERVICE_PORT_8765_TCP_PROTO=tcp", "FOO_SERVICE_PORT_8765_TCP_PORT=8765",
                "FOO_SERVICE_PORT_8765_TCP_ADDR=10.0.0.9",
                "FOO_SERVICE_PORT_81_UDP=udp://10.0.0.9:81", "FOO_SERVICE_PORT_81_UDP_PROTO=udp",
                "FOO_SERVICE_PORT_81_UDP_PORT=81",
            ] + kubernetes
        )
        let without = try environment(
            "  enableServiceLinks: false\n" + container("    env: []"),
            objects: objects
        )
        #expect(without.texts == kubernetes)
    }

    @Test func `commands expand from everything, probes only from literal values`() throws {
        let variables: EnvironmentVariables = ["A": "1", "FROM": "secret"]
        #expect(
            ContainerEnvironment.expand(
                ["sh", "-c", "TEST=wrong echo \"$(A)$(FROM)$(X)\""],
                by: variables
            )
                == ["sh", "-c", "TEST=wrong echo \"1secret$(X)\""]
        )
        let pod = try pod(
            "spec:\n"
                + container(
                    """
                        env:
                        - {name: A, value: "1"}
                        - {name: B, value: "$(A)"}
                        - {name: FROM, valueFrom: {secretKeyRef: {name: login, key: user}}}
                    """
                )
        )
        let container = try #require(pod.spec.containers.first)
        #expect(
            ContainerEnvironment.expandProbe(["$(A)", "$(B)", "[$(FROM)]", "$(X)"], of: container)
                == ["1", "$(A)", "[]", "$(X)"]
        )
    }
}
