internal import Basics
internal import Formats

/// The conditions in an object's status.
struct Conditions: Sendable, Hashable {
    /// One condition.
    struct Condition: Sendable, Hashable {
        var type: String
        /// `True`, `False` or `Unknown`.
        var status: String
        var reason = ""
        var message = ""
        /// When `status` changed last.
        var changed: Timestamp?
        /// When it was written last.
        var updated: Timestamp?
        /// When it was looked at last.
        var probed: Timestamp?

        var isTrue: Bool { status == "True" }
    }

    private(set) var all: [Condition] = []

    init() {}

    /// Reads the list of a status.
    init(_ json: JSON?) {
        all = (json?.array ?? []).map { item in
            Condition(
                type: item["type"]?.string ?? "",
                status: item["status"]?.string ?? "",
                reason: item["reason"]?.string ?? "",
                message: item["message"]?.string ?? "",
                changed: Controllers.time(item["lastTransitionTime"]),
                updated: Controllers.time(item["lastUpdateTime"]),
                probed: Controllers.time(item["lastProbeTime"])
            )
        }
    }

    subscript(type: String) -> Condition? { all.first { $0.type == type } }

    func isTrue(_ type: String) -> Bool { self[type]?.isTrue ?? false }

    /// Sets a condition, unless its status and reason are those that it has.
    ///
    /// - Returns: Whether it was set.
    @discardableResult
    mutating func set(
        _ type: String,
        _ status: String,
        _ reason: String,
        _ message: String,
        at now: Timestamp,
        isRefreshed: Bool = false
    ) -> Bool {
        let known = self[type]
        if let known, known.status == status, known.reason == reason, !isRefreshed { return false }
        let condition = Condition(
            type: type,
            status: status,
            reason: reason,
            message: message,
            changed: known?.status == status ? known?.changed : now,
            updated: now,
            probed: known?.probed
        )
        if let place = all.firstIndex(where: { $0.type == type }) {
            all[place] = condition
        } else {
            all.append(condition)
        }
        return true
    }

    mutating func remove(_ type: String) { all.removeAll { $0.type == type } }

    /// Whether two lists say the same, whenever they were written.
    func says(_ other: Self) -> Bool { texts == other.texts }

    private var texts: [[String]] { all.map { [$0.type, $0.status, $0.reason, $0.message] } }

    /// The list with the fields that a kind's conditions have.
    func json(_ times: Times) -> JSON {
        .array(
            all.map { condition in
                var item: JSON = ["type": .string(condition.type)]
                item["status"] = .string(condition.status)
                func put(_ field: String, _ time: Timestamp?) {
                    item[field] = time.map { .string($0.rfc3339) }
                }
                if times == .probed { put("lastProbeTime", condition.probed ?? condition.changed) }
                if times == .updated { put("lastUpdateTime", condition.updated) }
                put("lastTransitionTime", condition.changed)
                item["reason"] = .string(condition.reason)
                item["message"] = .string(condition.message)
                return item
            }
        )
    }

    /// Which times beside that of the last change a kind's conditions have.
    enum Times {
        case updated, probed, none
    }
}
