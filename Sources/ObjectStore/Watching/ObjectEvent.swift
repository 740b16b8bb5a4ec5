public import Formats

/// A change that a watcher is told of.
public struct ObjectEvent: Sendable, Hashable {
    /// What happened, as seen through the watcher's query.
    public enum Kind: String, Sendable, Hashable {
        /// The object was created, or begins to match the query.
        case added = "ADDED"
        /// The object was changed and still matches.
        case modified = "MODIFIED"
        /// The object was removed, or no longer matches.
        case deleted = "DELETED"
    }

    /// What happened.
    public var kind: Kind
    /// The object's name.
    public var key: ObjectKey
    /// The object after the change, or its last state if it was removed.
    public var object: JSON
    /// That object as JSON text, made once for all watchers.
    public var text: [UInt8]
    /// The resource version of the change.
    public var version: Int64
}
