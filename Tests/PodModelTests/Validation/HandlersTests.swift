import Testing

@Suite("Probes and hooks") struct HandlersTests {
    static let table = [
        Case(
            "no action",
            pod(container: "livenessProbe: {periodSeconds: 5}"),
            "6:5 spec.containers[0].livenessProbe: Required value: must specify a handler type; add one of exec, httpGet, tcpSocket, grpc"
        ),
        Case(
            "two actions",
            pod(
                container: """
                    livenessProbe:
                      exec: {command: [a]}
                      tcpSocket: {port: 80}
                    """
            ),
            "8:7 spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type; keep one of exec, tcpSocket"
        ),
        Case(
            "a command is needed",
            pod(container: "livenessProbe: {exec: {}}"),
            "6:21 spec.containers[0].livenessProbe.exec.command: Required value; add \"command\" to spec.containers[0].livenessProbe.exec"
        ),
        Case(
            "numbers",
            pod(
                container: """
                    readinessProbe:
                      tcpSocket: {port: 80}
                      initialDelaySeconds: -1
                      periodSeconds: -1
                      failureThreshold: -2
                    """
            ),
            "8:7 spec.containers[0].readinessProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0; choose 0 or more",
            "9:7 spec.containers[0].readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0; choose 0 or more",
            "10:7 spec.containers[0].readinessProbe.failureThreshold: Invalid value: -2: must be greater than or equal to 0; choose 0 or more"
        ),
        Case(
            "one success is enough to be alive",
            pod(
                container: """
                    livenessProbe: {tcpSocket: {port: 80}, successThreshold: 2}
                    startupProbe: {tcpSocket: {port: 80}, successThreshold: 2}
                    readinessProbe: {tcpSocket: {port: 80}, successThreshold: 2}
                    """
            ),
            "6:44 spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1; remove it",
            "7:43 spec.containers[0].startupProbe.successThreshold: Invalid value: 2: must be 1; remove it"
        ),
        Case(
            "the grace of a probe",
            pod(
                container: """
                    livenessProbe: {tcpSocket: {port: 80}, terminationGracePeriodSeconds: 0}
                    readinessProbe: {tcpSocket: {port: 80}, terminationGracePeriodSeconds: 5}
                    """
            ),
            "6:44 spec.containers[0].livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0; choose 1 or more",
            "7:45 spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes; remove it"
        ),
        Case(
            "HTTP",
            pod(
                container: """
                    livenessProbe:
                      httpGet:
                        port: 0
                        scheme: http
                        httpHeaders: [{name: 'X Y', value: z}]
                    """
            ),
            "9:9 spec.containers[0].livenessProbe.httpGet.scheme: Unsupported value: \"http\": supported values: \"HTTP\", \"HTTPS\"; did you mean \"HTTP\"?",
            "10:24 spec.containers[0].livenessProbe.httpGet.httpHeaders[0].name: Invalid value: \"X Y\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+'); rename the header",
            "8:9 spec.containers[0].livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive; choose a number in that range"
        ),
        Case(
            "ports by name",
            pod(
                container: """
                    ports: [{name: http, containerPort: 80}]
                    livenessProbe: {httpGet: {port: http}}
                    readinessProbe: {httpGet: {port: htp}}
                    startupProbe: {tcpSocket: {port: '80'}}
                    """
            ),
            "8:32 warning: spec.containers[0].readinessProbe.httpGet.port: the container has no port named \"htp\": the request will fail; did you mean \"http\"?",
            "9:32 spec.containers[0].startupProbe.tcpSocket.port: Invalid value: \"80\": must contain at least one letter (a-z); write the number without quotes"
        ),
        Case(
            "gRPC",
            pod(
                container: """
                    livenessProbe: {grpc: {port: 70000}}
                    readinessProbe: {grpc: {service: a}}
                    """
            ),
            "7:22 spec.containers[0].readinessProbe.grpc.port: Required value; add \"port\" to spec.containers[0].readinessProbe.grpc",
            "6:28 spec.containers[0].livenessProbe.grpc.port: Invalid value: 70000: must be between 1 and 65535, inclusive; choose a number in that range"
        ),
        Case(
            "hooks",
            pod(
                container: """
                    lifecycle:
                      postStart: {}
                      preStop: {exec: {command: [a]}, sleep: {seconds: 1}}
                    """
            ),
            "7:7 spec.containers[0].lifecycle.postStart: Required value: must specify a handler type; add one of exec, httpGet, tcpSocket, sleep",
            "8:39 spec.containers[0].lifecycle.preStop.sleep: Forbidden: may not specify more than 1 handler type; keep one of exec, sleep"
        ),
        Case(
            "sleeping within the grace period",
            pod(
                container:
                    "lifecycle: {preStop: {sleep: {seconds: 31}}, postStart: {sleep: {seconds: -1}}}"
            ),
            "6:70 spec.containers[0].lifecycle.postStart.sleep.seconds: Invalid value: -1: must be non-negative and less than terminationGracePeriodSeconds (30); sleep at most 30 s, or raise terminationGracePeriodSeconds",
            "6:35 spec.containers[0].lifecycle.preStop.sleep.seconds: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30); sleep at most 30 s, or raise terminationGracePeriodSeconds"
        ),
        Case(
            "sleeping for nothing",
            pod(container: "lifecycle: {preStop: {sleep: {seconds: 0}}}")
        ),
        Case(
            "a stop signal needs the operating system",
            pod(container: "lifecycle: {stopSignal: SIGUSR1}"),
            "6:17 spec.containers[0].lifecycle.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`; add os: {name: linux} to the pod's spec"
        ),
        Case(
            "a stop signal",
            pod(container: "lifecycle: {stopSignal: SIGUSR1}", spec: "os: {name: linux}")
        ),
        Case(
            "a wrong stop signal",
            pod(container: "lifecycle: {stopSignal: USR1}", spec: "os: {name: windows}"),
            "6:17 spec.containers[0].lifecycle.stopSignal: Unsupported value: \"USR1\": supported values: \"SIGKILL\", \"SIGTERM\"; use one of these",
            "7:8 warning: spec.os.name: this machine runs Linux: the pod will fail"
        ),
        Case(
            "a socket hook is accepted and never carried out",
            pod(container: "lifecycle: {preStop: {tcpSocket: {port: 80}}}"),
            "6:27 warning: spec.containers[0].lifecycle.preStop.tcpSocket: tcpSocket hooks are never carried out; use exec or httpGet"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
