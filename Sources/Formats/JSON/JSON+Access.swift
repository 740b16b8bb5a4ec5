extension JSON {
    /// The text of a string.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number of an integer.
    public var int: Int? {
        if case .int(let number) = self { Int(number) } else { nil }
    }

    /// The number of an integer or other number.
    public var double: Double? {
        switch self {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    /// The truth of a boolean.
    public var bool: Bool? {
        if case .bool(let truth) = self { truth } else { nil }
    }

    /// The elements of an array.
    public var array: [JSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members of an object.
    public var object: JSONObject? {
        if case .object(let members) = self { members } else { nil }
    }

    /// Whether this is `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// What this is, in the words of an error message: `a string`, `an object`.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int: "an integer"
        case .double: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "a map"
        }
    }

    /// The member of an object; `nil` if this is no object or has no such member.
    ///
    /// Setting works on objects and on `null`, which becomes an object; other values are replaced.
    public subscript(key: String) -> JSON? {
        get {
            if case .object(let members) = self { members[key] } else { nil }
        }
        set {
            var members = takeObject()
            members[key] = newValue
            self = .object(members)
        }
        _modify {
            var members = takeObject()
            defer { self = .object(members) }
            yield &members[key]
        }
    }

    /// The element of an array; `nil` if this is no array or has no such element.
    ///
    /// Setting an element that does not exist, or to `nil`, does nothing.
    public subscript(index: Int) -> JSON? {
        get {
            if case .array(let elements) = self, elements.indices.contains(index) {
                elements[index]
            } else {
                nil
            }
        }
        set {
            guard let newValue, case .array(var elements) = self, elements.indices.contains(index)
            else { return }
            self = .null
            elements[index] = newValue
            self = .array(elements)
        }
    }

    /// The value at the end of a path; `nil` if the path leads nowhere.
    public func value(at path: FieldPath) -> JSON? {
        var value = self
        for step in path.steps {
            let next: JSON? =
                switch step {
                case .key(let key): value[key]
                case .index(let index): value[index]
                }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    /// Puts a value at the end of a path, making objects on the way; `nil` removes.
    ///
    /// A step into an element that does not exist does nothing.
    public mutating func set(_ value: JSON?, at path: FieldPath) {
        set(value, at: path.steps[...])
    }

    private mutating func set(_ value: JSON?, at steps: ArraySlice<FieldPath.Step>) {
        guard let step = steps.first else {
            self = value ?? .null
            return
        }
        let isLast = steps.count == 1
        switch step {
        case .key(let key):
            if isLast {
                if value == nil, object == nil { return }
                self[key] = value
            } else {
                guard value != nil || self[key] != nil else { return }
                var child = self[key] ?? .object(JSONObject())
                if child.isNull { child = .object(JSONObject()) }
                child.set(value, at: steps.dropFirst())
                self[key] = child
            }
        case .index(let index):
            guard case .array(var elements) = self, elements.indices.contains(index) else { return }
            if isLast, value == nil {
                elements.remove(at: index)
            } else {
                elements[index].set(value, at: steps.dropFirst())
            }
            self = .array(elements)
        }
    }

    private mutating func takeObject() -> JSONObject {
        guard case .object(let members) = self else { return JSONObject() }
        self = .null
        return members
    }
}
