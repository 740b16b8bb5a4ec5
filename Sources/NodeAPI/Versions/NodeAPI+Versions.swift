internal import Basics
internal import Formats
internal import Reactor

/// Kinds that are served in a version beside the one that they are stored in.
extension NodeAPI {
    /// Answers a request about an object in another version: it is turned into one about the stored
    /// version, and the answer back.
    func answer(
        _ request: APIRequest,
        inVersionOf kind: ResourceKind,
        storedAs stored: ResourceKind
    ) async throws(APIError) -> APIAnswer {
        var inner = request
        inner.segments[2] = stored.version
        var warnings: [String] = []
        switch request.method {
        case "POST", "PUT":
            let reading = try BodyReader(kind: kind, request: request).read()
            warnings = reading.warnings
            inner.send(AutoscalerV1.stored(reading.object), as: "application/json")
        case "PATCH" where request.contentType == Self.applyPatch:
            var yaml = request
            yaml.contentType = "application/yaml"
            let reading = try BodyReader(kind: kind, request: yaml).read()
            warnings = reading.warnings
            inner.send(AutoscalerV1.stored(reading.object), as: Self.applyPatch)
        case "PATCH":
            guard let (namespace, name) = request.namespaceAndName else { throw .unknownPath }
            let old = AutoscalerV1.form(of: try self.stored(stored, stored.key(namespace, name)))
            inner.method = "PUT"
            inner.send(
                AutoscalerV1.stored(try Self.patched(old, request, kind)),
                as: "application/json"
            )
        default: break
        }
        switch try await route(inner) {
        case .complete(var response):
            if let json = try? JSON.parse(response.body) {
                response.body = Self.form(json, of: stored).bytes() + [UInt8(ascii: "\n")]
            }
            response.warnings = warnings + response.warnings
            return .complete(response)
        case .watch(let feed):
            feed.show(in: kind.version) { Self.form($0, of: stored) }
            return .watch(feed)
        case let other: return other
        }
    }

    /// An object, a list or a table in the other version; what is none of these stays.
    static func form(_ json: JSON, of stored: ResourceKind) -> JSON {
        var json = json
        switch json["kind"]?.string {
        case stored.kind where json["apiVersion"]?.string == stored.apiVersion:
            return AutoscalerV1.form(of: json)
        case stored.kind + "List":
            json["apiVersion"] = "autoscaling/v1"
            let items = json["items"]?.array ?? []
            // The elements of a list need not say what they are.
            json["items"] = .array(items.map(AutoscalerV1.form))
        case "Table":
            let rows = json["rows"]?.array ?? []
            json["rows"] = .array(
                rows.map { row in
                    var row = row
                    row["object"] = row["object"].map { form($0, of: stored) }
                    return row
                }
            )
        default: break
        }
        return json
    }
}

extension APIRequest {
    /// The namespace and the name in `apis/GROUP/VERSION/namespaces/NS/RESOURCE/NAME[/PART]`.
    fileprivate var namespaceAndName: (String, String)? {
        guard segments.count >= 7, segments[3] == "namespaces" else { return nil }
        return (segments[4], segments[6])
    }

    /// Takes another body, whose fields were looked at already.
    fileprivate mutating func send(_ object: JSON, as type: String) {
        body = object.bytes()
        contentType = type
        query.removeAll { $0.name == "fieldValidation" }
        query.append((name: "fieldValidation", value: "Ignore"))
    }
}
