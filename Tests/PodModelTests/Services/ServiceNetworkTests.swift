import PodModel
import Testing

@Suite("Networks of services") struct ServiceNetworkTests {
    @Test(arguments: [
        ("10.130.16.0/20", true), ("10.96.0.0/12", true), ("192.168.7.16/28", true),
        ("10.130.16.1/20", false), ("10.0.0.0/8", false), ("10.0.0.0/29", false),
        ("10.0.0.0", false),
        ("10.0.0/20", false), ("010.0.0.0/20", false), ("fd00::/108", false), ("", false),
    ])
    func `are read as they are written, and only from their first address`(
        text: String,
        isNetwork: Bool
    ) {
        #expect(ServiceNetwork(text)?.description == (isNetwork ? text : nil))
    }

    @Test func `the first and the last address are nobody's, the tenth is the name server's`()
        throws
    {
        let network = try #require(ServiceNetwork("10.130.16.0/20"))
        #expect(network.nameServer == "10.130.16.10")
        func has(_ text: String) -> Bool {
            ServiceNetwork.number(of: text).map(network.contains) ?? false
        }
        #expect(has("10.130.16.1") && has("10.130.31.254"))
        #expect(!has("10.130.16.0") && !has("10.130.31.255") && !has("10.130.32.1"))
    }

    @Test func `free addresses come from the upper part until it is full`() throws {
        for prefix in [24, 28] {
            let network = try #require(ServiceNetwork(base: 10 << 24, prefix: prefix))
            let size = 1 << (32 - prefix)
            let low = network.base + UInt32(min(max(16, size / 16), 256, size / 2))
            var taken: Set<UInt32> = []
            var upper = true
            for seed in 0..<UInt32(size - 3) {
                let free = try #require(
                    network.freeAddress(besides: taken, seed: seed &* 2_654_435_761)
                )
                #expect(taken.insert(free).inserted && network.contains(free))
                #expect(ServiceNetwork.text(free) != network.nameServer)
                if free <= low { upper = false }
                #expect(upper == (free > low), "the lower part comes last")
            }
            // All but the first, the last and the name server's.
            #expect(taken.count == size - 3)
            #expect(network.freeAddress(besides: taken, seed: 7) == nil)
        }
    }

    @Test func `a number is found whatever the range, and none where none is free`() {
        #expect(FreeNumber.find(in: 5..<6, keeping: 9, seed: 3) { _ in true } == 5)
        #expect(FreeNumber.find(in: 5..<5, keeping: 0, seed: 3) { _ in true } == nil)
        #expect(FreeNumber.find(in: 0..<100, keeping: 50, seed: .max) { $0 < 50 } != nil)
        #expect(FreeNumber.find(in: 0..<100, keeping: 50, seed: .max) { _ in false } == nil)
    }
}
