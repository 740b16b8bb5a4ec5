/// What came of a request.
package enum DeliveryAnswer: Sendable, Hashable {
    /// Everything was delivered.
    case delivered
    /// Everything but these was delivered.
    case partly([ItemVerdict])
    /// Nothing is known to be delivered.
    case failed(Setback)
}

/// What the other side says of one record.
package struct ItemVerdict: Sendable, Hashable {
    /// The record's place in the request.
    package var item: Int
    /// Whether trying again may help; if not it is refused for good.
    var isRetriable: Bool
    /// Why.
    var reason: String
    /// The other side's code.
    var code: Int?
}

/// Why a whole request failed.
package struct Setback: Sendable, Hashable {
    /// What is to be done.
    package enum Remedy: Sendable, Hashable {
        /// To try again later.
        case retry
        /// Nothing: the records are refused for good.
        case reject
        /// To try again with fewer records; one alone is refused for good.
        case split
    }

    /// What is to be done.
    var remedy: Remedy
    /// Why, in one sentence.
    var reason: String
    /// The other side's code.
    var code: Int?
    /// Whether the request may have been carried out all the same: its answer was lost.
    var isUncertain = false
    /// Whether nobody was reached: such attempts do not count against the limit of attempts.
    var isUnreached = false
    /// How long the other side asks to be left alone.
    var retryAfter: Duration?

    /// Describes a failure.
    init(_ remedy: Remedy, _ reason: String, code: Int? = nil) {
        self.remedy = remedy
        self.reason = reason
        self.code = code
    }
}
