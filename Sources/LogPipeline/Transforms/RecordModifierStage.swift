internal import Basics
internal import Reactor
internal import Records
internal import System

/// Adds and removes fields, as Fluent Bit's `record_modifier` does.
///
/// Source: fluent-bit `plugins/filter_record_modifier/filter_modifier.c`; names are compared in any case.
@MainLoop final class RecordModifierStage: Stage {
    private let settings: RecordModifierTransform

    init(_ settings: RecordModifierTransform) {
        self.settings = settings
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            var event = event
            change(&event.fields)
            outlet.pass(event)
        }
    }

    private func change(_ fields: inout Fields) {
        if !settings.removed.isEmpty {
            fields.removeAll { entry in
                settings.removed.contains { NameRule.fitsAnyCase(entry.key, $0) }
            }
        } else if !settings.allowed.isEmpty {
            fields.removeAll { entry in
                !settings.allowed.contains { NameRule.fitsAnyCase(entry.key, $0) }
            }
        }
        for entry in settings.added { fields.update(entry.key, entry.value) }
        if let key = settings.uuidKey { fields.update(key, .text(UniqueID.text(Random.bytes(16)))) }
    }
}
