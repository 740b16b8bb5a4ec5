import Basics
import Synchronization
import Testing

@Suite("Journal") struct JournalTests {
    private final class Sink: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }

        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private func journal(
        _ level: Journal.Level,
        isJSON: Bool = false,
        _ sink: Sink
    ) -> Journal {
        Journal(
            level: level,
            isJSON: isJSON,
            time: { "2026-01-02T03:04:05.678Z" },
            write: { sink.add($0) }
        )
    }

    @Test func `a line of text has time, level, message and fields`() {
        let sink = Sink()
        journal(.info, sink).with(["pod": "default/web"]).info(
            "container started",
            ["name": "app", "image": "a b", "empty": "", "odd": "x=\"1\""]
        )
        #expect(
            sink.all == [
                "2026-01-02T03:04:05.678Z info    container started pod=default/web name=app"
                    + #" image="a b" empty="" odd="x=\"1\"""#
            ]
        )
    }

    @Test func `a line of JSON is one object`() {
        let sink = Sink()
        journal(.info, isJSON: true, sink).error("two\nlines \u{1}", ["key": "\"\\é"])
        #expect(
            sink.all == [
                #"{"time":"2026-01-02T03:04:05.678Z","level":"error","message":"two\nlines \u0001","#
                    + #""key":"\"\\é"}"#
            ]
        )
    }

    @Test func `a message of several lines stays one line of text`() {
        let sink = Sink()
        journal(.debug, sink).debug("a\nb\u{1b}[1m")
        #expect(sink.all == [#"2026-01-02T03:04:05.678Z debug   a\nb\u001b[1m"#])
    }

    @Test(arguments: [
        (Journal.Level.debug, 4), (.info, 3), (.warning, 2), (.error, 1),
    ])
    func `less important lines are left out and not even made`(
        _ level: Journal.Level,
        _ count: Int
    ) {
        let sink = Sink()
        let journal = journal(level, sink)
        var made = 0
        func text() -> String {
            made += 1
            return "x"
        }
        journal.debug(text())
        journal.info(text())
        journal.warning(text())
        journal.error(text())
        #expect(sink.all.count == count)
        #expect(made == count)
    }

    @Test func `secrets are masked`() {
        let sink = Sink()
        journal(.info, sink).info("login", ["registryPassword": "hunter2", "user": "me"])
        #expect(sink.all.first?.contains("hunter2") == false)
        #expect(sink.all.first?.hasSuffix("registryPassword=*** user=me") == true)
    }
}
