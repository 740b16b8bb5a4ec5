internal import Basics
internal import Reactor
internal import System

/// Lets the packets of pods through a firewall that drops what it forwards, as Docker sets it up.
///
/// Such a policy stands in a chain of iptables, and a table of our own cannot overrule it: two rules
/// for the bridge go into that chain. Without such a policy nothing is changed.
struct ForwardAllowance: Sendable {
    let program: String
    let bridge: String

    /// Adds the rules if the policy calls for them and they are not there.
    ///
    /// A machine without iptables has no such policy. Throws if a rule cannot be added.
    @MainLoop func install() async throws(Failure) {
        guard let rules = try? await run(["-S", "FORWARD"]),
            rules.split(separator: "\n").contains("-P FORWARD DROP")
        else { return }
        for rule in self.rules where !rules.contains(rule.joined(separator: " ")) {
            _ = try await run(["-I", "FORWARD"] + rule)
        }
    }

    /// Takes the rules away; none is no error.
    @MainLoop func remove() async {
        guard let rules = try? await run(["-S", "FORWARD"]) else { return }
        for rule in self.rules where rules.contains(rule.joined(separator: " ")) {
            _ = try? await run(["-D", "FORWARD"] + rule)
        }
    }

    private var rules: [[String]] {
        [["-i", bridge, "-j", "ACCEPT"], ["-o", bridge, "-j", "ACCEPT"]]
    }

    @MainLoop private func run(_ arguments: [String]) async throws(Failure) -> String {
        let command = Command(program, ["-w", "5"] + arguments)
        let completed = try await ChildProcess.run(command, deadline: .seconds(10))
        if case .exited(0) = completed.status { return completed.outputText }
        throw Failure(
            .unavailable,
            "cannot let the packets of pods through the firewall",
            cause: completed.errorText.split(separator: "\n").first.map(String.init) ?? "it failed"
        )
    }
}
