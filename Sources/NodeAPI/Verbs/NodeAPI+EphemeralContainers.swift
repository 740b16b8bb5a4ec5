internal import Formats
internal import ObjectStore
internal import PodModel

extension NodeAPI {
    /// Reads a pod, or adds ephemeral containers to it; whatever else a request changes is left as it was.
    ///
    /// Containers are added at the end, in the order of the request, wherever a patch has put them.
    func ephemeralContainers(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey
    ) throws(APIError) -> APIResponse {
        let old = try stored(target.kind, key)
        var inner = request
        switch request.method {
        case "GET": return try get(request, target, key)
        case "PUT": break
        case "PATCH":
            inner.body = try Self.patched(old, request, target.kind).bytes()
            inner.contentType = "application/json"
        default: throw .methodNotAllowed(request.method)
        }
        var reading = try BodyReader(kind: target.kind, request: inner).read()
        try place(&reading.object, in: target)
        try checkName(reading.object, key)
        var object = old
        let list = "ephemeralContainers"
        object["spec"]?[list] = Self.extended(
            old["spec"]?[list]?.array ?? [],
            by: reading.object["spec"]?[list]?.array ?? []
        )
        object = Defaults.apply(to: object, kind: target.kind.kind)
        let missing = reading.missing.filter { "\($0.path)".hasPrefix("spec.\(list)") }
        let errors = (missing + Validation.validateEphemeralContainers(object, from: old))
            .filter { !$0.isWarning }
        guard errors.isEmpty else { throw .invalid(target.kind, key.name, errors) }
        object["metadata"]?["resourceVersion"] = reading.object["metadata"]?["resourceVersion"]
        try track(&object, from: old, request, target.kind, subresource: "ephemeralcontainers")
        let updated = try storing(target.kind) { () throws(StoreError) in
            try request.isDryRun
                ? store.preview(updating: target.kind.resource, object, part: .body)
                : store.update(target.kind.resource, object, part: .body)
        }
        return APIResponse(200, updated, warnings: reading.warnings)
    }

    /// What is wanted, those that were there first.
    private static func extended(_ old: [JSON], by new: [JSON]) -> JSON? {
        guard !new.isEmpty else { return nil }
        let known = old.map { $0["name"] }
        let kept = old.compactMap { before in new.first { $0["name"] == before["name"] } }
        return .array(kept + new.filter { !known.contains($0["name"]) })
    }
}
