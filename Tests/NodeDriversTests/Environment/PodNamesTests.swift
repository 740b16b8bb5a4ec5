import NodeDrivers
import PodEngine
import Testing

@Suite("Host name and hosts file") struct PodNamesTests {
    typealias Source = PodHostname.Source

    @Test func `the host name is the pod's name unless it has one of its own`() throws {
        let plain = try PodHostname(
            Source(podName: "web-0", namespace: "shop"),
            clusterDomain: "cluster.local"
        )
        #expect((plain.host, plain.domain, plain.kernelName) == ("web-0", "", "web-0"))
        let named = try PodHostname(
            Source(podName: "web-0", namespace: "shop", hostname: "front", subdomain: "web"),
            clusterDomain: "cluster.local"
        )
        #expect(named.host == "front")
        #expect(named.domain == "web.shop.svc.cluster.local")
        #expect(named.kernelName == "front")
    }

    @Test func `a long name is cut to 63 characters and does not end in a dash or dot`() throws {
        let stem = String(repeating: "a", count: 60)
        let cut = try PodHostname(
            Source(podName: stem + "-.-tail", namespace: "n"),
            clusterDomain: "cluster.local"
        )
        #expect(cut.host == stem)
        let exact = String(repeating: "b", count: 63)
        let kept = try PodHostname(
            Source(podName: exact, namespace: "n"),
            clusterDomain: "cluster.local"
        )
        #expect(kept.host == exact)
    }

    @Test func `a qualified kernel name may have 64 characters and no more`() throws {
        let suffix = ".s.n.svc.cluster.local"
        let host = String(repeating: "h", count: 64 - suffix.utf8.count)
        var source = Source(
            podName: "p",
            namespace: "n",
            hostname: host,
            subdomain: "s",
            usesQualifiedName: true
        )
        let name = try PodHostname(source, clusterDomain: "cluster.local")
        #expect(name.kernelName == host + suffix)
        source.hostname = host + "h"
        let failure = #expect(throws: StepFailure.self) {
            try PodHostname(source, clusterDomain: "cluster.local")
        }
        #expect(failure?.reason == "FailedCreatePodSandBox")
        #expect(
            failure?.message
                == "failed to construct FQDN from pod hostname and cluster domain, FQDN "
                + "\(host)h\(suffix) is too long (64 characters is the max, 65 characters requested)"
        )
    }

    @Test func `a host name override beats all and drops the domain`() throws {
        let name = try PodHostname(
            Source(
                podName: "p",
                namespace: "n",
                hostname: "h",
                subdomain: "s",
                override: "db.example.com"
            ),
            clusterDomain: "cluster.local"
        )
        #expect(
            (name.host, name.domain, name.kernelName) == ("db.example.com", "", "db.example.com")
        )
    }

    static let head =
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n"
        + "::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n"
        + "fe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n"

    @Test func `the hosts file lists every pod address and then the aliases`() throws {
        let name = try PodHostname(
            Source(podName: "web", namespace: "shop", subdomain: "sub"),
            clusterDomain: "cluster.local"
        )
        let text = HostsFile.text(
            podIPs: ["10.88.0.5", "fd00::5"],
            name: name,
            aliases: [
                HostsFile.Alias(address: "123.45.67.89", names: ["foo.local", "bar.local"]),
                HostsFile.Alias(address: "10.1.2.3", names: ["baz"]),
            ]
        )
        #expect(
            text
                == Self.head
                + "10.88.0.5\tweb.sub.shop.svc.cluster.local\tweb\n"
                + "fd00::5\tweb.sub.shop.svc.cluster.local\tweb\n"
                + "\n# Entries added by HostAliases.\n"
                + "123.45.67.89\tfoo.local\tbar.local\n10.1.2.3\tbaz\n"
        )
    }

    @Test func `without aliases and domain the hosts file ends with the addresses`() throws {
        let name = try PodHostname(
            Source(podName: "web", namespace: "shop"),
            clusterDomain: "cluster.local"
        )
        #expect(
            HostsFile.text(podIPs: ["10.88.0.5"], name: name, aliases: [])
                == Self.head + "10.88.0.5\tweb\n"
        )
    }

    @Test func `in the host's network the node's file comes first`() {
        let text = HostsFile.hostNetworkText(
            nodeText: "127.0.0.1 localhost\n",
            aliases: [HostsFile.Alias(address: "1.2.3.4", names: ["x", "y"])]
        )
        #expect(
            text
                == "# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n"
                + "\n# Entries added by HostAliases.\n1.2.3.4\tx\ty\n"
        )
    }
}
