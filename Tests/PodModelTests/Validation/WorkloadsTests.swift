import Testing

@Suite("Deployments") struct WorkloadsTests {
    static let table = [
        Case(
            "a good one",
            kind: "Deployment",
            """
            metadata: {name: d}
            spec:
              selector: {matchLabels: {app: a}}
              template:
                metadata: {labels: {app: a}}
                spec:
                  containers: [{name: a, image: a}]
            """
        ),
        Case(
            "no selector and no template",
            kind: "Deployment",
            """
            metadata: {name: d}
            spec: {replicas: 1}
            """,
            "2:1 spec.selector: Required value; add \"selector\" to spec",
            "2:1 spec.template: Required value; add \"template\" to spec"
        ),
        Case(
            "a selector that chooses other pods",
            kind: "Deployment",
            """
            metadata: {name: d}
            spec:
              selector: {matchLabels: {app: a}}
              template:
                metadata: {labels: {app: b}}
                spec:
                  containers: [{name: a, image: a}]
            """,
            "5:16 spec.template.metadata.labels: Invalid value: {\"app\":\"b\"}: `selector` does not match template `labels`; add to the template's labels: app: a"
        ),
        Case(
            "an empty selector",
            kind: "Deployment",
            """
            metadata: {name: d}
            spec:
              selector: {}
              template:
                metadata: {labels: {app: a}}
                spec:
                  containers: [{name: a, image: a}]
            """,
            "3:3 spec.selector: Invalid value: {}: empty selector is invalid for deployment; repeat the template's labels under matchLabels"
        ),
        Case(
            "pods that do not restart",
            kind: "Deployment",
            """
            metadata: {name: d}
            spec:
              selector: {matchLabels: {app: a}}
              template:
                metadata: {labels: {app: a}}
                spec:
                  containers: [{name: a, image: a}]
                  restartPolicy: Never
                  activeDeadlineSeconds: 5
            """,
            "8:7 spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"; remove it, or write a Pod instead of a Deployment",
            "9:7 spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported; remove it"
        ),
        Case(
            "numbers",
            kind: "Deployment",
            """
            metadata: {name: d}
            spec:
              replicas: -1
              minReadySeconds: 10
              progressDeadlineSeconds: 10
              selector: {matchLabels: {app: a}}
              template:
                metadata: {labels: {app: a}}
                spec:
                  containers: [{name: a, image: a}]
            """,
            "3:3 spec.replicas: Invalid value: -1: must be greater than or equal to 0; choose 0 or more",
            "5:3 spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds; choose more than 10"
        ),
        Case(
            "a strategy that stands still",
            kind: "Deployment",
            """
            metadata: {name: d}
            spec:
              strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}
              selector: {matchLabels: {app: a}}
              template:
                metadata: {labels: {app: a}}
                spec:
                  containers: [{name: a, image: a}]
            """,
            "3:43 spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"0%\": may not be 0 when `maxSurge` is 0; let one of the two be more than 0"
        ),
        Case(
            "a strategy that does not fit",
            kind: "Deployment",
            """
            metadata: {name: d}
            spec:
              strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}
              selector: {matchLabels: {app: a}}
              template:
                metadata: {labels: {app: a}}
                spec:
                  containers: [{name: a, image: a}]
            """,
            "3:30 spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'; remove it"
        ),
        Case(
            "percentages",
            kind: "Deployment",
            """
            metadata: {name: d}
            spec:
              strategy: {rollingUpdate: {maxSurge: half, maxUnavailable: 101%}}
              selector: {matchLabels: {app: a}}
              template:
                metadata: {labels: {app: a}}
                spec:
                  containers: [{name: a, image: a}]
            """,
            "3:30 spec.strategy.rollingUpdate.maxSurge: Invalid value: \"half\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%'); write a number or a percentage",
            "3:46 spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%; choose 100% or less"
        ),
        Case(
            "mistakes in the template",
            kind: "Deployment",
            """
            metadata: {name: d}
            spec:
              selector: {matchLabels: {app: a}}
              template:
                metadata: {labels: {app: a}}
                spec:
                  containers: [{name: a, image: a, comand: [b]}]
            """,
            "7:40 spec.template.spec.containers[0].comand: unknown field \"comand\"; did you mean \"command\"?"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
