internal import Formats
internal import ObjectStore
internal import PodModel

extension NodeAPI {
    /// Replaces an object, or its status.
    func update(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey,
        _ part: ObjectStore.Part
    ) throws(APIError) -> APIResponse {
        guard target.kind.verbs.contains("update") else { throw .methodNotAllowed("PUT") }
        let old = try stored(target.kind, key)
        var reading = try BodyReader(kind: target.kind, request: request).read()
        try place(&reading.object, in: target)
        return try replace(request, target, key, old, reading, part)
    }

    /// Changes an object, or its status, by a patch.
    func patch(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey,
        _ part: ObjectStore.Part
    ) async throws(APIError) -> APIResponse {
        guard target.kind.verbs.contains("patch") else { throw .methodNotAllowed("PATCH") }
        if request.contentType == Self.applyPatch {
            return try await apply(request, target, key, part)
        }
        guard !request.flag("force") else {
            throw .options("force: Forbidden: may not be specified for non-apply patch")
        }
        let old = try stored(target.kind, key)
        let patched = try Self.patched(old, request, target.kind)
        var inner = request
        inner.body = patched.bytes()
        inner.contentType = "application/json"
        var reading = try BodyReader(kind: target.kind, request: inner).read()
        try place(&reading.object, in: target)
        return try replace(request, target, key, old, reading, part)
    }

    static let applyPatch = "application/apply-patch+yaml"

    /// The object after the patch in a request's body.
    static func patched(
        _ old: JSON,
        _ request: APIRequest,
        _ kind: ResourceKind
    ) throws(APIError) -> JSON {
        let types = [
            "application/json-patch+json", "application/merge-patch+json",
            "application/strategic-merge-patch+json",
        ]
        guard types.contains(request.contentType) else {
            throw .unsupportedMedia(request.contentType, types)
        }
        let patch = try BodyReader.json(request)
        do throws(FormatError) {
            switch request.contentType {
            case types[0]: return try JSONPatch(patch).apply(to: old)
            case types[1]:
                guard patch.object != nil else { throw FormatError("a merge patch is a map") }
                return MergePatch.apply(patch, to: old)
            default:
                let strategy = Schema.mergeStrategy(of: kind.type)
                return try StrategicMergePatch(strategy: strategy).apply(patch, to: old)
            }
        } catch {
            var failure = APIError(422, "Invalid", "the server rejected our request: \(error)")
            failure.details["name"] = old["metadata"]?["name"]
            failure.details["kind"] = .string(kind.resource)
            throw failure
        }
    }

    /// Stores a changed object, or its status; if `isTracked`, its `managedFields` tell of the change
    /// already.
    func replace(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey,
        _ old: JSON,
        _ reading: BodyReader.Reading,
        _ part: ObjectStore.Part,
        isTracked: Bool = false
    ) throws(APIError) -> APIResponse {
        try checkName(reading.object, key)
        var reading = reading
        reading.object["metadata"]?["name"] = .string(key.name)
        var object = reading.object
        var warnings = reading.warnings
        if part == .body {
            (object, warnings) = try admission(of: target.kind).updated(reading, from: old)
            if target.kind.kind == "Service" { try allocate(&object) }
        }
        if !isTracked {
            let subresource = part == .status ? "status" : ""
            try track(&object, from: old, request, target.kind, subresource: subresource)
        }
        let updated = try storing(target.kind) { () throws(StoreError) in
            try request.isDryRun
                ? store.preview(updating: target.kind.resource, object, part: part)
                : store.update(target.kind.resource, object, part: part)
        }
        return APIResponse(200, updated, warnings: warnings)
    }

    /// The name in an object is that of the path, or is left out.
    func checkName(_ object: JSON, _ key: ObjectKey) throws(APIError) {
        let name = object["metadata"]?["name"]?.string ?? ""
        guard name.isEmpty || name == key.name else {
            throw .badRequest(
                "the name of the object (\(name)) does not match the name on the URL (\(key.name))"
            )
        }
    }

    // MARK: Scale

    /// Reads or changes the number of replicas through the `Scale` form.
    func scale(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey
    ) throws(APIError) -> APIResponse {
        var object = try stored(target.kind, key)
        let form = Self.scaleForm(object)
        let wanted: JSON
        switch request.method {
        case "GET": return APIResponse(200, form)
        case "PUT": wanted = try BodyReader.json(request)
        case "PATCH": wanted = try Self.patched(form, request, target.kind)
        default: throw .methodNotAllowed(request.method)
        }
        guard let replicas = wanted["spec"]?["replicas"]?.int ?? Optional(0), replicas >= 0 else {
            throw .badRequest("spec.replicas must be a whole number that is not negative")
        }
        let old = object
        object["spec"]?["replicas"] = .int(replicas)
        try track(&object, from: old, request, target.kind, subresource: "scale")
        object["metadata"]?["resourceVersion"] = wanted["metadata"]?["resourceVersion"]
        let updated = try storing(target.kind) { () throws(StoreError) in
            try request.isDryRun ? object : store.update(target.kind.resource, object)
        }
        return APIResponse(200, Self.scaleForm(updated))
    }

    private static func scaleForm(_ object: JSON) -> JSON {
        var metadata: JSON = [:]
        for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[field] = object["metadata"]?[field]
        }
        let selector = object["spec"]?["selector"]
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
            "spec": ["replicas": object["spec"]?["replicas"] ?? 1],
            "status": [
                "replicas": object["status"]?["replicas"] ?? 0,
                "selector": .string(selector == nil ? "" : TableText.selector(selector)),
            ],
        ]
    }
}
