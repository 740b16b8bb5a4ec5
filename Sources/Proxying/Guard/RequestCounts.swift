import Basics
import Synchronization

/// How many requests of each key (address, header value) are going on, shared by all workers.
///
/// Keys are known by a 64-bit hash that is seeded. Only those with requests are remembered.
final class RequestCounts: Sendable {
    private let counts = Mutex<[UInt64: Int]>([:])

    /// How many keys have requests.
    var count: Int { counts.withLock { $0.count } }

    /// Counts one more request of a key; false if there are as many as may be.
    func take(_ key: UInt64, below maximum: Int) -> Bool {
        counts.withLock { counts in
            let count = counts[key] ?? 0
            guard count < maximum else { return false }
            counts[key] = count + 1
            return true
        }
    }

    /// A request of a key is over.
    func giveBack(_ key: UInt64) {
        counts.withLock { counts in
            let count = counts[key] ?? 0
            counts[key] = count > 1 ? count - 1 : nil
        }
    }
}

/// The counts of requests by the names of their zones; they outlive a configuration.
final class RequestZones: Sendable {
    private let zones = Mutex<[String: RequestCounts]>([:])

    /// The counts of a zone, which all limits of that name share.
    func counts(_ zone: String) -> RequestCounts {
        zones.withLock { zones in
            if let known = zones[zone] { return known }
            let made = RequestCounts()
            zones[zone] = made
            return made
        }
    }
}
