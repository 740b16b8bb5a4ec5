internal import Formats

/// What a deletion asks for, from the body or the query.
struct DeleteOptions {
    var grace: Int?
    var uid: String?
    var resourceVersion: String?
    var orphansDependents: Bool

    init(_ request: APIRequest) throws(APIError) {
        let body = try BodyReader.json(request)
        grace = try request.number("gracePeriodSeconds") ?? body["gracePeriodSeconds"]?.int
        uid = body["preconditions"]?["uid"]?.string
        resourceVersion = body["preconditions"]?["resourceVersion"]?.string
        let policy =
            request.parameter("propagationPolicy") ?? body["propagationPolicy"]?.string ?? ""
        guard ["", "Background", "Foreground", "Orphan"].contains(policy) else {
            throw .badRequest(
                "propagationPolicy \"\(policy)\" is unknown; use Background, Foreground or Orphan"
            )
        }
        let orphans = request.flag("orphanDependents") || body["orphanDependents"]?.bool == true
        orphansDependents = policy == "Orphan" || orphans
    }

    /// The grace period of an object: asked for, else the pod's own, none if nothing runs.
    ///
    /// The rules are those of the pod registry: a finished pod goes at once, a negative period
    /// counts as one second, and only pods have one.
    func grace(of object: JSON, _ kind: ResourceKind) -> Int {
        guard kind == .pods else { return 0 }
        let phase = object["status"]?["phase"]?.string
        if phase == "Succeeded" || phase == "Failed" { return 0 }
        let period = grace ?? object["spec"]?["terminationGracePeriodSeconds"]?.int ?? 30
        return period < 0 ? 1 : period
    }
}
