import Formats
import Foundation
import PodEngine
import PodModel
import System
import Testing

@testable import NodeDrivers

/// The OCI configuration as a pure function.
@Suite("OCI configuration") struct OCISpecTests {
    static let v1 = HostFacts(
        cgroups: Cgroups(
            mode: .v1,
            hierarchies: ["cpu", "memory", "pids"].map {
                .init(mountPoint: "/sys/fs/cgroup/" + $0, controllers: [$0])
            }
        )
    )
    static let v2 = HostFacts(
        cgroups: Cgroups(
            mode: .v2,
            hierarchies: [
                .init(mountPoint: "/sys/fs/cgroup", controllers: ["cpu", "memory", "pids"])
            ]
        )
    )

    private func request(
        _ container: String = "{}",
        spec: String = "{}"
    ) async throws -> ContainerRequest {
        let pod = try await TestNode.pod(container, spec: spec)
        return ContainerRequest(
            id: "c1",
            pod: pod,
            container: pod.spec.containers[0],
            attempt: 0,
            image: ImageIdentity(reference: "i", id: "i", message: "", wasPulled: false),
            imageConfig: ImageConfig(entrypoint: ["/entry"], command: ["cmd"]),
            rootfs: "/rootfs",
            namespaces: ContainerNamespaces(
                network: "/run/net",
                ipc: "/run/ipc",
                uts: "/run/uts"
            ),
            cgroup: "/remora/x/kubepods/podu/c1"
        )
    }

    private func spec(
        _ request: ContainerRequest,
        _ host: HostFacts = v1,
        user: ProcessUser = ProcessUser()
    ) -> JSON {
        OCISpec(
            request: request,
            security: EffectiveSecurity(pod: request.pod, container: request.container),
            user: user,
            host: host,
            terminationLog: "/bundle/termination-log",
            localSeccomp: ["defaultAction": "SCMP_ACT_ALLOW"]
        ).json
    }

    @Test(arguments: [
        ([], [], ["/entry", "cmd"]),
        ([], ["a"], ["/entry", "a"]),
        (["c"], [], ["c"]),
        (["c"], ["a"], ["c", "a"]),
    ]) func `command and args replace entrypoint and cmd`(
        command: [String],
        args: [String],
        expected: [String]
    ) {
        let image = ImageConfig(entrypoint: ["/entry"], command: ["cmd"])
        #expect(OCISpec.arguments(command: command, args: args, image: image) == expected)
    }

    @Test func `the environment is the image's, overridden by the pod's`() async throws {
        var request = try await request(#"{"tty": true}"#)
        request.imageConfig.environment = ["PATH=/bin", "A=1", "B=x=y", "C"]
        request.environment = [("B", "2"), ("D", "")]
        request.hostname = "web"
        #expect(
            OCISpec.environment(request) == [
                "PATH=/bin", "TERM=xterm", "HOSTNAME=web", "A=1", "B=2", "C=", "D=",
            ]
        )
    }

    @Test func `a plain container has the golden configuration`() async throws {
        var request = try await request()
        request.hostsFile = "/pods/u/etc/hosts"
        request.resolverFile = "/pods/u/etc/resolv.conf"
        request.sharedMemory = "/run/shm/u"
        request.mounts = [
            ContainerMount(source: "/v/inner", destination: "/data/inner/"),
            ContainerMount(source: "/v/outer", destination: "/data", isReadOnly: true),
        ]
        request.limits = CgroupLimits(
            cpuShares: 256,
            cpuWeight: 35,
            cpuQuota: 25000,
            memoryBytes: 1 << 20
        )
        request.oomScore = 999
        let golden = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/plain.json")
        let text = spec(request).text(pretty: true) + "\n"
        if ProcessInfo.processInfo.environment["REMORA_REGENERATE"] != nil {
            try text.write(to: golden, atomically: true, encoding: .utf8)
        }
        #expect(text == (try String(contentsOf: golden, encoding: .utf8)))
    }

