import Basics
import PodModel
import Reactor
import System
import Testing

@testable import NodeDrivers

@Suite("Files of the name server") struct NameServerFilesTests {
    @Test func `say everything that is known, and that nothing else of the cluster exists`() throws
    {
        var records = NameRecords()
        records.hosts = [
            .init("10.130.16.5", ["web.n.svc.cluster.local"]),
            .init("10.64.0.2", ["a.db.n.svc.cluster.local", "db.n.svc.cluster.local"]),
            .init("10.130.16.5", ["web.n.svc.cluster.local"]),
        ]
        records.ports = [
            .init(
                "_http._tcp.web.n.svc.cluster.local",
                target: "web.n.svc.cluster.local",
                number: 80
            )
        ]
        records.aliases = [
            .init("x.n.svc.cluster.local", target: "example.com"),
            .init("x.n.svc.cluster.local", target: "example.org"),
        ]
        let files = NameServerFiles(
            records,
            network: try #require(ServiceNetwork("10.130.16.0/22")),
            pods: Subnet("10.64.0.0/23"),
            domain: "cluster.local",
            resolver: "/r"
        )
        #expect(
            files.configuration(port: 5380, hosts: "/h", user: "nobody") == """
                keep-in-foreground
                bind-interfaces
                listen-address=10.130.16.10
                no-hosts
                resolv-file=/r
                cache-size=1000
                dns-forward-max=500
                local-ttl=5
                log-facility=-
                local=/cluster.local/
                local=/16.130.10.in-addr.arpa/
                local=/17.130.10.in-addr.arpa/
                local=/18.130.10.in-addr.arpa/
                local=/19.130.10.in-addr.arpa/
                local=/0.64.10.in-addr.arpa/
                local=/1.64.10.in-addr.arpa/
                srv-host=_http._tcp.web.n.svc.cluster.local,web.n.svc.cluster.local,80,0,100
                cname=x.n.svc.cluster.local,example.com
                port=5380
                addn-hosts=/h
                user=nobody

                """
        )
        #expect(
            files.hosts == """
                10.130.16.5 web.n.svc.cluster.local
                10.64.0.2 a.db.n.svc.cluster.local db.n.svc.cluster.local

                """
        )
    }

    @Test(arguments: [
        ("10.0.0.0/8", ["10.in-addr.arpa"]),
        ("10.16.0.0/15", ["16.10.in-addr.arpa", "17.10.in-addr.arpa"]),
        ("10.1.2.0/24", ["2.1.10.in-addr.arpa"]), ("10.1.2.16/28", ["2.1.10.in-addr.arpa"]),
    ])
    func `networks have zones of whole octets`(network: String, zones: [String]) throws {
        #expect(NameServerFiles.reverseZones(try #require(Subnet(network))) == zones)
    }

    @Test func `engines side by side choose networks that nothing else uses`() {
        let header =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        let table = RouteTable(
            parsing: header + "vpn0\t0000800A\t00000000\t0001\t0\t0\t0\t0000C0FF\t0\t0\t0\n"
        )
        #expect(
            ServiceNetworkChoice.free(tag: "00000003", interface: "x", RouteTable(parsing: header))?
                .description == "10.128.48.0/20"
        )
        // The VPN has all of 10.128.0.0/10; its own interface does not count.
        #expect(ServiceNetworkChoice.free(tag: "00000003", interface: "x", table) == nil)
        #expect(ServiceNetworkChoice.free(tag: "00000003", interface: "vpn0", table) != nil)
    }

    @Test @MainLoop func `a network once chosen stays, and a bad one is refused with its reason`()
        async throws
    {
        try await withScratchLayout { layout in
            let first = try ServiceNetworkChoice.network(layout, wanted: nil)
            #expect(try ServiceNetworkChoice.network(layout, wanted: nil) == first)
            let named = try ServiceNetworkChoice.network(layout, wanted: "172.31.240.0/24")
            #expect(named.description == "172.31.240.0/24")
            #expect(try ServiceNetworkChoice.network(layout, wanted: nil) == named)
            for text in ["everywhere", "10.9.0.1/20", "10.0.0.0/8", "fd00::/108"] {
                let refusal = #expect(throws: Failure.self) {
                    try ServiceNetworkChoice.network(layout, wanted: text)
                }
                #expect(
                    refusal?.description == """
                        --service-cidr \(text) is no network for services: it is no first IPv4 address \
                        with a prefix of 12 to 28 bits; write one such as 10.96.0.0/20
                        """
                )
            }
            try Files.writeAtomically(
                layout.networkConfiguration + "/subnet",
                Array("10.64.0.0/22\n".utf8)
            )
            let refusal = #expect(throws: Failure.self) {
                try ServiceNetworkChoice.network(layout, wanted: "10.64.0.0/20")
            }
            #expect(refusal?.cause == "the pods have 10.64.0.0/22")
        }
    }
}
