internal import Basics
public import Formats

extension ObjectStore {
    /// What became of a deletion.
    public enum Deletion: Sendable, Hashable {
        /// The object is gone; this was its last state.
        case removed(JSON)
        /// The object waits for its grace period or finalizers.
        case marked(JSON)

        /// The object after the deletion.
        public var object: JSON {
            switch self {
            case .removed(let object), .marked(let object): object
            }
        }
    }

    /// Deletes an object, at once or in two phases.
    ///
    /// With a grace period it is marked with `deletionTimestamp` (now and the grace) and
    /// `deletionGracePeriodSeconds`; whoever runs it deletes it again with 0 when it has ended. A second
    /// deletion can only shorten the period. Without one it is removed, unless it has finalizers:
    /// then it is marked and removed with the last of them.
    ///
    /// - Parameters:
    ///   - key: the object.
    ///   - grace: seconds to end gracefully.
    ///   - uid: if given, the object must have this UID.
    ///   - resourceVersion: if given, the object must have this version.
    ///   - finalizers: if given, the finalizers that the object has from now on.
    /// - Throws: `notFound`, `conflict` if a precondition does not hold, or `storage`.
    /// - Returns: whether it is gone, and the object.
    @discardableResult
    public func delete(
        _ key: ObjectKey,
        grace: Int = 0,
        uid: String? = nil,
        resourceVersion: String? = nil,
        finalizers: [String]? = nil
    ) throws(StoreError) -> Deletion {
        guard let stored = get(key) else { throw .notFound(key) }
        try check(key, stored, uid: uid, resourceVersion)
        var object = stored
        if let finalizers {
            object["metadata"]?["finalizers"] = finalizers.isEmpty ? nil : .strings(finalizers)
        }
        guard let marked = preview(deleting: object, grace: grace) else {
            return .removed(try erase(key, object))
        }
        return .marked(marked == stored ? stored : try commit(key, marked))
    }

    /// Whether finalizers hold an object: its own, or for namespaces those of its spec.
    static func isHeld(_ object: JSON) -> Bool {
        let lists = [object["metadata"]?["finalizers"], object["spec"]?["finalizers"]]
        return lists.contains { $0?.array.map { !$0.isEmpty } ?? false }
    }

    /// The object as a deletion would mark it; `nil` if it would be removed at once.
    public func preview(deleting object: JSON, grace: Int) -> JSON? {
        let metadata = object["metadata"]
        let isHeld = Self.isHeld(object)
        let oldGrace = metadata?["deletionGracePeriodSeconds"]?.int ?? 0
        let oldEnd = metadata?["deletionTimestamp"]?.string.flatMap { Timestamp(rfc3339: $0) }
        if grace <= 0, !isHeld { return nil }
        var grace = max(grace, 0)
        var start = now
        if let oldEnd {
            guard grace < oldGrace else { return object }
            start = oldEnd + .seconds(-oldGrace)
            grace = min(grace, oldGrace)
        }
        var marked = object
        marked["metadata"]?["deletionTimestamp"] = .string((start + .seconds(grace)).rfc3339)
        marked["metadata"]?["deletionGracePeriodSeconds"] = .int(grace)
        if let generation = metadata?["generation"]?.int {
            marked["metadata"]?["generation"] = .int(generation + 1)
        }
        return marked
    }

    // MARK: Ledger

    /// Keeps what the engine must remember of an object over a restart; removed with the object.
    ///
    /// - Throws: `notFound` if the object is gone; `storage`.
    public func saveLedger(uid: String, _ snapshot: JSON) throws(StoreError) {
        guard key(uid: uid) != nil else { throw .notFound(ObjectKey("object", "", uid)) }
        try storing { () throws(Failure) in try file.putLedger(uid, snapshot.bytes()) }
    }

    /// All ledgers by UID, read from the file.
    ///
    /// - Throws: `storage`; a ledger that is no JSON is left out.
    public func ledgers() throws(StoreError) -> [String: JSON] {
        try storing { () throws(Failure) in try file.ledgers() }
            .compactMapValues { try? JSON.parse($0) }
    }

    /// Forgets the ledger of an object.
    ///
    /// - Throws: `storage`.
    public func removeLedger(uid: String) throws(StoreError) {
        try storing { () throws(Failure) in try file.removeLedger(uid) }
    }
}
