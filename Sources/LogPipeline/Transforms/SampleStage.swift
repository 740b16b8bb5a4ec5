internal import Basics
internal import Reactor
internal import Records

/// Lets one of so many through, as Vector's `sample` does.
@MainLoop final class SampleStage: Stage {
    private let settings: SampleTransform
    private let key: RecordPath?
    private let exclude: CompiledCondition?
    private var count = 0

    /// Compiles the condition.
    ///
    /// - Throws: `invalid` if it does not compile.
    init(_ settings: SampleTransform, _ scripts: Scripts) throws(Failure) {
        self.settings = settings
        key = settings.key.flatMap { RecordPath(path: $0) }
        if let condition = settings.exclude {
            exclude = try CompiledCondition(condition, scripts)
        } else {
            exclude = nil
        }
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        let rate = max(1, settings.rate)
        for event in events {
            var event = event
            if let exclude, exclude.holds(for: event) {
                outlet.pass(event)
                continue
            }
            let isChosen: Bool
            if let key, let value = key.value(in: event.fields) {
                var bytes: [UInt8] = []
                ValueText.append(value, to: &bytes)
                isChosen = StableHash.of(bytes.span) % UInt64(rate) == 0
            } else {
                isChosen = count % rate == 0
                count = (count + 1) % rate
            }
            guard isChosen else {
                outlet.drop(event, .limited)
                continue
            }
            if let name = settings.rateKey { event.fields.update(name, .text("\(rate)")) }
            outlet.pass(event)
        }
    }
}
