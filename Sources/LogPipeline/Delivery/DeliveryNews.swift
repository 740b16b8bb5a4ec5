import Basics

/// Says what becomes of a sink's deliveries: that they fail, that they succeed again, that records are refused.
///
/// The same is said once a minute at most, something else after ten seconds; an end of failing only if the failing
/// was said. A sink that fails now and again so does not fill the log.
struct DeliveryNews: Sendable {
    private let id: String
    private let journal: Journal
    /// The failure that was said last.
    private var lastTrouble: (text: String, at: Instant)?
    /// Whether it was said of this failing, which has not ended.
    private var isTold = false
    private var refused = 0
    private var lastRefusal: Instant?

    private static let pause = Duration.seconds(60)
    private static let pauseOfOthers = Duration.seconds(10)

    init(id: String, journal: Journal) {
        self.id = id
        self.journal = journal
    }

    /// Notes why the last request failed; nil after one that did not.
    mutating func note(trouble: String?, at now: Instant) {
        guard let trouble else {
            if isTold { journal.info("\(id): deliveries succeed again") }
            isTold = false
            return
        }
        if let lastTrouble {
            let pause = lastTrouble.text == trouble ? Self.pause : Self.pauseOfOthers
            guard now - lastTrouble.at >= pause else { return }
        }
        lastTrouble = (trouble, now)
        isTold = true
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
