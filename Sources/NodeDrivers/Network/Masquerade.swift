internal import Basics
internal import Reactor
internal import System

/// The rule that lets pods reach the world outside with the node's address.
///
/// One nftables rule serves all pods of an engine; it is made once and costs nothing per pod.
struct Masquerade: Sendable {
    /// The table is ours alone.
    let table: String
    let subnet: Subnet

    init(layout: NodeLayout, subnet: Subnet) {
        table = "remora_" + layout.tag
        self.subnet = subnet
    }

    /// Makes the rule, or makes it anew.
    ///
    /// Throws where the kernel or the program is missing.
    @MainLoop func install() async throws(Failure) {
        try await run(
            """
            add table ip \(table)
            flush table ip \(table)
            table ip \(table) {
                chain postrouting {
                    type nat hook postrouting priority 100; policy accept;
                    ip saddr \(subnet) ip daddr != \(subnet) ip daddr != 224.0.0.0/4 masquerade
                }
            }

            """
        )
    }

    /// Takes the rule away; none is no error.
    @MainLoop func remove() async throws(Failure) {
        try await run("add table ip \(table)\ndelete table ip \(table)\n")
    }

    @MainLoop private func run(_ script: String) async throws(Failure) {
        var command = Command("nft", ["-f", "-"])
        command.input = .bytes(Array(script.utf8))
        let completed = try await ChildProcess.run(command, deadline: .seconds(10))
        if case .exited(0) = completed.status { return }
        throw Failure(
            .unavailable,
            "cannot set the masquerading rule of the pod network",
            cause: completed.errorText.split(separator: "\n").first.map(String.init)
                ?? "nft failed",
            remedy: "install the package nftables and a kernel with nf_tables and NAT"
        )
    }
}
