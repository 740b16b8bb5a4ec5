public import Basics
public import Reactor

/// A step between sources and sinks.
///
/// It is handed records in batches and the moment; it asks no clock and waits for nothing. What it keeps
/// for later (a multi-line record, a window) stays in the books as buffered, because its receipts are open.
@MainLoop public protocol Stage: AnyObject {
    /// Takes records and hands on what becomes of them; they are its own, so that changing them copies nothing.
    func process(_ events: consuming [Event], at moment: Moment, into outlet: Outlet)
    /// When `wake` is to be called next; nil for never.
    var nextWake: Instant? { get }
    /// Time has passed; with `isLast` everything that is kept goes on, for nothing comes any more.
    func wake(at moment: Moment, isLast: Bool, into outlet: Outlet)
}

extension Stage {
    /// Never: stages that keep nothing need no time.
    public var nextWake: Instant? { nil }
    /// Nothing: stages that keep nothing have nothing to hand on.
    public func wake(at moment: Moment, isLast: Bool, into outlet: Outlet) {}
}

/// Where a stage puts its results, and where ends are noted.
@MainLoop public final class Outlet {
    /// Why records do not go on.
    public enum Leaving: String, Sendable, Hashable, CaseIterable {
        /// The configuration says so: a filter.
        case filtered
        /// A limit says so: throttled, sampled.
        case limited
        /// It was equal to another: dedupe.
        case repeated
        /// It could not be worked on and the configuration says that such ones go: `drop_on_error`.
        case failed
        /// No sink takes it.
        case unrouted
        /// It was on its way when the program was killed, and its source cannot be read again.
        case interrupted
    }

    /// What goes on.
    public private(set) var passed: [Event] = []
    /// What goes out by another door: `<id>.dropped`, `<route>.<name>`, a rewritten tag.
    public private(set) var named: [String: [Event]] = [:]
    /// How many left, by cause.
    public private(set) var left: [Leaving: Int] = [:]
    /// How many more there are by copies and splitting.
    public private(set) var made = 0

    /// Makes an empty outlet.
    public init() {}

    /// Hands a record on.
    public func pass(_ event: Event) {
        passed.append(event)
    }

    /// Hands records on.
    public func pass(_ events: [Event]) {
        if passed.isEmpty { passed = events } else { passed += events }
    }

    /// Hands a record out by a named door.
    public func pass(_ event: Event, by door: String) {
        named[door, default: []].append(event)
    }

    /// Ends a record on purpose; it is counted.
    public func drop(_ event: Event, _ why: Leaving) {
        left[why, default: 0] += event.receipt.count
        event.receipt.end()
    }

    /// Makes another record that stands for the same read records: its end is waited for as well.
    public func copy(_ event: Event) -> Event {
        made += event.receipt.count
        event.receipt.expectAnother()
        return event
    }

    /// Lets a record stand for another's read records too; the other is gone.
    ///
    /// The books go on counting both: they end together.
    public func join(_ other: Event, to event: inout Event) {
        event.receipt.join(other.receipt)
    }

    /// Takes everything out.
    public func clear() {
        // Its memory went with the records.
        passed = []
        if !named.isEmpty { named = [:] }
        if !left.isEmpty { left = [:] }
        made = 0
    }
}
