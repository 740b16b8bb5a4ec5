/// What somebody wants to do, as rules see it: a verb on a resource, or on a path that is none.
struct AccessAttributes: Sendable, Hashable {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; of a path
    /// the method in lower case.
    var verb: String
    /// The API group.
    var group = ""
    /// The resource's plural name; empty for a path.
    var resource = ""
    /// The part of the object; empty for the whole.
    var subresource = ""
    /// The object's name; empty if none is named.
    var name = ""
    /// The namespace; empty for all of them, and for what has none.
    var namespace = ""
    /// The path of what is no resource.
    var path = ""

    var isResource: Bool { !resource.isEmpty }

    /// The resource as rules name it: `pods`, `pods/log`.
    var qualifiedResource: String {
        subresource.isEmpty ? resource : "\(resource)/\(subresource)"
    }

    init(
        verb: String,
        group: String = "",
        resource: String = "",
        subresource: String = "",
        name: String = "",
        namespace: String = "",
        path: String = ""
    ) {
        self.verb = verb
        self.group = group
        self.resource = resource
        self.subresource = subresource
        self.name = name
        self.namespace = namespace
        self.path = path
    }

    /// What a request wants, told from its method and path alone.
    init(_ request: APIRequest) {
        let segments = request.segments
        let start = segments.first == "api" ? 2 : segments.first == "apis" ? 3 : Int.max
        guard segments.count > start else {
            self.init(
                verb: request.method.lowercased(),
                path: "/" + segments.joined(separator: "/")
            )
            return
        }
        self.init(verb: "")
        group = start == 3 ? segments[1] : ""
        var rest = segments[start...]
        // `namespaces/NS/RESOURCE`; but `namespaces/NS` and its parts are the namespace itself.
        if rest.first == "namespaces", rest.count >= 3,
            !["status", "finalize"].contains(rest[rest.startIndex + 2]) || rest.count > 3
        {
            namespace = rest[rest.startIndex + 1]
            rest = rest.dropFirst(2)
        } else if rest.first == "namespaces", rest.count >= 2 {
            namespace = rest[rest.startIndex + 1]
        }
        let parts = Array(rest)
        resource = parts[0]
        if parts.count > 1 { name = parts[1] }
        if parts.count > 2 { subresource = parts[2] }
        switch request.method {
        case "GET", "HEAD":
            verb = request.flag("watch") ? "watch" : name.isEmpty ? "list" : "get"
        case "POST": verb = "create"
        case "PUT": verb = "update"
        case "PATCH": verb = "patch"
        case "DELETE": verb = name.isEmpty ? "deletecollection" : "delete"
        default: verb = request.method.lowercased()
        }
    }

    /// Why it is refused, in the words of the API server.
    func refusal(to user: String) -> String {
        guard isResource else {
            return "forbidden: User \"\(user)\" cannot \(verb) path \"\(path)\""
        }
        let what = group.isEmpty ? resource : "\(resource).\(group)"
        let object = name.isEmpty ? what : "\(what) \"\(name)\""
        let scope =
            namespace.isEmpty ? "at the cluster scope" : "in the namespace \"\(namespace)\""
        return "\(object) is forbidden: User \"\(user)\" cannot \(verb) resource "
            + "\"\(qualifiedResource)\" in API group \"\(group)\" \(scope)"
    }
}
