internal import Records

extension Value {
    /// What stands at a path; nil if nothing does.
    func at(_ path: ArraySlice<PathSegment>) -> Value? {
        guard let step = path.first else { return self }
        let rest = path.dropFirst()
        switch step {
        case .field(let name):
            guard case .object(let fields) = self, let place = fields.index(of: name) else {
                return nil
            }
            if rest.isEmpty { return fields.entries[place].value }
            return fields.entries[place].value.at(rest)
        case .index(let index):
            guard case .array(let items) = self else { return nil }
            let place = index < 0 ? items.count + index : index
            guard items.indices.contains(place) else { return nil }
            return items[place].at(rest)
        case .coalesce(let names):
            guard case .object(let fields) = self else { return nil }
            for name in names {
                if let place = fields.index(of: name) {
                    return fields.entries[place].value.at(rest)
                }
            }
            return nil
        }
    }

    /// Puts a value at a path; maps and lists on the way are made, whatever else is there is replaced.
    mutating func set(_ path: ArraySlice<PathSegment>, _ value: consuming Value) {
        guard let step = path.first else {
            self = value
            return
        }
        let rest = path.dropFirst()
        switch step {
        case .field(let name): setField(name, rest, value)
        case .index(let index): setItem(index, rest, value)
        case .coalesce(let names):
            var name = names[names.count - 1]
            if case .object(let fields) = self {
                name = names.first { fields.index(of: $0) != nil } ?? name
            }
            setField(name, rest, value)
        }
    }

    /// Puts a value into a field, which probably stands where it did in the map before; what is no map
    /// becomes one.
    mutating func update(field name: String, _ value: consuming Value, guess: inout Int) {
        guard case .object(var fields) = self else {
            self = .object([name: value])
            return
        }
        // The map moves out and back, so that it is changed where it is.
        self = .null
        fields.update(name, value, guess: &guess)
        self = .object(fields)
    }

    private mutating func setField(
        _ name: String,
        _ rest: ArraySlice<PathSegment>,
        _ value: consuming Value
    ) {
        guard case .object(var fields) = self else {
            var inner = Value.null
            inner.set(rest, value)
            self = .object([name: inner])
            return
        }
        // The map moves out and back, so that it is changed where it is.
        self = .null
        if rest.isEmpty {
            fields.update(name, value)
        } else if let place = fields.index(of: name) {
            var inner = fields.take(at: place)
            inner.set(rest, value)
            fields.put(inner, at: place)
        } else {
            var inner = Value.null
            inner.set(rest, value)
            fields.append(name, inner)
        }
        self = .object(fields)
    }

    private mutating func setItem(
        _ index: Int,
        _ rest: ArraySlice<PathSegment>,
        _ value: consuming Value
    ) {
        var items: [Value] = []
        if case .array(let found) = self { items = found }
        self = .null
        var place = index
        if index < 0 {
            place = items.count + index
            if place < 0 {
                items.insert(contentsOf: repeatElement(.null, count: -place), at: 0)
                place = 0
            }
        } else if index >= items.count {
            items.append(contentsOf: repeatElement(.null, count: index + 1 - items.count))
        }
        if rest.isEmpty {
            items[place] = value
        } else {
            items[place].set(rest, value)
        }
        self = .array(items)
    }

    /// Takes away what stands at a path, and gives it; maps and lists that it leaves empty go as well if
    /// it is `compact`.
    mutating func remove(_ path: ArraySlice<PathSegment>, compact: Bool) -> Value? {
        guard let step = path.first else {
            let before = self
            switch self {
            case .object: self = .object(Fields())
            case .array: self = .array([])
            default: self = .null
            }
            return before
        }
        let rest = path.dropFirst()
        // What is changed moves out and back, so that nothing else holds it meanwhile.
        switch step {
        case .field(let name):
            guard case .object(var fields) = self else { return nil }
            self = .null
            defer { self = .object(fields) }
            return Self.remove(name, rest, compact, from: &fields)
        case .coalesce(let names):
            guard case .object(var fields) = self else { return nil }
            self = .null
            defer { self = .object(fields) }
            guard let name = names.first(where: { fields.index(of: $0) != nil }) else { return nil }
            return Self.remove(name, rest, compact, from: &fields)
        case .index(let index):
            guard case .array(var items) = self else { return nil }
            let place = index < 0 ? items.count + index : index
            guard items.indices.contains(place) else { return nil }
            self = .null
            defer { self = .array(items) }
            if rest.isEmpty { return items.remove(at: place) }
            let found = items[place].remove(rest, compact: compact)
            if compact, found != nil, items[place].isEmptyContainer { items.remove(at: place) }
            return found
        }
    }

    private static func remove(
        _ name: String,
        _ rest: ArraySlice<PathSegment>,
        _ compact: Bool,
        from fields: inout Fields
    ) -> Value? {
        guard let place = fields.index(of: name) else { return nil }
        if rest.isEmpty {
            let found = fields.take(at: place)
            fields.remove(at: place)
            return found
        }
        var inner = fields.take(at: place)
        let found = inner.remove(rest, compact: compact)
        if compact, found != nil, inner.isEmptyContainer {
            fields.remove(at: place)
        } else {
            fields.put(inner, at: place)
        }
        return found
    }

    private var isEmptyContainer: Bool {
        switch self {
        case .object(let fields): fields.isEmpty
        case .array(let items): items.isEmpty
        default: false
        }
    }
}
