public import Formats
public import Reactor

/// Keeps account of objects that are removed, in the same transaction as their removal.
///
/// So a sum over objects that come and go is exact even if the engine is killed at any moment.
@MainLoop public protocol Bookkeeper: AnyObject {
    /// What must be remembered of another object when one is removed.
    ///
    /// - Parameters:
    ///   - key: the object that is about to be removed.
    ///   - last: its last state.
    /// - Returns: the UID of the other object, and its whole new ledger; nothing is kept for an object
    ///   that is not there.
    func note(beforeRemoving key: ObjectKey, _ last: JSON) -> (uid: String, ledger: JSON)?

    /// The object is removed, and the ledger stored.
    func noted(uid: String, _ ledger: JSON)
}
