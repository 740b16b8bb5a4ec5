import Basics
import Reactor
import Records
import Testing

@testable import LogPipeline

@MainLoop @Suite("Parsers in the pipeline") struct ParserStageTests {
    let kit = FlowKit()

    private func lines(_ texts: [String], frame: LineFrame = LineFrame(key: "log")) -> [Event] {
        let block = Array(texts.joined(separator: "\n").utf8)
        let lot = Lot(owner: kit.keeper, group: 0, mark: 0, count: texts.count)
        var start = 0
        return texts.map { text in
            let range = start..<start + text.utf8.count
            start = range.upperBound + 1
            return Event(
                .line(LineText(block, range, frame: frame)),
                time: FlowKit.start.wall,
                tag: kit.tags.tag("t"),
                receipt: Receipt(lot)
            )
        }
    }

    private func stage(_ change: (inout ParserRule) -> Void = { _ in }) throws -> LineParserStage {
        var rule = ParserRule(.json)
        rule.timeKey = "timestamp"
        rule.timeFormat = "%Y-%m-%dT%H:%M:%S.%L"
        change(&rule)
        return LineParserStage(
            try CompiledParser(rule),
            key: "log",
            id: "in",
            journal: .silent
        )
    }

    private func run(_ stage: LineParserStage, _ events: [Event]) -> [Event] {
        let outlet = Outlet()
        stage.process(events, at: FlowKit.start, into: outlet)
        return outlet.passed
    }

