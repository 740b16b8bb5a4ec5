import Basics
import Synchronization
import Testing

@testable import LogPipeline

@Suite("News of deliveries") struct DeliveryNewsTests {
    /// The lines that are written.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        var journal: Journal {
            Journal(level: .info, isJSON: false, time: { "" }) { line in
                self.lines.withLock { $0.append(String(line.trimmed)) }
            }
        }

        func take() -> [String] {
            lines.withLock { lines in
                defer { lines = [] }
                return lines
            }
        }
    }

    @Test func `a failure is told once a minute, and its end`() {
        let lines = Lines()
        var news = DeliveryNews(id: "es.0", journal: lines.journal)
        news.note(trouble: nil, at: at(0))
        #expect(lines.take().isEmpty)
        news.note(trouble: "down", at: at(1))
        news.note(trouble: "still down", at: at(30))
        let first = lines.take()
        #expect(first.count == 1)
        #expect(first.first?.contains("es.0: a delivery failed and is tried again: down") == true)
        news.note(trouble: "refused", at: at(62))
        #expect(lines.take().first?.contains("refused") == true)
        news.note(trouble: nil, at: at(63))
        #expect(lines.take().first?.contains("succeed again") == true)
        news.note(trouble: "down", at: at(64))
        #expect(lines.take().count == 1)
    }

    @Test func `refusals are told with their number`() {
        let lines = Lines()
        var news = DeliveryNews(id: "es.0", journal: lines.journal)
        news.note(refused: 2, reason: "mapping", at: at(0))
        news.note(refused: 3, reason: "mapping", at: at(10))
        news.note(refused: 1, reason: "other", at: at(70))
        let told = lines.take()
        #expect(told.count == 2)
        #expect(told.last?.contains("other") == true && told.last?.contains("6") == true)
    }
}
