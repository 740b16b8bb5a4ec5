internal import Formats
internal import PodModel

/// The schemas of kinds and of all that they consist of, as a version of OpenAPI writes them.
struct OpenAPISchemas {
    /// A version of OpenAPI.
    enum Form {
        case v2
        case v3

        /// What a reference to a schema begins with.
        var prefix: String { self == .v2 ? "#/definitions/" : "#/components/schemas/" }

        /// A parameter with its type.
        func typed(_ parameter: JSON, _ type: String) -> JSON {
            var parameter = parameter
            switch self {
            case .v2: parameter["type"] = .string(type)
            case .v3: parameter["schema"] = ["type": .string(type)]
            }
            return parameter
        }
    }

    /// The schemas by their names.
    private(set) var schemas: JSON = [:]
    private let form: Form
    private let roots: [String: ResourceKind]
    /// What each type is called: after the first kind that has it.
    private var names: [String: String] = [:]

    /// Makes the schemas of some kinds.
    init(of kinds: [ResourceKind], _ form: Form) {
        self.form = form
        let kinds = kinds.filter { Schema.shared.type(named: $0.type) != nil }
        roots = Dictionary(kinds.map { ($0.type, $0) }) { first, _ in first }
        schemas = scalars
        for kind in kinds { names[kind.type] = Self.name(kind.type, kind) }
        for kind in kinds {
            add(kind.type, of: kind)
            guard kind.verbs.contains("list") else { continue }
            schemas[Self.name("\(kind.kind)List", kind)] = list(kind)
        }
    }

    /// How documents name a kind.
    static func identity(_ kind: ResourceKind) -> JSON {
        [
            "group": .string(kind.group), "version": .string(kind.version),
            "kind": .string(kind.kind),
        ]
    }

    // MARK: Names

    private static func name(_ type: String, _ kind: ResourceKind) -> String {
        let group = kind.group.isEmpty ? "core" : kind.group
        let type =
            type.hasSuffix(kind.typeSuffix) ? String(type.dropLast(kind.typeSuffix.count)) : type
        return "io.k8s.api.\(group).\(kind.version).\(type)"
    }

    private mutating func name(of type: String, _ kind: ResourceKind) -> String {
        if let known = names[type] { return known }
        let name = Self.name(type, kind)
        names[type] = name
        return name
    }

    private mutating func reference(_ type: String, _ kind: ResourceKind) -> JSON {
        reference(to: name(of: type, kind))
    }

    private func reference(to name: String) -> JSON { ["$ref": .string(form.prefix + name)] }

    // MARK: Types

    private mutating func list(_ kind: ResourceKind) -> JSON {
        var identity = Self.identity(kind)
        identity["kind"] = .string(kind.kind + "List")
        return [
            "type": "object", "required": ["items"],
            "properties": [
                "apiVersion": ["type": "string"], "kind": ["type": "string"],
                "metadata": ["type": "object"],
                "items": ["type": "array", "items": reference(kind.type, kind)],
            ],
            "x-kubernetes-group-version-kind": [identity],
        ]
    }

    private static let quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"
    private static let intOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
    private static let time = "io.k8s.apimachinery.pkg.apis.meta.v1.Time"

    /// The forms of scalars that clients know by these names.
    private var scalars: JSON {
        var schemas: JSON = [:]
        switch form {
        case .v2:
            // Version 2 has no alternatives; clients know these names and formats.
            schemas[Self.quantity] = ["type": "string"]
            schemas[Self.intOrString] = ["type": "string", "format": "int-or-string"]
        case .v3:
            schemas[Self.quantity] = ["oneOf": [["type": "string"], ["type": "number"]]]
            schemas[Self.intOrString] = [
                "oneOf": [["type": "integer"], ["type": "string"]], "format": "int-or-string",
            ]
        }
        schemas[Self.time] = ["type": "string", "format": "date-time"]
        return schemas
    }

    /// Adds a type and all that it consists of.
    private mutating func add(_ type: String, of kind: ResourceKind) {
        let key = name(of: type, kind)
        guard schemas[key] == nil, let known = Schema.shared.type(named: type) else { return }
        var properties: JSON = [:]
        var required: [String] = []
        var needed: [String] = []
        for field in known.fields.values.sorted(by: { $0.name < $1.name }) {
            properties[field.name] = property(field, of: type, kind, &needed)
            if field.isRequired { required.append(field.name) }
        }
        var schema: JSON = ["type": "object"]
        if let text = SchemaDescriptions.of(type) { schema["description"] = .string(text) }
        if properties.object?.isEmpty == false { schema["properties"] = properties }
        if !required.isEmpty { schema["required"] = .strings(required) }
        if known.isAtomic { schema["x-kubernetes-map-type"] = "atomic" }
        if let root = roots[type] {
            schema["x-kubernetes-group-version-kind"] = [Self.identity(root)]
        }
        schemas[key] = schema
        for other in needed { add(other, of: kind) }
    }

    private mutating func property(
        _ field: Schema.Field,
        of type: String,
        _ kind: ResourceKind,
        _ needed: inout [String]
    ) -> JSON {
        var schema = schema(field.type, kind, &needed)
        if let text = SchemaDescriptions.of(type, field.name) {
            // In version 3 nothing else counts beside a reference.
            if let reference = schema["$ref"], form == .v3 {
                schema = ["allOf": [["$ref": reference]]]
            }
            schema["description"] = .string(text)
        }
        if case .list = field.type {
            if field.isAtomic {
                schema["x-kubernetes-list-type"] = "atomic"
            } else if !field.listKeys.isEmpty {
                schema["x-kubernetes-list-type"] = "map"
                schema["x-kubernetes-list-map-keys"] = .strings(field.listKeys)
            } else if field.isSet {
                schema["x-kubernetes-list-type"] = "set"
            }
        }
        if let key = field.mergeKey {
            schema["x-kubernetes-patch-merge-key"] = .string(key)
            schema["x-kubernetes-patch-strategy"] = field.retainsKeys ? "merge,retainKeys" : "merge"
        } else if field.isSet {
            schema["x-kubernetes-patch-strategy"] = "merge"
        } else if field.retainsKeys {
            schema["x-kubernetes-patch-strategy"] = "retainKeys"
        }
        return schema
    }

    private mutating func schema(
        _ type: Schema.FieldType,
        _ kind: ResourceKind,
        _ needed: inout [String]
    ) -> JSON {
        switch type {
        case .string: return ["type": "string"]
        case .int: return ["type": "integer", "format": "int32"]
        case .long: return ["type": "integer", "format": "int64"]
        case .bool: return ["type": "boolean"]
        case .quantity: return reference(to: Self.quantity)
        case .intOrString: return reference(to: Self.intOrString)
        case .time: return reference(to: Self.time)
        case .bytes: return ["type": "string", "format": "byte"]
        case .any:
            // Without a type clients of version 2 take anything.
            return form == .v2
                ? [:] : ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        case .object(let name):
            guard Schema.shared.type(named: name) != nil else { return ["type": "object"] }
            needed.append(name)
            return reference(name, kind)
        case .list(let element):
            return ["type": "array", "items": schema(element, kind, &needed)]
        case .map(let element):
            return ["type": "object", "additionalProperties": schema(element, kind, &needed)]
        }
    }
}
