internal import Formats
internal import ObjectStore
internal import PodModel

extension NodeAPI {
    /// Makes a configuration part of an object, or an object of it: server-side apply.
    ///
    /// - Throws: 409 with the fields that other managers own, unless the request forces them.
    func apply(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey,
        _ part: ObjectStore.Part
    ) async throws(APIError) -> APIResponse {
        guard let name = request.parameter("fieldManager"), !name.isEmpty else {
            throw .options("fieldManager: Required value: is required for apply patch")
        }
        let live = store.get(key)
        guard live != nil || part == .body else { throw .notFound(target.kind, key.name) }
        let (configuration, warnings) = try configuration(request, target, key, part)
        let manager = ManagedFields.Manager(
            try fieldManager(request),
            applies: true,
            apiVersion: target.kind.apiVersion,
            subresource: part == .status ? "status" : ""
        )
        var (object, managed) = try applied(configuration, to: live, request, target.kind, manager)
        // kubectl looks at its annotation when somebody goes back to applying on the client.
        if name == Self.kubectl, live?[annotation: Self.lastApplied] != nil {
            object["metadata"]?["annotations"]?[Self.lastApplied] = .string(configuration.text())
        }
        var whole = request
        whole.body = object.bytes()
        whole.contentType = "application/json"
        var reading = try BodyReader(kind: target.kind, request: whole).read()
        reading.warnings = warnings
        reading.object["metadata"]?["managedFields"] = managed.json
        guard let live else {
            try await mutate(&reading, request, target.kind)
            return try add(request, target, reading, isTracked: true)
        }
        return try replace(request, target, key, live, reading, part, isTracked: true)
    }

    private static let kubectl = "kubectl"
    private static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    /// What the body of an apply wants.
    private func configuration(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey,
        _ part: ObjectStore.Part
    ) throws(APIError) -> (JSON, warnings: [String]) {
        var inner = request
        inner.contentType = "application/yaml"
        let reading = try BodyReader(kind: target.kind, request: inner).read()
        var object = reading.object
        try place(&object, in: target)
        guard object["metadata"]?["managedFields"]?.array?.isEmpty ?? true else {
            throw .badRequest("metadata.managedFields must be nil")
        }
        try checkName(object, key)
        object["metadata"]?["name"] = .string(key.name)
        object["apiVersion"] = .string(target.kind.apiVersion)
        object["kind"] = .string(target.kind.kind)
        switch part {
        case .body:
            if target.kind.has("status") { object["status"] = nil }
        case .status:
            var status: JSON = [
                "apiVersion": object["apiVersion"] ?? "", "kind": object["kind"] ?? "",
            ]
            status["metadata"] = object["metadata"]
            status["metadata"]?["labels"] = nil
            status["metadata"]?["annotations"] = nil
            status["status"] = object["status"]
            object = status
        }
        return (object, reading.warnings)
    }

    private func applied(
        _ configuration: JSON,
        to live: JSON?,
        _ request: APIRequest,
        _ kind: ResourceKind,
        _ manager: ManagedFields.Manager
    ) throws(APIError) -> (JSON, ManagedFields) {
        let apply = ServerSideApply(kind: kind.kind)
        let managed = live.map { ownership(of: $0, kind) } ?? ManagedFields()
        func run(isForced: Bool) throws(ServerSideApply.Conflicts) -> (JSON, ManagedFields) {
            try apply.apply(
                configuration,
                to: live,
                managed,
                by: manager,
                isForced: isForced,
                at: now.rfc3339
            )
        }
        do throws(ServerSideApply.Conflicts) {
            do throws(ServerSideApply.Conflicts) {
                return try run(isForced: request.flag("force"))
            } catch {
                guard manager.name == Self.kubectl, let live,
                    let text = live[annotation: Self.lastApplied]?.string
                else { throw error }
                let own = apply.fields(ofLastApplied: text, in: live)
                let others = error.all.filter { !own.contains($0.path) }
                guard others.isEmpty else { throw .init(all: others) }
                return try run(isForced: true)
            }
        } catch {
            throw APIError(error)
        }
    }

