import NodeDrivers
import PodEngine
import Testing

@Suite("Name resolution") struct PodResolverTests {
    static let node = ResolverConfiguration(
        parsing: """
            # generated
            nameserver 192.0.2.1
            nameserver
            nameserver 192.0.2.2
            search old.example
            search corp.example. lab.example
            options ndots:1 rotate
            sortlist 1.2.3.4

            """
    )
    static let resolver = PodResolver(
        node: node,
        clusterServers: ["10.96.0.10"],
        clusterDomain: "cluster.local"
    )

    static func request(
        _ policy: String,
        hostNetwork: Bool = false,
        config: ResolverConfiguration? = nil
    ) -> PodResolver.Request {
        PodResolver.Request(
            podName: "web",
            namespace: "shop",
            uid: "u1",
            policy: policy,
            usesHostNetwork: hostNetwork,
            config: config
        )
    }

    @Test func `a resolv conf is read like the kubelet reads it`() {
        #expect(Self.node.servers == ["192.0.2.1", "192.0.2.2"])
        #expect(Self.node.searches == ["corp.example", "lab.example"])
        #expect(Self.node.options == ["ndots:1", "rotate"])
        #expect(
            Self.node.text
                == "search corp.example lab.example\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n"
                + "options ndots:1 rotate\n"
        )
    }

    static let cluster = ResolverConfiguration(
        servers: ["10.96.0.10"],
        searches: [
            "shop.svc.cluster.local", "svc.cluster.local", "cluster.local", "corp.example",
            "lab.example",
        ],
        options: ["ndots:5"]
    )
    static let policies: [(policy: String, hostNetwork: Bool, expected: ResolverConfiguration)] = [
        ("ClusterFirst", false, cluster),
        ("ClusterFirst", true, node),
        ("ClusterFirstWithHostNet", true, cluster),
        ("ClusterFirstWithHostNet", false, cluster),
        ("Default", false, node),
        ("Default", true, node),
        ("None", false, ResolverConfiguration()),
    ]

    @Test(arguments: policies)
    func `the policy decides the base`(
        policy: String,
        hostNetwork: Bool,
        expected: ResolverConfiguration
    ) {
        let answer = Self.resolver.resolve(Self.request(policy, hostNetwork: hostNetwork))
        #expect(answer.configuration == expected)
        #expect(answer.events.isEmpty)
    }

    @Test func `without a cluster server the node's configuration serves, with a warning`() {
        var resolver = Self.resolver
        resolver.clusterServers = []
        let answer = resolver.resolve(Self.request("ClusterFirst"))
        #expect(answer.configuration == Self.node)
        #expect(answer.events.map(\.reason) == ["MissingClusterDNS"])
        #expect(
            answer.events.map(\.message) == [
                "pod: \"web_shop(u1)\". kubelet does not have ClusterDNS IP configured and cannot "
                    + "create Pod using \"ClusterFirst\" policy. Falling back to \"Default\" policy."
            ]
        )
        #expect(resolver.resolve(Self.request("Default")).events.isEmpty)
    }

    @Test func `the pod's own configuration is added without repeats, options by name`() {
        let config = ResolverConfiguration(
            servers: ["1.1.1.1", "10.96.0.10"],
            searches: ["corp.example", "new.example"],
            options: ["ndots:2", "edns0"]
        )
        let answer = Self.resolver.resolve(Self.request("ClusterFirst", config: config))
        #expect(answer.configuration.servers == ["10.96.0.10", "1.1.1.1"])
        #expect(answer.configuration.searches == Self.cluster.searches + ["new.example"])
        #expect(answer.configuration.options == ["ndots:2", "edns0"])
        let none = Self.resolver.resolve(Self.request("None", config: config))
        #expect(none.configuration == config)
    }

    @Test func `a fourth server is cut and reported`() {
        let servers = ["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"]
        let three = ResolverConfiguration(servers: Array(servers.prefix(3)))
        #expect(Self.resolver.resolve(Self.request("None", config: three)).events.isEmpty)
        let four = ResolverConfiguration(servers: servers)
        let answer = Self.resolver.resolve(Self.request("None", config: four))
        #expect(answer.configuration.servers == three.servers)
        #expect(
            answer.events.map(\.message) == [
                "Nameserver limits were exceeded, some nameservers have been omitted, the applied "
                    + "nameserver line is: 1.1.1.1 2.2.2.2 3.3.3.3"
            ]
        )
        #expect(answer.events.map(\.reason) == ["DNSConfigForming"])
    }

    static func domains(_ count: Int, length: Int) -> [String] {
        (0..<count).map { index in
            let number = String(index)
            return number + String(repeating: "d", count: length - number.count)
        }
    }

    static let limits: [(searches: [String], kept: Int)] = [
        (domains(32, length: 10), 32),
        (domains(33, length: 10), 32),
        (domains(32, length: 63), 32),  // 32 * 63 + 31 = 2047
        (domains(32, length: 64), 31),  // 2079 > 2048
        ([String(repeating: "x", count: 253)], 1),
        ([String(repeating: "x", count: 254)], 0),
    ]

    @Test(arguments: limits)
    func `searches over a limit are cut and reported`(searches: [String], kept: Int) {
        let config = ResolverConfiguration(servers: ["1.1.1.1"], searches: searches)
        let answer = Self.resolver.resolve(Self.request("None", config: config))
        #expect(answer.configuration.searches.count == kept)
        let line = searches.prefix(kept).joined(separator: " ")
        let message =
            "Search Line limits were exceeded, some search paths have been omitted, the applied "
            + "search line is: \(line)"
        #expect(answer.events.map(\.message) == (kept == searches.count ? [] : [message]))
    }
}
