public import Formats

/// Who owns which fields of an object: `metadata.managedFields`.
public struct ManagedFields: Sendable, Hashable {
    /// Who writes, and how.
    ///
    /// The same name that applies and that updates is two managers, as upstream.
    public struct Manager: Sendable, Hashable {
        /// What the client calls itself, at most 128 characters.
        public var name: String
        /// Whether it applies configurations, and does not update objects.
        public var applies: Bool
        /// `v1`, `apps/v1`; empty for one that applies, whose version may change.
        public var apiVersion: String
        /// `status` or another subresource that it writes through; empty for the object itself.
        public var subresource: String

        /// Names a manager.
        public init(
            _ name: String,
            applies: Bool = false,
            apiVersion: String,
            subresource: String = ""
        ) {
            self.name = name
            self.applies = applies
            self.apiVersion = applies ? "" : apiVersion
            self.subresource = subresource
        }

        /// The manager in the words of a conflict: `"kubectl-edit" using v1`.
        public var description: String {
            var text = JSON.string(name).text()
            if !subresource.isEmpty {
                text += " with subresource \(JSON.string(subresource).text())"
            }
            return applies ? text : "\(text) using \(apiVersion)"
        }
    }

    /// What a manager owns.
    public struct Entry: Sendable, Hashable {
        /// The fields.
        public var fields: FieldSet
        /// When the manager changed something last; RFC 3339.
        public var time: String?
        /// The version in which the fields are named.
        public var apiVersion: String
    }

    /// The entries by their managers; none is empty.
    public internal(set) var entries: [Manager: Entry] = [:]

    /// Nobody owns anything.
    public init() {}

    /// Reads `metadata.managedFields`.
    ///
    /// - Throws: Which entry is wrong, and why.
    public init(json: JSON) throws(FormatError) {
        for entry in json.array ?? [] {
            let applies = entry["operation"]?.string == "Apply"
            let apiVersion = entry["apiVersion"]?.string ?? ""
            guard applies || entry["operation"]?.string == "Update" else {
                throw FormatError("managedFields: an operation is Apply or Update")
            }
            guard entry["fieldsType"]?.string ?? "FieldsV1" == "FieldsV1" else {
                throw FormatError("managedFields: the only fieldsType is FieldsV1")
            }
            let manager = Manager(
                entry["manager"]?.string ?? "",
                applies: applies,
                apiVersion: apiVersion,
                subresource: entry["subresource"]?.string ?? ""
            )
            var fields = try FieldSet(json: entry["fieldsV1"] ?? [:])
            if let known = entries[manager] { fields = fields.union(known.fields) }
            guard !fields.isEmpty else { continue }
            entries[manager] = Entry(
                fields: fields,
                time: entry["time"]?.string,
                apiVersion: apiVersion
            )
        }
    }

    /// The form of `metadata.managedFields`: what applies first, then by age.
    public var json: JSON {
        let sorted = entries.sorted { left, right in
            let (a, b) = (left.key, right.key)
            if a.applies != b.applies { return a.applies }
            if left.value.time != right.value.time {
                return left.value.time ?? "" < right.value.time ?? ""
            }
            return (a.name, left.value.apiVersion, a.subresource)
                < (b.name, right.value.apiVersion, b.subresource)
        }
        return .array(
            sorted.map { manager, entry in
                var json: JSON = [
                    "manager": .string(manager.name),
                    "operation": manager.applies ? "Apply" : "Update",
                    "apiVersion": .string(entry.apiVersion),
                ]
                if let time = entry.time { json["time"] = .string(time) }
                json["fieldsType"] = "FieldsV1"
                json["fieldsV1"] = entry.fields.json
                if !manager.subresource.isEmpty {
                    json["subresource"] = .string(manager.subresource)
                }
                return json
            }
        )
    }

    // MARK: Updates

    /// How many managers that update are kept apart; older ones become one.
    public static let updateManagersMaximum = 10
    private static let ancient = "ancient-changes"

    /// Notes that a manager has changed an object by an update.
    ///
    /// - Parameters:
    ///   - old: The object before; only its `apiVersion` and `kind` if it is new.
    ///   - new: The object as it is stored.
    ///   - manager: Who has changed it.
    ///   - apiVersion: The version in which it was written.
    ///   - time: When, RFC 3339.
    public mutating func update(
        from old: JSON,
        to new: JSON,
        by manager: Manager,
        apiVersion: String,
        at time: String
    ) {
        let changes = FieldComparison(
            Self.owned(old),
            Self.owned(new),
            kind: new["kind"]?.string ?? ""
        )
        let changed = changes.added.union(changes.modified)
        for (other, entry) in entries where other != manager {
            setFields(entry.fields.subtracting(changed).subtracting(changes.removed), of: other)
        }
        let before = entries[manager]
        let fields = (before?.fields ?? FieldSet()).union(changed).subtracting(changes.removed)
        if changed.isEmpty, fields == before?.fields ?? FieldSet() { return }
        entries[manager] =
            fields.isEmpty ? nil : Entry(fields: fields, time: time, apiVersion: apiVersion)
        forgetAncient()
    }

    mutating func setFields(_ fields: FieldSet, of manager: Manager) {
        if fields.isEmpty { entries[manager] = nil } else { entries[manager]?.fields = fields }
    }

    private mutating func forgetAncient() {
        let updates = entries.filter { !$0.key.applies }
        let surplus = updates.count - Self.updateManagersMaximum
        guard surplus > 0 else { return }
        let oldest = updates.sorted {
            ($0.value.time ?? "", $0.key.name) < ($1.value.time ?? "", $1.key.name)
        }
        for (manager, entry) in oldest.prefix(surplus + 1) {
            entries[manager] = nil
            let ancient = Manager(Self.ancient, apiVersion: entry.apiVersion)
            let known = entries[ancient]?.fields ?? FieldSet()
            entries[ancient] = Entry(
                fields: known.union(entry.fields),
                time: entry.time,
                apiVersion: entry.apiVersion
            )
        }
    }

    /// The part of an object that somebody can own: without what the server writes.
    static func owned(_ object: JSON) -> JSON {
        var object = object
        object["apiVersion"] = nil
        object["kind"] = nil
        for field in serverFields { object["metadata"]?[field] = nil }
        return object
    }

    private static let serverFields = [
        "name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields",
        "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds",
    ]
}
