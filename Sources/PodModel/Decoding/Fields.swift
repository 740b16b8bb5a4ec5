internal import Basics
internal import Formats

/// The members of a JSON object, read by type; a `null` member counts as missing.
struct Fields {
    private let object: JSONObject

    init(_ json: JSON) throws(ModelError) {
        switch json {
        case .object(let object): self.object = object
        case .null: self.object = JSONObject()
        default: throw ModelError("an object is expected, not \(json.kind)")
        }
    }

    /// The keys that are present, in order.
    var keys: [String] { object.keys }

    /// The raw member.
    subscript(key: String) -> JSON? {
        guard let value = object[key], value != .null else { return nil }
        return value
    }

    func string(_ key: String) throws(ModelError) -> String? {
        switch self[key] {
        case nil: nil
        case .string(let text): text
        case .some(let other): throw mismatch(key, "a string", other)
        }
    }

    func text(_ key: String, or fallback: String = "") throws(ModelError) -> String {
        try string(key) ?? fallback
    }

    func flag(_ key: String) throws(ModelError) -> Bool? {
        switch self[key] {
        case nil: nil
        case .bool(let flag): flag
        case .some(let other): throw mismatch(key, "true or false", other)
        }
    }

    func int(_ key: String) throws(ModelError) -> Int? {
        switch self[key] {
        case nil: nil
        case .int(let number): Int(number)
        case .some(let other): throw mismatch(key, "a whole number", other)
        }
    }

    func intOrString(_ key: String) throws(ModelError) -> IntOrString? {
        switch self[key] {
        case nil: nil
        case .int(let number): .int(Int(number))
        case .string(let text): .string(text)
        case .some(let other): throw mismatch(key, "a whole number or a string", other)
        }
    }

    func quantity(_ key: String) throws(ModelError) -> Quantity? {
        guard let value = self[key] else { return nil }
        return try Self.quantity(value, .key(key))
    }

    func time(_ key: String) throws(ModelError) -> Timestamp? {
        guard let text = try string(key) else { return nil }
        guard let stamp = Timestamp(rfc3339: text) else {
            throw ModelError("a time such as 2006-01-02T15:04:05Z is expected, not \"\(text)\"")
                .within(.key(key))
        }
        return stamp
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String
    ) throws(ModelError) -> Choice? {
        guard let text = try string(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw ModelError("one of \(names) is expected, not \"\(text)\"").within(.key(key))
        }
        return choice
    }

    func object<Value: ModelObject>(_ key: String) throws(ModelError) -> Value? {
        guard let value = self[key] else { return nil }
        do {
            return try Value(json: value)
        } catch {
            throw error.within(.key(key))
        }
    }

    private func mismatch(_ key: String, _ expected: String, _ found: JSON) -> ModelError {
        ModelError("\(expected) is expected, not \(found.kind)").within(.key(key))
    }

    private static func quantity(
        _ value: JSON,
        _ step: FieldPath.Step
    ) throws(ModelError) -> Quantity {
        do {
            return try Quantity(json: value)
        } catch {
            throw ModelError(error.what).within(step)
        }
    }
}

// MARK: Lists and maps

extension Fields {
    func items(_ key: String) throws(ModelError) -> [JSON] {
        switch self[key] {
        case nil: []
        case .array(let items): items
        case .some(let other): throw mismatch(key, "a list", other)
        }
    }

    func objects<Value: ModelObject>(_ key: String) throws(ModelError) -> [Value] {
        try list(key) { (item) throws(ModelError) in try Value(json: item) }
    }

    func strings(_ key: String) throws(ModelError) -> [String] {
        try list(key) { (item) throws(ModelError) in
            guard case .string(let text) = item else {
                throw ModelError("a string is expected, not \(item.kind)")
            }
            return text
        }
    }

    func ints(_ key: String) throws(ModelError) -> [Int] {
        try list(key) { (item) throws(ModelError) in
            guard case .int(let number) = item else {
                throw ModelError("a whole number is expected, not \(item.kind)")
            }
            return Int(number)
        }
    }

    func stringMap(_ key: String) throws(ModelError) -> [String: String] {
        try map(key) { (name, value) throws(ModelError) in
            guard case .string(let text) = value else {
                throw ModelError("a string is expected, not \(value.kind)").within(.key(name))
            }
            return text
        }
    }

    func quantities(_ key: String) throws(ModelError) -> [String: Quantity] {
        try map(key) { (name, value) throws(ModelError) in
            try Self.quantity(value, .key(name))
        }
    }

    func bytes(_ key: String) throws(ModelError) -> [String: [UInt8]] {
        try map(key) { (name, value) throws(ModelError) in
            guard case .string(let text) = value, let bytes = Base64.decode(text) else {
                throw ModelError("base64 text is expected").within(.key(name))
            }
            return bytes
        }
    }

    private func list<Value>(
        _ key: String,
        _ read: (JSON) throws(ModelError) -> Value
    ) throws(ModelError) -> [Value] {
        var values: [Value] = []
        for (index, item) in try items(key).enumerated() {
            do {
                values.append(try read(item))
            } catch {
                throw error.within(.index(index)).within(.key(key))
            }
        }
        return values
    }

    private func map<Value>(
        _ key: String,
        _ read: (String, JSON) throws(ModelError) -> Value
    ) throws(ModelError) -> [String: Value] {
        guard let value = self[key] else { return [:] }
        guard case .object(let object) = value else { throw mismatch(key, "an object", value) }
        var values: [String: Value] = [:]
        for (name, value) in object.members {
            do {
                values[name] = try read(name, value)
            } catch {
                throw error.within(.key(key))
            }
        }
        return values
    }
}
