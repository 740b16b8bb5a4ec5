import PodModel
import Testing

@testable import NodeDrivers

@Suite("Rules of services") struct ServiceRulesetTests {
    static func ruleset(_ routes: [ServiceRoute], masqueraded: Subnet? = nil) throws
        -> ServiceRuleset
    {
        ServiceRuleset(
            table: "t",
            network: try #require(ServiceNetwork("10.130.16.0/20")),
            bridge: "br0",
            masqueraded: masqueraded,
            routes: routes
        )
    }

    static let web = ServiceRoute(
        title: "n/web:http",
        kind: "tcp",
        addresses: ["10.130.16.5", "192.0.2.9"],
        port: 80,
        nodePort: 30080,
        backends: [.init("10.64.0.2", 8080), .init("10.64.0.3", 8081)]
    )
    static let sticky = ServiceRoute(
        title: "n/chat:irc",
        kind: "tcp",
        addresses: ["10.130.16.6"],
        port: 194,
        affinity: 60,
        backends: [.init("10.64.0.2", 194), .init("10.64.0.3", 194)]
    )
    static let empty = ServiceRoute(
        title: "n/none:a",
        kind: "udp",
        addresses: ["10.130.16.7"],
        port: 53,
        nodePort: 30053,
        backends: []
    )

    static let whole = """
        table ip t
        delete table ip t
        table ip t {
            map services {
                type ipv4_addr . inet_proto . inet_service : verdict
                elements = { 10.130.16.5 . tcp . 80 : goto svc_5936d647e8f171a2, 192.0.2.9 . tcp . 80 : goto svc_5936d647e8f171a2, 10.130.16.6 . tcp . 194 : goto svc_99f5013de0def04e }
            }
            map nodeports {
                type inet_proto . inet_service : verdict
                elements = { tcp . 30080 : goto svc_5936d647e8f171a2 }
            }
            set refused {
                type inet_proto . inet_service
                elements = { udp . 30053 }
            }
            set hairpins {
                type ipv4_addr . ipv4_addr
                elements = { 10.64.0.2 . 10.64.0.2, 10.64.0.3 . 10.64.0.3 }
            }
            set of_ef4b0a618c21d504 {
                type ipv4_addr
                flags dynamic,timeout
                timeout 60s
            }
            set of_fae44192911d2df9 {
                type ipv4_addr
                flags dynamic,timeout
                timeout 60s
            }
            chain svc_5936d647e8f171a2 {
                meta l4proto tcp dnat ip addr . port to numgen random mod 2 map { 0 : 10.64.0.2 . 8080, 1 : 10.64.0.3 . 8081 } comment "n/web:http"
            }
            chain to_467dde493991eb59 {
                update @of_ef4b0a618c21d504 { ip saddr }
                meta l4proto tcp dnat to 10.64.0.2:194
            }
            chain to_a3f5eb41badecda2 {
                update @of_fae44192911d2df9 { ip saddr }
                meta l4proto tcp dnat to 10.64.0.3:194
            }
            chain svc_99f5013de0def04e {
                ip saddr @of_ef4b0a618c21d504 goto to_467dde493991eb59
                ip saddr @of_fae44192911d2df9 goto to_a3f5eb41badecda2
                numgen random mod 2 vmap { 0 : goto to_467dde493991eb59, 1 : goto to_a3f5eb41badecda2 }
            }
            chain lookup {
                ip daddr . meta l4proto . th dport vmap @services
                fib daddr type local meta l4proto . th dport vmap @nodeports
            }
            chain refuse {
                meta l4proto tcp reject with tcp reset
                reject
            }
            chain guard {
                type filter hook prerouting priority -300
                iifname "br0" ip daddr 127.0.0.0/8 drop
            }
            chain prerouting {
                type nat hook prerouting priority -100
                jump lookup
            }
            chain output {
                type nat hook output priority -100
                jump lookup
            }
            chain postrouting {
                type nat hook postrouting priority 100
                ct status dnat ip saddr . ip daddr @hairpins masquerade
                ct status dnat oifname != "lo" ip saddr { 127.0.0.0/8, 10.130.16.10 } masquerade
            }
            chain forward {
                type filter hook forward priority 0
                ip daddr 10.130.16.0/20 goto refuse
            }
            chain input {
                type filter hook input priority 0
                fib daddr type local meta l4proto . th dport @refused goto refuse
            }
            chain sent {
                type filter hook output priority 0
                ip daddr 10.130.16.0/20 ip daddr != 10.130.16.10 goto refuse
            }
        }

        """

