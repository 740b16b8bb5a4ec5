import Formats
import Testing

@testable import Remora

@Suite("The book of remarks") struct RemarkBookTests {
    @Test func `what came ahead of the stream is not new on it, unless it changed`() {
        var book = RemarkBook(after: 10)
        let steps: [(name: String, version: Int, isAhead: Bool)] = [
            ("old", 10, false), ("a", 13, true), ("a", 13, true), ("a", 11, false),
            ("b", 12, false), ("a", 13, false), ("a", 14, false), ("a", 14, true),
        ]
        let new = steps.map { step in
            let event = Self.event(step.name, step.version)
            return step.isAhead ? book.takeAhead(event) : book.take(event)
        }
        #expect(new == [false, true, false, false, true, false, true, false])
    }

    @Test func `what comes ahead is bounded`() {
        var book = RemarkBook(after: 0)
        let count = RemarkBook.limit + 1
        let new = (1...count).count { book.takeAhead(Self.event("e\($0)", $0)) }
        #expect(new == count)
        #expect(book.floor == Int64(count))
    }

    private static func event(_ uid: String, _ version: Int) -> JSON {
        ["metadata": ["uid": .string(uid), "resourceVersion": .string(String(version))]]
    }
}
