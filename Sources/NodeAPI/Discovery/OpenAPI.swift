internal import Formats
internal import PodModel
internal import Security

/// The API's description as OpenAPI v3, made of the table of types: a document for each group.
///
/// It is what `kubectl explain` shows and what clients check `--validate` against. Documents are made
/// when they are asked for; clients keep them by the hash in their URL.
enum OpenAPI {
    /// What names the state of all documents: it changes with the kinds, the types and their texts.
    static let hash: String = {
        let kinds = ResourceKind.all.map {
            "\($0.apiVersion) \($0.kind) \($0.verbs) \($0.subresources)"
        }
        let text =
            kinds.joined(separator: "\n") + Schema.shared.fingerprint
            + SchemaDescriptions.fingerprint
        return Digest.hexadecimal(Array(Digest.sha256(text).prefix(16)))
    }()

    /// Where each group's document is.
    static var index: JSON {
        var paths: JSON = [:]
        for (group, version) in ResourceKind.groupVersions {
            let path = group.isEmpty ? "api/\(version)" : "apis/\(group)/\(version)"
            paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(hash)")]
        }
        return ["paths": paths]
    }

    /// The document of a group; `nil` if there is no such group.
    static func document(group: String, version: String) -> JSON? {
        let kinds = ResourceKind.all.filter { $0.group == group && $0.version == version }
        guard !kinds.isEmpty else { return nil }
        var paths: JSON = [:]
        for kind in kinds { describe(kind, in: &paths) }
        var schemas: JSON = scalars
        for kind in kinds {
            add(kind.kind, of: kind, to: &schemas)
            guard kind.verbs.contains("list") else { continue }
            schemas[name("\(kind.kind)List", kind)] = list(kind)
        }
        return [
            "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": "v1.33.1"],
            "paths": paths, "components": ["schemas": schemas],
        ]
    }

    // MARK: Paths

    private static func describe(_ kind: ResourceKind, in paths: inout JSON) {
        let root = kind.group.isEmpty ? "/api/\(kind.version)" : "/apis/\(kind.apiVersion)"
        let place = kind.isNamespaced ? "\(root)/namespaces/{namespace}" : root
        let collection = "\(place)/\(kind.resource)"
        paths[collection] = operations(kind, ["list", "create", "deletecollection"])
        if kind.isNamespaced, kind.verbs.contains("list") {
            paths["\(root)/\(kind.resource)"] = operations(kind, ["list"])
        }
        if kind.verbs.contains("get") {
            paths["\(collection)/{name}"] = operations(kind, ["get", "update", "patch", "delete"])
        }
        for part in kind.subresources {
            var own = kind
            own.kind = part.kind
            own.verbs = part.verbs
            if !part.group.isEmpty { own.group = part.group }
            if !part.version.isEmpty { own.version = part.version }
            paths["\(collection)/{name}/\(part.name)"] = operations(
                own,
                ["get", "create", "update", "patch"]
            )
        }
    }

    private static let methods = [
        "list": "get", "get": "get", "create": "post", "update": "put", "patch": "patch",
        "delete": "delete", "deletecollection": "delete",
    ]

    private static func operations(_ kind: ResourceKind, _ verbs: [String]) -> JSON {
        var item: JSON = [:]
        for verb in verbs where kind.verbs.contains(verb) {
            guard let method = methods[verb] else { continue }
            var operation: JSON = [
                "x-kubernetes-action": .string(action(verb)),
                "x-kubernetes-group-version-kind": identity(kind),
                "responses": ["200": ["description": "OK"]],
            ]
            if ["create", "update", "patch"].contains(verb) {
                // Clients leave validation to the server where it takes this.
                let names = ["dryRun", "fieldManager", "fieldValidation"]
                operation["parameters"] = .array(
                    names.map { name in
                        ["name": .string(name), "in": "query", "schema": ["type": "string"]]
                    }
                )
            }
            item[method] = operation
        }
        return item
    }

    private static func action(_ verb: String) -> String {
        switch verb {
        case "create": "post"
        case "update": "put"
        default: verb
        }
    }

    private static func identity(_ kind: ResourceKind) -> JSON {
        [
            "group": .string(kind.group), "version": .string(kind.version),
            "kind": .string(kind.kind),
        ]
    }

    // MARK: Schemas

    private static func name(_ type: String, _ kind: ResourceKind) -> String {
        let group = kind.group.isEmpty ? "core" : kind.group
        return "io.k8s.api.\(group).\(kind.version).\(type)"
    }

    private static func reference(_ type: String, _ kind: ResourceKind) -> JSON {
        ["$ref": .string("#/components/schemas/\(name(type, kind))")]
    }

    private static func list(_ kind: ResourceKind) -> JSON {
        var identity = identity(kind)
        identity["kind"] = .string(kind.kind + "List")
        return [
            "type": "object", "required": ["items"],
            "properties": [
                "apiVersion": ["type": "string"], "kind": ["type": "string"],
                "metadata": ["type": "object"],
                "items": ["type": "array", "items": reference(kind.kind, kind)],
            ],
            "x-kubernetes-group-version-kind": [identity],
        ]
    }

    private static let quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"
    private static let intOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
    private static let time = "io.k8s.apimachinery.pkg.apis.meta.v1.Time"

    /// The forms of scalars that clients know by these names.
    private static var scalars: JSON {
        var schemas: JSON = [:]
        schemas[quantity] = ["oneOf": [["type": "string"], ["type": "number"]]]
        schemas[intOrString] = [
            "oneOf": [["type": "integer"], ["type": "string"]], "format": "int-or-string",
        ]
        schemas[time] = ["type": "string", "format": "date-time"]
        return schemas
    }

    /// Adds a type and all that it consists of.
    private static func add(_ type: String, of kind: ResourceKind, to schemas: inout JSON) {
        let key = name(type, kind)
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
        if type == kind.kind { schema["x-kubernetes-group-version-kind"] = [identity(kind)] }
        schemas[key] = schema
        for other in needed { add(other, of: kind, to: &schemas) }
    }

    private static func property(
        _ field: Schema.Field,
        of type: String,
        _ kind: ResourceKind,
        _ needed: inout [String]
    ) -> JSON {
        var schema = Self.schema(field.type, kind, &needed)
        if let text = SchemaDescriptions.of(type, field.name) {
            // Beside a reference nothing else counts.
            if let reference = schema["$ref"] {
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

    private static func schema(
        _ type: Schema.FieldType,
        _ kind: ResourceKind,
        _ needed: inout [String]
    ) -> JSON {
        switch type {
        case .string: return ["type": "string"]
        case .int: return ["type": "integer", "format": "int32"]
        case .long: return ["type": "integer", "format": "int64"]
        case .bool: return ["type": "boolean"]
        case .quantity: return ["$ref": .string("#/components/schemas/\(quantity)")]
        case .intOrString: return ["$ref": .string("#/components/schemas/\(intOrString)")]
        case .time: return ["$ref": .string("#/components/schemas/\(time)")]
        case .bytes: return ["type": "string", "format": "byte"]
        case .any: return ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
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
