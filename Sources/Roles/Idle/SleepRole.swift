import Basics
package import Reactor
import StandIn
import System

/// `companion sleep`: nothing, for a while.
@MainLoop package enum SleepRole {
    package static let role = Role(
        name: "sleep",
        spec: CommandSpec(
            "sleep",
            summary: "do nothing for a while, as coreutils' sleep",
            discussion: """
                Times are numbers with s, m, h or d behind, or without for seconds: 2, 0.5m, 1e3; several are added;
                infinity has no end. SIGTERM and SIGINT end it early, with exit code 0.

                Exit codes: 0 the time is over, or a signal came; 1 a word is no time; 2 there is none.
                """,
            arguments: [.init("TIME", .some, help: "how long: 2, 0.5m, 1h, infinity")]
        )
    ) { invocation, _ throws(Failure) in
        let (time, wrong) = SleepTime.sum(invocation.arguments)
        guard let time else {
            Console.note("sleep: invalid time interval '\(wrong ?? "")'")
            return 1
        }
        let signals = try SignalWatch(["SIGTERM", "SIGINT"].compactMap(Signals.number))
        // What only the start needed is given back: this is all that happens for a long time.
        let settling = Settling.once(after: .zero)
        defer { settling.end() }
        // Only the time's end has this failure, and a signal has none.
        _ = try? await signals.next(deadline: time.duration.map { Loop.main.now + $0 })
        signals.close()
        return 0
    }
}
