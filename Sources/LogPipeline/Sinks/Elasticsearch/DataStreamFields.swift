import Records

/// The parts of a data stream's name in a record's own fields: `data_stream.type`, `.dataset`, `.namespace`.
///
/// As Vector's `auto_routing` and `sync_fields` have it (vector `src/sinks/elasticsearch/common.rs`).
struct DataStreamFields {
    private let routes: Bool
    private let sets: Bool

    private static let map = "data_stream"
    private static let parts = ["type", "dataset", "namespace"]

    init(_ settings: ElasticsearchSettings) {
        routes = settings.isDataStream && settings.routesByFields
        sets = settings.isDataStream && settings.setsStreamFields
    }

    /// Whether a record must be looked at or changed.
    var isNeeded: Bool { routes || sets }

    /// The stream of a record: its own parts take the place of the name's.
    func name(_ name: [UInt8], _ fields: Fields) -> [UInt8] {
        guard routes, case .object(let own)? = fields[Self.map] else { return name }
        var parts = Self.split(name)
        guard parts.count == Self.parts.count else { return name }
        for (place, part) in Self.parts.enumerated() {
            if let value = own[part], value != .null { parts[place] = ValueText.text(value) }
        }
        return Array(parts.joined(separator: "-").utf8)
    }

    /// Sets the parts that a record does not have.
    func set(_ name: [UInt8], in event: inout Event) {
        guard sets else { return }
        let parts = Self.split(name)
        guard parts.count == Self.parts.count else { return }
        var own = Fields()
        if let value = event.fields[Self.map] {
            // Something else has that name: it stays.
            guard case .object(let fields) = value else { return }
            own = fields
        }
        for (place, part) in Self.parts.enumerated() where own[part] == nil {
            own.append(part, .text(parts[place]))
        }
        event.fields.update(Self.map, .object(own))
    }

    /// `type-dataset-namespace`; only the namespace may have dashes itself.
    private static func split(_ name: [UInt8]) -> [String] {
        String(decoding: name, as: UTF8.self)
            .split(separator: "-", maxSplits: parts.count - 1, omittingEmptySubsequences: false)
            .map(String.init)
    }
}