    @Test(arguments: [("fluent-bit", "/f"), ("vector", "mine"), ("fluentd", "mine")])
    func `what a record says itself counts for Vector and Fluentd, the source's for Fluent Bit`(
        _ tool: String,
        _ file: String
    ) throws {
        var service = ServiceSettings()
        service.tool = tool
        service.timeField = tool == "vector" ? "timestamp" : nil
        var rule = ParserRule(.json)
        rule.timeKey = "at"
        rule.timeFormat = "%s"
        let stage = LineParserStage(
            try CompiledParser(rule),
            key: "log",
            id: "in",
            service: service,
            journal: .silent
        )
        let frame = LineFrame(
            key: "log",
            added: ["file": .text("/f"), "timestamp": .text("of reading")]
        )
        var event = try #require(
            run(stage, lines([#"{"file":"mine","at":"9"}"#], frame: frame)).first
        )
        #expect(event.fields["file"] == .text(file))
        #expect(
            event.fields["timestamp"]
                == (tool == "vector" ? .timestamp(Timestamp(seconds: 9)) : .text("of reading"))
        )
    }

    // MARK: Lines of a source

    @Test(arguments: [
        (#"{"timestamp":"2024-01-02T03:04:05.678","a":1}"#, #"{"a":1}"#),
        (#"{"a":1,"timestamp":"2024-01-02T03:04:05.678"}"#, #"{"a":1}"#),
        (#"{"timestamp":"2024-01-02T03:04:05.678"}"#, "{}"),
        (#"  {"a": 1 , "timestamp":"2024-01-02T03:04:05.678Z" , "b":2} "#, #"{"a":1,"b":2}"#),
        // A fraction may be missing, what follows is not looked at.
        (#"{"timestamp":"2024-01-02T03:04:05.678+02:00","a":"x"}"#, #"{"a":"x"}"#),
    ])
    func `JSON goes on as it was written, its time taken out`(line: String, fields: String) throws {
        var event = try #require(run(try stage(), lines([line])).first)
        guard case .json = event.body else {
            Issue.record("the line was read in full")
            return
        }
        #expect(event.time.nanoseconds == 1_704_164_645_678_000_000)
        #expect(.object(event.fields) == (try JSONReader.value(Array(fields.utf8).span)))
    }

    @Test(arguments: [
        // The time has an escape, or comes twice.
        #"{"timestamp":"2024-01-02T03:04:05.\u0036\u00378","a":1}"#,
        #"{"timestamp":"x","timestamp":"2024-01-02T03:04:05.678","a":1}"#,
    ])
    func `what is not plain is read in full with the same result`(line: String) throws {
        var event = try #require(run(try stage(), lines([line])).first)
        guard case .fields(let fields) = event.body else {
            Issue.record("the line was not read")
            return
        }
        #expect(fields == ["a": .integer(1)])
        #expect(event.fields == fields)
        #expect(event.time.nanoseconds == 1_704_164_645_678_000_000)
    }

    @Test func `a time that is none stays, and the record is of now`() throws {
        let stage = try stage()
        var event = try #require(run(stage, lines([#"{"timestamp":"soon","a":1}"#])).first)
        #expect(event.fields == ["timestamp": .text("soon"), "a": .integer(1)])
        #expect(event.time == FlowKit.start.wall)
        #expect(stage.failures.times == 1)
    }

    @Test func `a line that is no JSON goes on as it is`() throws {
        let stage = try stage()
        let found = run(stage, lines(["plain", #"{"a":1}"#, #"{"a":"#]))
        let fields: [Fields] = found.map { event in
            var event = event
            return event.fields
        }
        let expected: [Fields] = [
            ["log": .text("plain")], ["a": .integer(1)], ["log": .text(#"{"a":"#)],
        ]
        #expect(fields == expected)
        #expect(stage.failures.lines == 2)
    }

    @Test func `a time may be kept`() throws {
        let line = #"{"timestamp":"2024-01-02T03:04:05.678","a":1}"#
        var event = try #require(run(try stage { $0.keepsTime = true }, lines([line])).first)
        #expect(event.fields.keys == ["timestamp", "a"])
        #expect(event.time.nanoseconds == 1_704_164_645_678_000_000)
    }

    @Test func `what the source adds is in parsed records too`() throws {
        let frame = LineFrame(
            key: "log",
            added: ["path": .text("/x")],
            offsetKey: "offset",
            offset: 100
        )
        let found = run(try stage(), lines([#"{"a":1}"#, #"{"a":2}"#], frame: frame))
        var last = try #require(found.last)
        #expect(last.fields == ["a": .integer(2), "path": .text("/x"), "offset": .integer(108)])
    }

    // MARK: The filter

    private func filter(_ change: (inout ParserTransform) -> Void = { _ in }) throws -> ParserStage
    {
        var configuration = LogConfiguration()
        configuration.parsers["pair"] = ParserRule(.regex(#"^(?<k>\w+)=(?<v>\w+)$"#))
        var settings = ParserTransform(key: "log", parsers: ["pair", "json"])
        change(&settings)
        return try ParserStage(settings, ParserShelf(configuration))
    }

    @Test func `the first parser that fits counts`() throws {
        let all: [Fields] = [
            ["log": .text("a=b"), "x": .integer(1)], ["log": .text(#"{"c":1}"#)],
            ["log": .text("none")], ["other": .null],
        ]
        #expect(
            kit.run(try filter(), kit.fields(all)) == [
                ["k": .text("a"), "v": .text("b")], ["c": .integer(1)], all[2], all[3],
            ]
        )
    }

    @Test func `other fields and the field itself may be kept`() throws {
        let all: [Fields] = [["log": .text("a=b"), "x": .integer(1)]]
        let reserved = kit.run(try filter { $0.reservesData = true }, kit.fields(all))
        #expect(reserved == [["x": .integer(1), "k": .text("a"), "v": .text("b")]])
        let both = kit.run(
            try filter {
                $0.reservesData = true
                $0.preservesKey = true
                $0.hashKey = "parsed"
            },
            kit.fields(all)
        )
        #expect(
            both == [
                [
                    "log": .text("a=b"), "x": .integer(1),
                    "parsed": .object(["k": .text("a"), "v": .text("b")]),
                ]
            ]
        )
    }

    @Test func `records that cannot be parsed may leave`() throws {
        let found = kit.run(try filter { $0.passesFailed = false }, kit.events(["none", "a=b"]))
        #expect(found.count == 1)
    }

    @Test func `a parser that is not there is named with the nearest`() {
        let failure = #expect(throws: Failure.self) {
            try ParserStage(
                ParserTransform(key: "log", parsers: ["jsn"]),
                ParserShelf(LogConfiguration())
            )
        }
        #expect(failure?.what == "there is no parser \"jsn\"")
        #expect(failure?.remedy == "did you mean \"json\"?")
    }

    // MARK: A trial

    @Test func `a trial shows what each stage makes of a line`() throws {
        var configuration = LogConfiguration()
        var tail = TailSettings(paths: ["/x"])
        tail.parser = "json"
        configuration.sources = [SourceSettings(id: "in", tag: "t", kind: .tail(tail))]
        configuration.transforms = [
            TransformSettings(
                id: "grep",
                inlet: Inlet(["in"]),
                kind: .grep(
                    GrepTransform(rules: [.init(excludes: true, key: "level", pattern: "debug")])
                )
            )
        ]
        configuration.sinks = [SinkSettings(id: "out", inlet: Inlet(["grep"]), kind: .nowhere)]
        let trial = try Trial(
            configuration,
            source: nil,
            tag: nil,
            environment: { _ in nil },
            journal: .silent
        )
        let kept = trial.run(Array(#"{"level":"info"}"#.utf8))
        #expect(kept.map(\.name) == ["in", "grep", "out"])
        #expect(kept.map(\.isSink) == [false, false, true])
        #expect(kept.last?.record == ["level": .text("info")])
        #expect(trial.run(Array(#"{"level":"debug"}"#.utf8)).map(\.name) == ["in"])
    }

    @Test func `mistakes in the graph are named`() {
        var configuration = LogConfiguration()
        configuration.sources = [
            SourceSettings(id: "app", tag: "t", kind: .standardInput(LineSettings()))
        ]
        configuration.sinks = [SinkSettings(id: "out", inlet: Inlet(["apps"]), kind: .nowhere)]
        let failure = #expect(throws: Failure.self) {
            try Trial(
                configuration,
                source: nil,
                tag: nil,
                environment: { _ in nil },
                journal: .silent
            )
        }
        #expect(failure?.what == "out takes in \"apps\", but nothing has that name")
        #expect(failure?.remedy == "did you mean \"app\"?")
    }
}
