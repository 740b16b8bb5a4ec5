import TestKit
import Testing

@testable import NodeAPI

@Suite("What a watcher is told next") struct WatchPlanTests {
    typealias Plan = WatchPlan<String, Int>

    /// What a plan says until it is over; `-` for nothing now.
    ///
    /// The queue gives numbers as changes, nothing for `-`, and expires at `!`; then it ends.
    private static func told(_ plan: Plan, _ queue: String) -> String {
        var plan = plan
        var rest = queue.split(separator: " ")[...]
        var words: [String] = []
        func take() -> Plan.Taken {
            switch rest.popFirst() {
            case nil: .end(isExpired: false)
            case "-": .none
            case "!": .end(isExpired: true)
            case let word?: .event(Int(word) ?? 0)
            }
        }
        while words.count < 100 {
            switch plan.next(take) {
            case .opening(let name): words.append(name)
            case .opened(let version): words.append("opened@\(version)")
            case .event(let number): words.append("\(number)")
            case .expired: words.append("expired")
            case .bookmark: words.append("bookmark")
            case .wait: words.append("-")
            case .over: return words.joined(separator: " ")
            }
        }
        return "without end"
    }

    struct Case: Sendable {
        var opening: [String] = []
        var version: Int64?
        var bookmarks = false
        var queue = ""
        var told: String
    }

    @Test(arguments: [
        Case(told: ""), Case(bookmarks: true, told: "bookmark"),
        Case(opening: ["a", "b"], queue: "1", told: "a b 1"),
        Case(
            opening: ["a"],
            version: 7,
            bookmarks: true,
            queue: "- 1 2",
            told: "a opened@7 - 1 2 bookmark"
        ),
        Case(version: 0, queue: "- -", told: "opened@0 - -"),
        Case(bookmarks: true, queue: "1 !", told: "1 expired"),
        Case(opening: ["a"], version: 3, queue: "!", told: "a opened@3 expired"),
    ])
    func `objects first, then changes, then how it ended`(_ example: Case) {
        let plan = Plan(
            opening: example.opening,
            openingVersion: example.version,
            endsWithBookmark: example.bookmarks
        )
        #expect(Self.told(plan, example.queue) == example.told)
    }

    @Test func `the queue is asked only when nothing comes before it, and never after the end`() {
        var plan = Plan(opening: ["a"], openingVersion: 1, endsWithBookmark: true)
        var asked = 0
        func take() -> Plan.Taken {
            asked += 1
            return .end(isExpired: false)
        }
        for expected in [0, 0, 1, 1, 1] {
            _ = plan.next(take)
            #expect(asked == expected)
        }
    }
}
