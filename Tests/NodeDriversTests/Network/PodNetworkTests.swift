import Basics
import Formats
import Foundation
import PodEngine
import PodModel
import Reactor
import System
import TestKit
import Testing

@testable import NodeDrivers

@Suite struct `Pod network` {
    @Test @MainLoop func `gives a pod namespaces, an address and a way to others`() async throws {
        try await withNetwork { layout, network in
            #expect(network.warnings.isEmpty, "\(network.warnings)")
            var request = PodNetworkRequest(podUID: "uid-a", namespace: "default", name: "a")
            request.hostname = "a.example"
            request.sysctls = [.init("net.ipv4.tcp_fin_timeout", "17")]
            let first = try await network.create(request)
            let second = try await network.create(
                PodNetworkRequest(podUID: "uid-b", namespace: "default", name: "b")
            )
            let (one, two) = (try #require(first.podIPs.first), try #require(second.podIPs.first))
            #expect(one != two && first.attempt == 0)

            let netns = layout.networkNamespace(ofPod: "uid-a")
            #expect(
                try await inside(["--net=" + netns], ["ping", "-c1", "-W2", two]).status
                    == .exited(0)
            )
            #expect(
                try await inside(["--net=" + netns], ["ping", "-c1", "-W2", "127.0.0.1"]).status
                    == .exited(0)
            )
            let host = try #require(network.hostAddresses.first)
            #expect(
                try await inside(["--net=" + netns], ["ping", "-c1", "-W2", host]).status
                    == .exited(0)
            )
            #expect(
                try await run("/bin/busybox", ["ping", "-c1", "-W2", one]).status == .exited(0),
                "the node reaches the pod"
            )
            #expect(
                try await inside(["--uts=" + layout.utsNamespace(ofPod: "uid-a")], ["hostname"])
                    .outputText == "a.example\n"
            )
            for (name, value) in [
                ("tcp_fin_timeout", "17"), ("ip_unprivileged_port_start", "0"),
                ("ping_group_range", "0\t2147483647"),
            ] {
                let read = try await inside(
                    ["--net=" + netns],
                    ["cat", "/proc/sys/net/ipv4/" + name]
                )
                #expect(read.outputText == value + "\n")
            }
            let memory = try #require(try Mounts.table()[layout.sharedMemory(ofPod: "uid-a")])
            #expect(memory.type == "tmpfs" && memory.superOptions.contains("size=65536k"))

            // The same once more is the same; another attempt is another one.
            #expect(try await network.create(request) == first)
            request.attempt = 1
            let third = try await network.create(request)
            #expect(third.attempt == 1 && third.podIPs != first.podIPs)
            try await network.remove(podUID: "uid-a")
            try await network.remove(podUID: "uid-a")
            try await network.remove(podUID: "uid-b")
            #expect(network.known().isEmpty)
        }
    }

    @Test @MainLoop func `leads host ports to the pod and refuses one that is taken`() async throws
    {
        try await withNetwork { layout, network in
            let port = Int(try FreePort.find())
            var request = PodNetworkRequest(podUID: "web", namespace: "default", name: "web")
            request.hostPorts = [HostPort(port: port, podPort: 80)]
            _ = try await network.create(request)
            let server = try ChildProcess.start(
                Command(
                    "nsenter",
                    [
                        "--net=" + layout.networkNamespace(ofPod: "web"), "/bin/busybox", "nc",
                        "-l",
                        "-p", "80", "-e", "echo", "hello from the pod",
                    ]
                )
            )
            defer { server.signal(9) }
            let host = try #require(network.hostAddresses.first)
            var answer = ""
            // The server may not listen yet; each try that fails ends at once.
            for _ in 0..<100 where !answer.contains("hello") {
                answer = try await run("/bin/busybox", ["nc", "-w", "2", host, "\(port)"])
                    .outputText
                if answer.isEmpty { try await Loop.main.sleep(for: .milliseconds(20)) }
            }
            #expect(answer == "hello from the pod\n")

            request.podUID = "web2"
            request.name = "web2"
            let clash = await #expect(throws: StepFailure.self) {
                try await network.create(request)
            }
            #expect(clash?.reason == "FailedCreatePodSandBox")
            #expect(clash?.message.contains("\(port)/TCP") == true)
            #expect(clash?.message.contains("pod default/web has it") == true)

            let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
            defer { listener.close() }
            request.hostPorts = [HostPort(port: Int(listener.port), podPort: 80)]
            let busy = await #expect(throws: StepFailure.self) { try await network.create(request) }
            #expect(
                busy?.message.contains("(PID \(ProcessInfo.processInfo.processIdentifier))") == true
            )
            #expect(network.known() == ["web"])
            try await network.remove(podUID: "web")
            // The port is free again.
            request.hostPorts = [HostPort(port: port, podPort: 80)]
            _ = try await network.create(request)
            try await network.remove(podUID: "web2")
        }
    }

    @Test @MainLoop func `shares processes by a holder and lends those of the node`() async throws {
        try await withNetwork { layout, network in
            var request = PodNetworkRequest(podUID: "shared", namespace: "default", name: "shared")
            request.sharesProcesses = true
            request.usesHostNetwork = true
            let sandbox = try await network.create(request)
            #expect(sandbox.podIPs == network.hostAddresses)
            #expect(!Files.exists(layout.networkNamespace(ofPod: "shared")))
            #expect(!Files.exists(layout.utsNamespace(ofPod: "shared")))
            #expect(Namespaces.isPinned(layout.ipcNamespace(ofPod: "shared")))
            let holder = try #require(network.holder(podUID: "shared"))
            #expect(Namespaces.isPinned(layout.pidNamespace(ofPod: "shared")))
            try await network.remove(podUID: "shared")
            #expect(!Files.exists("/proc/\(holder)"))
        }
    }

    @Test @MainLoop func `gives a pod users of its own, which the next engine knows`() async throws
    {
        try await withNetwork { layout, network in
            for uid in ["one", "two"] {
                var request = PodNetworkRequest(podUID: uid, namespace: "n", name: uid)
                request.hasOwnUsers = true
                _ = try await network.create(request)
            }
            let range = try #require(network.users(podUID: "one"))
            #expect(network.users(podUID: "two") != range)
            _ = try await network.create(PodNetworkRequest(podUID: "x", namespace: "n", name: "x"))
            #expect(network.users(podUID: "x") == nil)
            let pin = layout.userNamespace(ofPod: "one")
            let map = try await inside(["--user=" + pin], ["cat", "/proc/self/uid_map"]).outputText
            #expect(map.split { $0 == " " || $0 == "\n" } == ["0", "\(range.first)", "65536"])
            let next = try await PodNetwork.open(layout: layout, settings: network.settings)
            #expect(next.users(podUID: "one") == range)
            #expect(next.existing().count == 3)

            // Without its user namespace a sandbox is not whole, and the pod gets a new one.
            try Namespaces.release(pin)
            #expect(next.existing()["one"] == nil)
            var again = PodNetworkRequest(podUID: "one", namespace: "n", name: "one")
            again.hasOwnUsers = true
            _ = try await next.create(again)
            #expect(next.users(podUID: "one") == range)
            for uid in next.known() { try await next.remove(podUID: uid) }
            #expect(try Files.list(layout.userNamespaces) == [])
            for uid in network.known() { try await network.remove(podUID: uid) }
        }
    }

    @Test @MainLoop func `finds its sandboxes again and undoes half-made ones`() async throws {
        try await withNetwork { layout, network in
            let whole = try await network.create(
                PodNetworkRequest(podUID: "whole", namespace: "default", name: "whole")
            )
            _ = try await network.create(
                PodNetworkRequest(podUID: "half", namespace: "default", name: "half")
            )
            // As if the engine had been killed before it wrote the result down.
            let path = layout.sandboxRecord(ofPod: "half")
            var record = try JSON.parse(Files.read(path))
            record["result"] = .null
            try Files.write(path, record.bytes())
            _ = try await network.create(
                PodNetworkRequest(podUID: "lost", namespace: "default", name: "lost")
            )
            // As after a reboot.
            try Namespaces.release(layout.networkNamespace(ofPod: "lost"))

            let next = try await PodNetwork.open(layout: layout, settings: network.settings)
            #expect(next.existing() == ["whole": whole])
            #expect(next.known() == ["whole", "half", "lost"])
            let again = try await next.create(
                PodNetworkRequest(podUID: "half", namespace: "default", name: "half")
            )
            #expect(next.existing()["half"] == again)
            for uid in next.known() { try await next.remove(podUID: uid) }
            #expect(next.known().isEmpty)
            #expect(try leases(layout).isEmpty)
            // The first object knows nothing of that; it has to do no harm.
            for uid in network.known() { try await network.remove(podUID: uid) }
        }
    }

    @Test @MainLoop func `leaves nothing when a plugin or a parameter fails`() async throws {
        try await withNetwork { layout, network in
            var request = PodNetworkRequest(podUID: "bad", namespace: "default", name: "bad")
            request.sysctls = [.init("net.ipv4.ip_local_port_range", "nonsense")]
            let refusal = await #expect(throws: StepFailure.self) {
                try await network.create(request)
            }
            #expect(refusal?.message.contains("net.ipv4.ip_local_port_range") == true)
            #expect(network.known().isEmpty)

            let file = layout.root + "/user.conflist"
            let list = #"""
                {"cniVersion":"1.0.0","name":"mine","plugins":[
                 {"type":"ptp","ipam":{"type":"host-local","dataDir":"\#(layout.addressLeases)",
                  "subnet":"10.63.255.0/30"}},
                 {"type":"no-such-plugin"}]}
                """#
            try Files.write(file, list)
            var settings = network.settings
            settings.configuration = file
            let mine = try await PodNetwork.open(layout: layout, settings: settings)
            request.sysctls = []
            let failure = await #expect(throws: StepFailure.self) { try await mine.create(request) }
            #expect(failure?.message.contains("no-such-plugin") == true)
            #expect(failure?.message.contains("containernetworking-plugins") == true)
            #expect(try leases(layout).isEmpty)
            #expect(!Namespaces.isPinned(layout.networkNamespace(ofPod: "bad")))
        }
    }

    /// The places between two steps at which an engine can be killed.
    @Test(arguments: [
        "recorded", "namespaces made", "attached", "detached", "released", "record spoilt",
    ])
    @MainLoop func `goes on after a kill`(moment: String) async throws {
        try await withNetwork { layout, network in
            _ = try await network.create(PodNetworkRequest(podUID: "x", namespace: "n", name: "x"))
            try await network.remove(podUID: "x")
            let before = try await quietTraces(layout)
            var request = PodNetworkRequest(podUID: "pod", namespace: "n", name: "pod")
            request.sharesProcesses = true
            request.hasOwnUsers = true
            _ = try await network.create(request)
            let path = layout.sandboxRecord(ofPod: "pod")
            var json = try JSON.parse(Files.read(path))
            let record = try #require(SandboxRecord(json: json))
            json["result"] = .null
            let half = json.bytes()
            switch moment {
            case "recorded", "namespaces made":
                try await network.remove(podUID: "pod")
                try Files.write(path, half)
                if moment == "recorded" { break }
                var wanted = NamespaceRequest()
                wanted.net = layout.networkNamespace(ofPod: "pod")
                wanted.uts = layout.utsNamespace(ofPod: "pod")
                try Namespaces.make(wanted)
            case "attached":
                try Files.write(path, half)
            case "detached", "released":
                try await network.plugins.remove(
                    record.plugins,
                    network.target(of: record),
                    result: record.result
                )
                if moment == "detached" { break }
                try NamespaceHolder.release(pin: layout.pidNamespace(ofPod: "pod"))
                try Namespaces.release(layout.networkNamespace(ofPod: "pod"))
                try Namespaces.release(layout.utsNamespace(ofPod: "pod"))
            default:
                try Files.write(path, "{ torn")
            }
            // The next engine first finishes what the pod needs, and then takes it down.
            let next = try await PodNetwork.open(layout: layout, settings: network.settings)
            request.attempt = moment == "detached" ? 1 : 0
            let sandbox = try await next.create(request)
            let pin = layout.networkNamespace(ofPod: "pod")
            let address = try #require(sandbox.podIPs.first)
            let shown = try await inside(["--net=" + pin], ["ip", "-br", "address"]).outputText
            #expect(shown.contains(address + "/"))
            #expect(next.holder(podUID: "pod") != nil)
            try await next.remove(podUID: "pod")
            #expect(try leases(layout).isEmpty)
            try await eventually(within: .seconds(30), "all traces to go") {
                try await traces(layout) == before
            }
        }
    }

    @Test @MainLoop func `lets pods speak to the outside with the address of the node`()
        async throws
    {
        try await withNetwork { layout, network in
            // The outside: a namespace that knows no way to the pods' addresses.
            let far = NodeLayout(root: layout.root + "/far", runRoot: layout.runRoot + "/far")
            try Files.makeDirectories(far.root)
            try Files.makeDirectories(far.runRoot)
            let file = far.root + "/far.conf"
            let configuration = #"""
                {"cniVersion":"1.0.0","name":"far","type":"ptp","ipam":{"type":"host-local",
                 "dataDir":"\#(far.addressLeases)","subnet":"10.63.254.0/30"}}
                """#
            try Files.write(file, configuration)
            var settings = network.settings
            settings.configuration = file
            let outside = try await PodNetwork.open(layout: far, settings: settings)
            let peer = try await outside.create(
                PodNetworkRequest(podUID: "far", namespace: "n", name: "far")
            )
            _ = try await network.create(
                PodNetworkRequest(podUID: "near", namespace: "n", name: "near")
            )
            let pin = layout.networkNamespace(ofPod: "near")
            let address = try #require(peer.podIPs.first)
            let ping = try await inside(["--net=" + pin], ["ping", "-c1", "-W2", address])
            try await outside.remove(podUID: "far")
            #expect(ping.status == .exited(0), "\(ping.outputText)")
        }
    }

    @Test(arguments: ["DROP", "ACCEPT"])
    @MainLoop func `opens a firewall that drops what it forwards`(policy: String) async throws {
        try await withScratchLayout { layout in
            // A stand-in: the real policy is the whole machine's.
            let (program, state) = (layout.root + "/iptables", layout.root + "/rules")
            try Files.write(state, "-P FORWARD \(policy)\n")
            let script = """
                #!/bin/sh
                shift 2; verb=$1; shift 2
                case $verb in
                -S) cat \(state);;
                -I) echo "-A FORWARD $*" >>\(state);;
                -D) grep -v -x -e "-A FORWARD $*" \(state) >\(state).new; mv \(state).new \(state);;
                esac
                """
            try Files.write(program, script, mode: 0o755)
            let allowance = ForwardAllowance(program: program, bridge: "br0")
            try await allowance.install()
            try await allowance.install()
            let added = "-A FORWARD -i br0 -j ACCEPT\n-A FORWARD -o br0 -j ACCEPT\n"
            #expect(
                try Files.text(state)
                    == "-P FORWARD \(policy)\n" + (policy == "DROP" ? added : "")
            )
            await allowance.remove()
            #expect(try Files.text(state) == "-P FORWARD \(policy)\n")
            let missing = ForwardAllowance(program: layout.root + "/none", bridge: "br0")
            try await missing.install()
        }
    }

    @Test(arguments: [1, 2])
    @MainLoop func `few pass a turnstile at a time, and in order`(_ limit: Int) async throws {
        let turnstile = Turnstile(limit: limit)
        var (inside, most, order) = (0, 0, [Int]())
        let tasks = (0..<7).map { number in
            Task { @MainLoop in
                await turnstile.pass {
                    inside += 1
                    most = max(most, inside)
                    order.append(number)
                    for _ in 0...number { await Task.yield() }
                    inside -= 1
                }
            }
        }
        for task in tasks { await task.value }
        #expect(most == limit && inside == 0)
        #expect(order.sorted() == Array(0..<7))
        // Which of two that go on at once is the first, threads decide.
        if limit == 1 { #expect(order == Array(0..<7)) }
        await turnstile.pass { order = [] }
        #expect(order.isEmpty)
    }

    @Test @MainLoop func `leaks nothing after many sandboxes`() async throws {
        let count = Int(ProcessInfo.processInfo.environment["REMORA_STRESS_SANDBOXES"] ?? "") ?? 40
        try await withNetwork { layout, network in
            // The bridge and the rule are the engine's own and stay.
            _ = try await network.create(PodNetworkRequest(podUID: "x", namespace: "n", name: "x"))
            try await network.remove(podUID: "x")
            let before = try await quietTraces(layout)
            let start = Loop.main.now
            var made = 0
            while made < count {
                let batch = (made..<min(made + 20, count)).map { "pod-\($0)" }
                let tasks = batch.map { uid in
                    Task { @MainLoop in
                        let request = PodNetworkRequest(podUID: uid, namespace: "n", name: uid)
                        _ = try await network.create(request)
                    }
                }
                for task in tasks { try await task.value }
                #expect(try leases(layout).count == batch.count)
                for uid in batch { try await network.remove(podUID: uid) }
                made += batch.count
            }
            let each = (Loop.main.now - start).inSeconds * 1000 / Double(count)
            print("sandboxes: \(count), \(each) ms each")
            #expect(try leases(layout).isEmpty)
            // The kernel takes network namespaces down a little later.
            try await eventually(within: .seconds(30), "all traces to go") {
                try await traces(layout) == before
            }
        }
    }
}

/// The interfaces on the engine's bridge.
@MainLoop private func interfaces(_ layout: NodeLayout) async throws -> String {
    try await run("ip", ["-o", "link", "show", "master", layout.bridge]).outputText
}

/// What there is when no sandbox is left and the kernel has taken its interface away.
@MainLoop private func quietTraces(_ layout: NodeLayout) async throws -> [String] {
    try await eventually(within: .seconds(30), "interfaces to go") {
        try await interfaces(layout).isEmpty
    }
    return try await traces(layout)
}

/// What sandboxes could leave behind on the machine, in numbers and names.
@MainLoop private func traces(_ layout: NodeLayout) async throws -> [String] {
    let mounts = try Mounts.table().targets(below: layout.runRoot)
    let links = try await interfaces(layout)
    let rules = try await run("nft", ["list", "table", "ip", "remora_" + layout.tag]).outputText
    let files = try await run("find", [layout.runRoot]).outputText
    return mounts + [links, rules] + files.split(separator: "\n").map(String.init).sorted()
}

/// The addresses that are given out.
private func leases(_ layout: NodeLayout) throws -> [String] {
    guard let network = try Files.list(layout.addressLeases).first else { return [] }
    return try Files.list(layout.addressLeases + "/" + network).filter {
        $0.first?.isNumber == true
    }
}

@MainLoop private func run(
    _ program: String,
    _ arguments: [String]
) async throws -> ChildProcess.Completed {
    try await ChildProcess.run(Command(program, arguments), deadline: .seconds(20))
}

@MainLoop private func inside(
    _ namespaces: [String],
    _ command: [String]
) async throws -> ChildProcess.Completed {
    let arguments = namespaces + (command[0] == "ping" ? ["/bin/busybox"] + command : command)
    return try await run("nsenter", arguments)
}

/// Runs a body with a pod network of its own; everything on the machine goes with it.
@MainLoop func withNetwork(
    _ body: @MainLoop (NodeLayout, PodNetwork) async throws -> Void
) async throws {
    try await withScratchLayout { layout in
        var settings = PodNetwork.Settings()
        settings.holder = ["/bin/busybox", "sh", "-c", "trap '' TERM; while :; do sleep 100; done"]
        let network = try await PodNetwork.open(layout: layout, settings: settings)
        _ = try await network.prepared()
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(layout, network))
        } catch {
            result = .failure(error)
        }
        for uid in network.known() { try? await network.remove(podUID: uid) }
        try await network.dismantle()
        #expect(try await run("ip", ["link", "show", layout.bridge]).status != .exited(0))
        try result.get()
    }
}
