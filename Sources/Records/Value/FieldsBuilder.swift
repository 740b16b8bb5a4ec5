/// Puts fields of texts from outside together.
///
/// A field is found by looking at each while they are few, and by its hash when they are many, so that a
/// hostile text of many names costs no more than its length.
public struct FieldsBuilder: Sendable {
    /// The fields so far.
    public private(set) var fields: Fields
    private var places: [String: Int] = [:]
    private static let fewMaximum = 24

    /// Begins with no field.
    public init(capacity: Int = 0) {
        fields = Fields(capacity: min(capacity, 1024))
    }

    /// Where a field stands; nil if there is none of that name.
    public mutating func place(of key: String) -> Int? {
        if fields.count <= Self.fewMaximum { return fields.index(of: key) }
        if places.isEmpty {
            for (index, entry) in fields.entries.enumerated() { places[entry.key] = index }
        }
        return places[key]
    }

    /// Sets a field; one that is there keeps its place.
    public mutating func set(_ key: String, _ value: Value) {
        if let place = place(of: key) {
            fields.put(value, at: place)
        } else {
            if !places.isEmpty { places[key] = fields.count }
            fields.append(key, value)
        }
    }

    /// Adds a value to a field that is there: one that is true is replaced, a list grows, and of another
    /// value and the new one a list is made.
    mutating func add(_ value: Value, at place: Int) {
        if var list = list(at: place) {
            // Nothing else may refer to the list while it grows, or each value would copy it.
            fields.put(.boolean(true), at: place)
            list.append(value)
            fields.put(.array(list), at: place)
        } else if case .boolean(true) = fields.entries[place].value {
            fields.put(value, at: place)
        } else {
            fields.put(.array([fields.entries[place].value, value]), at: place)
        }
    }

    private func list(at place: Int) -> [Value]? {
        if case .array(let list) = fields.entries[place].value { list } else { nil }
    }

    /// Changes a field that is there.
    public mutating func put(_ value: Value, at place: Int) {
        fields.put(value, at: place)
    }
}
