import Basics
import Testing

@testable import Proxying

@Suite struct PassiveFailuresTests {
    private static func at(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

    private func guardian(_ hosts: [HostHealth], maximum: Int) -> PassiveFailures {
        var failures = PassiveFailures()
        failures.setHosts(hosts.map { ($0, maximum, .seconds(10)) }, at: .zero)
        return failures
    }

    @Test func `so many failures within the window set a host aside for as long`() {
        let hosts = [HostHealth(), HostHealth()]
        var failures = guardian(hosts, maximum: 2)
        #expect(failures.failed(hosts[0], at: Self.at(100)) == nil)
        #expect(failures.failed(hosts[0], at: Self.at(111)) == nil)
        #expect(failures.nextTick == nil)
        #expect(failures.failed(hosts[0], at: Self.at(112)) == 0)
        #expect(hosts[0].flags == .setAside)
        #expect(failures.nextTick == Self.at(122))
        #expect(failures.tick(at: Self.at(121)) == [])
        #expect(failures.tick(at: Self.at(122)) == [0])
        #expect(hosts[0].flags == [])
        // On probation one more is enough.
        #expect(failures.failed(hosts[0], at: Self.at(123)) == 0)
    }

    @Test func `the only host, and one without a limit, is never set aside`() {
        let hosts = [HostHealth(), HostHealth()]
        var none = guardian(hosts, maximum: 0)
        var single = guardian([hosts[0]], maximum: 1)
        for second in 0..<20 {
            #expect(none.failed(hosts[0], at: Self.at(second)) == nil)
            #expect(single.failed(hosts[0], at: Self.at(second)) == nil)
        }
    }

    @Test func `a host that others have set aside comes back after its window`() {
        let hosts = [HostHealth(flags: .setAside), HostHealth()]
        var failures = guardian(hosts, maximum: 2)
        #expect(failures.nextTick == Self.at(10))
        #expect(failures.tick(at: Self.at(10)) == [0])
        #expect(hosts[0].flags == [])
    }
}
