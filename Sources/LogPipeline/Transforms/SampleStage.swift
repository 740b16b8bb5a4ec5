internal import Basics
internal import Reactor
internal import Records

/// Lets one of so many through, as Vector's `sample` does.
@MainLoop final class SampleStage: Stage {
    private let settings: SampleTransform
    private let key: RecordPath?
    private let exclude: CompiledCondition?
    private var group: TextTemplate?
    /// Records so far, by group; one group without a template.
    private var counts: [[UInt8]: Int] = [:]

    /// Compiles the condition.
    ///
    /// - Throws: `invalid` if it does not compile.
    init(_ settings: SampleTransform, _ scripts: Scripts) throws(Failure) {
        self.settings = settings
        key = settings.key.flatMap { RecordPath(path: $0) }
        group = settings.groupBy.map { TextTemplate($0) }
        if let condition = settings.exclude {
            exclude = try CompiledCondition(condition, scripts)
        } else {
            exclude = nil
        }
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        // A part of all is as many out of ten thousand.
        let (part, whole) =
            settings.ratio.map { (Int(($0 * 10_000).rounded()), 10_000) } ?? (
                1, max(1, settings.rate)
            )
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
                isChosen = StableHash.of(bytes.span) % UInt64(whole) < UInt64(part)
            } else {
                let name = group(of: &event)
                let count = counts[name, default: 0]
                // Chosen are those with which the part of all so far grows by a whole record.
                isChosen =
                    settings.ratio == nil
                    ? count == 0 : (count + 1) * part / whole > count * part / whole
                counts[name] = (count + 1) % whole
            }
            guard isChosen else {
                outlet.drop(event, .limited)
                continue
            }
            if let name = settings.rateKey { event.fields.update(name, .text(rateText)) }
            outlet.pass(event)
        }
    }

    private var rateText: String { settings.ratio.map { "\($0)" } ?? "\(max(1, settings.rate))" }

    private func group(of event: inout Event) -> [UInt8] {
        guard group != nil else { return [] }
        let scope = TextTemplate.Scope(
            fields: event.fields,
            metadata: event.metadata,
            time: event.time,
            tag: event.tag.text
        )
        var name: [UInt8] = []
        guard group?.append(scope, to: &name) == nil else { return [] }
        // Groups beyond the limit share one.
        return counts.count < 100_000 || counts[name] != nil ? name : []
    }
}