    @Test func `a privileged container gets everything`() async throws {
        var host = Self.v1
        host.devices = [.init(path: "/dev/x", isBlock: true, major: 8, minor: 1, mode: 0o660)]
        let json = spec(
            try await request(
                """
                {"securityContext": {
                    "privileged": true, "seccompProfile": {"type": "RuntimeDefault"}
                }}
                """
            ),
            host
        )
        #expect(json["process"]?["capabilities"]?["effective"]?.array?.count == 41)
        #expect(json["linux"]?["maskedPaths"] == nil && json["linux"]?["seccomp"] == nil)
        #expect(json["linux"]?["devices"]?[0]?["path"] == "/dev/x")
        #expect(json["linux"]?["resources"]?["devices"] == [["allow": true, "access": "rwm"]])
        let system = json["mounts"]?.array?.first { $0["destination"] == "/sys" }
        #expect(system?["options"]?.array?.contains("rw") == true)
    }

    @Test func `security settings reach the process`() async throws {
        let json = spec(
            try await request(
                """
                {"workingDir": "/work", "securityContext": {
                    "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false,
                    "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN", "cap_kill"]},
                    "seccompProfile": {"type": "RuntimeDefault"}
                }}
                """
            ),
            user: ProcessUser(uid: 5, gid: 6, groups: [6, 7])
        )
        let process = try #require(json["process"])
        #expect(process["user"] == ["uid": 5, "gid": 6, "additionalGids": [6, 7]])
        #expect(process["cwd"] == "/work" && process["noNewPrivileges"] == true)
        #expect(process["capabilities"]?["bounding"] == ["CAP_KILL", "CAP_NET_ADMIN"])
        #expect(json["root"]?["readonly"] == true)
        #expect(json["linux"]?["seccomp"]?["defaultAction"] == "SCMP_ACT_ERRNO")
    }

    @Test func `seccomp is local or none as asked`() async throws {
        let local = try await request(
            #"{"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "p"}}}"#
        )
        #expect(spec(local)["linux"]?["seccomp"]?["defaultAction"] == "SCMP_ACT_ALLOW")
        let inherited = try await request(
            spec: #"{"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}"#
        )
        #expect(spec(inherited)["linux"]?["seccomp"]?["defaultAction"] == "SCMP_ACT_ERRNO")
        #expect(spec(try await request())["linux"]?["seccomp"] == nil)
    }

    @Test func `a volume takes the place of a mount that every container has`() async throws {
        var request = try await request()
        request.hostsFile = "/h"
        request.mounts = [
            ContainerMount(source: "/mine", destination: "/etc/hosts"),
            ContainerMount(source: "/mem", destination: "/dev/shm/"),
        ]
        let mounts = try #require(spec(request)["mounts"]?.array)
        for (path, source) in [("/etc/hosts", "/mine"), ("/dev/shm", "/mem")] {
            let found = mounts.filter { $0["destination"]?.string == path }
            #expect(found.map { $0["source"]?.string } == [source])
        }
    }

    @Test func `propagation of volumes is passed on`() async throws {
        var request = try await request()
        request.mounts = [
            ContainerMount(source: "/a", destination: "/a", propagation: .hostToContainer)
        ]
        #expect(spec(request)["linux"]?["rootfsPropagation"] == "rslave")
        request.mounts[0].propagation = .bidirectional
        #expect(spec(request)["linux"]?["rootfsPropagation"] == "rshared")
        request.mounts[0].isReadOnly = true
        request.mounts[0].isRecursivelyReadOnly = true
        #expect(spec(request)["mounts"]?.array?.last?["options"] == ["rbind", "rshared", "rro"])
    }

