import Basics
import Formats
import PodEngine
import PodModel
import Reactor
import System
import TestKit
import Testing

@testable import NodeDrivers

/// Real rules, a real name server and real network namespaces.
@Suite("Services on this machine", .timeLimit(.minutes(2))) struct ServiceRulesTests {
    /// Two pods that say who they are on a TCP and a UDP port, and rules for them.
    @MainLoop final class World {
        let layout: NodeLayout
        let network: ServiceNetwork
        let rules: ServiceRules
        var pods: [String] = []
        private var servers: [ChildProcess] = []

        init(_ layout: NodeLayout) throws {
            self.layout = layout
            network = try ServiceNetworkChoice.network(layout, wanted: nil)
            rules = ServiceRules(layout: layout, network: network, journal: .silent)
        }

        func start(_ pods: PodNetwork, _ count: Int) async throws {
            for number in 0..<count {
                let uid = "pod\(number)"
                let sandbox = try await pods.create(
                    PodNetworkRequest(podUID: uid, namespace: "n", name: uid)
                )
                self.pods.append(try #require(sandbox.podIPs.first))
                let script = """
                    import socket, threading
                    def datagrams():
                        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                        s.bind(('', 8053))
                        while True:
                            data, peer = s.recvfrom(99)
                            s.sendto(('\(uid) ' + peer[0]).encode(), peer)
                    threading.Thread(target=datagrams, daemon=True).start()
                    s = socket.socket()
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind(('', 8080))
                    s.listen(99)
                    print('up', flush=True)
                    while True:
                        c, peer = s.accept()
                        c.sendall(('\(uid) ' + peer[0]).encode())
                        c.close()
                    """
                var command = Command("nsenter", inside(number) + ["python3", "-c", script])
                command.parentDeathSignal = 9
                let server = try ChildProcess.start(command)
                servers.append(server)
                while server.output.isEmpty, server.status == nil {
                    try await Loop.main.sleep(for: .milliseconds(5))
                }
                #expect(server.status == nil, "\(String(decoding: server.errors, as: UTF8.self))")
            }
        }

        func inside(_ pod: Int) -> [String] {
            ["--net=" + layout.networkNamespace(ofPod: "pod\(pod)")]
        }

        func stop() async throws {
            for server in servers {
                server.signal(9)
                _ = await server.exitStatus()
            }
            try await rules.remove()
        }

        /// Who answers a few connections: from the node, or from within a pod.
        func ask(
            _ address: String,
            _ port: Int,
            from pod: Int? = nil,
            times: Int = 1,
            kind: String = "tcp",
            own: Int = 0
        ) async throws -> [String] {
            let script = """
                import socket, sys
                def ask():
                    try:
                        if '\(kind)' == 'tcp':
                            s = socket.create_connection(('\(address)', \(port)), 3)
                        else:
                            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                            s.bind(('', \(own)))
                            s.settimeout(3)
                            s.connect(('\(address)', \(port)))
                            s.send(b'x')
                        text = s.recv(99).decode()
                        s.close()
                        return text
                    except Exception as error:
                        return type(error).__name__
                for _ in range(\(times)):
                    print(ask())
                """
            let words = ["python3", "-c", script]
            let command =
                pod.map { Command("nsenter", inside($0) + words) } ?? Command("env", words)
            let done = try await ChildProcess.run(command, deadline: .seconds(60))
            return done.outputText.split(separator: "\n").map(String.init)
        }

        func route(
            _ address: Int,
            _ backends: [Int],
            kind: String = "tcp",
            nodePort: Int? = nil,
            affinity: Int? = nil
        ) -> ServiceRoute {
            ServiceRoute(
                title: "n/s\(address):a",
                kind: kind,
                addresses: [self.address(address)],
                port: 80,
                nodePort: nodePort,
                affinity: affinity,
                backends: backends.map { .init(pods[$0], kind == "udp" ? 8053 : 8080) }
            )
        }

        func address(_ number: Int) -> String {
            ServiceNetwork.text(network.base + UInt32(number))
        }
    }

    @MainLoop private func withWorld(
        pods count: Int = 2,
        _ body: @MainLoop (World) async throws -> Void
    ) async throws {
        try await withNetwork { layout, pods in
            let world = try World(layout)
            let result: Result<Void, any Error>
            do {
                try await world.start(pods, count)
                result = .success(try await body(world))
            } catch {
                result = .failure(error)
            }
            try await world.stop()
            #expect(!Files.exists("/sys/class/net/" + layout.serviceInterface))
            let tables = try await ChildProcess.run(
                Command("nft", ["list", "tables"]),
                deadline: .seconds(10)
            )
            #expect(!tables.outputText.contains(layout.tag + "_services"))
            try result.get()
        }
    }

    @Test @MainLoop
    func `connections reach all pods, from pods, from themselves and from the node`()
        async throws
    {
        try await withWorld { world in
            let port = 30000 + Int.random(in: 0..<2767)
            try await world.rules.apply([world.route(20, [0, 1], nodePort: port)])
            let address = world.address(20)
            let fromPod = try await world.ask(address, 80, from: 0, times: 24)
            #expect(Set(fromPod.map { $0.prefix(4) }) == ["pod0", "pod1"], "\(fromPod)")
            // Another pod sees who asks; a pod that reaches itself sees the node.
            #expect(fromPod.contains("pod1 " + world.pods[0]))
            #expect(!fromPod.contains("pod0 " + world.pods[0]))
            for (place, number) in [(address, 80), ("127.0.0.1", port), (address, 80)] {
                let answers = try await world.ask(place, number, times: 24)
                #expect(
                    Set(answers.map { $0.prefix(4) }) == ["pod0", "pod1"],
                    "\(place) \(answers)"
                )
            }
            let node = try #require(NetworkLinks.outwardAddresses().first)
            #expect(try await world.ask(node, port, from: 1)[0].hasPrefix("pod"))
        }
    }

    @Test @MainLoop func `what nobody serves is refused at once`() async throws {
        try await withWorld(pods: 1) { world in
            let port = 30000 + Int.random(in: 0..<2767)
            try await world.rules.apply([
                world.route(20, [], nodePort: port), world.route(21, [], kind: "udp"),
                world.route(22, [0]),
            ])
            for pod in [0, nil] {
                #expect(
                    try await world.ask(world.address(20), 80, from: pod) == [
                        "ConnectionRefusedError"
                    ]
                )
                #expect(
                    try await world.ask(world.address(99), 80, from: pod) == [
                        "ConnectionRefusedError"
                    ]
                )
                // The node's own datagrams do not even leave.
                #expect(
                    try await world.ask(world.address(21), 80, from: pod, kind: "udp")
                        == [pod == nil ? "PermissionError" : "ConnectionRefusedError"]
                )
            }
            #expect(try await world.ask("127.0.0.1", port) == ["ConnectionRefusedError"])
        }
    }

    @Test @MainLoop func `a client stays with its pod, also when rules change`() async throws {
        try await withWorld { world in
            let sticky = world.route(20, [0, 1], affinity: 60)
            try await world.rules.apply([sticky])
            let first = try await world.ask(world.address(20), 80, from: 0, times: 12)
            #expect(Set(first).count == 1, "\(first)")
            try await world.rules.apply([sticky, world.route(21, [0])])
            let second = try await world.ask(world.address(20), 80, from: 0, times: 12)
            #expect(Set(second) == Set(first))
            // Its pod goes: the other one serves it.
            let other = first[0].hasPrefix("pod0") ? 1 : 0
            try await world.rules.apply([world.route(20, [other], affinity: 60)])
            #expect(try await world.ask(world.address(20), 80, from: 0)[0].hasPrefix("pod\(other)"))
        }
    }

    @Test @MainLoop func `datagrams from one port find another pod when theirs has gone`()
        async throws
    {
        try await withWorld { world in
            try await world.rules.apply([world.route(20, [0], kind: "udp")])
            let address = world.address(20)
            #expect(
                try await world.ask(address, 80, from: 1, kind: "udp", own: 7777)[0].hasPrefix(
                    "pod0"
                )
            )
            try await world.rules.apply([world.route(20, [1], kind: "udp")])
            #expect(
                try await world.ask(address, 80, from: 1, kind: "udp", own: 7777)[0].hasPrefix(
                    "pod1"
                )
            )
        }
    }

    @Test @MainLoop
    func `rules of an engine that was killed are taken over, and a lost table is made anew`()
        async throws
    {
        try await withWorld(pods: 1) { world in
            try await world.rules.apply([world.route(20, [0])])
            let next = ServiceRules(layout: world.layout, network: world.network, journal: .silent)
            try await next.apply([world.route(21, [0])])
            #expect(try await world.ask(world.address(21), 80)[0].hasPrefix("pod0"))
            #expect(try await world.ask(world.address(20), 80) == ["ConnectionRefusedError"])
            // The first one knows another table than there is.
            try await world.rules.apply([world.route(20, [0]), world.route(22, [0])])
            #expect(try await world.ask(world.address(22), 80)[0].hasPrefix("pod0"))
            _ = try await ChildProcess.run(
                Command("nft", ["delete", "table", "ip", "remora_\(world.layout.tag)_services"]),
                deadline: .seconds(10)
            )
            try await world.rules.apply([world.route(23, [0])])
            #expect(try await world.ask(world.address(23), 80)[0].hasPrefix("pod0"))
        }
    }

    @Test @MainLoop
    func `the name server knows what it is told, and is replaced without a lost question`()
        async throws
    {
        try await withWorld(pods: 1) { world in
            let names = NameServer(
                layout: world.layout,
                network: world.network,
                domain: "cluster.local",
                journal: .silent
            )
            let result: Result<Void, any Error>
            do {
                result = .success(try await ask(names, world))
            } catch {
                result = .failure(error)
            }
            await names.stop()
            #expect(!Files.exists(world.layout.nameServerDirectory))
            try result.get()
        }
    }

    @MainLoop private func ask(_ names: NameServer, _ world: World) async throws {
        func lead() async throws {
            let port = try #require(names.port)
            try await world.rules.apply(
                ["udp", "tcp"].map { kind in
                    ServiceRoute(
                        title: "names",
                        kind: kind,
                        addresses: [world.network.nameServer],
                        port: 53,
                        backends: [.init(world.network.nameServer, port)]
                    )
                }
            )
        }
        func look(_ name: String, _ type: String = "a") async throws -> String {
            let done = try await ChildProcess.run(
                Command(
                    "nsenter",
                    world.inside(0) + [
                        "/bin/busybox", "nslookup", "-type=" + type, name, world.network.nameServer,
                    ]
                ),
                deadline: .seconds(30)
            )
            return done.outputText
        }
        var records = NameRecords()
        records.hosts = [.init(world.address(20), ["web.n.svc.cluster.local"])]
        try world.rules.plumb()
        try await names.update(records)
        try await lead()
        let port = names.port
        #expect(try await look("web.n.svc.cluster.local").contains("Address: " + world.address(20)))
        #expect(try await look("none.n.svc.cluster.local").contains("NXDOMAIN"))
        // Addresses change without another process.
        records.hosts.append(
            .init(world.pods[0], ["a.db.n.svc.cluster.local", "db.n.svc.cluster.local"])
        )
        try await names.update(records)
        #expect(names.port == port)
        try await eventually(within: .seconds(10), "the new address is known") {
            try await look("db.n.svc.cluster.local").contains("Address: " + world.pods[0])
        }
        let parts = world.pods[0].split(separator: ".").reversed().joined(separator: ".")
        #expect(try await look(parts + ".in-addr.arpa", "ptr").contains("a.db.n.svc.cluster.local"))
        // Ports want another one; the old one answers until the rules lead to the new one.
        records.ports = [
            .init(
                "_http._tcp.web.n.svc.cluster.local",
                target: "web.n.svc.cluster.local",
                number: 80
            )
        ]
        records.aliases = [.init("x.n.svc.cluster.local", target: "web.n.svc.cluster.local")]
        try await names.update(records)
        #expect(names.port != port)
        #expect(try await look("web.n.svc.cluster.local").contains("Address: " + world.address(20)))
        try await lead()
        #expect(
            try await look("_http._tcp.web.n.svc.cluster.local", "srv")
                .contains("0 100 80 web.n.svc.cluster.local")
        )
        #expect(
            try await look("x.n.svc.cluster.local").contains(
                "canonical name = web.n.svc.cluster.local"
            )
        )
        try await revive(names, world, records)
    }

    /// A process that dies is told of, and the next engine ends the one of before.
    @MainLoop private func revive(
        _ names: NameServer,
        _ world: World,
        _ records: NameRecords
    ) async throws {
        let before = try processes(world)
        #expect(!before.isEmpty)
        var deaths = 0
        names.onDeath = { deaths += 1 }
        for pid in before {
            let process = try Processes.watch(pid)
            try Processes.signal(process.number, 9)
        }
        try await eventually(within: .seconds(10), "the death is noticed") { deaths == 1 }
        try await names.update(records)
        let after = try processes(world)
        #expect(after.count == 1 && !before.contains(after[0]))
        let next = NameServer(
            layout: world.layout,
            network: world.network,
            domain: "cluster.local",
            journal: .silent
        )
        try await next.update(records)
        try await eventually(within: .seconds(10), "the old one has gone") {
            try processes(world).count == 1 && !processes(world).contains(after[0])
        }
        await next.stop()
        #expect(try processes(world).isEmpty)
    }

    /// The dnsmasq processes of a world that have not ended.
    private func processes(_ world: World) throws -> [Int32] {
        try Files.list("/proc").compactMap { Int32($0) }.filter { pid in
            let words = (try? Files.text("/proc/\(pid)/cmdline", limit: 4096)) ?? ""
            return words.hasPrefix("dnsmasq") && words.contains(world.layout.runRoot + "/")
        }
    }
}