    @Test func `a script makes the whole table at once`() throws {
        let text = try Self.ruleset([Self.web, Self.sticky, Self.empty]).script(after: nil)
        #expect(text == Self.whole)
    }

    @Test func `what is known of the table is changed, and clients stay remembered`() throws {
        let before = try Self.ruleset([Self.web, Self.sticky])
        var fewer = Self.sticky
        fewer.backends.removeLast()
        let after = try Self.ruleset([fewer])
        let lines = after.script(after: before).split(separator: "\n").map(String.init)
        let head = lines.prefix { $0 != "table ip t {" }
        #expect(
            head.prefix(5) == [
                "flush table ip t", "flush map ip t services", "flush map ip t nodeports",
                "flush set ip t hairpins", "flush set ip t refused",
            ]
        )
        // The chains of web, the chain and the memory of the backend that has gone.
        #expect(head.count { $0.hasPrefix("delete chain ip t svc_") } == 1)
        #expect(head.count { $0.hasPrefix("delete chain ip t to_") } == 1)
        #expect(head.count { $0.hasPrefix("delete set ip t of_") } == 1)
        #expect(!lines.contains("delete table ip t"))
        let kept = Set(before.memories.keys).intersection(after.memories.keys)
        #expect(
            kept.count == 1
                && lines.allSatisfy { !$0.contains("delete set ip t " + (kept.first ?? "")) }
        )
    }

    @Test func `another time to remember is another memory`() throws {
        var longer = Self.sticky
        longer.affinity = 61
        let (one, other) = (try Self.ruleset([Self.sticky]), try Self.ruleset([longer]))
        #expect(Set(one.memories.keys).isDisjoint(with: other.memories.keys))
    }

    @Test func `pods are masqueraded where the kernel does not show what passes a bridge`() throws {
        let text = try Self.ruleset([Self.web], masqueraded: Subnet("10.64.0.0/22")).script(
            after: nil
        )
        #expect(
            text.contains("ct status dnat ip saddr 10.64.0.0/22 ip daddr 10.64.0.0/22 masquerade\n")
        )
    }

    @Test func `flows of datagrams are forgotten with their backends`() {
        func dns(_ backends: String...) -> ServiceRoute {
            ServiceRoute(
                title: "n/dns:dns",
                kind: "udp",
                addresses: ["10.130.16.5"],
                port: 53,
                nodePort: 30053,
                backends: backends.map { .init($0, 53) }
            )
        }
        let old = [dns("10.64.0.2", "10.64.0.3"), Self.web]
        #expect(StaleFlows(from: old, to: old).commands.isEmpty)
        #expect(
            StaleFlows(from: old, to: [dns("10.64.0.3")]).commands == [
                ["-D", "-p", "udp", "--orig-port-dst", "30053", "--dst-nat", "10.64.0.2:53"],
                [
                    "-D", "-p", "udp", "--orig-dst", "10.130.16.5", "--orig-port-dst", "53",
                    "--dst-nat",
                    "10.64.0.2:53",
                ],
            ]
        )
        #expect(StaleFlows(from: old, to: []).commands.count == 4, "TCP finds out by itself")
        let many = ServiceRoute(
            title: "m",
            kind: "udp",
            addresses: (0..<200).map { "10.130.17.\($0)" },
            port: 1,
            backends: (0..<9).map { .init("10.64.0.\($0)", 1) }
        )
        #expect(StaleFlows(from: [many], to: []).commands.count == StaleFlows.limit)
    }
}
