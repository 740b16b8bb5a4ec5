import Formats
import PodModel
import Testing

@Suite("Typed views") struct RoundTripTests {
    static let full = Pod(
        metadata: ObjectMeta(name: "web", namespace: "default", labels: ["app": "web"]),
        spec: PodSpec(
            volumes: [
                Volume(name: "data"),
                Volume(
                    name: "config",
                    source: .configMap(
                        ConfigMapVolumeSource(
                            name: "settings",
                            items: [KeyToPath(key: "a", path: "b", mode: 256)]
                        )
                    )
                ),
                Volume(
                    name: "all",
                    source: .projected(
                        ProjectedVolumeSource(sources: [
                            .secret(SecretProjection(name: "s")),
                            .serviceAccountToken(ServiceAccountTokenProjection(path: "token")),
                        ])
                    )
                ),
            ],
            initContainers: [
                Container(
                    name: "proxy",
                    image: "proxy:1",
                    restartPolicy: .always,
                    startupProbe: Probe(action: .tcpSocket(TCPSocketAction(port: .string("http"))))
                )
            ],
            containers: [
                Container(
                    name: "app",
                    image: "app:1",
                    command: ["run"],
                    ports: [ContainerPort(name: "http", containerPort: 80)],
                    envFrom: [
                        EnvFromSource(
                            prefix: "P_",
                            source: .secretRef(name: "s", optional: true)
                        )
                    ],
                    env: [
                        EnvVar(name: "A", value: "1"),
                        EnvVar(
                            name: "IP",
                            valueFrom: .fieldRef(ObjectFieldSelector(fieldPath: "status.podIP"))
                        ),
                    ],
                    restartPolicyRules: [
                        ContainerRestartRule(
                            exitCodes: ContainerRestartRuleOnExitCodes(operator: "In", values: [42])
                        )
                    ],
                    volumeMounts: [VolumeMount(name: "data", mountPath: "/data")],
                    livenessProbe: Probe(action: .grpc(GRPCAction(port: 9))),
                    lifecycle: Lifecycle(
                        postStart: .exec(ExecAction(command: ["true"])),
                        preStop: .sleep(seconds: 3)
                    )
                )
            ]
        ),
        status: PodStatus(
            phase: .running,
            conditions: [PodCondition(type: "Ready", status: "True")],
            containerStatuses: [
                ContainerStatus(
                    name: "app",
                    state: .terminated(ContainerStateTerminated(exitCode: 1, reason: "Error")),
                    restartCount: 2
                )
            ]
        )
    )

    @Test func `a pod survives the way to JSON and back`() throws {
        let read = try Pod(json: Self.full.json)
        #expect(read == Self.full)
        #expect(read.json == Self.full.json)
    }

    @Test func `what the API server defaults is there without being written`() throws {
        let json = JSON.object(JSONObject())
        let pod = try Pod(json: json)
        #expect(pod.spec.restartPolicy == .always)
        #expect(pod.spec.terminationGracePeriodSeconds == 30)
        #expect(pod.spec.dnsPolicy == .clusterFirst)
        #expect(pod.spec.enableServiceLinks)
    }

    @Test func `an error names the field`() throws {
        var spec = JSONObject()
        spec["containers"] = .array([.object(JSONObject()), .string("x")])
        let error = #expect(throws: ModelError.self) {
            try PodSpec(json: .object(spec))
        }
        #expect(error?.description == "containers[1]: an object is expected, not a string")
    }

    @Test(arguments: [
        (ContainerState.waiting(ContainerStateWaiting(reason: "CrashLoopBackOff")), "waiting"),
        (.running(ContainerStateRunning()), "running"),
        (.terminated(ContainerStateTerminated(exitCode: 137)), "terminated"),
    ])
    func `a container state has exactly one member`(state: ContainerState, key: String) throws {
        guard case .object(let members) = state.json else {
            Issue.record("not an object")
            return
        }
        #expect(members.keys == [key])
        #expect(try ContainerState(json: state.json) == state)
    }

    @Test func `containers are found by name and sidecars by their policy`() {
        #expect(Self.full.container(named: "proxy")?.image == "proxy:1")
        #expect(Self.full.container(named: "nobody") == nil)
        #expect(Self.full.sidecars.map(\.name) == ["proxy"])
    }
}
