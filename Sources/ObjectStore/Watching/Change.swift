internal import Formats

/// A change of one object, before any query looks at it.
struct Change {
    var key: ObjectKey
    var old: JSON?
    var new: JSON?
    /// The last state of a removed object, with the resource version of the removal.
    var last: JSON
    /// The last state as JSON text.
    var text: [UInt8]
    var version: Int64

    /// What a query sees of it.
    func event(for query: ObjectQuery) -> ObjectEvent? {
        let matched = old.map { query.matches(key, $0) } ?? false
        let matches = new.map { query.matches(key, $0) } ?? false
        let kind: ObjectEvent.Kind
        switch (matched, matches) {
        case (false, false): return nil
        case (false, true): kind = .added
        case (true, true): kind = .modified
        case (true, false): kind = .deleted
        }
        return ObjectEvent(kind: kind, key: key, object: last, text: text, version: version)
    }
}
