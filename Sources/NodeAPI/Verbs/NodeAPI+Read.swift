internal import Formats
internal import ObjectStore

extension NodeAPI {
    /// One object, as itself or as a table of one row.
    func get(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey
    ) throws(APIError) -> APIResponse {
        let object = try stored(target.kind, key)
        if let table = TableForm(request, target.kind) {
            return APIResponse(200, table.table([object], version: store.version, now: now))
        }
        return APIResponse(200, object)
    }

    /// The objects that a request selects, as a list or as a table, in pages if it asks for them.
    func list(_ request: APIRequest, _ target: Target) throws(APIError) -> APIResponse {
        var entries = store.entries(try selection(request, target))
        let page = try Page(request)
        if let start = page.start { entries.removeAll { $0.key <= start } }
        var metadata: JSON = ["resourceVersion": .string(String(page.version ?? store.version))]
        if let limit = page.limit, entries.count > limit {
            let rest = entries.count - limit
            entries = Array(entries.prefix(limit))
            if let last = entries.last {
                let token = Page.token(after: last.key, version: page.version ?? store.version)
                metadata["continue"] = .string(token)
            }
            metadata["remainingItemCount"] = .int(rest)
        }
        let objects = entries.map(\.object)
        if let table = TableForm(request, target.kind) {
            var form = table.table(objects, version: store.version, now: now)
            form["metadata"] = metadata
            return APIResponse(200, form)
        }
        return APIResponse(
            200,
            [
                "kind": .string(target.kind.kind + "List"),
                "apiVersion": .string(target.kind.apiVersion), "metadata": metadata,
                "items": .array(objects),
            ]
        )
    }

    /// What a request selects.
    ///
    /// - Throws: 400 for selectors that are not understood.
    func selection(_ request: APIRequest, _ target: Target) throws(APIError) -> ObjectQuery {
        var query = ObjectQuery(target.kind.resource)
        if target.kind.isNamespaced { query.namespace = target.namespace }
        do throws(FormatError) {
            query.labels = try LabelQuery(request.parameter("labelSelector") ?? "")
            query.fields = try FieldQuery(request.parameter("fieldSelector") ?? "")
        } catch { throw .badRequest(error.description) }
        for field in query.fields.requirements.map(\.field)
        where !Self.selectable(field, target.kind) {
            throw .badRequest("field label not supported: \(field)")
        }
        return query
    }

    private static func selectable(_ field: String, _ kind: ResourceKind) -> Bool {
        if field == "metadata.name" || field == "metadata.namespace" { return true }
        return selectableFields[kind.kind]?.contains(field) ?? false
    }

    private static let selectableFields: [String: Set<String>] = [
        "Pod": [
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
            "spec.hostNetwork", "status.phase", "status.podIP", "status.podIPs",
            "status.nominatedNodeName",
        ],
        "Event": [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name",
            "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion",
            "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
        ],
        "Secret": ["type"], "Namespace": ["status.phase"], "Node": ["spec.unschedulable"],
        "ReplicaSet": ["status.replicas"],
    ]
}

/// Where a page of a list begins and ends.
private struct Page {
    var limit: Int?
    var start: ObjectKey?
    var version: Int64?

    init(_ request: APIRequest) throws(APIError) {
        let limit = try request.number("limit") ?? 0
        self.limit = limit > 0 ? limit : nil
        guard let text = request.parameter("continue"), !text.isEmpty else { return }
        guard let bytes = Base64.decode(text), let token = try? JSON.parse(bytes),
            let version = token["v"]?.int, let resource = token["r"]?.string,
            let namespace = token["ns"]?.string, let name = token["n"]?.string
        else { throw .badRequest("continue key is not valid: it was not issued by this server") }
        self.version = Int64(version)
        start = ObjectKey(resource, namespace, name)
    }

    static func token(after key: ObjectKey, version: Int64) -> String {
        let token: JSON = [
            "v": .int(version), "r": .string(key.resource), "ns": .string(key.namespace),
            "n": .string(key.name),
        ]
        return Base64.encode(token.bytes())
    }
}
