internal import Basics
internal import Reactor
internal import Records

/// Moves fields into a map or out of one, as Fluent Bit's `nest` does.
///
/// Source: fluent-bit `plugins/filter_nest/nest.c`.
@MainLoop final class NestStage: Stage {
    private let settings: NestTransform

    init(_ settings: NestTransform) {
        self.settings = settings
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            var event = event
            if settings.lifts { lift(&event.fields) } else { nest(&event.fields) }
            outlet.pass(event)
        }
    }

    private func nest(_ fields: inout Fields) {
        guard let name = settings.nestUnder else { return }
        func isMoved(_ key: String) -> Bool {
            settings.wildcards.contains { NameRule.fits(key, $0) }
        }
        let moved = fields.entries.filter { isMoved($0.key) }
        guard !moved.isEmpty else { return }
        fields.removeAll { isMoved($0.key) }
        fields.update(name, .object(Fields(moved.map { (renamed($0.key), $0.value) })))
    }

    private func lift(_ fields: inout Fields) {
        guard let name = settings.nestedUnder, case .object(let inner)? = fields[name] else {
            return
        }
        fields.removeValue(forKey: name)
        for entry in inner.entries { fields.update(renamed(entry.key), entry.value) }
    }

    private func renamed(_ key: String) -> String {
        var key = key
        if let prefix = settings.removedPrefix, key.hasPrefix(prefix) {
            key = String(key.dropFirst(prefix.count))
        }
        return (settings.addedPrefix ?? "") + key
    }
}
