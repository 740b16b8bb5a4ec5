internal import Formats
internal import PodModel
internal import Security

/// The API's description as OpenAPI, made of the table of types: in version 3 a document for each group,
/// in version 2 one for all.
///
/// It is what `kubectl explain` shows and what clients check `--validate` against. Documents are made
/// when they are asked for; clients keep them by the hash in their URL or their entity tag.
enum OpenAPI {
    /// What names the state of all documents: it changes with the kinds, the types and their texts.
    static let hash: String = {
        let kinds = ResourceKind.served.map {
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
        let kinds = ResourceKind.served.filter { $0.group == group && $0.version == version }
        guard !kinds.isEmpty else { return nil }
        return [
            "openapi": "3.0.0", "info": information, "paths": paths(of: kinds, .v3),
            "components": ["schemas": OpenAPISchemas(of: kinds, .v3).schemas],
        ]
    }

    /// The document of all groups in version 2, which clients before 1.27 ask for.
    static var swagger: JSON {
        [
            "swagger": "2.0", "info": information, "paths": paths(of: ResourceKind.served, .v2),
            "definitions": OpenAPISchemas(of: ResourceKind.served, .v2).schemas,
        ]
    }

    private static var information: JSON {
        ["title": "Kubernetes", "version": .string(NodeAPISettings.gitVersion)]
    }

    // MARK: Paths

    private static func paths(of kinds: [ResourceKind], _ form: OpenAPISchemas.Form) -> JSON {
        var paths: JSON = [:]
        for kind in kinds { describe(kind, form, in: &paths) }
        return paths
    }

    private static func describe(
        _ kind: ResourceKind,
        _ form: OpenAPISchemas.Form,
        in paths: inout JSON
    ) {
        let root = kind.group.isEmpty ? "/api/\(kind.version)" : "/apis/\(kind.apiVersion)"
        let place = kind.isNamespaced ? "\(root)/namespaces/{namespace}" : root
        let collection = "\(place)/\(kind.resource)"
        paths[collection] = operations(kind, form, ["list", "create", "deletecollection"])
        if kind.isNamespaced, kind.verbs.contains("list") {
            paths["\(root)/\(kind.resource)"] = operations(kind, form, ["list"])
        }
        if kind.verbs.contains("get") {
            paths["\(collection)/{name}"] = operations(
                kind,
                form,
                ["get", "update", "patch", "delete"]
            )
        }
        for part in kind.subresources {
            var own = kind
            own.kind = part.kind
            own.verbs = part.verbs
            if !part.group.isEmpty { own.group = part.group }
            if !part.version.isEmpty { own.version = part.version }
            paths["\(collection)/{name}/\(part.name)"] = operations(
                own,
                form,
                ["get", "create", "update", "patch"]
            )
        }
    }

    private static let methods = [
        "list": "get", "get": "get", "create": "post", "update": "put", "patch": "patch",
        "delete": "delete", "deletecollection": "delete",
    ]

    private static func operations(
        _ kind: ResourceKind,
        _ form: OpenAPISchemas.Form,
        _ verbs: [String]
    ) -> JSON {
        var item: JSON = [:]
        for verb in verbs where kind.verbs.contains(verb) {
            guard let method = methods[verb] else { continue }
            var operation: JSON = [
                "x-kubernetes-action": .string(action(verb)),
                "x-kubernetes-group-version-kind": OpenAPISchemas.identity(kind),
                "responses": ["200": ["description": "OK"]],
            ]
            if ["create", "update", "patch"].contains(verb) {
                // Clients leave validation to the server where it takes this.
                let names = ["dryRun", "fieldManager", "fieldValidation"]
                operation["parameters"] = .array(
                    names.map { name in
                        let place: JSON = ["name": .string(name), "in": "query"]
                        return form.typed(place, "string")
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
}
