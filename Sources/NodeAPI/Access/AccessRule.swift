internal import Formats

/// A rule of a role: verbs on resources, or on paths.
struct AccessRule: Sendable, Hashable {
    var verbs: [String]
    var groups: [String] = []
    var resources: [String] = []
    /// The objects that it is about; empty for all.
    var names: [String] = []
    /// Paths that are no resources; a star at the end stands for any rest.
    var paths: [String] = []

    /// Whether it allows something.
    func allows(_ wanted: AccessAttributes) -> Bool {
        guard verbs.contains("*") || verbs.contains(wanted.verb) else { return false }
        guard wanted.isResource else { return paths.contains { Self.covers($0, wanted.path) } }
        guard groups.contains("*") || groups.contains(wanted.group) else { return false }
        guard names.isEmpty || names.contains(wanted.name) else { return false }
        return resources.contains { resource in
            resource == "*" || resource == wanted.qualifiedResource
                || !wanted.subresource.isEmpty && resource == "*/" + wanted.subresource
        }
    }

    private static func covers(_ pattern: String, _ path: String) -> Bool {
        if pattern == "*" || pattern == path { return true }
        return pattern.hasSuffix("*") && path.hasPrefix(pattern.dropLast())
    }
}

extension AccessRule {
    /// Reads a rule of a `Role` or `ClusterRole`.
    init(json: JSON) {
        func list(_ name: String) -> [String] {
            (json[name]?.array ?? []).compactMap(\.string)
        }
        self.init(
            verbs: list("verbs"),
            groups: list("apiGroups"),
            resources: list("resources"),
            names: list("resourceNames"),
            paths: list("nonResourceURLs")
        )
    }

    /// The rule as a review shows it.
    var json: JSON {
        var json: JSON = ["verbs": .strings(verbs)]
        if paths.isEmpty {
            json["apiGroups"] = .strings(groups)
            json["resources"] = .strings(resources)
            if !names.isEmpty { json["resourceNames"] = .strings(names) }
        } else {
            json["nonResourceURLs"] = .strings(paths)
        }
        return json
    }

    /// Everything.
    static let everything = [
        AccessRule(verbs: ["*"], groups: ["*"], resources: ["*"]),
        AccessRule(verbs: ["*"], paths: ["*"]),
    ]

    /// What everybody may ask: whether the engine is well, and its version.
    static let publicInformation = [
        AccessRule(
            verbs: ["get", "head"],
            paths: ["/healthz", "/livez", "/readyz", "/version", "/version/"]
        )
    ]

    /// What everybody may do who is known: discover what there is, and ask about oneself.
    static let basic = [
        AccessRule(
            verbs: ["get", "head"],
            paths: ["/", "/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"]
        ),
        AccessRule(
            verbs: ["create"],
            groups: ["authorization.k8s.io"],
            resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]
        ),
        AccessRule(
            verbs: ["create"],
            groups: ["authentication.k8s.io"],
            resources: ["selfsubjectreviews"]
        ),
    ]
}
