internal import Basics
internal import Formats
internal import HTTP

extension NodeAPI {
    /// What clients ask before anything else: versions, groups, kinds, health.
    func discovery(_ request: APIRequest) throws(APIError) -> APIAnswer {
        guard ["GET", "HEAD"].contains(request.method) else { throw .unknownPath }
        let path = request.segments
        switch path.first {
        case nil:
            let groups = ResourceKind.groupVersions.filter { !$0.group.isEmpty }
            let paths =
                ["/api", "/api/v1", "/apis"]
                + ResourceKind.groups.filter { !$0.isEmpty }.map { "/apis/\($0)" }
                + groups.map { "/apis/\($0.group)/\($0.version)" }
                + [
                    "/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz",
                    "/version",
                ]
            return .complete(APIResponse(200, ["paths": .strings(paths)]))
        case "version" where path.count == 1: return .complete(APIResponse(200, versionInfo))
        case "livez", "readyz", "healthz":
            return .complete(APIResponse(200, text: "ok"))
        case "metrics" where path.count == 1:
            return .complete(
                APIResponse(
                    200,
                    text: services.metrics() + metrics.text,
                    contentType: "text/plain; version=0.0.4; charset=utf-8"
                )
            )
        case "openapi" where path == ["openapi", "v2"]:
            return .complete(swagger(request))
        case "openapi" where path == ["openapi", "v3"]:
            return .complete(APIResponse(200, OpenAPI.index))
        case "openapi" where path.starts(with: ["openapi", "v3"]):
            return .complete(try openAPI(request, Array(path.dropFirst(2))))
        case "api": return .complete(try core(request, path))
        case "apis": return .complete(try groups(request, path))
        default: throw .unknownPath
        }
    }

    /// The description of one group: `api/v1`, `apis/GROUP/VERSION`.
    private func openAPI(_ request: APIRequest, _ path: [String]) throws(APIError) -> APIResponse {
        let document: JSON?
        switch (path.first, path.count) {
        case ("api", 2): document = OpenAPI.document(group: "", version: path[1])
        case ("apis", 3): document = OpenAPI.document(group: path[1], version: path[2])
        default: document = nil
        }
        guard let document else { throw .unknownPath }
        var response = APIResponse(200, document)
        if request.parameter("hash") == OpenAPI.hash {
            // Under its hash it never changes: clients keep it.
            let year = now + .seconds(365 * 86_400)
            response.headers = [
                ("Cache-Control", "public, immutable"), ("Etag", "\"\(OpenAPI.hash)\""),
                ("Expires", HTTPDate.text(of: year)),
            ]
        }
        return response
    }

    /// The description of all groups in version 2, in the form that a client asks for.
    private func swagger(_ request: APIRequest) -> APIResponse {
        let tag = "\"\(OpenAPI.hash)\""
        var response = APIResponse(304, text: "")
        if !request.knownTags.contains(tag) {
            let document = OpenAPI.swagger
            if request.accept.contains("proto-openapi") {
                response = APIResponse(
                    200,
                    bytes: SwaggerMessage.bytes(document),
                    contentType: SwaggerMessage.mediaType
                )
            } else {
                response = APIResponse(200, document)
            }
        }
        response.headers = [
            ("Cache-Control", "no-cache, private"), ("Etag", tag), ("Vary", "Accept"),
        ]
        return response
    }

    private var versionInfo: JSON {
        let version = NodeAPISettings.kubernetesVersion
        return [
            "major": .string(version.major), "minor": .string(version.minor),
            "gitVersion": .string("\(NodeAPISettings.gitVersion)+remora-\(settings.version)"),
            "gitCommit": "", "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z",
            "goVersion": "", "compiler": "", "platform": "linux/amd64",
        ]
    }

    private func core(_ request: APIRequest, _ path: [String]) throws(APIError) -> APIResponse {
        switch path.count {
        case 1:
            if let form = AggregatedForm(request) { return form.response(groups: [""]) }
            return APIResponse(
                200,
                [
                    "kind": "APIVersions", "versions": ["v1"],
                    "serverAddressByClientCIDRs": [],
                ]
            )
        case 2 where path[1] == "v1": return resourceList(group: "", version: "v1")
        default: throw .unknownPath
        }
    }

    private func groups(_ request: APIRequest, _ path: [String]) throws(APIError) -> APIResponse {
        let names = ResourceKind.groups.filter { !$0.isEmpty }
        switch path.count {
        case 1:
            if let form = AggregatedForm(request) { return form.response(groups: names) }
            return APIResponse(
                200,
                [
                    "kind": "APIGroupList", "apiVersion": "v1",
                    "groups": .array(names.map(Self.group)),
                ]
            )
        case 2 where names.contains(path[1]):
            var group = Self.group(path[1])
            group["kind"] = "APIGroup"
            group["apiVersion"] = "v1"
            return APIResponse(200, group)
        case 3 where ResourceKind.groupVersions.contains { $0 == (path[1], path[2]) }:
            return resourceList(group: path[1], version: path[2])
        default: throw .unknownPath
        }
    }

