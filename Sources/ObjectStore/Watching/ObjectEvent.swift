public import Formats
internal import Reactor

/// A change that a watcher is told of; all watchers who see the same share one event.
public final class ObjectEvent: Sendable {
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
    public let kind: Kind
    /// The object's name.
    public let key: ObjectKey
    /// The object after the change, or its last state if it was removed.
    public let object: JSON
    /// That object as JSON text.
    public let text: [UInt8]
    /// The resource version of the change.
    public let version: Int64
    @MainLoop private var written: [(form: String, bytes: [UInt8])] = []

    /// Makes an event.
    public init(kind: Kind, key: ObjectKey, object: JSON, text: [UInt8], version: Int64) {
        self.kind = kind
        self.key = key
        self.object = object
        self.text = text
        self.version = version
    }

    /// The event as it is sent in some form, written once for all who want it so.
    ///
    /// - Parameters:
    ///   - form: the name of the form; the same name must stand for the same bytes.
    ///   - write: writes it, if nobody has asked for that form before.
    /// - Returns: the bytes.
    @MainLoop public func bytes(in form: String, _ write: () -> [UInt8]) -> [UInt8] {
        if let known = written.first(where: { $0.form == form }) { return known.bytes }
        let bytes = write()
        written.append((form, bytes))
        return bytes
    }
}
