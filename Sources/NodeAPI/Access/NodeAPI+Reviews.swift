internal import Basics
internal import Formats

extension NodeAPI {
    /// Answers a review: an object that is posted, answered and never stored.
    func review(_ request: APIRequest, _ kind: ResourceKind) throws(APIError) -> APIResponse {
        guard request.method == "POST" else { throw .methodNotAllowed(request.method) }
        var review = try BodyReader(kind: kind, request: request).read().object
        review["apiVersion"] = .string(kind.apiVersion)
        review["kind"] = .string(kind.kind)
        if review["metadata"]?.object == nil { review["metadata"] = [:] }
        review["status"] = try status(of: review, kind, request.caller)
        return APIResponse(201, review)
    }

    private func status(
        of review: JSON,
        _ kind: ResourceKind,
        _ caller: Caller
    ) throws(APIError) -> JSON {
        let spec = review["spec"] ?? [:]
        switch kind.kind {
        case "SelfSubjectReview": return ["userInfo": caller.json]
        case "SelfSubjectAccessReview": return try access(spec, of: caller)
        case "SubjectAccessReview", "LocalSubjectAccessReview":
            let other = Caller(
                name: spec["user"]?.string ?? "",
                uid: spec["uid"]?.string ?? "",
                groups: (spec["groups"]?.array ?? []).compactMap(\.string)
            )
            guard !other.name.isEmpty || !other.groups.isEmpty else {
                throw .badRequest("spec.user: at least one of user or group must be specified")
            }
            return try access(spec, of: other)
        case "SelfSubjectRulesReview":
            let namespace = spec["namespace"]?.string ?? ""
            guard !namespace.isEmpty else {
                throw .badRequest("no namespace on request")
            }
            let rules = Authorizer(store: store).rules(of: caller, in: namespace)
            return [
                "resourceRules": .array(rules.filter { $0.paths.isEmpty }.map(\.json)),
                "nonResourceRules": .array(rules.filter { !$0.paths.isEmpty }.map(\.json)),
                "incomplete": false,
            ]
        default: return verdict(on: spec)
        }
    }

    private func access(_ spec: JSON, of caller: Caller) throws(APIError) -> JSON {
        func text(_ part: JSON, _ name: String) -> String { part[name]?.string ?? "" }
        let wanted: AccessAttributes
        switch (spec["resourceAttributes"], spec["nonResourceAttributes"]) {
        case (let part?, nil):
            wanted = AccessAttributes(
                verb: text(part, "verb"),
                group: text(part, "group"),
                resource: text(part, "resource"),
                subresource: text(part, "subresource"),
                name: text(part, "name"),
                namespace: text(part, "namespace")
            )
        case (nil, let part?):
            wanted = AccessAttributes(verb: text(part, "verb"), path: text(part, "path"))
        default:
            throw .badRequest(
                "spec.resourceAttributes: exactly one of nonResourceAttributes or "
                    + "resourceAttributes must be specified"
            )
        }
        return ["allowed": .bool(Authorizer(store: store).allows(caller, wanted))]
    }

    /// Whose token it is that a `TokenReview` asks about.
    private func verdict(on spec: JSON) -> JSON {
        let asked = (spec["audiences"]?.array ?? []).compactMap(\.string)
        let wanted = asked.isEmpty ? [NodeCredentials.issuer] : asked
        guard let text = spec["token"]?.string, let found = tokens?.caller(of: text) else {
            return ["authenticated": false, "user": [:], "error": "invalid bearer token"]
        }
        let audiences = found.audiences.filter(wanted.contains)
        guard !audiences.isEmpty else {
            return [
                "authenticated": false, "user": [:],
                "error": .string(
                    "invalid bearer token, token audiences \(found.audiences) is invalid for the "
                        + "target audiences \(wanted)"
                ),
            ]
        }
        return [
            "authenticated": true, "user": found.caller.json, "audiences": .strings(audiences),
        ]
    }

    /// Makes a token for a service account: `serviceaccounts/NAME/token`.
    func requestToken(
        _ request: APIRequest,
        _ key: (namespace: String, name: String)
    ) throws(APIError) -> APIResponse {
        guard request.method == "POST" else { throw .methodNotAllowed(request.method) }
        let kind = ResourceKind.tokenRequests
        var object = try BodyReader(kind: kind, request: request).read().object
        let spec = object["spec"] ?? [:]
        var wish = TokenWish(namespace: key.namespace, account: key.name)
        wish.audiences = (spec["audiences"]?.array ?? []).compactMap(\.string)
        if let seconds = spec["expirationSeconds"]?.int {
            guard seconds >= ServiceAccountTokens.secondsMinimum else {
                throw APIError(
                    422,
                    "Invalid",
                    "TokenRequest.authentication.k8s.io \"\(key.name)\" is invalid: "
                        + "spec.expirationSeconds: Invalid value: \(seconds): may not specify a "
                        + "duration less than 10 minutes"
                )
            }
            wish.seconds = min(seconds, ServiceAccountTokens.secondsMaximum)
        }
        if let bound = spec["boundObjectRef"], bound.object?.isEmpty == false {
            try bind(&wish, to: bound)
        }
        guard let tokens else {
            throw APIError(503, "ServiceUnavailable", "this engine has no keys to sign tokens with")
        }
        let (text, end) = try tokens.issue(wish)
        object["apiVersion"] = .string(kind.apiVersion)
        object["kind"] = .string(kind.kind)
        object["metadata"] = [
            "name": .string(key.name), "namespace": .string(key.namespace),
            "creationTimestamp": .string(now.rfc3339),
        ]
        object["spec"]?["audiences"] = .strings(
            wish.audiences.isEmpty ? [NodeCredentials.issuer] : wish.audiences
        )
        object["spec"]?["expirationSeconds"] = .int(wish.seconds)
        object["status"] = [
            "token": .string(text), "expirationTimestamp": .string(end.rfc3339),
        ]
        return APIResponse(201, object)
    }

    private func bind(_ wish: inout TokenWish, to bound: JSON) throws(APIError) {
        let kind = bound["kind"]?.string ?? ""
        let name = bound["name"]?.string ?? ""
        guard kind == "Pod" else {
            throw .badRequest("cannot bind token to object of kind \"\(kind)\", only to a Pod")
        }
        let pod = try stored(.pods, ResourceKind.pods.key(wish.namespace, name))
        let uid = pod["metadata"]?["uid"]?.string ?? ""
        if let wanted = bound["uid"]?.string, !wanted.isEmpty, wanted != uid {
            throw .conflict(
                .pods,
                name,
                "the UID in the bound object reference (\(wanted)) does not match the UID in record."
                    + " The object might have been deleted and then recreated"
            )
        }
        wish.podName = name
        wish.podUID = uid
    }
}
