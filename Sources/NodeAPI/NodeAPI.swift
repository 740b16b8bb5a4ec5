internal import Basics
internal import Formats
public import ObjectStore
public import Reactor

/// The Kubernetes API of one node: the same paths, shapes and errors, for a subset of the kinds.
///
/// The core turns an `APIRequest` into an `APIAnswer` and knows no sockets; `serve` connects it to
/// an HTTP server. Objects are in the store, what runs is behind `NodeServices`.
///
/// Ownership: the event loop's. What follows from a change, such as the end of dependents and of what
/// is in a namespace, is the node's work.
@MainLoop public final class NodeAPI {
    let store: ObjectStore
    let services: any NodeServices
    let settings: NodeAPISettings
    let metrics = APIMetrics()
    /// Whether pods can reach the API, through the service `kubernetes`.
    public internal(set) var isReachedByPods = false

    /// Makes the API, and the namespaces `default` and `kube-system` and the node if they are missing.
    ///
    /// - Throws: `StoreError.storage` if they cannot be stored.
    public init(
        store: ObjectStore,
        services: any NodeServices,
        settings: NodeAPISettings
    ) throws(StoreError) {
        self.store = store
        self.services = services
        self.settings = settings
        for name in ["default", "kube-system"]
        where store.get(ResourceKind.namespaces.key("", name)) == nil {
            try createNamespace(named: name)
        }
        // What an engine before this one made may lack something, or trust another authority.
        for (key, namespace) in store.entries(ObjectQuery("namespaces"))
        where namespace["metadata"]?["deletionTimestamp"] == nil {
            try furnishNew(namespace: key.name)
        }
        try registerNode()
        for role in StandardRoles.all {
            let name = role["metadata"]?["name"]?.string ?? ""
            guard store.get(ObjectKey("clusterroles", "", name)) == nil else { continue }
            try store.create("clusterroles", role)
        }
    }

    /// Answers a request; never throws, errors are answers too.
    public func answer(_ request: APIRequest) async -> APIAnswer {
        let wanted = AccessAttributes(request)
        let start = Loop.main.now
        let answer = await answer(request, wanted)
        var code = 200
        switch answer {
        case .complete(let response): code = response.status
        case .stream, .watch: break
        case .command, .forward: code = 101
        }
        metrics.note(wanted, code: code, Loop.main.now - start)
        return answer
    }

    private func answer(_ request: APIRequest, _ wanted: AccessAttributes) async -> APIAnswer {
        do throws(APIError) {
            try Authorizer(store: store).check(request.caller, wanted)
            let answer = try await routeVersion(request)
            if !request.isDryRun { try restore(after: wanted) }
            return answer
        } catch {
            return .complete(APIResponse(error.code, error.status))
        }
    }

    /// Answers a request about a stored version, or about another one by means of it.
    private func routeVersion(_ request: APIRequest) async throws(APIError) -> APIAnswer {
        let path = request.segments
        guard path.count >= 4, path[0] == "apis" else { return try await route(request) }
        let resource = path[3] == "namespaces" && path.count >= 6 ? path[5] : path[3]
        let other = ResourceKind.otherVersions.first {
            $0.group == path[1] && $0.version == path[2] && $0.resource == resource
        }
        let stored = ResourceKind.all.first { $0.group == path[1] && $0.resource == resource }
        guard let other, let stored else { return try await route(request) }
        return try await answer(request, inVersionOf: other, storedAs: stored)
    }

    func route(_ request: APIRequest) async throws(APIError) -> APIAnswer {
        let segments = request.segments
        switch segments.first {
        case "api" where segments.count >= 2:
            guard segments[1] == "v1" else { throw .unknownPath }
            if segments.count == 2 { return try discovery(request) }
            return try await resource(request, group: "", Array(segments.dropFirst(2)))
        case "apis" where segments.starts(with: ["apis", "remora", "v1"]):
            return try await engine(request, Array(segments.dropFirst(3)))
        case "apis" where segments.count >= 4:
            return try await resource(
                request,
                group: segments[1],
                version: segments[2],
                Array(segments.dropFirst(3))
            )
        default: return try discovery(request)
        }
    }