    /// Who owns the fields of a stored object.
    ///
    /// An object from before fields were tracked belongs to `before-first-apply`, as upstream.
    private func ownership(of live: JSON, _ kind: ResourceKind) -> ManagedFields {
        let known = (try? ManagedFields(json: live["metadata"]?["managedFields"] ?? [])) ?? .init()
        guard known.entries.isEmpty else { return known }
        var first = ManagedFields()
        first.update(
            from: Self.blank(live),
            to: live,
            by: .init("before-first-apply", apiVersion: kind.apiVersion),
            apiVersion: kind.apiVersion,
            at: now.rfc3339
        )
        return first
    }
}

// MARK: Tracking

extension NodeAPI {
    /// Notes in the object's `managedFields` what a request changes, and who asked for it.
    ///
    /// Entries that the request itself writes are taken as they are; `[]` or `[{}]` removes all.
    /// - Throws: 422 if those cannot be read.
    func track(
        _ object: inout JSON,
        from old: JSON?,
        _ request: APIRequest,
        _ kind: ResourceKind,
        subresource: String = ""
    ) throws(APIError) {
        let stored = old?["metadata"]?["managedFields"]
        let given = object["metadata"]?["managedFields"] ?? stored
        var managed = ManagedFields()
        if let given, !given.isNull {
            let isReset = given.array?.allSatisfy { $0.object?.isEmpty ?? true } ?? false
            if isReset, given != stored {
                object["metadata"]?["managedFields"] = nil
                return
            }
            do throws(FormatError) { managed = try ManagedFields(json: given) } catch {
                throw .options("metadata.managedFields: Invalid value: \(error)")
            }
        }
        let before = managed
        var new = object
        if subresource != "status" { new["status"] = old?["status"] }
        managed.update(
            from: old ?? Self.blank(new),
            to: new,
            by: .init(
                try fieldManager(request),
                apiVersion: kind.apiVersion,
                subresource: subresource
            ),
            apiVersion: kind.apiVersion,
            at: now.rfc3339
        )
        let isEmpty = managed.entries.isEmpty
        object["metadata"]?["managedFields"] =
            managed == before ? given : isEmpty ? nil : managed.json
    }

    /// The object before it was created: what every object has belongs to nobody.
    private static func blank(_ object: JSON) -> JSON {
        var blank: JSON = ["metadata": [:]]
        blank["apiVersion"] = object["apiVersion"]
        blank["kind"] = object["kind"]
        if object["spec"] != nil { blank["spec"] = [:] }
        if object["status"] != nil { blank["status"] = object["status"] }
        return blank
    }

    /// The name under which a request owns fields: what it says, or else what the client is.
    ///
    /// - Throws: 422 for one that is too long or cannot be shown.
    func fieldManager(_ request: APIRequest) throws(APIError) -> String {
        guard let name = request.parameter("fieldManager"), !name.isEmpty else {
            let client = request.userAgent.split(separator: "/").first ?? "unknown"
            return String(client.filter { !$0.isNewline }.prefix(128))
        }
        guard name.utf8.count <= 128 else {
            throw .options("fieldManager: Too long: may not be more than 128 bytes")
        }
        guard name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw .options(
                "fieldManager: Invalid value: should only contain printable characters"
            )
        }
        return name
    }
}

extension APIError {
    /// The options of a patch are wrong.
    static func options(_ why: String) -> Self {
        Self(422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: \(why)")
    }

    /// Fields that others own.
    init(_ conflicts: ServerSideApply.Conflicts) {
        self.init(409, "Conflict", conflicts.description)
        details["causes"] = .array(
            conflicts.all.map { conflict in
                [
                    "reason": "FieldManagerConflict",
                    "message": .string("conflict with \(conflict.manager.description)"),
                    "field": .string(conflict.field),
                ]
            }
        )
    }
}

extension JSON {
    /// An annotation of an object.
    fileprivate subscript(annotation name: String) -> JSON? {
        self["metadata"]?["annotations"]?[name]
    }
}
