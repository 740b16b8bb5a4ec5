internal import Formats

/// A place in the objects of a kind, and how the parts of a value there are owned.
///
/// What the table of types does not know is taken as it looks: maps by their members, lists as a whole.
struct FieldPlace {
    /// How the parts of a value are owned.
    enum Granularity {
        /// The value is one field.
        case whole
        /// Each member of a map by itself.
        case members
        /// Each element of a list by itself, found by these keys.
        case items(keys: [String])
        /// Each scalar of a list by itself.
        case values
    }

    /// What the table says; nil where it does not know the place.
    private let field: Schema.Field?

    /// The whole object of a kind.
    init(kind: String) {
        field = Schema.shared.type(named: kind).map {
            Schema.Field(name: $0.name, type: .object(kind))
        }
    }

    private init(_ field: Schema.Field?) {
        self.field = field
    }

    func granularity(of value: JSON) -> Granularity {
        guard let field else { return value.object == nil ? .whole : .members }
        if field.isAtomic { return .whole }
        switch (field.type, value) {
        case (.object(let name), .object):
            return Schema.shared.type(named: name)?.isAtomic == true ? .whole : .members
        case (.map, .object), (.any, .object): return .members
        case (.list, .array) where !field.listKeys.isEmpty: return .items(keys: field.listKeys)
        case (.list, .array) where field.isSet: return .values
        default: return .whole
        }
    }

    /// Whether the type here has a member of that name, as `spec` and unlike a label.
    func declares(_ member: String) -> Bool {
        guard case .object(let name)? = field?.type else { return false }
        return Schema.shared.type(named: name)?.fields[member] != nil
    }

    func member(_ name: String) -> Self {
        switch field?.type {
        case .object(let type): Self(Schema.shared.type(named: type)?.fields[name])
        case .map(let element): Self(Schema.Field(name: name, type: element))
        default: Self(nil)
        }
    }

    var element: Self {
        guard let field, case .list(let element) = field.type else { return Self(nil) }
        return Self(Schema.Field(name: field.name, type: element))
    }

    func place(of step: FieldStep) -> Self {
        if case .member(let name) = step { member(name) } else { element }
    }

    // MARK: Elements of lists

    /// The step to an element of a list; nil if it lacks all keys.
    func step(to item: JSON, _ granularity: Granularity) -> FieldStep? {
        guard case .items(let keys) = granularity else { return .value(item) }
        var values = JSONObject()
        for key in keys {
            if let value = item[key], !value.isNull {
                values[key] = value
            } else {
                values[key] = Self.keyDefaults[key]
            }
        }
        return values.isEmpty ? nil : .item(values)
    }

    /// The elements of a list by their steps; the first of those that have the same.
    func elements(of list: [JSON], _ granularity: Granularity) -> [FieldStep: JSON] {
        var elements: [FieldStep: JSON] = [:]
        for item in list {
            guard let step = step(to: item, granularity), elements[step] == nil else { continue }
            elements[step] = item
        }
        return elements
    }

    /// What a key is if an element does not say so.
    private static let keyDefaults: [String: JSON] = ["protocol": "TCP"]
}
