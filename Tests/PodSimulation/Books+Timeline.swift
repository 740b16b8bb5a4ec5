internal import Basics
internal import PodEngine

extension Books {
    /// The timeline must be consistent: marks in order, runs in order, waits closed and in order.
    mutating func checkTimeline(_ timeline: Timeline, at clock: Instant) {
        for container in timeline.containers {
            var last = -1
            for run in container.runs {
                if run.attempt <= last { blame("\(container.name): runs out of order", clock) }
                last = run.attempt
                checkMarks(run, of: container.name, at: clock)
            }
            var end: Int64 = 0
            for wait in container.waits {
                guard let to = wait.to else {
                    blame("\(container.name) still waits for \(wait.reason)", clock)
                    continue
                }
                if wait.from < end || to < wait.from {
                    blame("\(container.name): waits overlap", clock)
                }
                end = to
            }
        }
    }

    private mutating func checkMarks(_ run: Timeline.Run, of name: String, at clock: Instant) {
        let orders: [[Timeline.Mark]] = [
            [.pulled, .created, .started, .exited],
            [.started, .startupPassed],
            [.started, .ready],
            [.killingRequested, .preStopDone, .signalSent],
        ]
        for order in orders {
            let times = order.compactMap { run.marks[$0] }
            if times != times.sorted() {
                blame("\(name) run \(run.attempt): marks out of order \(run.marks)", clock)
            }
        }
        if (run.marks[.exited] != nil) != (run.exitCode != nil) {
            blame("\(name) run \(run.attempt): exit without code", clock)
        }
    }
}
