internal import Basics
internal import Reactor
internal import Records

/// Joins records of a group into one, as Vector's `reduce` does.
///
/// Maps are joined field by field. Without a strategy of its own a field keeps its first value, but numbers are
/// added, also those that make the group, and times become the first and the last (`<name>_end`). Source: vector
/// `src/transforms/reduce/transform.rs`.
@MainLoop final class ReduceStage: Stage {
    /// The most groups at a time; beyond it the oldest ends.
    static let groupMaximum = 10_000

    private struct Group {
        var event: Event
        var fields: [RecordPath: MergedField] = [:]
        var order: [RecordPath] = []
        var count = 0
        var began: Instant
        var last: Instant
    }

    private let settings: ReduceTransform
    private let paths: [RecordPath]
    private let strategies: [(path: RecordPath, strategy: MergeStrategy)]
    private let starts: CompiledCondition?
    private let ends: CompiledCondition?
    private var groups: [Fields: Group] = [:]
    private var nextFlush: Instant?

    /// Compiles conditions.
    ///
    /// - Throws: `invalid` if a condition does not compile, or a strategy has an unknown name.
    init(_ settings: ReduceTransform, _ scripts: Scripts) throws(Failure) {
        self.settings = settings
        paths = settings.groupBy.compactMap { RecordPath(path: $0) }
        if let condition = settings.startsWhen {
            starts = try CompiledCondition(condition, scripts)
        } else {
            starts = nil
        }
        if let condition = settings.endsWhen {
            ends = try CompiledCondition(condition, scripts)
        } else {
            ends = nil
        }
        if settings.startsWhen != nil, settings.endsWhen != nil {
            throw Failure(
                .invalid,
                "reduce has both starts_when and ends_when",
                remedy: "give one of them"
            )
        }
        var strategies: [(RecordPath, MergeStrategy)] = []
        for (field, name) in settings.strategies.sorted(by: { $0.key < $1.key }) {
            guard let path = RecordPath(path: field) else {
                throw Failure(.invalid, "reduce: \"\(field)\" is no path")
            }
            guard let strategy = MergeStrategy(rawValue: name) else {
                let nearest = NearestMatch.of(name, among: MergeStrategy.allCases.map(\.rawValue))
                throw Failure(
                    .invalid,
                    "reduce: \"\(name)\" is no strategy for \(field)",
                    remedy: nearest.map { "did you mean \"\($0)\"?" } ?? ""
                )
            }
            strategies.append((path, strategy))
        }
        self.strategies = strategies
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            let doesEnd = ends?.holds(for: event) ?? false
            let doesStart = starts?.holds(for: event) ?? false
            var event = event
            var key = Fields(capacity: paths.count)
            for (place, path) in paths.enumerated() {
                if let value = path.value(in: event.fields) { key.append("\(place)", value) }
            }
            if doesStart, let group = groups.removeValue(forKey: key) {
                finish(group, into: outlet)
            }
            add(event, to: key, at: moment)
            let isFull = settings.eventMaximum.map { groups[key]?.count ?? 0 >= $0 } ?? false
            if doesEnd || isFull, let group = groups.removeValue(forKey: key) {
                finish(group, into: outlet)
            }
        }
        if groups.count > Self.groupMaximum,
            let oldest = groups.min(by: { $0.value.last < $1.value.last })?.key,
            let group = groups.removeValue(forKey: oldest)
        {
            finish(group, into: outlet)
        }
        if nextFlush == nil, !groups.isEmpty { nextFlush = moment.instant + settings.flushPeriod }
    }

    var nextWake: Instant? { groups.isEmpty ? nil : nextFlush }

    func wake(at moment: Moment, isLast: Bool, into outlet: Outlet) {
        nextFlush = moment.instant + settings.flushPeriod
        // The oldest first, as they would have ended.
        for (key, group) in groups.sorted(by: { $0.value.began < $1.value.began }) {
            let isStale = moment.instant - group.last >= settings.expireAfter
            let isOld = settings.endEvery.map { moment.instant - group.began >= $0 } ?? false
            guard isLast || isStale || isOld else { continue }
            groups.removeValue(forKey: key)
            finish(group, into: outlet)
        }
        if groups.isEmpty { nextFlush = nil }
    }

    private func add(_ event: Event, to key: Fields, at moment: Moment) {
        var event = event
        let fields = event.fields
        var group: Group
        if var known = groups.removeValue(forKey: key) {
            known.event.receipt.join(event.receipt)
            group = known
        } else {
            group = Group(event: event, began: moment.instant, last: moment.instant)
        }
        for (path, strategy) in strategies {
            if let value = path.value(in: fields) { Self.merge(value, path, strategy, &group) }
        }
        addLeaves(of: fields, at: [], to: &group)
        group.count += 1
        group.last = moment.instant
        groups[key] = group
    }

    /// Adds what is not covered by a strategy, each value that is no map by its own path.
    private func addLeaves(of fields: Fields, at steps: [RecordPath.Step], to group: inout Group) {
        for entry in fields {
            let path = RecordPath(steps + [.key(entry.key)])
            if strategies.contains(where: { $0.path == path }) { continue }
            if case .object(let inner) = entry.value, !inner.isEmpty {
                addLeaves(of: inner, at: path.steps, to: &group)
            } else {
                Self.merge(entry.value, path, nil, &group)
            }
        }
    }

    private static func merge(
        _ value: Value,
        _ path: RecordPath,
        _ strategy: MergeStrategy?,
        _ group: inout Group
    ) {
        if group.fields[path] == nil {
            group.fields[path] = MergedField(value, strategy)
            group.order.append(path)
        } else {
            group.fields[path]?.add(value)
        }
    }

    private func finish(_ group: Group, into outlet: Outlet) {
        var fields = Fields(capacity: group.order.count)
        for path in group.order {
            for (suffix, value) in group.fields[path]?.results ?? [] {
                var place = path
                if !suffix.isEmpty, case .key(let name)? = path.steps.last {
                    place.steps[place.steps.count - 1] = .key(name + suffix)
                }
                place.set(value, in: &fields)
            }
        }
        var event = group.event
        event.body = .fields(fields)
        outlet.pass(event)
    }
}
