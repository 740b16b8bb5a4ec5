public import Formats

/// The types of the API objects as data: which fields there are, of what type, how lists merge.
///
/// The table is written as text, one type per paragraph and one field per line:
///
///     PodSpec
///       containers [Container]! key=name merge=name
///
/// A type is `string`, `int` (32 bits), `long` (64 bits), `bool`, `quantity`, `intstr`, `time`,
/// `bytes` (base64), `any`, the name of another type, `[...]` or `{...}` (a map). `!` marks a field
/// that must be there and not empty; `key=` names the list-map keys, `merge=` the key of strategic
/// merge patch, `set` a list of scalars that patches merge, `retain` the `retainKeys` strategy,
/// `atomic` a field, or behind its name a type, that server-side apply treats as a whole.
/// `+Type` takes over another type's fields.
public struct Schema: Sendable {
    /// What a field holds.
    public indirect enum FieldType: Sendable, Hashable {
        /// A text.
        case string
        /// A whole number of 32 bits.
        case int
        /// A whole number of 64 bits.
        case long
        /// True or false.
        case bool
        /// An amount of a resource.
        case quantity
        /// A whole number or a text.
        case intOrString
        /// A time in RFC 3339.
        case time
        /// Bytes in base64.
        case bytes
        /// Anything.
        case any
        /// An object of that type.
        case object(String)
        /// A list of such.
        case list(FieldType)
        /// A map from keys to such.
        case map(FieldType)
    }

    /// One field of a type.
    public struct Field: Sendable, Hashable {
        /// The name.
        public var name: String
        /// What it holds.
        public var type: FieldType
        /// Whether it must be there and not empty.
        public var isRequired = false
        /// The keys that identify an element of a list; empty for a list without identity.
        public var listKeys: [String] = []
        /// The key by which strategic merge patch finds an element; nil replaces the list.
        public var mergeKey: String?
        /// Whether a list of scalars is merged as a set by patches.
        public var isSet = false
        /// Whether a patch may name the keys that shall stay.
        public var retainsKeys = false
        /// Whether one manager owns the whole value.
        public var isAtomic = false
    }

    /// One type of object.
    public struct ObjectType: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The fields by name.
        public var fields: [String: Field] = [:]
        /// Whether one manager owns the whole object.
        public var isAtomic = false
    }

    /// The table of all types that Remora reads.
    public static let shared = Self(
        [
            podTypes, containerTypes, volumeTypes, objectTypes, workloadTypes, batchTypes,
            disruptionTypes,
            serviceTypes, policyTypes, statusTypes, nodeTypes,
            networkingTypes, autoscalingTypes,
        ].joined(separator: "\n")
    )

    private let types: [String: ObjectType]
    /// The text that the table was made of: it tells one table from another.
    public let fingerprint: String

    /// The type of that name, such as `PodSpec`.
    public func type(named name: String) -> ObjectType? { types[name] }

    /// The names of all types, sorted.
    public var typeNames: [String] { types.keys.sorted() }

    /// The field at the end of a path that starts in an object of type `root`.
    ///
    /// Indices and the keys of maps are followed to the type of the element; nil if the path leads
    /// out of what the table knows.
    public func field(at path: FieldPath, in root: String) -> Field? {
        var current = Field(name: root, type: .object(root))
        for step in path.steps {
            switch (step, current.type) {
            case (.key(let key), .object(let name)):
                guard let next = types[name]?.fields[key] else { return nil }
                current = next
            case (.index, .list(let element)):
                current = Field(name: current.name, type: element)
            case (.key, .map(let element)):
                current = Field(name: current.name, type: element)
            default:
                return nil
            }
        }
        return current
    }
}

// MARK: Reading the table

extension Schema {
    init(_ text: String) {
        var types: [String: ObjectType] = [:]
        var name = ""
        for line in text.split(separator: "\n") {
            if line.first == " " {
                let words = line.split(separator: " ").map(String.init)
                if words[0].first == "+" {
                    let base = String(words[0].dropFirst())
                    let fields = types[base]?.fields ?? Self.forward(base, in: text)
                    types[name]?.fields.merge(fields) { own, _ in own }
                } else {
                    types[name]?.fields[words[0]] = Self.field(words)
                }
            } else {
                let words = line.split(separator: " ").map(String.init)
                name = words[0]
                types[name] = ObjectType(name: name, isAtomic: words.contains("atomic"))
            }
        }
        self.types = types
        fingerprint = text
    }

    /// The fields of a type that stands further down in the table.
    private static func forward(_ name: String, in text: String) -> [String: Field] {
        var fields: [String: Field] = [:]
        var isInside = false
        for line in text.split(separator: "\n") {
            if line.first != " " {
                isInside = line.split(separator: " ").first.map(String.init) == name
            } else if isInside {
                let words = line.split(separator: " ").map(String.init)
                fields[words[0]] = field(words)
            }
        }
        return fields
    }

    private static func field(_ words: [String]) -> Field {
        var typeName = Substring(words[1])
        var field = Field(name: words[0], type: .any)
        if typeName.last == "!" {
            field.isRequired = true
            typeName.removeLast()
        }
        field.type = type(typeName)
        for word in words.dropFirst(2) {
            let parts = word.split(separator: "=").map(String.init)
            switch parts[0] {
            case "key": field.listKeys = parts[1].split(separator: ",").map(String.init)
            case "merge": field.mergeKey = parts[1]
            case "set": field.isSet = true
            case "retain": field.retainsKeys = true
            case "atomic": field.isAtomic = true
            default: preconditionFailure("unknown word in the schema table: \(word)")
            }
        }
        return field
    }

    private static func type(_ name: Substring) -> FieldType {
        switch name.first {
        case "[": return .list(type(name.dropFirst().dropLast()))
        case "{": return .map(type(name.dropFirst().dropLast()))
        default: break
        }
        switch name {
        case "string": return .string
        case "int": return .int
        case "long": return .long
        case "bool": return .bool
        case "quantity": return .quantity
        case "intstr": return .intOrString
        case "time": return .time
        case "bytes": return .bytes
        case "any": return .any
        default: return .object(String(name))
        }
    }
}
