internal import Basics
internal import Reactor

/// Lets so many records through on average over a sliding window, as Fluent Bit's `throttle` does.
///
/// The window has `window` panes of one interval; a record is let through while the records of all panes,
/// divided by the number of panes, are fewer than the rate. Source: fluent-bit `plugins/filter_throttle`.
@MainLoop final class ThrottleStage: Stage {
    private let settings: ThrottleTransform
    private var panes: [Int]
    private var total = 0
    /// The interval that the current pane stands for.
    private var current: Int64?

    init(_ settings: ThrottleTransform) {
        self.settings = settings
        panes = Array(repeating: 0, count: max(1, settings.window))
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        advance(to: moment.instant)
        for event in events {
            if Double(total) / Double(panes.count) >= settings.rate {
                outlet.drop(event, .limited)
            } else {
                panes[place] += 1
                total += 1
                outlet.pass(event)
            }
        }
    }

    private var place: Int { Int((current ?? 0) % Int64(panes.count)) }

    private func advance(to now: Instant) {
        let number = now.nanoseconds / max(1, settings.interval.nanoseconds)
        guard let last = current, number > last else {
            current = current ?? number
            return
        }
        // Panes that have passed are empty again; more than all of them need not be counted.
        for step in 1...min(number - last, Int64(panes.count)) {
            let place = Int((last + step) % Int64(panes.count))
            total -= panes[place]
            panes[place] = 0
        }
        current = number
    }
}
