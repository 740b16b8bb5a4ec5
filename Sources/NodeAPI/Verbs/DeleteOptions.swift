internal import Formats

/// What a deletion asks for, from the body or the query.
struct DeleteOptions {
    /// What becomes of the objects that the object owns.
    enum Propagation: String {
        /// They go after it.
        case background = "Background"
        /// They go before it, if they hold it up (`blockOwnerDeletion`).
        case foreground = "Foreground"
        /// They stay, without an owner.
        case orphan = "Orphan"
    }

    var grace: Int?
    var uid: String?
    var resourceVersion: String?
    /// `nil` goes on with what an earlier deletion asked for, else the background.
    var propagation: Propagation?

    /// The finalizer of objects that wait for their dependents.
    static let foregroundFinalizer = "foregroundDeletion"
    /// The finalizer of objects whose dependents are still to be released.
    static let orphanFinalizer = "orphan"

    init(_ request: APIRequest) throws(APIError) {
        let body = try BodyReader.json(request)
        grace = try request.number("gracePeriodSeconds") ?? body["gracePeriodSeconds"]?.int
        uid = body["preconditions"]?["uid"]?.string
        resourceVersion = body["preconditions"]?["resourceVersion"]?.string
        let policy =
            request.parameter("propagationPolicy") ?? body["propagationPolicy"]?.string ?? ""
        let orphans = request.parameter("orphanDependents") ?? body["orphanDependents"]?.text()
        guard policy.isEmpty || orphans == nil else {
            throw .badRequest("orphanDependents and deletionPropagation cannot be both set")
        }
        if policy.isEmpty {
            propagation = orphans.map { $0 == "true" || $0 == "1" ? .orphan : .background }
        } else {
            propagation = Propagation(rawValue: policy)
            guard propagation != nil else {
                throw .badRequest(
                    "propagationPolicy \"\(policy)\" is unknown; use Background, Foreground or"
                        + " Orphan"
                )
            }
        }
    }

    /// The grace period of an object: asked for, else the pod's own, none if nothing runs.
    ///
    /// The rules are those of the pod registry: a pod that is finished or on no node goes at once, a negative period
    /// counts as one second, and only pods have one.
    func grace(of object: JSON, _ kind: ResourceKind) -> Int {
        guard kind == .pods else { return 0 }
        let phase = object["status"]?["phase"]?.string
        if phase == "Succeeded" || phase == "Failed" { return 0 }
        // No node has taken it.
        if object["spec"]?["nodeName"]?.string ?? "" == "" { return 0 }
        let period = grace ?? object["spec"]?["terminationGracePeriodSeconds"]?.int ?? 30
        return period < 0 ? 1 : period
    }

    /// The finalizers that an object has once it is being deleted; `nil` leaves them as they are.
    func finalizers(of object: JSON) -> [String]? {
        guard let propagation else { return nil }
        let before = object["metadata"]?["finalizers"]?.array?.compactMap(\.string) ?? []
        var after = before.filter {
            ![Self.foregroundFinalizer, Self.orphanFinalizer].contains($0)
        }
        if propagation == .foreground { after.append(Self.foregroundFinalizer) }
        return after == before ? nil : after
    }
}
