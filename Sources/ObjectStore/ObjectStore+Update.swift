public import Formats

extension ObjectStore {
    /// The part of an object that an update may change.
    public enum Part: Sendable, Hashable {
        /// Everything but `status`: what users write.
        case body
        /// `status` alone, and whose it is: what controllers write.
        case status
    }

    /// Replaces an object but for its status.
    ///
    /// `generation` rises if `spec` changes. An update that changes nothing keeps the version. If the
    /// object is being deleted and loses its last finalizer, it is removed.
    ///
    /// - Throws: `notFound`; `conflict` if `metadata.resourceVersion` or `uid` is given and is not
    ///   the stored one; `storage`.
    @discardableResult
    public func update(_ resource: String, _ object: JSON) throws(StoreError) -> JSON {
        try update(resource, object, part: .body)
    }

    /// Replaces the status of an object, and `managedFields` if there are any; the rest is kept.
    ///
    /// - Throws: `notFound`; `conflict` if `metadata.resourceVersion` or `uid` is given and is not
    ///   the stored one; `storage`.
    @discardableResult
    public func updateStatus(_ resource: String, _ object: JSON) throws(StoreError) -> JSON {
        try update(resource, object, part: .status)
    }

    /// Replaces the status of the object of a UID, and its ledger in the same transaction.
    ///
    /// - Parameters:
    ///   - uid: the object; a successor of the same name is not touched.
    ///   - status: the whole new status.
    ///   - ledger: what the engine must remember of the object over a restart.
    /// - Throws: `notFound` if the object is gone; `storage`.
    /// - Returns: the object as it is stored now.
    @discardableResult
    public func updateStatus(
        uid: String,
        _ status: JSON,
        ledger: JSON? = nil
    ) throws(StoreError) -> JSON {
        guard let key = key(uid: uid), var object = get(key) else {
            throw .notFound(ObjectKey("object", "", uid))
        }
        if object["status"] == status {
            if let ledger { try saveLedger(uid: uid, ledger) }
            return object
        }
        object["status"] = status
        return try commit(key, object, ledger: ledger)
    }

    /// Changes the object of a UID as the function says, whatever its version.
    ///
    /// - Throws: `notFound` if the object is gone; `storage`.
    @discardableResult
    public func modify(
        uid: String,
        _ part: Part = .body,
        _ change: (inout JSON) -> Void
    ) throws(StoreError) -> JSON {
        guard let key = key(uid: uid), var object = get(key) else {
            throw .notFound(ObjectKey("object", "", uid))
        }
        change(&object)
        object["metadata"]?["resourceVersion"] = nil
        return try update(key.resource, object, part: part)
    }

    /// Gives a pod its node: sets `spec.nodeName`, which is no new generation.
    ///
    /// - Throws: `notFound` if the pod is gone; `storage`.
    /// - Returns: The pod as it is stored now.
    @discardableResult
    public func bind(uid: String, to node: String) throws(StoreError) -> JSON {
        guard let key = key(uid: uid), var pod = get(key) else {
            throw .notFound(ObjectKey("pods", "", uid))
        }
        guard pod["spec"]?["nodeName"]?.string ?? "" == "" else { return pod }
        pod["spec"]?["nodeName"] = .string(node)
        return try commit(key, pod)
    }

    /// Replaces a part of an object; see `update` and `updateStatus`.
    ///
    /// - Throws: what those throw.
    @discardableResult
    public func update(
        _ resource: String,
        _ object: JSON,
        part: Part
    ) throws(StoreError) -> JSON {
        let (key, old, new) = try merged(resource, object, part: part)
        guard new != old else { return old }
        let metadata = new["metadata"]
        let grace = metadata?["deletionGracePeriodSeconds"]?.int ?? 0
        if metadata?["deletionTimestamp"] != nil, !Self.isHeld(new), grace == 0 {
            return try erase(key, new)
        }
        return try commit(key, new)
    }

    /// What `update` would store, for a dry run.
    ///
    /// - Throws: what `update` throws, but for `storage`.
    public func preview(
        updating resource: String,
        _ object: JSON,
        part: Part
    ) throws(StoreError) -> JSON {
        try merged(resource, object, part: part).new
    }

    private func merged(
        _ resource: String,
        _ object: JSON,
        part: Part
    ) throws(StoreError) -> (key: ObjectKey, old: JSON, new: JSON) {
        let metadata = object["metadata"]
        let key = ObjectKey(
            resource,
            metadata?["namespace"]?.string ?? "",
            metadata?["name"]?.string ?? ""
        )
        guard let old = get(key) else { throw .notFound(key) }
        try check(key, old, uid: metadata?["uid"]?.string, metadata?["resourceVersion"]?.string)
        if part == .status {
            var new = old
            new["status"] = object["status"]
            // Who owns the status is told beside it.
            if let owners = metadata?["managedFields"] {
                new["metadata"]?["managedFields"] = owners
            }
            return (key, old, new)
        }
        var new = object
        new["status"] = old["status"]
        for field in Self.ownedFields {
            new["metadata"]?[field] = old["metadata"]?[field]
        }
        if new["spec"] != old["spec"], let generation = old["metadata"]?["generation"]?.int {
            new["metadata"]?["generation"] = .int(generation + 1)
        }
        return (key, old, new)
    }

    /// What only the server writes.
    private static let ownedFields = [
        "uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ]

    func check(
        _ key: ObjectKey,
        _ object: JSON,
        uid: String?,
        _ version: String?
    ) throws(StoreError) {
        let metadata = object["metadata"]
        if let uid, !uid.isEmpty, uid != metadata?["uid"]?.string {
            throw .conflict(
                key,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: "
                    + (metadata?["uid"]?.string ?? "")
            )
        }
        if let version, !version.isEmpty, version != metadata?["resourceVersion"]?.string {
            throw .conflict(
                key,
                "the object has been modified; please apply your changes to the latest version "
                    + "and try again"
            )
        }
    }
}
