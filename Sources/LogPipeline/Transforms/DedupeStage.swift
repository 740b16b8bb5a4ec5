internal import Basics
internal import Reactor
internal import Records

/// Leaves out records that are equal to one of the last so many, as Vector's `dedupe` does.
@MainLoop final class DedupeStage: Stage {
    private let settings: DedupeTransform
    private let matched: [RecordPath]?
    private let ignored: [RecordPath]
    private var known: [Fields: Int] = [:]
    /// What is known in the order in which it was seen last; numbers that are not the newest of their key are stale.
    private var order: [(key: Fields, number: Int)] = []
    private var number = 0

    init(_ settings: DedupeTransform) {
        self.settings = settings
        matched = settings.matched.map { $0.compactMap { RecordPath(path: $0) } }
        ignored = settings.ignored.compactMap { RecordPath(path: $0) }
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            var event = event
            let key = key(of: event.fields)
            number += 1
            let isKnown = known.updateValue(number, forKey: key) != nil
            order.append((key, number))
            forgetOldest()
            if isKnown { outlet.drop(event, .repeated) } else { outlet.pass(event) }
        }
    }

    private func key(of fields: Fields) -> Fields {
        guard let matched else {
            var key = fields
            for path in ignored { path.remove(from: &key) }
            return key
        }
        var key = Fields(capacity: matched.count)
        for (place, path) in matched.enumerated() {
            if let value = path.value(in: fields) { key.append("\(place)", value) }
        }
        return key
    }

    private func forgetOldest() {
        var done = 0
        while known.count > max(1, settings.cacheSize)
            || order.count > 4 * max(1, settings.cacheSize)
        {
            let (key, number) = order[done]
            if known[key] == number { known.removeValue(forKey: key) }
            done += 1
        }
        if done > 0 { order.removeFirst(done) }
    }
}
