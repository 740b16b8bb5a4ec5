internal import Formats
internal import ObjectStore
internal import PodModel

/// A part of a running pod that has a subresource of its own.
enum PodPart: String {
    /// Containers that are added for debugging.
    case ephemeralContainers = "ephemeralcontainers"
    /// What containers ask for and may use.
    case resources = "resize"

    /// The pod as it is, but for that part.
    func taken(from new: JSON, into old: JSON) -> JSON {
        var object = old
        switch self {
        case .ephemeralContainers:
            let list = "ephemeralContainers"
            object["spec"]?[list] = Self.extended(
                old["spec"]?[list]?.array ?? [],
                by: new["spec"]?[list]?.array ?? []
            )
        case .resources:
            for list in ["containers", "initContainers"] {
                guard let before = old["spec"]?[list]?.array else { continue }
                let after = new["spec"]?[list]?.array ?? []
                object["spec"]?[list] = .array(
                    before.map { container in
                        guard let other = after.first(where: { $0["name"] == container["name"] })
                        else { return container }
                        var container = container
                        container["resources"] = other["resources"] ?? [:]
                        if let policy = other["resizePolicy"] { container["resizePolicy"] = policy }
                        return container
                    }
                )
            }
        }
        return object
    }

    /// Everything that is wrong with the change; both pods carry their defaults.
    func findings(_ new: JSON, from old: JSON) -> [Finding] {
        switch self {
        case .ephemeralContainers: Validation.validateEphemeralContainers(new, from: old)
        case .resources: Validation.validateResize(new, from: old)
        }
    }

    /// What is wanted, those that were there first.
    private static func extended(_ old: [JSON], by new: [JSON]) -> JSON? {
        guard !new.isEmpty else { return nil }
        let known = old.map { $0["name"] }
        let kept = old.compactMap { before in new.first { $0["name"] == before["name"] } }
        return .array(kept + new.filter { !known.contains($0["name"]) })
    }
}

extension NodeAPI {
    /// Reads a pod, or changes one part of it; whatever else a request changes is left as it was.
    ///
    /// Ephemeral containers are added at the end, in the order of the request, wherever a patch has put
    /// them.
    func changePart(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey,
        _ part: PodPart
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
        var object = part.taken(from: reading.object, into: old)
        object = Defaults.apply(to: object, kind: target.kind.kind)
        let missing = reading.missing.filter {
            part == .ephemeralContainers && "\($0.path)".hasPrefix("spec.ephemeralContainers")
        }
        let errors = (missing + part.findings(object, from: old)).filter { !$0.isWarning }
        guard errors.isEmpty else { throw .invalid(target.kind, key.name, errors) }
        if part == .resources {
            try admission(of: target.kind).checkLimits(object, from: old, isResize: true)
        }
        object["metadata"]?["resourceVersion"] = reading.object["metadata"]?["resourceVersion"]
        try track(&object, from: old, request, target.kind, subresource: part.rawValue)
        let updated = try storing(target.kind) { () throws(StoreError) in
            try request.isDryRun
                ? store.preview(updating: target.kind.resource, object, part: .body)
                : store.update(target.kind.resource, object, part: .body)
        }
        return APIResponse(200, updated, warnings: reading.warnings)
    }
}
