public import Formats

/// Server-side apply: a configuration becomes part of an object, and its manager the owner of its fields.
///
/// Source: Kubernetes' server-side apply and structured-merge-diff. A field that the manager applied last
/// time and not this time is removed unless somebody else applies it, too. A field of another value that
/// somebody else owns is a conflict.
public struct ServerSideApply {
    /// A field that another manager owns.
    public struct Conflict: Error, Sendable, Hashable {
        /// Who owns it.
        public var manager: ManagedFields.Manager
        /// Where it is.
        public var path: [FieldStep]
        /// The path as messages write it: `.spec.replicas`.
        public var field: String { path.map(\.description).joined() }
    }

    /// Fields that other managers own; in the order of managers and paths.
    public struct Conflicts: Error, Sendable, Hashable {
        /// All of them, at least one.
        public var all: [Conflict]

        /// Collects conflicts.
        public init(all: [Conflict]) {
            self.all = all
        }

        /// The sentence that kubectl shows.
        public var description: String {
            if let first = all.first, all.count == 1 {
                return "Apply failed with 1 conflict: conflict with \(first.manager.description): "
                    + first.field
            }
            var lines: [String] = []
            var last: ManagedFields.Manager?
            for conflict in all {
                if conflict.manager != last {
                    lines.append("conflicts with \(conflict.manager.description):")
                }
                last = conflict.manager
                lines.append("- \(conflict.field)")
            }
            return "Apply failed with \(all.count) conflicts: " + lines.joined(separator: "\n")
        }
    }

    private let kind: String
    private let place: FieldPlace

    /// Applies to objects of a kind.
    public init(kind: String) {
        self.kind = kind
        place = FieldPlace(kind: kind)
    }

    /// What an object becomes by a configuration, and who owns its fields then.
    ///
    /// - Parameters:
    ///   - configuration: What the manager wants; members that are null are as if they were not there.
    ///   - live: The object as it is stored; nil if there is none.
    ///   - managed: Who owns its fields.
    ///   - manager: Who applies.
    ///   - isForced: Whether fields are taken from their owners.
    ///   - time: When, RFC 3339.
    /// - Returns: The object, not yet defaulted or checked, and the owners of its fields.
    /// - Throws: What others own.
    public func apply(
        _ configuration: JSON,
        to live: JSON?,
        _ managed: ManagedFields,
        by manager: ManagedFields.Manager,
        isForced: Bool,
        at time: String
    ) throws(Conflicts) -> (object: JSON, managed: ManagedFields) {
        let configuration = Self.withoutNulls(configuration)
        let apiVersion = configuration["apiVersion"]?.string ?? ""
        let wanted = fields(of: configuration)
        var managed = managed
        let last = managed.entries[manager]
        managed.entries[manager] = .init(fields: wanted, time: time, apiVersion: apiVersion)
        var object = place.merge(live, configuration)
        if let last {
            // A map that is applied empty may have lost its last member.
            object = place.merge(prune(object, managed, last.fields), configuration)
        }
        let before = live ?? ["apiVersion": .string(apiVersion), "kind": .string(kind)]
        let changes = FieldComparison(
            ManagedFields.owned(before),
            ManagedFields.owned(object),
            kind: kind
        )
        let changed = changes.added.union(changes.modified)
        if !isForced {
            let conflicts = conflicts(managed, changed, besides: manager)
            if !conflicts.isEmpty { throw Conflicts(all: conflicts) }
        }
        for (other, entry) in managed.entries where other != manager {
            managed.setFields(
                entry.fields.subtracting(changed).subtracting(changes.removed),
                of: other
            )
        }
        if wanted.isEmpty { managed.entries[manager] = nil }
        if object == live, last?.fields == wanted, last?.apiVersion == apiVersion {
            managed.entries[manager]?.time = last?.time
        }
        return (object, managed)
    }

    /// The fields that a configuration sets.
    private func fields(of configuration: JSON) -> FieldSet {
        var owned = ManagedFields.owned(configuration)
        // A name alone is not owned, and neither is what holds it.
        if owned["metadata"]?.object?.isEmpty == true { owned["metadata"] = nil }
        return FieldSet(of: owned, at: place)
    }

    private func conflicts(
        _ managed: ManagedFields,
        _ changed: FieldSet,
        besides manager: ManagedFields.Manager
    ) -> [Conflict] {
        managed.entries.filter { $0.key != manager }
            .sorted { $0.key.description < $1.key.description }
            .flatMap { other, entry in
                entry.fields.intersection(changed).paths.map {
                    Conflict(manager: other, path: $0)
                }
            }
    }

    /// Takes away what the manager applied last time and nobody applies now.
    private func prune(_ merged: JSON, _ managed: ManagedFields, _ last: FieldSet) -> JSON {
        let last = last.withNamedFields(place)
        let all = FieldSet(of: merged, at: place).withNamedFields(place)
        let applied = managed.entries.filter(\.key.applies)
            .reduce(FieldSet()) { $0.union($1.value.fields) }
            .withNamedFields(place)
        func left(_ value: JSON) -> FieldSet {
            FieldSet(of: value, at: place).withNamedFields(place)
        }
        func without(_ fields: FieldSet) -> JSON { place.remove(fields, from: merged) ?? [:] }
        // What others or the new configuration apply comes back, with all that stands on the way to it;
        // and so does what was never applied.
        let owned = without(all.subtracting(left(without(last)).union(applied)))
        return without(all.subtracting(left(owned)).intersection(last).subtracting(applied))
    }

    private static func withoutNulls(_ value: JSON) -> JSON {
        switch value {
        case .object(let members):
            .object(
                JSONObject(
                    members.members.filter { !$0.value.isNull }.map {
                        ($0.key, withoutNulls($0.value))
                    }
                )
            )
        case .array(let items): .array(items.map(withoutNulls))
        default: value
        }
    }

    // MARK: Client-side apply

    /// The fields that the annotation of `kubectl apply` holds and nobody has changed since.
    ///
    /// Fields that kubectl owns from before may be taken over without force, as upstream.
    public func fields(ofLastApplied text: String, in live: JSON) -> FieldSet {
        guard let last = try? JSON.parse(text) else { return FieldSet() }
        let changes = FieldComparison(
            ManagedFields.owned(last),
            ManagedFields.owned(live),
            kind: kind
        )
        return fields(of: last).subtracting(changes.modified)
            .subtracting(changes.added).subtracting(changes.removed)
    }
}