    private static func group(_ name: String) -> JSON {
        let versions = ResourceKind.groupVersions.filter { $0.group == name }.map { known -> JSON in
            [
                "groupVersion": .string("\(name)/\(known.version)"),
                "version": .string(known.version),
            ]
        }
        return [
            "name": .string(name), "versions": .array(versions),
            "preferredVersion": versions.first ?? .null,
        ]
    }

    private func resourceList(group: String, version: String) -> APIResponse {
        var resources: [JSON] = []
        for kind in ResourceKind.served where kind.group == group && kind.version == version {
            var entry: JSON = [
                "name": .string(kind.resource), "singularName": .string(kind.singular),
                "namespaced": .bool(kind.isNamespaced), "kind": .string(kind.kind),
                "verbs": .strings(kind.verbs),
            ]
            if !kind.shortNames.isEmpty { entry["shortNames"] = .strings(kind.shortNames) }
            if !kind.categories.isEmpty { entry["categories"] = .strings(kind.categories) }
            resources.append(entry)
            for sub in kind.subresources {
                var entry: JSON = [
                    "name": .string("\(kind.resource)/\(sub.name)"), "singularName": "",
                    "namespaced": .bool(kind.isNamespaced), "kind": .string(sub.kind),
                    "verbs": .strings(sub.verbs),
                ]
                if !sub.group.isEmpty {
                    entry["group"] = .string(sub.group)
                    entry["version"] = .string(sub.version)
                }
                resources.append(entry)
            }
        }
        return APIResponse(
            200,
            [
                "kind": "APIResourceList", "apiVersion": "v1",
                "groupVersion": .string(group.isEmpty ? version : "\(group)/\(version)"),
                "resources": .array(resources),
            ]
        )
    }
}

/// Discovery in one document, as kubectl 1.27 and newer ask for it.
private struct AggregatedForm {
    private let version: String

    /// `nil` if the client does not accept it.
    init?(_ request: APIRequest) {
        let accepted = request.accept.split(separator: ",").first { part in
            part.contains("g=apidiscovery.k8s.io") && part.contains("as=APIGroupDiscoveryList")
        }
        guard let accepted else { return nil }
        version = accepted.contains("v=v2beta1") ? "v2beta1" : "v2"
    }

    func response(groups: [String]) -> APIResponse {
        let items = groups.map { name in
            let versions = ResourceKind.groupVersions.filter { $0.group == name }.map { known in
                let kinds = ResourceKind.served.filter {
                    $0.group == name && $0.version == known.version
                }
                return [
                    "version": .string(known.version), "freshness": "Current",
                    "resources": .array(kinds.map(Self.resource)),
                ] as JSON
            }
            let metadata: JSON = name.isEmpty ? [:] : ["name": .string(name)]
            return ["metadata": metadata, "versions": .array(versions)] as JSON
        }
        var response = APIResponse(
            200,
            [
                "kind": "APIGroupDiscoveryList",
                "apiVersion": .string("apidiscovery.k8s.io/\(version)"), "metadata": [:],
                "items": .array(items),
            ]
        )
        response.contentType =
            "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList"
        return response
    }

    private static func resource(_ kind: ResourceKind) -> JSON {
        func type(_ group: String, _ version: String, _ name: String) -> JSON {
            ["group": .string(group), "version": .string(version), "kind": .string(name)]
        }
        var entry: JSON = [
            "resource": .string(kind.resource),
            "responseKind": type(kind.group, kind.version, kind.kind),
            "scope": kind.isNamespaced ? "Namespaced" : "Cluster",
            "singularResource": .string(kind.singular), "verbs": .strings(kind.verbs),
        ]
        if !kind.shortNames.isEmpty { entry["shortNames"] = .strings(kind.shortNames) }
        if !kind.categories.isEmpty { entry["categories"] = .strings(kind.categories) }
        if !kind.subresources.isEmpty {
            entry["subresources"] = .array(
                kind.subresources.map { sub in
                    let group = sub.group.isEmpty ? kind.group : sub.group
                    return [
                        "subresource": .string(sub.name),
                        "responseKind": type(
                            group,
                            sub.version.isEmpty ? kind.version : sub.version,
                            sub.kind
                        ),
                        "verbs": .strings(sub.verbs),
                    ]
                }
            )
        }
        return entry
    }
}
