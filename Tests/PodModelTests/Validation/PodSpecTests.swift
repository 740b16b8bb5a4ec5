import Testing

@Suite("Pod-wide fields") struct PodSpecTests {
    static let table = [
        Case(
            "lifetimes",
            pod(
                spec: """
                    activeDeadlineSeconds: 0
                    terminationGracePeriodSeconds: -1
                    """
            ),
            "6:3 spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive; choose a number in that range",
            "7:3 warning: spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1; choose 0 or more"
        ),
        Case(
            "names",
            pod(
                spec: """
                    hostname: My_Host
                    subdomain: a.b
                    serviceAccountName: A
                    nodeName: ''
                    """
            ),
            "6:3 spec.hostname: Invalid value: \"My_Host\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'); write \"my-host\"",
            "7:3 spec.subdomain: Invalid value: \"a.b\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'); write \"a-b\"",
            "8:3 spec.serviceAccountName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'); correct the name"
        ),
        Case(
            "host aliases",
            pod(
                spec: """
                    hostAliases:
                    - {ip: 300.1.1.1, hostnames: [a_b]}
                    - {ip: '2001:db8::1', hostnames: [ok.example]}
                    - {ip: 010.1.1.1}
                    """
            ),
            "7:6 spec.hostAliases[0].ip: Invalid value: \"300.1.1.1\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff); write an address such as 192.0.2.7",
            "7:33 spec.hostAliases[0].hostnames[0]: Invalid value: \"a_b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'); correct the host name",
            "9:6 spec.hostAliases[2].ip: Invalid value: \"010.1.1.1\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff); write an address such as 192.0.2.7"
        ),
        Case(
            "dnsPolicy None",
            pod(spec: "dnsPolicy: None"),
            "2:1 spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None; add dnsConfig with a nameserver"
        ),
        Case(
            "dnsPolicy None without servers",
            pod(
                spec: """
                    dnsPolicy: None
                    dnsConfig: {searches: [a]}
                    """
            ),
            "7:3 spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None; add the address of a name server"
        ),
        Case(
            "dnsConfig",
            pod(
                spec: """
                    dnsConfig:
                      nameservers: [1.1.1.1, 1.1.1.2, 1.1.1.3, one]
                      searches: [_tcp.example.com., '.', A]
                      options: [{value: a}]
                    """
            ),
            "9:15 spec.dnsConfig.options[0].name: Required value; add \"name\" to spec.dnsConfig.options[0]",
            "7:5 spec.dnsConfig.nameservers: Invalid value: [\"1.1.1.1\",\"1.1.1.2\",\"1.1.1.3\",\"one\"]: must not have more than 3 nameservers; remove some",
            "7:46 spec.dnsConfig.nameservers[3]: Invalid value: \"one\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff); write an address such as 192.0.2.7",
            "8:40 spec.dnsConfig.searches[2]: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'); correct the domain"
        ),
        Case(
            "a host name that overrides all",
            pod(
                spec: """
                    hostnameOverride: a.b
                    hostNetwork: true
                    setHostnameAsFQDN: true
                    """
            ),
            "6:3 spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true; remove it",
            "6:3 spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true; remove it"
        ),
        Case(
            "readiness gates",
            pod(spec: "readinessGates: [{conditionType: a b}]"),
            "6:21 spec.readinessGates[0].conditionType: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'); correct the condition"
        ),
        Case(
            "the operating system",
            pod(spec: "os: {name: beos}"),
            "6:8 spec.os.name: Unsupported value: \"beos\": supported values: \"linux\", \"windows\"; use one of these"
        ),
        Case(
            "tolerations",
            pod(
                spec: """
                    tolerations:
                    - {operator: Equal}
                    - {operator: Exists, key: a, value: b}
                    - {key: a, effect: Never}
                    - {key: a, tolerationSeconds: 5}
                    - {key: a, operator: Is}
                    - {key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 300}
                    """
            ),
            "7:6 spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"; add a key, or write operator: Exists",
            "8:32 spec.tolerations[1].value: Invalid value: \"b\": value must be empty when `operator` is 'Exists'; remove the value",
            "9:14 spec.tolerations[2].effect: Unsupported value: \"Never\": supported values: \"\", \"NoExecute\", \"NoSchedule\", \"PreferNoSchedule\"; use one of these",
            "10:5 spec.tolerations[3].effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set; write effect: NoExecute, or remove tolerationSeconds",
            "11:14 spec.tolerations[4].operator: Unsupported value: \"Is\": supported values: \"\", \"Equal\", \"Exists\", \"Gt\", \"Lt\"; use one of these"
        ),
        Case(
            "wishes about more than one node have no effect here",
            pod(
                spec: """
                    nodeSelector: {disk: ssd}
                    affinity: {nodeAffinity: {}}
                    priorityClassName: high
                    schedulerName: mine
                    runtimeClassName: gvisor
                    topologySpreadConstraints: []
                    """
            ),
            "8:3 warning: spec.priorityClassName: priorityClassName has no effect: there is no preemption",
            "10:3 warning: spec.runtimeClassName: runtimeClassName has no effect: every pod runs with the engine's own runtime",
            "9:3 warning: spec.schedulerName: schedulerName has no effect: there is no scheduler"
        ),
        Case(
            "affinity",
            pod(
                spec: """
                    affinity:
                      nodeAffinity:
                        requiredDuringSchedulingIgnoredDuringExecution:
                          nodeSelectorTerms:
                          - matchExpressions: [{key: a, operator: In}, {key: b, operator: Is, values: [x]}]
                        preferredDuringSchedulingIgnoredDuringExecution:
                        - {weight: 101, preference: {}}
                      podAntiAffinity:
                        requiredDuringSchedulingIgnoredDuringExecution:
                        - {labelSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}
                    """
            ),
            "15:9 spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value; add \"topologyKey\" to spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]",
            "10:30 spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'; set it",
            "10:63 spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[1].operator: Invalid value: \"Is\": not a valid selector operator; use In, NotIn, Exists, DoesNotExist, Gt or Lt",
            "12:10 spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100; choose a weight in that range",
            "15:72 spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'; remove it",
            "13:5 warning: spec.affinity.podAntiAffinity: podAntiAffinity has no effect: there is one node"
        ),
        Case(
            "spreading",
            pod(
                spec: """
                    topologySpreadConstraints:
                    - {maxSkew: 0, topologyKey: zone, whenUnsatisfiable: Never}
                    """
            ),
            "7:6 spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero; choose 1 or more",
            "7:37 spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"Never\": supported values: \"DoNotSchedule\", \"ScheduleAnyway\"; use one of these",
            "6:3 warning: spec.topologySpreadConstraints: topologySpreadConstraints has no effect: there is one node"
        ),
        Case(
            "everything else a pod may say",
            pod(
                spec: """
                    automountServiceAccountToken: false
                    enableServiceLinks: false
                    imagePullSecrets: [{name: a}]
                    hostPID: true
                    preemptionPolicy: Never
                    overhead: {cpu: 10m}
                    setHostnameAsFQDN: true
                    schedulingGates: [{name: a}]
                    resourceClaims: [{name: a, resourceClaimName: b}]
                    schedulingGroup: {podGroupName: g}
                    """
            ),
            "15:3 warning: spec.schedulingGroup: schedulingGroup has no effect: there is no scheduler",
            "10:3 warning: spec.preemptionPolicy: preemptionPolicy has no effect: there is no preemption",
            "14:3 warning: spec.resourceClaims: resourceClaims has no effect: devices are not handed out"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
