internal import Formats

/// A change of one object, before any query looks at it.
final class Change {
    let key: ObjectKey
    let old: JSON?
    let new: JSON?
    /// The last state of a removed object, with the resource version of the removal.
    let last: JSON
    /// The last state as JSON text.
    let text: [UInt8]
    let version: Int64
    /// What was made of it so far; there is one event for all who see the same.
    private var events: [ObjectEvent] = []

    init(
        key: ObjectKey,
        old: JSON?,
        new: JSON?,
        last: JSON,
        text: [UInt8],
        version: Int64
    ) {
        self.key = key
        self.old = old
        self.new = new
        self.last = last
        self.text = text
        self.version = version
    }

    /// What a query sees of it.
    func event(for query: ObjectQuery) -> ObjectEvent? {
        let matched = old.map { query.matches(key, $0) } ?? false
        let matches = new.map { query.matches(key, $0) } ?? false
        switch (matched, matches) {
        case (false, false): return nil
        case (false, true): return event(.added)
        case (true, true): return event(.modified)
        case (true, false): return event(.deleted)
        }
    }

    private func event(_ kind: ObjectEvent.Kind) -> ObjectEvent {
        if let known = events.first(where: { $0.kind == kind }) { return known }
        let event = ObjectEvent(kind: kind, key: key, object: last, text: text, version: version)
        events.append(event)
        return event
    }
}
