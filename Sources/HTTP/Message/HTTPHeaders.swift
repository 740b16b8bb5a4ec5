/// The header fields of a message, in order; names compare without regard to ASCII case.
public struct HTTPHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One field line.
    public struct Field: Sendable, Hashable {
        /// The name as it was sent or will be sent.
        public var name: String
        /// The value without leading and trailing blanks.
        public var value: String

        /// Makes a field.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// All field lines in order.
    public private(set) var fields: [Field]

    /// No fields.
    public init() {
        fields = []
    }

    /// Makes the fields from a list, keeping its order and repetitions.
    public init(_ fields: [(String, String)]) {
        self.fields = fields.map { Field(name: $0.0, value: $0.1) }
    }

    /// Makes the fields from a literal, keeping its order and repetitions.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }

    /// How many field lines there are.
    public var count: Int { fields.count }

    /// Whether there is no field line.
    public var isEmpty: Bool { fields.isEmpty }

    /// The value of the first field of that name; setting replaces all of them, `nil` removes them.
    public subscript(name: String) -> String? {
        get { fields.first { HTTPSyntax.equal($0.name, name) }?.value }
        set {
            guard let newValue else { return remove(name) }
            if let index = fields.firstIndex(where: { HTTPSyntax.equal($0.name, name) }) {
                fields[index].value = newValue
                var position = index + 1
                while position < fields.count {
                    if HTTPSyntax.equal(fields[position].name, name) {
                        fields.remove(at: position)
                    } else {
                        position += 1
                    }
                }
            } else {
                append(name, newValue)
            }
        }
    }

    /// The values of all fields of that name, in order.
    public func values(_ name: String) -> [String] {
        fields.compactMap { HTTPSyntax.equal($0.name, name) ? $0.value : nil }
    }

    /// Adds a field line at the end.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Removes all fields of that name.
    public mutating func remove(_ name: String) {
        fields.removeAll { HTTPSyntax.equal($0.name, name) }
    }

    /// The members of a comma-separated list field, over all its lines, without blanks.
    public func list(_ name: String) -> [String] {
        values(name).flatMap { value in
            value.split(separator: ",").map { HTTPSyntax.trimmed($0) }.filter { !$0.isEmpty }
        }
    }

    /// Whether a list field, such as `Connection`, has that member (ASCII case ignored).
    public func list(_ name: String, contains member: String) -> Bool {
        for field in fields where HTTPSyntax.equal(field.name, name) {
            for part in field.value.split(separator: ",")
            where HTTPSyntax.equal(HTTPSyntax.trimmed(part), member) {
                return true
            }
        }
        return false
    }
}
