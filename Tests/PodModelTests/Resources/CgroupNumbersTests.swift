import Formats
import PodModel
import Testing

@Suite("Cgroup numbers") struct CgroupNumbersTests {
    @Test(arguments: [
        (0, 2, 1, 1), (50, 51, 11, 2), (100, 102, 17, 4), (250, 256, 35, 10), (500, 512, 59, 20),
        (1000, 1024, 100, 39), (2000, 2048, 174, 79), (4000, 4096, 303, 157),
        (1_000_000, 262_144, 10_000, 10_000),
    ])
    func `a CPU request becomes shares and weights`(
        milliCPU: Int,
        shares: Int,
        weight: Int,
        linear: Int
    ) {
        #expect(CgroupNumbers.shares(milliCPU: milliCPU) == shares)
        #expect(CgroupNumbers.weight(shares: shares) == weight)
        #expect(CgroupNumbers.linearWeight(shares: shares) == linear)
    }

    @Test(arguments: [(0, nil), (1, 1000), (10, 1000), (11, 1100), (500, 50_000), (2500, 250_000)])
    func `a CPU limit becomes a quota`(milliCPU: Int, quota: Int?) {
        #expect(CgroupNumbers.quota(milliCPU: milliCPU) == quota)
    }

    @Test func `shares come from the limit if nothing is requested`() throws {
        let limited = ResourceRequirements(limits: ["cpu": try Quantity("500m")])
        #expect(CgroupNumbers.shares(of: limited) == 512)
        let both = ResourceRequirements(
            limits: ["cpu": try Quantity("500m")],
            requests: ["cpu": try Quantity("100m")]
        )
        #expect(CgroupNumbers.shares(of: both) == 102)
        #expect(CgroupNumbers.quota(of: both) == 50_000)
        #expect(CgroupNumbers.shares(of: ResourceRequirements()) == 2)
    }

    @Test func `a container without a memory limit has the pod's`() throws {
        let container = Container(name: "a")
        var spec = PodSpec(containers: [container])
        #expect(CgroupNumbers.memoryLimit(of: container, in: spec) == nil)
        spec.resources = ResourceRequirements(limits: ["memory": try Quantity("64Mi")])
        #expect(CgroupNumbers.memoryLimit(of: container, in: spec) == 64 << 20)
    }
}
