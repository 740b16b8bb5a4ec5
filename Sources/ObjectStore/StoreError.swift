public import Basics

/// Why the store refuses, in the terms of the Kubernetes API.
public enum StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no such object.
    case notFound(ObjectKey)
    /// There is such an object already.
    case alreadyExists(ObjectKey)
    /// The object is not in the state that the caller expects.
    case conflict(ObjectKey, String)
    /// The changes since that resource version are no longer known; list again.
    case expired(requested: Int64, oldest: Int64)
    /// The object cannot be stored as it is.
    case invalid(ObjectKey, String)
    /// The file behind the store does not work.
    case storage(Failure)

    /// The sentence for users.
    public var description: String { failure.description }

    /// The same as a failure.
    public var failure: Failure {
        switch self {
        case .notFound(let key): Failure(.notFound, "\(key) does not exist")
        case .alreadyExists(let key): Failure(.conflict, "\(key) already exists")
        case .conflict(let key, let why): Failure(.conflict, "\(key) cannot be changed", cause: why)
        case .expired(let requested, let oldest):
            Failure(
                .exhausted,
                "too old resource version: \(requested) (\(oldest))",
                remedy: "list again and watch from there"
            )
        case .invalid(let key, let why): Failure(.invalid, "\(key) cannot be stored", cause: why)
        case .storage(let failure): failure
        }
    }
}
