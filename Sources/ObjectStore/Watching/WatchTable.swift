internal import Reactor

/// The watchers of a store; a change is held against each query once, however many ask it.
@MainLoop struct WatchTable {
    private struct Entry {
        weak var watch: ObjectWatch?
    }

    private var groups: [ObjectQuery: [ObjectIdentifier: Entry]] = [:]

    /// How many watchers there are.
    var count: Int {
        groups.values.reduce(0) { $0 + $1.values.count { $0.watch != nil } }
    }

    mutating func insert(_ watch: ObjectWatch) {
        groups[watch.query, default: [:]][ObjectIdentifier(watch)] = Entry(watch: watch)
    }

    mutating func remove(_ watch: ObjectWatch) {
        remove(ObjectIdentifier(watch), watch.query)
    }

    /// Who is to be told what of a change; those who were dropped without a word are forgotten.
    mutating func audience(of change: Change) -> [(event: ObjectEvent, watches: [ObjectWatch])] {
        var told: [(event: ObjectEvent, watches: [ObjectWatch])] = []
        for (query, entries) in groups {
            guard let event = change.event(for: query) else { continue }
            let watches = entries.values.compactMap(\.watch)
            if watches.count < entries.count {
                for (identity, entry) in entries where entry.watch == nil {
                    remove(identity, query)
                }
            }
            told.append((event, watches))
        }
        return told
    }

    private mutating func remove(_ identity: ObjectIdentifier, _ query: ObjectQuery) {
        groups[query]?[identity] = nil
        if groups[query]?.isEmpty == true { groups[query] = nil }
    }
}
