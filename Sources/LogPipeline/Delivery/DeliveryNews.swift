import Basics

/// Says what becomes of a sink's deliveries: that they fail, that they succeed again, that records are refused.
///
/// The same is said once a minute at most.
struct DeliveryNews: Sendable {
    private let id: String
    private let journal: Journal
    private var trouble: String?
    private var lastTrouble: Instant?
    private var refused = 0
    private var lastRefusal: Instant?

    private static let pause = Duration.seconds(60)

    init(id: String, journal: Journal) {
        self.id = id
        self.journal = journal
    }

    /// Notes why the last request failed; nil after one that did not.
    mutating func note(trouble: String?, at now: Instant) {
        guard let trouble else {
            if self.trouble != nil { journal.info("\(id): deliveries succeed again") }
            self.trouble = nil
            lastTrouble = nil
            return
        }
        let isNew = self.trouble == nil
        self.trouble = trouble
        if !isNew, let lastTrouble, now - lastTrouble < Self.pause { return }
        lastTrouble = now
        journal.warning("\(id): a delivery failed and is tried again: \(trouble)")
    }

    /// Notes that records were refused for good.
    mutating func note(refused count: Int, reason: String, at now: Instant) {
        refused += count
        if let lastRefusal, now - lastRefusal < Self.pause { return }
        lastRefusal = now
        journal.warning("\(id): records were refused for good: \(reason)", ["so far": "\(refused)"])
    }
}
