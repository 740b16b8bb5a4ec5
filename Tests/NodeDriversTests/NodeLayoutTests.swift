import NodeDrivers
import Testing

@Suite("Node layout") struct NodeLayoutTests {
    @Test func `trailing slashes do not matter`() {
        #expect(NodeLayout(root: "/a/", runRoot: "/b//") == NodeLayout(root: "/a", runRoot: "/b"))
        #expect(NodeLayout(root: "/a/").images == "/a/images")
    }

    @Test func `engines with different run directories have different tags`() {
        let one = NodeLayout(runRoot: "/run/remora").tag
        let other = NodeLayout(runRoot: "/run/remora2").tag
        #expect(one != other)
        #expect([one, other].allSatisfy { $0.count == 8 })
        #expect(NodeLayout(runRoot: "/run/remora/").tag == one)
    }

    @Test func `a log file has the kubelet's path`() {
        let layout = NodeLayout(root: "/r", runRoot: "/s")
        let path = layout.log(namespace: "ns", pod: "web", uid: "u1", container: "app", attempt: 3)
        #expect(path == "/r/log/pods/ns_web_u1/app/3.log")
    }
}
