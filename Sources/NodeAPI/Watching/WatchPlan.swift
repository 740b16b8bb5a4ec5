/// What a watcher is told next: a value that knows neither objects nor sockets.
///
/// First come the objects that were there, then, if it was asked for, the bookmark that ends them, then
/// changes. A watch that has ended tells what was still to be told, and then, if its client was too slow,
/// that it has expired, or else, if the client takes bookmarks, where it can go on.
struct WatchPlan<Object, Event> {
    /// What there is to tell.
    enum Step {
        /// An object that was there when the watch began.
        case opening(Object)
        /// Those were all; the version in which they were seen.
        case opened(version: Int64)
        /// A change.
        case event(Event)
        /// The end: the client was too slow.
        case expired
        /// The end: the client can go on from here.
        case bookmark
        /// Nothing now.
        case wait
        /// Nothing any more.
        case over
    }

    /// What a queue of changes gives.
    enum Taken {
        /// A change.
        case event(Event)
        /// Nothing now.
        case none
        /// The watch has ended, and nothing is left.
        case end(isExpired: Bool)
    }

    private var opening: ArraySlice<Object>
    private var openingVersion: Int64?
    private let endsWithBookmark: Bool
    private var isOver = false

    /// Makes a plan.
    ///
    /// - Parameters:
    ///   - opening: the objects that are told first.
    ///   - openingVersion: the version of a bookmark after them; `nil` for none.
    ///   - endsWithBookmark: whether the client takes bookmarks.
    init(opening: [Object], openingVersion: Int64?, endsWithBookmark: Bool) {
        self.opening = opening[...]
        self.openingVersion = openingVersion
        self.endsWithBookmark = endsWithBookmark
    }

    /// Goes on.
    ///
    /// - Parameter take: Takes a change from the queue; it is asked only when nothing comes before it.
    /// - Returns: The next step.
    mutating func next(_ take: () -> Taken) -> Step {
        if isOver { return .over }
        if let object = opening.popFirst() {
            // What was told is not kept for those that follow.
            if opening.isEmpty { opening = [] }
            return .opening(object)
        }
        if let version = openingVersion {
            openingVersion = nil
            return .opened(version: version)
        }
        switch take() {
        case .event(let event): return .event(event)
        case .none: return .wait
        case .end(let isExpired):
            isOver = true
            if isExpired { return .expired }
            return endsWithBookmark ? .bookmark : .over
        }
    }
}
