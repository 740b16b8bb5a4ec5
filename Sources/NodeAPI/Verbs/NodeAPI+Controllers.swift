public import Basics
public import Formats
internal import ObjectStore
internal import Reactor

extension NodeAPI {
    /// Stores a pod that a controller makes: it passes what the pods of clients pass, webhooks and
    /// limits among it, and belongs to no field manager.
    ///
    /// - Parameter pod: The pod, with a name or the beginning of one.
    /// - Returns: The pod as it is stored.
    /// - Throws: `Failure` whose `what` is why it was refused, in the words of the API.
    public func createPod(_ pod: JSON) async throws(Failure) -> JSON {
        do throws(APIError) {
            var reading = BodyReader.Reading(object: pod, missing: [], warnings: [])
            try await mutate(&reading, APIRequest("POST", ""), .pods)
            let (object, _) = try admission(of: .pods).created(reading)
            return try storing(.pods) { () throws(StoreError) in
                try store.create(ResourceKind.pods.resource, object)
            }
        } catch {
            throw Failure(.forbidden, error.message)
        }
    }

    /// Takes the finalizers of a namespace's spec from a body; one that is being deleted goes with the
    /// last of them.
    func finalize(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey
    ) throws(APIError) -> APIResponse {
        guard request.method == "PUT" else { throw .methodNotAllowed(request.method) }
        let stored = try stored(target.kind, key)
        let wanted = try BodyReader.json(request)["spec"]?["finalizers"]
        let changed = try storing(target.kind) { () throws(StoreError) in
            try store.modify(uid: stored["metadata"]?["uid"]?.string ?? "") { object in
                let isEmpty = wanted?.array?.isEmpty ?? true
                object["spec"]?["finalizers"] = isEmpty ? nil : wanted
            }
        }
        return APIResponse(200, changed)
    }
}
