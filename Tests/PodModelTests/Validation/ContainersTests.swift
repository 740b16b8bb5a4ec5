import Testing

@Suite("Containers") struct ContainersTests {
    static let table = [
        Case(
            "no image",
            """
            metadata: {name: p}
            spec:
              containers:
              - name: app
            """,
            "4:5 spec.containers[0].image: Required value; name the image to run, such as docker.io/library/nginx:1.27"
        ),
        Case(
            "an empty image",
            """
            metadata: {name: p}
            spec:
              containers:
              - name: app
                image: ''
            """,
            "5:5 spec.containers[0].image: Required value; name the image to run, such as docker.io/library/nginx:1.27"
        ),
        Case(
            "blanks around an image",
            """
            metadata: {name: p}
            spec:
              containers:
              - name: app
                image: ' a:1'
            """,
            "5:5 spec.containers[0].image: Invalid value: \" a:1\": must not have leading or trailing whitespace; remove it"
        ),
        Case(
            "a container without a name",
            """
            metadata: {name: p}
            spec:
              containers:
              - image: a
            """,
            "4:5 spec.containers[0].name: Required value; add \"name\" to spec.containers[0]"
        ),
        Case(
            "a name that is no label",
            """
            metadata: {name: p}
            spec:
              containers:
              - {name: My.App, image: a}
            """,
            "4:6 spec.containers[0].name: Invalid value: \"My.App\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'); write \"my-app\""
        ),
        Case(
            "one name twice",
            """
            metadata: {name: p}
            spec:
              initContainers:
              - {name: a, image: a}
              - {name: b, image: a}
              containers:
              - {name: a, image: a}
              - {name: c, image: a}
              - {name: c, image: a}
            """,
            "9:6 spec.containers[2].name: Duplicate value: \"c\"; give every container of the pod its own name",
            "4:6 spec.initContainers[0].name: Duplicate value: \"a\"; give every container of the pod its own name"
        ),
        Case(
            "policies",
            pod(
                container: """
                    imagePullPolicy: always
                    terminationMessagePolicy: Logs
                    """,
                spec: """
                    restartPolicy: OnFailur
                    dnsPolicy: Cluster
                    """
            ),
            "7:5 spec.containers[0].terminationMessagePolicy: Unsupported value: \"Logs\": supported values: \"FallbackToLogsOnError\", \"File\"; use one of these",
            "6:5 spec.containers[0].imagePullPolicy: Unsupported value: \"always\": supported values: \"Always\", \"IfNotPresent\", \"Never\"; did you mean \"Always\"?",
            "8:3 spec.restartPolicy: Unsupported value: \"OnFailur\": supported values: \"Always\", \"Never\", \"OnFailure\"; did you mean \"OnFailure\"?",
            "9:3 spec.dnsPolicy: Unsupported value: \"Cluster\": supported values: \"ClusterFirst\", \"ClusterFirstWithHostNet\", \"Default\", \"None\"; use one of these"
        ),
        Case(
            "an init container with probes",
            pod(
                spec: """
                    initContainers:
                    - name: i
                      image: i
                      lifecycle: {}
                      readinessProbe: {exec: {command: [a]}}
                    - name: s
                      image: s
                      restartPolicy: Always
                      lifecycle: {preStop: {exec: {command: [a]}}}
                      readinessProbe: {exec: {command: [a]}}
                    """
            ),
            "9:5 spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always; remove it, or make the container a sidecar with restartPolicy: Always",
            "10:5 spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always; remove it, or make the container a sidecar with restartPolicy: Always"
        ),
        Case(
            "restart rules",
            pod(
                container: """
                    restartPolicyRules:
                    - {action: Restart, exitCodes: {operator: In, values: [1]}}
                    """
            ),
            "4:5 spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used; set it"
        ),
        Case(
            "restart rules with mistakes",
            pod(
                container: """
                    restartPolicy: Sometimes
                    restartPolicyRules:
                    - {action: Reboot, exitCodes: {operator: Is, values: [256]}}
                    - {action: Restart}
                    """
            ),
            "6:5 spec.containers[0].restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"Never\", \"OnFailure\"; use one of these",
            "8:8 spec.containers[0].restartPolicyRules[0].action: Unsupported value: \"Reboot\": supported values: \"Restart\", \"RestartAllContainers\"; use one of these",
            "8:36 spec.containers[0].restartPolicyRules[0].exitCodes.operator: Unsupported value: \"Is\": supported values: \"In\", \"NotIn\"; use one of these",
            "8:59 spec.containers[0].restartPolicyRules[0].exitCodes.values[0]: Invalid value: 256: must be between 0 and 255, inclusive; choose a number in that range",
            "9:7 spec.containers[0].restartPolicyRules[1].exitCodes: Required value: must be specified; set it"
        ),
        Case(
            "restart rules that are right",
            pod(
                container: """
                    restartPolicy: Never
                    restartPolicyRules:
                    - {action: RestartAllContainers, exitCodes: {operator: NotIn, values: [0, 255]}}
                    """
            )
        ),
        Case(
            "a restart rule that also restarts a success",
            pod(
                container: """
                    restartPolicy: OnFailure
                    restartPolicyRules:
                    - {action: Restart, exitCodes: {operator: In, values: [7]}}
                    - {action: Restart, exitCodes: {operator: NotIn, values: [1, 2]}}
                    """
            ),
            "9:54 warning: spec.containers[0].restartPolicyRules[1].exitCodes.values: exit code 0 is not in the list: the container is also restarted when it succeeds; add 0, unless that is meant"
        ),
        Case(
            "a rule for all containers that also takes a success",
            pod(
                container: """
                    restartPolicy: Always
                    restartPolicyRules:
                    - {action: RestartAllContainers, exitCodes: {operator: NotIn, values: [1]}}
                    """
            ),
            "8:67 warning: spec.containers[0].restartPolicyRules[0].exitCodes.values: exit code 0 is not in the list: all containers are also restarted when this one succeeds; add 0, unless that is meant"
        ),
        Case(
            "a restart rule behind one for a success",
            pod(
                container: """
                    restartPolicy: Never
                    restartPolicyRules:
                    - {action: Restart, exitCodes: {operator: In, values: [0]}}
                    - {action: Restart, exitCodes: {operator: NotIn, values: [1]}}
                    """
            )
        ),
        Case(
            "a restart rule that changes nothing for a success",
            pod(
                container: """
                    restartPolicy: Always
                    restartPolicyRules:
                    - {action: Restart, exitCodes: {operator: NotIn, values: [1]}}
                    """
            )
        ),
        Case(
            "too many restart rules",
            pod(
                container: """
                    restartPolicy: Never
                    restartPolicyRules:
                    - {action: Restart, exitCodes: {operator: In, values: [0]}}
                    - {action: Restart, exitCodes: {operator: In, values: [1]}}
                    - {action: Restart, exitCodes: {operator: In, values: [2]}}
                    - {action: Restart, exitCodes: {operator: In, values: [3]}}
                    - {action: Restart, exitCodes: {operator: In, values: [4]}}
                    - {action: Restart, exitCodes: {operator: In, values: [5]}}
                    - {action: Restart, exitCodes: {operator: In, values: [6]}}
                    - {action: Restart, exitCodes: {operator: In, values: [7]}}
                    - {action: Restart, exitCodes: {operator: In, values: [8]}}
                    - {action: Restart, exitCodes: {operator: In, values: [9]}}
                    - {action: Restart, exitCodes: {operator: In, values: [10]}}
                    - {action: Restart, exitCodes: {operator: In, values: [11]}}
                    - {action: Restart, exitCodes: {operator: In, values: [12]}}
                    - {action: Restart, exitCodes: {operator: In, values: [13]}}
                    - {action: Restart, exitCodes: {operator: In, values: [14]}}
                    - {action: Restart, exitCodes: {operator: In, values: [15]}}
                    - {action: Restart, exitCodes: {operator: In, values: [16]}}
                    - {action: Restart, exitCodes: {operator: In, values: [17]}}
                    - {action: Restart, exitCodes: {operator: In, values: [18]}}
                    - {action: Restart, exitCodes: {operator: In, values: [19]}}
                    - {action: Restart, exitCodes: {operator: In, values: [20]}}
                    """
            ),
            "7:5 spec.containers[0].restartPolicyRules: Too many: 21: must have at most 20 items; remove 1 of them"
        ),
        Case(
            "resize policies",
            pod(
                container: """
                    resizePolicy:
                    - {resourceName: cpu, restartPolicy: RestartContainer}
                    - {resourceName: cpu, restartPolicy: NotRequired}
                    - {resourceName: disk, restartPolicy: Maybe}
                    """,
                spec: "restartPolicy: Never"
            ),
            "7:27 spec.containers[0].resizePolicy[0].restartPolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when `restartPolicy` is 'Never'; write NotRequired",
            "8:8 spec.containers[0].resizePolicy[1].resourceName: Duplicate value: \"cpu\"; use each only once",
            "9:8 spec.containers[0].resizePolicy[2].resourceName: Unsupported value: \"disk\": supported values: \"cpu\", \"memory\"; use one of these",
            "9:28 spec.containers[0].resizePolicy[2].restartPolicy: Unsupported value: \"Maybe\": supported values: \"NotRequired\", \"RestartContainer\"; use one of these"
        ),
        Case(
            "ephemeral containers",
            pod(
                spec: """
                    ephemeralContainers:
                    - {name: d, image: d, targetContainerName: nobody, ports: [{containerPort: 1}], volumeMounts: [{name: v, mountPath: /v, subPath: s}]}
                    volumes:
                    - name: v
                    """
            ),
            "7:54 spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container; remove it",
            "7:123 spec.ephemeralContainers[0].volumeMounts[0].subPath: Forbidden: cannot be set for an Ephemeral Container; remove it",
            "7:25 spec.ephemeralContainers[0].targetContainerName: Not found: \"nobody\"; name one of app",
            "6:3 spec.ephemeralContainers: Forbidden: cannot be set on create; remove them; they are added to a running pod"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
