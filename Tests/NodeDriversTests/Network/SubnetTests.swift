import PodModel
import Testing

@testable import NodeDrivers

@Suite struct `Subnets and routes` {
    static let table = """
        Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
        eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
        eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
        docker0\t0000400A\t00000000\t0001\t0\t0\t0\t00C0FFFF\t0\t0\t0
        remora1\t0000800A\t00000000\t0001\t0\t0\t0\t00FCFFFF\t0\t0\t0
        """

    @Test(arguments: [
        ("10.88.16.0/20", "10.88.16.0/20"), ("10.88.17.5/20", "10.88.16.0/20"),
        ("0.0.0.0/0", "0.0.0.0/0"), ("1.2.3.4/32", "1.2.3.4/32"),
    ])
    func `are read and written`(text: String, canonical: String) {
        #expect(Subnet(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "1.2.3.4", "1.2.3/8", "1.2.3.4/33", "1.2.3.256/8", "a.b.c.d/8", "1.2.3.4/-1",
    ])
    func `are refused if they are none`(text: String) {
        #expect(Subnet(text) == nil)
    }

    @Test func `overlap when they share an address`() throws {
        let wide = try #require(Subnet("10.64.0.0/10"))
        let narrow = try #require(Subnet("10.100.4.0/22"))
        let other = try #require(Subnet("10.100.8.0/22"))
        #expect(wide.overlaps(narrow) && narrow.overlaps(wide))
        #expect(!narrow.overlaps(other))
        #expect(try #require(Subnet("0.0.0.0/0")).overlaps(other))
    }

    @Test func `routes are read, the default one left out`() {
        #expect(
            RouteTable(parsing: Self.table).routes.map { "\($0.interface) \($0.target)" }
                == ["eth0 192.0.2.0/24", "docker0 10.64.0.0/18", "remora1 10.128.0.0/22"]
        )
    }

    @Test func `the way to the outside is known`() {
        #expect(RouteTable(parsing: Self.table).outward == "eth0")
        #expect(RouteTable(parsing: "head\n").outward == nil)
    }

    @Test func `a free subnet avoids what is routed`() throws {
        let routes = RouteTable(parsing: Self.table)
        // Tag 0000 would begin at 10.64.0.0, which lies in docker0's /18.
        #expect(routes.freeSubnet(tag: "00000000", bridge: "b")?.description == "10.64.64.0/22")
        #expect(routes.freeSubnet(tag: "00000020", bridge: "b")?.description == "10.64.128.0/22")
        let own = try #require(Subnet("10.128.0.0/22"))
        #expect(!routes.isFree(own, bridge: "b"))
        #expect(routes.isFree(own, bridge: "remora1"))
        let all = RouteTable(
            parsing:
                "head\nx\t0000400A\t0\t0\t0\t0\t0\t0000C0FF\nx\t0000000A\t0\t0\t0\t0\t0\t000000FF\n"
        )
        #expect(all.freeSubnet(tag: "00000000", bridge: "b") == nil)
    }

    @Test func `listening sockets are found by port and address`() {
        var sockets = ListeningSockets()
        sockets.add(
            parsing: """
                  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
                   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1
                   1: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1
                   2: 0100007F:1F92 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 333 1
                """,
            .tcp
        )
        #expect(sockets.holder(of: HostPort(port: 8080, podPort: 1))?.inode == "111")
        #expect(sockets.holder(of: HostPort(address: "10.0.0.1", port: 8080, podPort: 1)) != nil)
        #expect(sockets.holder(of: HostPort(port: 8081, podPort: 1))?.inode == "222")
        #expect(
            sockets.holder(of: HostPort(address: "127.0.0.1", port: 8081, podPort: 1))?.inode
                == "222"
        )
        #expect(sockets.holder(of: HostPort(address: "10.0.0.1", port: 8081, podPort: 1)) == nil)
        #expect(sockets.holder(of: HostPort(port: 8082, podPort: 1)) == nil)
        #expect(sockets.holder(of: HostPort(port: 8080, podPort: 1, protocol: .udp)) == nil)
    }

    @Test func `host ports clash by port, protocol and address`() {
        let port = HostPort(port: 80, podPort: 8080)
        #expect(port.clashes(with: HostPort(address: "10.0.0.1", port: 80, podPort: 1)))
        #expect(!port.clashes(with: HostPort(port: 80, podPort: 1, protocol: .udp)))
        #expect(!port.clashes(with: HostPort(port: 81, podPort: 1)))
        let bound = HostPort(address: "10.0.0.1", port: 80, podPort: 1)
        #expect(!bound.clashes(with: HostPort(address: "10.0.0.2", port: 80, podPort: 1)))
        #expect(bound.clashes(with: HostPort(address: "0.0.0.0", port: 80, podPort: 1)))
    }

    @Test func `the error of a plugin is read from its output`() {
        let output =
            #"{"cniVersion":"1.0.0","code":11,"msg":"no addresses","details":"all leased"}"#
        let failure = CNIFailure(
            plugin: "bridge",
            verb: "ADD",
            output: Array(output.utf8),
            errors: ""
        )
        #expect(
            failure.description == #"plugin type="bridge" failed (add): no addresses; all leased"#
        )
        let silent = CNIFailure(plugin: "x", verb: "DEL", output: [], errors: "panic\n")
        #expect(silent.description == #"plugin type="x" failed (del): panic"#)
    }
}
