import Formats
import PodModel
import Testing

/// A container with resources in the order cpu request, cpu limit, memory request, memory limit.
func container(
    _ name: String,
    _ amounts: [String?],
    sidecar: Bool = false
) throws -> Container {
    func map(_ cpu: Int, _ memory: Int) throws -> [String: Quantity] {
        var map: [String: Quantity] = [:]
        if let text = amounts[cpu] { map["cpu"] = try Quantity(text) }
        if let text = amounts[memory] { map["memory"] = try Quantity(text) }
        return map
    }
    return Container(
        name: name,
        resources: ResourceRequirements(limits: try map(1, 3), requests: try map(0, 2)),
        restartPolicy: sidecar ? .always : nil
    )
}

@Suite("Quality of service") struct QualityOfServiceTests {
    @Test(
        arguments: [
            ([nil, nil, nil, nil], QOSClass.bestEffort),
            (["0", nil, nil, nil], .bestEffort),
            (["100m", nil, nil, nil], .burstable),
            (["1", "1", "1Gi", "1Gi"], .guaranteed),
            ([nil, "1", nil, "1Gi"], .guaranteed),
            (["1", "1", nil, nil], .burstable),
            (["1", "2", "1Gi", "1Gi"], .burstable),
            (["1000m", "1", "1024Mi", "1Gi"], .guaranteed),
        ] as [([String?], QOSClass)]
    )
    func `the class follows from requests and limits`(
        amounts: [String?],
        expected: QOSClass
    ) throws {
        let spec = PodSpec(containers: [try container("a", amounts)])
        #expect(QualityOfService.of(spec) == expected)
    }

    @Test func `a sidecar without limits takes the guarantee away`() throws {
        let main = try container("a", ["1", "1", "1Gi", "1Gi"])
        let sidecar = try container("s", [nil, nil, nil, nil], sidecar: true)
        #expect(
            QualityOfService.of(PodSpec(initContainers: [sidecar], containers: [main]))
                == .burstable
        )
    }

    @Test func `pod-level resources count instead of the containers'`() throws {
        let full = try container("a", ["1", "1", "1Gi", "1Gi"]).resources
        let spec = PodSpec(containers: [Container(name: "a")], resources: full)
        #expect(QualityOfService.of(spec) == .guaranteed)
    }
}

@Suite("Effective resources") struct EffectiveResourcesTests {
    private func cpu(_ spec: PodSpec) -> String? {
        EffectiveResources.of(spec).requests["cpu"]?.text
    }

    private func plain(_ name: String, _ request: String, sidecar: Bool = false) throws
        -> Container
    {
        try container(name, [request, nil, nil, nil], sidecar: sidecar)
    }

    @Test func `regular containers add up`() throws {
        let spec = PodSpec(containers: [try plain("a", "100m"), try plain("b", "200m")])
        #expect(cpu(spec) == "300m")
    }

    @Test func `an init container counts only if it is larger`() throws {
        let small = PodSpec(
            initContainers: [try plain("i", "50m")],
            containers: [try plain("a", "100m")]
        )
        #expect(cpu(small) == "100m")
        let large = PodSpec(
            initContainers: [try plain("i", "1")],
            containers: [try plain("a", "100m")]
        )
        #expect(cpu(large) == "1")
    }

    @Test func `an init container runs beside the sidecars before it`() throws {
        let spec = PodSpec(
            initContainers: [
                try plain("s1", "200m", sidecar: true), try plain("i", "500m"),
                try plain("s2", "50m", sidecar: true),
            ],
            containers: [try plain("a", "100m")]
        )
        // max(100 + 200 + 50, 200 + 500, ...)
        #expect(cpu(spec) == "700m")
    }

    @Test func `overhead is added, to limits only where there are any`() throws {
        var spec = PodSpec(containers: [try container("a", ["1", nil, "1Gi", "1Gi"])])
        spec.overhead = ["cpu": try Quantity("250m"), "memory": try Quantity("64Mi")]
        let effective = EffectiveResources.of(spec)
        #expect(effective.requests["cpu"]?.text == "1250m")
        #expect(effective.limits["cpu"] == nil)
        #expect(effective.limits["memory"]?.text == "1088Mi")
    }

    @Test func `pod-level values replace the sums`() throws {
        var spec = PodSpec(containers: [try plain("a", "100m")])
        spec.resources = ResourceRequirements(requests: ["cpu": try Quantity("2")])
        #expect(cpu(spec) == "2")
    }
}

@Suite("OOM score") struct OOMScoreTests {
    static let node = 8 << 30

    @Test func `guaranteed pods go last and best-effort pods first`() throws {
        let spec = PodSpec(containers: [try container("a", ["1", "1", "1Gi", "1Gi"])])
        #expect(OOMScore.of(spec.containers[0], in: spec, nodeMemory: Self.node) == -997)
        var critical = PodSpec(containers: [Container(name: "a")])
        critical.priorityClassName = "system-node-critical"
        #expect(OOMScore.of(critical.containers[0], in: critical, nodeMemory: Self.node) == -997)
        let free = PodSpec(containers: [Container(name: "a")])
        #expect(OOMScore.of(free.containers[0], in: free, nodeMemory: Self.node) == 1000)
    }

    @Test(arguments: [("1Gi", 875), ("4Gi", 500), ("8Gi", 3), ("1Mi", 999)])
    func `burstable containers go by their request`(request: String, score: Int) throws {
        let spec = PodSpec(containers: [try container("a", [nil, nil, request, nil])])
        #expect(OOMScore.of(spec.containers[0], in: spec, nodeMemory: Self.node) == score)
    }

    @Test func `a sidecar is never the first victim`() throws {
        let spec = PodSpec(
            initContainers: [try container("s", [nil, nil, "16Mi", nil], sidecar: true)],
            containers: [try container("a", [nil, nil, "1Gi", nil])]
        )
        #expect(OOMScore.of(spec.initContainers[0], in: spec, nodeMemory: Self.node) == 875)
    }
}
