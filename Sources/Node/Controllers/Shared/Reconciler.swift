internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor

/// Brings what one object wants and what is nearer to each other.
@MainLoop protocol Reconciler {
    /// Looks at an object once.
    ///
    /// It may be called at any time and any number of times, never twice at once for one object.
    ///
    /// - Throws: `StoreError`; it is called again after a pause.
    func reconcile(_ key: ObjectKey, _ object: JSON) async throws(StoreError) -> Verdict
}

/// How a look at an object ended.
enum Verdict: Sendable, Hashable {
    /// There is nothing to do until something changes.
    case settled
    /// It is to be looked at again after a time though nothing changes.
    case again(Duration)
    /// Something was refused: it is tried again after a growing pause.
    case refused(Failure)

    /// Again after the shorter of two times, if there is one.
    static func after(_ waits: Duration?...) -> Self {
        waits.compactMap(\.self).min().map { .again(max(.zero, $0)) } ?? .settled
    }
}
