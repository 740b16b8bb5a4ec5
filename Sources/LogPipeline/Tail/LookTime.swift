import Basics

/// When somebody looked at files, so that those that were made since can be told by what they are dated with.
///
/// The time of day may have been set back meanwhile; how long ago the look was is known all the same.
struct LookTime: Sendable, Hashable {
    /// The time of day.
    var wall: Timestamp
    /// The clock of that boot; nil if it is not known.
    var instant: Instant?
    /// Which boot it was; 0 if it is not known.
    var boot: Int64 = 0

    /// The earliest time that files are dated with that were made since.
    ///
    /// - Parameters:
    ///   - now: The time now.
    ///   - boot: Which boot it is.
    /// - Returns: The time, by the clock of the wall as it was set then.
    func earliestBirth(at now: Moment, boot: Int64 = 0) -> Timestamp {
        guard let instant else { return wall }
        // The machine may have begun anew: then it was before that.
        let isSameBoot = boot == self.boot && now.instant >= instant
        let passed = now.instant - (isSameBoot ? instant : .zero)
        return min(wall, now.wall - passed)
    }

    // MARK: Written down

    private enum Key {
        static let wall = "looked"
        static let instant = "looked_instant"
        static let boot = "looked_boot"
    }

    /// Reads it from a source's numbers; nil if there never was a look.
    init?(account: [String: Int64]) {
        guard let wall = account[Key.wall] else { return nil }
        self.init(
            wall: Timestamp(nanoseconds: wall),
            instant: account[Key.instant].map { Instant(nanoseconds: $0) },
            boot: account[Key.boot] ?? 0
        )
    }

    /// Makes one.
    init(wall: Timestamp, instant: Instant?, boot: Int64 = 0) {
        self.wall = wall
        self.instant = instant
        self.boot = boot
    }

    /// The source's numbers that say it.
    var account: [String: Int64] {
        var account = [Key.wall: wall.nanoseconds, Key.boot: boot]
        account[Key.instant] = instant?.nanoseconds
        return account
    }

    /// The number of a boot's name; 0 if it has none.
    static func boot(_ name: String) -> Int64 {
        guard !name.isEmpty else { return 0 }
        return Int64(bitPattern: StableHash.of(Array(name.utf8).span))
    }
}
