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

    /// What happens, the second in which it happens, and the line that is written, or its end.
    typealias Step = (second: Double, trouble: String?, line: String?)

    static let courses: [(String, [Step])] = [
        ("all is well", [(0, nil, nil), (1, nil, nil)]),
        (
            "the same trouble is told once a minute",
            [
                (0, "down", "down"), (1, "down", nil), (59, "down", nil), (60, "down", "down"),
                (61, nil, "succeed again"), (62, nil, nil),
            ]
        ),
        (
            "another trouble is told after ten seconds",
            [
                (0, "down", "down"), (9, "refused", nil), (10, "refused", "refused"),
                (19, "down", nil), (20, "down", "down"), (70, "down", nil), (80, "down", "down"),
            ]
        ),
        (
            "a sink that flaps fills no log",
            [
                (0, "down", "down"), (1, nil, "succeed again"), (2, "down", nil), (3, nil, nil),
                (4, "down", nil), (5, nil, nil), (59, "down", nil), (60, "down", "down"),
                (61, nil, "succeed again"), (62, nil, nil),
            ]
        ),
        (
            "the end is told of what was told only",
            [
                (0, "down", "down"), (1, nil, "succeed again"), (5, "refused", nil), (6, nil, nil),
                (12, "refused", "refused"), (13, nil, "succeed again"),
            ]
        ),
    ]

    @Test(arguments: courses) func `failures are told`(_ name: String, _ steps: [Step]) {
        let lines = Lines()
        var news = DeliveryNews(id: "es.0", journal: lines.journal)
        for step in steps {
            news.note(trouble: step.trouble, at: at(step.second))
            let told = lines.take()
            #expect(told.count == (step.line == nil ? 0 : 1), "\(step): \(told)")
            guard let line = step.line else { continue }
            let text =
                step.trouble == nil
                ? "es.0: deliveries \(line)"
                : "es.0: a delivery failed and is tried again: \(line)"
            #expect(told.first?.hasSuffix(text) == true, "\(step): \(told)")
        }
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