    @Test func `namespaces are joined, own or the node's`() async throws {
        func types(_ request: ContainerRequest, _ host: HostFacts = Self.v1) -> [String] {
            (spec(request, host)["linux"]?["namespaces"]?.array ?? []).map {
                ($0["type"]?.string ?? "") + "=" + ($0["path"]?.string ?? "")
            }
        }
        var request = try await request()
        #expect(
            types(request) == [
                "mount=", "pid=", "network=/run/net", "ipc=/run/ipc", "uts=/run/uts",
            ]
        )
        #expect(types(request, Self.v2).last == "cgroup=")
        request.namespaces.processes = .shared("/run/pid")
        #expect(types(request).contains("pid=/run/pid"))
        request.namespaces = ContainerNamespaces(
            network: nil,
            ipc: nil,
            uts: nil,
            processes: .node
        )
        #expect(types(request) == ["mount="])
    }

    @Test func `namespaces follow the pod's spec`() async throws {
        let layout = NodeLayout(root: "/r", runRoot: "/v")
        var pod = try await TestNode.pod()
        pod.metadata.uid = "u"
        #expect(
            ContainerNamespaces(of: pod, layout: layout)
                == ContainerNamespaces(network: "/v/netns/u", ipc: "/v/ipcns/u", uts: "/v/utsns/u")
        )
        pod.spec.hostNetwork = true
        pod.spec.hostIPC = true
        pod.spec.shareProcessNamespace = true
        #expect(
            ContainerNamespaces(of: pod, layout: layout)
                == ContainerNamespaces(
                    network: nil,
                    ipc: nil,
                    uts: nil,
                    processes: .shared("/v/pidns/u")
                )
        )
    }

    @Test func `v2 gets weights and the group kill, v1 gets shares`() async throws {
        var request = try await request()
        request.limits = CgroupLimits(cpuShares: 256, cpuWeight: 35, memoryBytes: 5)
        let v1 = spec(request)["linux"]?["resources"]
        #expect(v1?["cpu"] == ["shares": 256] && v1?["unified"] == nil)
        let v2 = spec(request, Self.v2)["linux"]?["resources"]
        #expect(v2?["unified"] == ["cpu.weight": "35", "memory.oom.group": "1"])
        #expect(v2?["cpu"] == nil && v2?["memory"] == ["limit": 5])
    }

    @Test func `a machine that cannot filter devices lets no container make any`() async throws {
        var host = Self.v2
        host.canFilterDevices = false
        host.lowestOOMScore = 0
        var request = try await request()
        request.oomScore = -997
        let json = spec(request, host)
        #expect(json["linux"]?["resources"]?["devices"] == nil)
        let held = try #require(json["process"]?["capabilities"]?["bounding"]?.array)
        #expect(held.count == 13 && !held.contains("CAP_MKNOD"))
        #expect(json["process"]?["oomScoreAdj"] == 0)
    }

    @Test func `limits without controller are left out and told`() async throws {
        var request = try await request()
        request.limits = CgroupLimits(cpuShares: 2, cpuQuota: 1000, memoryBytes: 5)
        let bare = HostFacts(
            cgroups: Cgroups(
                mode: .v2,
                hierarchies: [.init(mountPoint: "/sys/fs/cgroup", controllers: ["hugetlb"])]
            )
        )
        #expect(spec(request, bare)["linux"]?["resources"]?.object?.keys == ["devices"])
        let warnings = ContainerResources(request: request, host: bare).warnings
        #expect(warnings.count == 2 && warnings[0].contains("no cpu controller"))
    }

    @Test func `a pod with users of its own gets its user namespace and mapped files`() async throws
    {
        var request = try await request(spec: #"{"hostUsers": false}"#)
        request.namespaces.users = "/run/users"
        request.users = UserRange(first: 131072)
        request.hostsFile = "/pods/u/etc/hosts"
        request.mounts = [ContainerMount(source: "/v", destination: "/data")]
        request.oomScore = -997
        let spec = OCISpec(
            request: request,
            security: EffectiveSecurity(pod: request.pod, container: request.container),
            user: ProcessUser(),
            host: Self.v1,
            terminationLog: "/bundle/termination-log",
            mapped: "/run/mapped/c1"
        )
        let linux = spec.json["linux"]
        #expect(
            linux?["namespaces"]?.array?.contains(["type": "user", "path": "/run/users"]) == true
        )
        let map: JSON = [["containerID": 0, "hostID": 131072, "size": 65536]]
        #expect(linux?["uidMappings"] == map && linux?["gidMappings"] == map)
        let binds = (spec.json["mounts"]?.array ?? []).filter { $0["type"] == "bind" }
        #expect(
            binds.map { $0["source"]?.string } == (0..<3).map { "/run/mapped/c1/\($0)" }
        )
        #expect(binds.last?["destination"] == "/data")
        #expect(spec.mappedSources == ["/pods/u/etc/hosts", "/bundle/termination-log", "/v"])
        // The runtime, a user of the pod then, may not set it.
        #expect(spec.json["process"]?["oomScoreAdj"] == nil && spec.lateOOMScore == -997)

        request.oomScore = 2
        let late = OCISpec(
            request: request,
            security: spec.security,
            user: spec.user,
            host: Self.v1,
            terminationLog: ""
        )
        #expect(late.json["process"]?["oomScoreAdj"] == 2 && late.lateOOMScore == nil)
    }
}