    /// A path below a group and version: `[namespaces/NS/]RESOURCE[/NAME[/SUBRESOURCE]]`.
    private func resource(
        _ request: APIRequest,
        group: String,
        version: String = "v1",
        _ path: [String]
    ) async throws(APIError) -> APIAnswer {
        var path = path[...]
        var namespace: String?
        if path.first == "namespaces", path.count >= 3,
            let name = path.dropFirst().first,
            path.count > 3 || !ResourceKind.namespaces.has(path[path.startIndex + 2])
        {
            namespace = name
            path = path.dropFirst(2)
        }
        guard let name = path.first, path.count <= 3,
            let kind = ResourceKind.find(group: group, version: version, resource: name),
            kind.isNamespaced || namespace == nil
        else { throw .unknownPath }
        let target = Target(kind: kind, namespace: namespace)
        let rest = Array(path.dropFirst())
        if kind.isReview, rest.isEmpty { return .complete(try review(request, kind)) }
        if kind.isMeasured { return .complete(try measured(request, target, rest)) }
        switch rest.count {
        case 0: return try await collection(request, target)
        case 1: return try await object(request, target, rest[0])
        default: return try await subresource(request, target, rest[0], rest[1])
        }
    }

    private func collection(
        _ request: APIRequest,
        _ target: Target
    ) async throws(APIError) -> APIAnswer {
        switch request.method {
        case "GET", "HEAD":
            if request.flag("watch") { return try watch(request, target) }
            return .complete(try list(request, target))
        case "POST": return .complete(try await create(request, target))
        case "DELETE": return .complete(try deleteCollection(request, target))
        default: throw .methodNotAllowed(request.method)
        }
    }

    private func object(
        _ request: APIRequest,
        _ target: Target,
        _ name: String
    ) async throws(APIError) -> APIAnswer {
        let key = try target.key(name)
        switch request.method {
        case "GET", "HEAD": return .complete(try get(request, target, key))
        case "PUT": return .complete(try update(request, target, key, .body))
        case "PATCH": return .complete(try await patch(request, target, key, .body))
        case "DELETE": return .complete(try delete(request, target, key))
        default: throw .methodNotAllowed(request.method)
        }
    }

    private func subresource(
        _ request: APIRequest,
        _ target: Target,
        _ name: String,
        _ subresource: String
    ) async throws(APIError) -> APIAnswer {
        guard target.kind.has(subresource) else { throw .unknownPath }
        let key = try target.key(name)
        switch subresource {
        case "status":
            switch request.method {
            case "GET": return .complete(try get(request, target, key))
            case "PUT": return .complete(try update(request, target, key, .status))
            case "PATCH": return .complete(try await patch(request, target, key, .status))
            default: throw .methodNotAllowed(request.method)
            }
        case "ephemeralcontainers":
            return .complete(try changePart(request, target, key, .ephemeralContainers))
        case "resize": return .complete(try changePart(request, target, key, .resources))
        case "finalize": return .complete(try finalize(request, target, key))
        case "scale": return .complete(try scale(request, target, key))
        case "token":
            let token = try requestToken(request, (namespace: key.namespace, name: key.name))
            return .complete(token)
        case "log": return try log(request, target, key)
        case "exec", "attach": return try command(request, target, key, subresource)
        case "portforward": return .forward(try portForward(request, target, key))
        case "eviction": return .complete(try evict(request, target, key))
        default: throw .unknownPath
        }
    }

    // MARK: Helpers

    /// A kind in a namespace, or in all of them.
    struct Target {
        var kind: ResourceKind
        var namespace: String?

        func key(_ name: String) throws(APIError) -> ObjectKey {
            guard namespace != nil || !kind.isNamespaced else { throw .unknownPath }
            return kind.key(namespace ?? "", name)
        }
    }

    /// The stored object.
    ///
    /// - Throws: 404.
    func stored(_ kind: ResourceKind, _ key: ObjectKey) throws(APIError) -> JSON {
        guard let object = store.get(key) else { throw .notFound(kind, key.name) }
        return object
    }

    /// Runs work on the store with its errors as answers.
    func storing<Result>(
        _ kind: ResourceKind,
        _ body: () throws(StoreError) -> Result
    ) throws(APIError) -> Result {
        do throws(StoreError) { return try body() } catch { throw APIError(error, kind) }
    }
}
