internal import Basics
internal import Reactor
internal import Records

/// Lets so many records of a key through in a window, as Vector's `throttle` does: a bucket for each key that
/// fills evenly over the window and holds the threshold.
@MainLoop final class RateStage: Stage {
    /// How many keys are counted; beyond it those that have been full the longest are forgotten.
    static let keyMaximum = 100_000
    private let settings: RateTransform
    private let exclude: CompiledCondition?
    private var template: TextTemplate?
    /// When each key's bucket is full again, in nanoseconds of the clock (the generic cell rate algorithm).
    private var full: [[UInt8]: Int64] = [:]

    /// Compiles the condition.
    ///
    /// - Throws: `invalid` if it does not compile, or if the threshold or the window is nothing.
    init(_ settings: RateTransform, _ scripts: Scripts) throws(Failure) {
        guard settings.threshold > 0, settings.window > .zero else {
            throw Failure(.invalid, "throttle: threshold and window must be more than nothing")
        }
        self.settings = settings
        template = settings.key.map { TextTemplate($0) }
        if let condition = settings.exclude {
            exclude = try CompiledCondition(condition, scripts)
        } else {
            exclude = nil
        }
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        let now = moment.instant.nanoseconds
        let window = settings.window.nanoseconds
        let step = max(1, window / Int64(settings.threshold))
        for event in events {
            var event = event
            if let exclude, exclude.holds(for: event) {
                outlet.pass(event)
                continue
            }
            let key = key(of: &event)
            let start = max(full[key] ?? now, now)
            if start + step - now > window {
                outlet.drop(event, .limited)
            } else {
                full[key] = start + step
                outlet.pass(event)
            }
        }
        if full.count > Self.keyMaximum { full = full.filter { $0.value > now } }
        if full.count > Self.keyMaximum { full.removeAll() }
    }

    private func key(of event: inout Event) -> [UInt8] {
        guard template != nil else { return [] }
        let scope = TextTemplate.Scope(
            fields: event.fields,
            metadata: event.metadata,
            time: event.time,
            tag: event.tag.text
        )
        var key: [UInt8] = []
        // Records without the field share a key.
        return template?.append(scope, to: &key) == nil ? key : []
    }
}
