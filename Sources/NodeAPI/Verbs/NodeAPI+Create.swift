internal import Formats
internal import ObjectStore
internal import PodModel
internal import Security

extension NodeAPI {
    /// Stores a new object.
    func create(_ request: APIRequest, _ target: Target) async throws(APIError) -> APIResponse {
        let kind = target.kind
        guard kind.verbs.contains("create") else { throw .methodNotAllowed("POST") }
        guard target.namespace != nil || !kind.isNamespaced else {
            throw .methodNotAllowed("POST")
        }
        var reading = try BodyReader(kind: kind, request: request).read()
        try place(&reading.object, in: target)
        try await mutate(&reading, request, kind)
        return try add(request, target, reading)
    }

    /// Lets the webhooks change an object that is about to be created.
    func mutate(
        _ reading: inout BodyReader.Reading,
        _ request: APIRequest,
        _ kind: ResourceKind
    ) async throws(APIError) {
        let (object, warnings) = try await mutated(
            reading.object,
            kind,
            by: request.caller,
            isDryRun: request.isDryRun
        )
        guard object != reading.object else { return reading.warnings += warnings }
        // What a webhook adds is read as strictly as what clients send.
        var inner = request
        inner.body = object.bytes()
        inner.contentType = "application/json"
        let again = try BodyReader(kind: kind, request: inner).read()
        reading.object = again.object
        reading.missing = again.missing
        reading.warnings += warnings
    }

    /// Stores an object that was read; if `isTracked`, its `managedFields` are right already.
    func add(
        _ request: APIRequest,
        _ target: Target,
        _ reading: BodyReader.Reading,
        isTracked: Bool = false
    ) throws(APIError) -> APIResponse {
        let kind = target.kind
        // Before all else: in a namespace that is not there nothing can be right.
        try checkNamespace(target, Admission.name(of: reading.object))
        var (object, warnings) = try admission(of: kind).created(reading)
        if let warning = kind.warning { warnings.append(warning) }
        if kind.kind == "Service" { try allocate(&object) }
        if !isTracked { try track(&object, from: nil, request, kind) }
        let complete: (inout JSON) -> Void =
            kind == .jobs ? { Defaults.selectPods(of: &$0) } : { _ in }
        let stored = try storing(kind) { () throws(StoreError) in
            try request.isDryRun
                ? store.preview(creating: kind.resource, object, completing: complete)
                : store.create(kind.resource, object, completing: complete)
        }
        if kind == .namespaces, !request.isDryRun {
            try furnish(namespace: Admission.name(of: stored))
        }
        if let table = TableForm(request, kind) {
            return APIResponse(
                201,
                table.table([stored], version: store.version, now: now),
                warnings: warnings
            )
        }
        return APIResponse(201, stored, warnings: warnings)
    }

    /// What objects of a kind go through before they are stored.
    func admission(of kind: ResourceKind) -> Admission {
        let limits = NamespaceLimits { [store] resource, namespace in
            var query = ObjectQuery(resource)
            query.namespace = namespace
            return store.list(query)
        }
        var admission = Admission(kind: kind, nodeName: settings.nodeName)
        admission.limits = limits
        admission.now = now
        admission.find = { [store] key in store.get(key) }
        if kind == .pods {
            admission.accounts = ServiceAccountAdmission(
                find: admission.find,
                mountsToken: isReachedByPods,
                suffix: ObjectStore.randomSuffix()
            )
        }
        if kind.kind == "PersistentVolumeClaim" {
            admission.volumes = store.list(ObjectQuery("persistentvolumes"))
        }
        return admission
    }

    /// Puts the object into the namespace of the path.
    func place(_ object: inout JSON, in target: Target) throws(APIError) {
        if object["metadata"]?.object == nil { object["metadata"] = [:] }
        guard let namespace = target.namespace else {
            return
        }
        let written = object["metadata"]?["namespace"]?.string ?? ""
        guard written.isEmpty || written == namespace else {
            throw .badRequest(
                "the namespace of the provided object does not match the namespace sent on the "
                    + "request"
            )
        }
        object["metadata"]?["namespace"] = .string(namespace)
    }

    private func checkNamespace(_ target: Target, _ name: String) throws(APIError) {
        guard let namespace = target.namespace else { return }
        let stored = try self.stored(.namespaces, ResourceKind.namespaces.key("", namespace))
        guard stored["metadata"]?["deletionTimestamp"] != nil else { return }
        var error = APIError.forbidden(
            target.kind,
            name,
            "unable to create new content in namespace \(namespace) because it is being terminated"
        )
        error.details["causes"] = [
            [
                "reason": "NamespaceTerminating",
                "message": .string("namespace \(namespace) is being terminated"),
                "field": "metadata.namespace",
            ]
        ]
        throw error
    }
}
