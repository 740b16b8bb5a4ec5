public import Basics

/// A time zone: always the same distance from Greenwich, or as the zone database has it.
public struct Zone: Sendable, Hashable {
    private enum Content: Sendable, Hashable {
        case fixed(Int, String)
        case table(ZoneTable)
    }

    /// What a clock of a place that shows a time may mean.
    public enum Meaning: Sendable, Hashable {
        /// No clock shows that time: it was put forward.
        case never
        /// One point in time, with that offset in seconds.
        case once(offset: Int)
        /// Two points in time, since the clock was put back; the earlier one first.
        case twice(earlier: Int, later: Int)
    }

    /// Greenwich.
    public static let utc = Zone(content: .fixed(0, "UTC"))
    /// Where the files of the zone database stand.
    public static let folder = "/usr/share/zoneinfo"

    private let content: Content

    private init(content: Content) {
        self.content = content
    }

    /// A zone so many seconds east of Greenwich, less than a day; its name is `+09:30`.
    public init(offset: Int) {
        var name: [UInt8] = []
        TimeText.append(offset: offset, .colon, to: &name)
        content = .fixed(offset, String(decoding: name, as: UTF8.self))
    }

    /// Reads a file of the zone database (TZif); nil if it is none.
    public init?(file bytes: Span<UInt8>) {
        guard let table = ZoneTable(bytes) else { return nil }
        content = .table(table)
    }

    /// Looks for a zone by its name in the database: `Europe/Paris`; nil if there is none.
    ///
    /// - Parameters:
    ///   - name: The name. `UTC`, `GMT`, `Z` and their likes need no file.
    ///   - read: Reads a file; nil if it cannot.
    public init?(named name: String, read: (_ path: String) -> [UInt8]?) {
        if ["UTC", "GMT", "Z", "Zulu", "Etc/UTC", "Etc/GMT", "Etc/UCT", "UCT"].contains(name) {
            self = name.hasSuffix("GMT") ? Zone(content: .fixed(0, "GMT")) : .utc
            return
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy {
                    $0.isLetter || $0.isDigit || $0 == 0x5F || $0 == 0x2B || $0 == 0x2D
                }
        }
        guard isName, name.utf8.count <= 64, let bytes = read(Self.folder + "/" + name),
            let zone = Zone(file: bytes.span)
        else { return nil }
        self = zone
    }

    /// The zone of this machine, of `/etc/localtime`, or Greenwich.
    ///
    /// - Parameter read: Reads a file; nil if it cannot.
    /// - Returns: The zone.
    public static func local(read: (_ path: String) -> [UInt8]?) -> Zone {
        guard let bytes = read("/etc/localtime"), let zone = Zone(file: bytes.span) else {
            return .utc
        }
        return zone
    }

    /// Seconds east of Greenwich at a time.
    public func offset(at time: Timestamp) -> Int {
        offset(at: Int(time.seconds))
    }

    /// What the zone calls its time at a time: `CEST`.
    public func abbreviation(at time: Timestamp) -> String {
        switch content {
        case .fixed(_, let name): name
        case .table(let table): table.kind(at: Int(time.seconds)).name
        }
    }

    /// What clocks show at a time.
    public func civil(_ time: Timestamp) -> CivilTime {
        CivilTime(time, offset: offset(at: time))
    }

    /// What clocks that show a time mean; the civil time's own offset does not count.
    public func meaning(of civil: CivilTime) -> Meaning {
        meaning(ofLocal: civil.localSeconds)
    }

    func offset(at seconds: Int) -> Int {
        switch content {
        case .fixed(let offset, _): offset
        case .table(let table): table.kind(at: seconds).offset
        }
    }

    /// The same of seconds since 1970 by the clock of the place.
    func meaning(ofLocal seconds: Int) -> Meaning {
        if case .fixed(let offset, _) = content { return .once(offset: offset) }
        // No clock is put by a day or more but where a day was left out.
        let before = offset(at: seconds - 90_000)
        let after = offset(at: seconds + 90_000)
        let fitsBefore = offset(at: seconds - before) == before
        if before == after, fitsBefore { return .once(offset: before) }
        let fitsAfter = offset(at: seconds - after) == after
        switch (fitsBefore, fitsAfter) {
        case (true, true): return .twice(earlier: before, later: after)
        case (true, false): return .once(offset: before)
        case (false, true): return .once(offset: after)
        case (false, false): return .never
        }
    }

    /// The offset of a clock that shows a time, as the C library chooses: the earlier of two, and the one
    /// before the clock was put forward.
    func likelyOffset(ofLocal seconds: Int) -> Int {
        switch meaning(ofLocal: seconds) {
        case .once(let offset): offset
        case .twice(let earlier, _): earlier
        case .never: offset(at: seconds - 90_000)
        }
    }
}
