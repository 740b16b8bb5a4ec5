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
        // Moved out and back, so that a list that grows is not copied.
        switch fields.take(at: place) {
        case .boolean(true): fields.put(value, at: place)
        case .array(var list):
            list.append(value)
            fields.put(.array(list), at: place)
        case let known: fields.put(.array([known, value]), at: place)
        }
    }

    /// Changes a field that is there.
    public mutating func put(_ value: Value, at place: Int) {
        fields.put(value, at: place)
    }
}
