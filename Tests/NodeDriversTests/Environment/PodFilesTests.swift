import NodeDrivers
import PodEngine
import PodModel
import System
import TestKit
import Testing

@Suite("Files of a pod") struct PodFilesTests {
    let directory: TemporaryDirectory
    let files: PodFiles

    init() throws {
        directory = try TemporaryDirectory()
        files = PodFiles(
            layout: NodeLayout(root: directory.file("root"), runRoot: directory.file("run")),
            resolver: PodResolver(
                node: ResolverConfiguration(servers: ["192.0.2.1"]),
                clusterServers: ["10.96.0.10"],
                clusterDomain: "cluster.local"
            )
        )
    }

    @Test func `all three files are written and hosts is changed in place`() throws {
        var pod = try pod("spec: {subdomain: sub, setHostnameAsFQDN: true, containers: []}")
        let written = try files.write(pod, podIPs: ["10.88.0.5"])
        #expect(written.kernelName == "web.sub.shop.svc.cluster.local")
        #expect(try Files.text(written.hostname) == "web.sub.shop.svc.cluster.local\n")
        #expect(
            try Files.text(written.resolver)
                == "search shop.svc.cluster.local svc.cluster.local cluster.local\n"
                + "nameserver 10.96.0.10\noptions ndots:5\n"
        )
        let hosts = try Files.text(written.hosts)
        #expect(hosts.hasSuffix("10.88.0.5\tweb.sub.shop.svc.cluster.local\tweb\n"))
        #expect(try Files.stat(written.hosts).mode == 0o644)
        #expect(written.events.isEmpty)
        let inode = try Files.stat(written.hosts).inode
        pod.spec.hostAliases = [HostAlias(ip: "1.2.3.4", hostnames: ["a", "b"])]
        try Files.write(written.hosts, hosts + "9.9.9.9 added by a container\n")
        try files.refreshHosts(pod, podIPs: ["10.88.0.5"])
        #expect(
            try Files.text(written.hosts)
                == hosts + "\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n"
        )
        #expect(try Files.stat(written.hosts).inode == inode)
        files.remove(podUID: "u1")
        files.remove(podUID: "u1")
        #expect(try Files.list(directory.file("root/pods/u1")).isEmpty)
    }

    @Test func `a pod in the host's network has the node's names`() throws {
        let pod = try pod("spec: {hostNetwork: true, dnsPolicy: ClusterFirst, containers: []}")
        let written = try files.write(pod, podIPs: ["192.0.2.9"])
        #expect(written.kernelName == Host.hostname)
        #expect(
            try Files.text(written.hosts)
                == "# Kubernetes-managed hosts file (host network).\n" + Files.text("/etc/hosts")
        )
        #expect(try Files.text(written.resolver) == "nameserver 192.0.2.1\n")
    }

    @Test func `what cannot be written is said with the path`() throws {
        try directory.write("in the way", to: "root")
        let pod = try pod("spec: {containers: []}")
        let failure = #expect(throws: StepFailure.self) { try files.write(pod, podIPs: []) }
        #expect(failure?.reason == "FailedCreatePodSandBox")
        #expect(failure?.message.contains(directory.file("root")) == true)
    }

    static let nodes: [(own: String, resolved: String?, servers: [String])] = [
        ("nameserver 192.0.2.1\n", "nameserver 192.0.2.2\n", ["192.0.2.1"]),
        ("nameserver 127.0.0.53\n", "nameserver 192.0.2.2\n", ["192.0.2.2"]),
        ("nameserver ::1\nnameserver 127.0.0.1\n", "search x\n", ["::1", "127.0.0.1"]),
        ("nameserver 127.0.0.53\n", nil, ["127.0.0.53"]),
        (
            "nameserver 127.0.0.53\nnameserver 192.0.2.1\n", "nameserver 192.0.2.2\n",
            ["127.0.0.53", "192.0.2.1"]
        ),
        ("", "nameserver 192.0.2.2\n", []),
    ]

    @Test(arguments: nodes)
    func `a resolver on the loopback address is passed over`(
        own: String,
        resolved: String?,
        servers: [String]
    ) throws {
        let path = try directory.write(own, to: "own")
        if let resolved { try directory.write(resolved, to: "resolved") }
        let node = ResolverConfiguration.ofNode(
            path: path,
            resolvedPath: directory.file("resolved")
        )
        #expect(node.servers == servers)
    }
}
