public import Formats

extension ObjectStore {
    /// Stores a new object and fills in what the server owns.
    ///
    /// That is `name` from `generateName`, `uid`, `resourceVersion`, `creationTimestamp`, and
    /// `generation` 1 if there is a `spec`.
    ///
    /// - Parameters:
    ///   - resource: the plural resource name.
    ///   - object: the object.
    ///   - complete: fills in what depends on the name and the UID.
    /// - Throws: `alreadyExists`, `invalid` without a name, or `storage`.
    /// - Returns: the object as it is stored.
    @discardableResult
    public func create(
        _ resource: String,
        _ object: JSON,
        completing complete: (inout JSON) -> Void = { _ in }
    ) throws(StoreError) -> JSON {
        let (key, object) = try prepared(resource, object, complete)
        return try commit(key, object)
    }

    /// What `create` would store, for a dry run.
    ///
    /// - Throws: what `create` throws, but for `storage`.
    public func preview(
        creating resource: String,
        _ object: JSON,
        completing complete: (inout JSON) -> Void = { _ in }
    ) throws(StoreError) -> JSON {
        try prepared(resource, object, complete).1
    }

    private func prepared(
        _ resource: String,
        _ object: JSON,
        _ complete: (inout JSON) -> Void
    ) throws(StoreError) -> (ObjectKey, JSON) {
        var object = object
        var metadata = object["metadata"] ?? [:]
        let namespace = metadata["namespace"]?.string ?? ""
        var name = metadata["name"]?.string ?? ""
        if name.isEmpty, let prefix = metadata["generateName"]?.string, !prefix.isEmpty {
            repeat {
                name = String(prefix.prefix(58)) + Self.randomSuffix()
            } while get(ObjectKey(resource, namespace, name)) != nil
            metadata["name"] = .string(name)
        }
        let key = ObjectKey(resource, namespace, name)
        guard !name.isEmpty else { throw .invalid(key, "name or generateName is required") }
        guard get(key) == nil else { throw .alreadyExists(key) }
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion"] {
            metadata[field] = nil
        }
        metadata["uid"] = .string(Self.randomUID())
        metadata["creationTimestamp"] = .string(now.rfc3339)
        metadata["generation"] = object["spec"] == nil ? nil : JSON?.some(1)
        object["metadata"] = metadata
        complete(&object)
        return (key, object)
    }

    /// Five characters that spell no words, as Kubernetes appends them to `generateName`.
    nonisolated public static func randomSuffix() -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
        return String((0..<5).compactMap { _ in alphabet.randomElement() })
    }

    /// A random UUID (RFC 9562, version 4).
    nonisolated public static func randomUID() -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array("0123456789abcdef")
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append("-") }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }
}
