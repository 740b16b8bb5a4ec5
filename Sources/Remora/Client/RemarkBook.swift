internal import Formats

/// Which of the events of one namespace have been shown, so that none is shown twice.
///
/// Events come in the order of their versions on a stream, and sometimes ahead of it in a list of those
/// of one pod. Versions of the store only grow, also when the engine starts anew.
struct RemarkBook {
    /// Everything up to this version has come.
    private(set) var floor: Int64
    /// The versions of events that came ahead of the stream, by their UID.
    private var ahead: [String: Int64] = [:]

    /// How many events may come ahead of the stream before it is taken to be where they are.
    static let limit = 4096

    init(after version: Int64) {
        floor = version
    }

    /// Whether an event is new that came in its order.
    mutating func take(_ event: JSON) -> Bool {
        let version = Self.version(of: event)
        guard version > floor else { return false }
        floor = version
        let before = ahead[Self.uid(of: event)] ?? 0
        if !ahead.isEmpty { ahead = ahead.filter { $0.value > version } }
        return before < version
    }

    /// Whether an event is new that came out of its order.
    mutating func takeAhead(_ event: JSON) -> Bool {
        let (version, uid) = (Self.version(of: event), Self.uid(of: event))
        guard version > floor, version > ahead[uid] ?? 0 else { return false }
        ahead[uid] = version
        if ahead.count > Self.limit {
            floor = ahead.values.max() ?? floor
            ahead = [:]
        }
        return true
    }

    /// The version of an object, 0 if it has none.
    static func version(of object: JSON) -> Int64 {
        object["metadata"]?["resourceVersion"]?.string.flatMap { Int64($0) } ?? 0
    }

    private static func uid(of event: JSON) -> String { event["metadata"]?["uid"]?.string ?? "" }
}
