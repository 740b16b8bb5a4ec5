import Basics
package import Reactor
import System

/// `companion pause`: the first process of a pod that has nothing to do but to reap.
@MainLoop package enum PauseRole {
    package static let role = Role(
        name: "pause",
        spec: CommandSpec(
            "pause",
            summary: "do nothing until SIGINT or SIGTERM, and reap orphans as process 1",
            discussion:
                "Exit codes: 0 after SIGINT or SIGTERM; 2 a command line that cannot be understood."
        )
    ) { _, _ throws(Failure) in
        let child = Signals.number(of: "SIGCHLD") ?? 17
        let signals = try SignalWatch(["SIGTERM", "SIGINT"].compactMap(Signals.number) + [child])
        // What only the start needed is given back: this is all that happens for a long time.
        let settling = Settling.once(after: .zero)
        defer { settling.end() }
        // What ended before the watch began.
        Processes.reapOrphans()
        while try await signals.next() == child { Processes.reapOrphans() }
        signals.close()
        return 0
    }
}
