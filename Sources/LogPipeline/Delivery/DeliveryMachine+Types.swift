import Basics

extension DeliveryMachine {
    /// Records under way together.
    struct Parcel: Sendable {
        /// Its number.
        let id: Int
        /// Its place in the order, and how far the next one's is: halves share what their whole had.
        var place: UInt64
        var span: UInt64 = 1 << 32
        /// What its records have in common: the partition.
        let key: [UInt8]
        /// Its records.
        var load: Load
        /// Attempts so far, and those of them that reached somebody.
        var attempts = 0
        var reached = 0
        /// When its first attempt was.
        var since: Instant?
        /// Whether an answer was lost before.
        var isUncertain = false
        /// When it may be sent again.
        var due = Instant.zero
    }

    /// What is to be done.
    enum Action: Sendable {
        /// Send a request; `answered` is to follow.
        case send(Parcel)
        /// Keep records as dead letters, each with its reason; `buried` is to follow.
        case bury(Parcel, [ItemVerdict])
        /// Records have been delivered; nil for all of the load.
        case delivered(Load, [Int]?)
        /// Records that were refused for good are safe.
        case rejected(Load)
    }

    /// What happened, in records.
    struct Tally: Sendable, Hashable {
        var received = 0
        var delivered = 0
        var rejected = 0
        /// Attempts after the first, in requests.
        var retried = 0
        /// Requests that failed.
        var errors = 0
        /// Records whose answer was lost, so that they may be delivered twice.
        var uncertain = 0
        var buffered: Int { received - delivered - rejected }
    }
}
