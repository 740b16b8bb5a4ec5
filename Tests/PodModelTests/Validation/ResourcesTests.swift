import Testing

@Suite("Resources") struct ResourcesTests {
    static let table = [
        Case(
            "a request above its limit",
            pod(
                container: """
                    resources:
                      limits: {cpu: 500m, memory: 64Mi}
                      requests: {cpu: 1, memory: 64Mi}
                    """
            ),
            "8:18 spec.containers[0].resources.requests.cpu: Invalid value: \"1\": must be less than or equal to cpu limit of 500m; lower the request or raise the limit"
        ),
        Case(
            "negative amounts",
            pod(
                container: """
                    resources:
                      limits: {cpu: -1}
                    """
            ),
            "7:16 spec.containers[0].resources.limits.cpu: Invalid value: \"-1\": must be greater than or equal to 0; choose a positive amount"
        ),
        Case(
            "names",
            pod(
                container: """
                    resources:
                      limits: {cpus: 1, example.com/foo: 1.5, 'a b': 1}
                    """
            ),
            "7:16 spec.containers[0].resources.limits.cpus: Invalid value: \"cpus\": must be a standard resource for containers; did you mean \"cpu\"?",
            "7:25 spec.containers[0].resources.limits[example.com/foo]: Invalid value: \"1500m\": must be an integer; choose a whole number",
            "7:47 spec.containers[0].resources.limits.a b: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'); rename the resource",
            "7:47 spec.containers[0].resources.limits.a b: Invalid value: \"a b\": must be a standard resource for containers; use cpu, memory or ephemeral-storage",
            "7:25 warning: spec.containers[0].resources.limits[example.com/foo]: example.com/foo has no effect: this machine hands out no such devices"
        ),
        Case(
            "milli-bytes",
            pod(
                container: """
                    resources:
                      limits: {memory: 100m}
                    """
            ),
            "7:16 warning: spec.containers[0].resources.limits.memory: fractional byte value \"100m\" is invalid, must be an integer; did you mean Mi instead of m?"
        ),
        Case(
            "huge pages",
            pod(
                container: """
                    resources:
                      limits: {hugepages-2Mi: 3Mi}
                    """
            ),
            "7:16 spec.containers[0].resources.limits.hugepages-2Mi: Invalid value: \"3Mi\": is not positive integer multiple of 2Mi; choose a multiple of the page size",
            "6:5 spec.containers[0].resources: Forbidden: HugePages require cpu or memory; add a limit for cpu or memory"
        ),
        Case(
            "huge pages beside memory",
            pod(
                container: """
                    resources:
                      limits: {hugepages-2Mi: 4Mi, memory: 64Mi}
                    """
            )
        ),
        Case(
            "devices cannot be shared",
            pod(
                container: """
                    resources:
                      requests: {nvidia.com/gpu: 1}
                    """
            ),
            "6:5 spec.containers[0].resources.limits[nvidia.com/gpu]: Required value: Limit must be set for non overcommitable resources; set the same limit",
            "7:18 warning: spec.containers[0].resources.requests[nvidia.com/gpu]: nvidia.com/gpu has no effect: this machine hands out no such devices"
        ),
        Case(
            "devices have no effect here",
            pod(
                container: """
                    resources:
                      limits: {nvidia.com/gpu: 1}
                    """
            ),
            "7:16 warning: spec.containers[0].resources.limits[nvidia.com/gpu]: nvidia.com/gpu has no effect: this machine hands out no such devices"
        ),
        Case(
            "claims",
            pod(
                container: """
                    resources:
                      claims: [{name: gpu}]
                    """
            ),
            "7:17 spec.containers[0].resources.claims[0].name: Not found: \"gpu\"; add it to spec.resourceClaims",
            "7:7 warning: spec.containers[0].resources.claims: claims have no effect: devices are not handed out"
        ),
        Case(
            "resources of the pod",
            pod(
                container: """
                    resources:
                      limits: {cpu: 3}
                      requests: {cpu: 1500m}
                    """,
                spec: """
                    resources:
                      limits: {cpu: 2, ephemeral-storage: 1Gi}
                      requests: {cpu: 1}
                    """
            ),
            "10:22 spec.resources.limits.ephemeral-storage: Unsupported value: \"ephemeral-storage\": supported values: \"cpu\", \"hugepages-\", \"memory\"; set it for each container",
            "11:16 spec.resources.requests.cpu: Invalid value: \"1\": must be greater than or equal to aggregate container requests of 1500m; raise it, or lower the containers' requests",
            "7:16 spec.containers[0].resources.limits.cpu: Invalid value: \"3\": must be less than or equal to pod limits of 2; lower it, or raise the pod's limit"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        #expect(try findings(example.text, kind: example.kind) == example.expected)
    }
}
