internal import Formats
internal import ObjectStore

extension NodeAPI {
    /// Deletes one object: pods with grace, namespaces with what is in them, others at once.
    func delete(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey
    ) throws(APIError) -> APIResponse {
        guard target.kind.verbs.contains("delete") else { throw .methodNotAllowed("DELETE") }
        let options = try DeleteOptions(request)
        let object = try stored(target.kind, key)
        let deletion = try delete(target.kind, key, object, options, isDryRun: request.isDryRun)
        if case .removed(let last) = deletion, !Self.answersWithObject.contains(target.kind.kind) {
            var status: JSON = [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
                "details": ["name": .string(key.name), "kind": .string(target.kind.resource)],
            ]
            if !target.kind.group.isEmpty {
                status["details"]?["group"] = .string(target.kind.group)
            }
            status["details"]?["uid"] = last["metadata"]?["uid"]
            return APIResponse(200, status)
        }
        return APIResponse(200, deletion.object)
    }

    private static let answersWithObject: Set<String> = [
        "Pod", "ServiceAccount", "PersistentVolumeClaim", "Namespace",
    ]

    /// Deletes all objects that a request selects.
    func deleteCollection(
        _ request: APIRequest,
        _ target: Target
    ) throws(APIError) -> APIResponse {
        guard target.kind.verbs.contains("deletecollection"), target.namespace != nil else {
            throw .methodNotAllowed("DELETE")
        }
        let options = try DeleteOptions(request)
        var items: [JSON] = []
        for (key, object) in store.entries(try selection(request, target)) {
            let deletion = try delete(target.kind, key, object, options, isDryRun: request.isDryRun)
            items.append(deletion.object)
        }
        return APIResponse(
            200,
            [
                "kind": .string(target.kind.kind + "List"),
                "apiVersion": .string(target.kind.apiVersion),
                "metadata": ["resourceVersion": .string(String(store.version))],
                "items": .array(items),
            ]
        )
    }

    /// Deletes an object that was found.
    func delete(
        _ kind: ResourceKind,
        _ key: ObjectKey,
        _ object: JSON,
        _ options: DeleteOptions,
        isDryRun: Bool
    ) throws(APIError) -> ObjectStore.Deletion {
        if kind == .namespaces, ["default", "kube-system"].contains(key.name) {
            throw .forbidden(kind, key.name, "this namespace may not be deleted")
        }
        let grace = options.grace(of: object, kind)
        let finalizers = kind == .namespaces ? nil : options.finalizers(of: object)
        if isDryRun {
            var object = object
            if let finalizers { object["metadata"]?["finalizers"] = .strings(finalizers) }
            return store.preview(deleting: object, grace: grace).map { .marked($0) }
                ?? .removed(object)
        }
        if options.propagation == .orphan {
            try storing(kind) { () throws(StoreError) in try orphan(object) }
        }
        return try storing(kind) { () throws(StoreError) in
            if kind == .namespaces { return try terminate(namespace: key, object, options) }
            return try store.delete(
                key,
                grace: grace,
                uid: options.uid,
                resourceVersion: options.resourceVersion,
                finalizers: finalizers
            )
        }
    }

    /// Strips the references to an owner that goes without its dependents.
    private func orphan(_ owner: JSON) throws(StoreError) {
        guard let uid = owner["metadata"]?["uid"]?.string else { return }
        for (_, object) in store.entries(ObjectQuery()) where Self.owners(of: object).contains(uid)
        {
            try store.modify(uid: object["metadata"]?["uid"]?.string ?? "") { object in
                let rest = object["metadata"]?["ownerReferences"]?.array?
                    .filter { $0["uid"]?.string != uid }
                object["metadata"]?["ownerReferences"] = rest.map { .array($0) }
            }
        }
    }

    static func owners(of object: JSON) -> [String] {
        object["metadata"]?["ownerReferences"]?.array?.compactMap { $0["uid"]?.string } ?? []
    }

    /// Marks a namespace; it goes when nothing is left in it.
    private func terminate(
        namespace key: ObjectKey,
        _ object: JSON,
        _ options: DeleteOptions
    ) throws(StoreError) -> ObjectStore.Deletion {
        let deletion = try store.delete(
            key,
            uid: options.uid,
            resourceVersion: options.resourceVersion
        )
        guard case .marked(let object) = deletion else { return deletion }
        return .marked(
            try store.updateStatus(
                uid: object["metadata"]?["uid"]?.string ?? "",
                ["phase": "Terminating"]
            )
        )
    }
}
