import Formats
import System
import Testing

@testable import NodeDrivers

@Suite struct `Ranges of users` {
    @Test func `are multiples of 65536 above the node's own and never overlap`() {
        var taken: Set<UserRange> = []
        for number in 0..<2000 {
            let range = UserRange.free(for: "pod-\(number)", besides: taken)
            #expect(range != nil)
            guard let range else { return }
            #expect(range.first >= 65536 && range.first % 65536 == 0)
            #expect(range.first <= UInt32(Int32.max) - 65535)
            #expect(taken.insert(range).inserted)
        }
    }

    @Test func `are found again by the same pod`() throws {
        let first = try #require(UserRange.free(for: "a", besides: []))
        #expect(UserRange.free(for: "a", besides: []) == first)
        #expect(UserRange.free(for: "b", besides: [first]) != first)
        #expect(UserRange.free(for: "a", besides: [first]) != first)
    }

    @Test func `come to an end, and begin again when one is given back`() throws {
        var taken = Set((1...UserRange.total).map { UserRange(first: $0 * 65536) })
        #expect(UserRange.free(for: "a", besides: taken) == nil)
        let freed = UserRange(first: 5 * 65536)
        taken.remove(freed)
        #expect(UserRange.free(for: "a", besides: taken) == freed)
    }

    @Test func `survive in the record of the sandbox`() throws {
        var record = SandboxRecord(
            PodNetworkRequest(podUID: "u", namespace: "n", name: "p"),
            plugins: []
        )
        #expect(SandboxRecord(json: record.json)?.users == nil)
        record.users = UserRange(first: 7 * 65536)
        #expect(SandboxRecord(json: record.json) == record)
    }

    @Test(arguments: [nil, 0, 1, 65535, 65537, -65536, 1 << 31, 1 << 40]) func `are not believed`(
        first: Int?
    ) {
        #expect(UserRange(recorded: first) == nil)
    }
}
