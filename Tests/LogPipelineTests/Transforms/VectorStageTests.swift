import Basics
import Reactor
import Records
import Synchronization
import Testing

@testable import LogPipeline

/// Vector's transforms; cases follow its documentation.
@MainLoop @Suite("Vector's transforms") struct VectorStageTests {
    let kit = FlowKit()
    let scripts = Scripts(zone: "UTC", environment: { _ in nil }, journal: .silent)

    func remap(_ source: String, _ change: (inout RemapTransform) -> Void = { _ in }) throws
        -> RemapStage
    {
        var settings = RemapTransform(source: source, name: "vector.toml:3:1")
        change(&settings)
        return try RemapStage(settings, id: "parse", scripts, journal: .silent)
    }

    // MARK: remap

    @Test func `remap changes the record`() throws {
        let found = kit.run(try remap(".b = .a\ndel(.a)"), kit.fields([["a": .integer(1)]]))
        #expect(found == [["b": .integer(1)]])
    }

    @Test func `a list becomes a record of each item`() throws {
        let events = kit.fields([["a": .integer(1)]])
        let outlet = Outlet()
        try remap(". = [{\"x\": 1}, {\"x\": 2}]").process(events, at: FlowKit.start, into: outlet)
        #expect(outlet.passed.count == 2)
        #expect(outlet.made == 1)
    }

    @Test func `a record whose script fails goes on as it was`() throws {
        let script = ".b = 1\n.c = string!(.a)"
        let fields: Fields = ["a": .integer(1)]
        #expect(kit.run(try remap(script), kit.fields([fields])) == [fields])
        #expect(kit.run(try remap(script) { $0.dropsOnError = true }, kit.fields([fields])).isEmpty)
    }

    @Test func `an abort drops the record unless told otherwise`() throws {
        let fields: Fields = ["a": .text("x")]
        #expect(kit.run(try remap("abort"), kit.fields([fields])).isEmpty)
        let kept = kit.run(try remap("abort") { $0.dropsOnAbort = false }, kit.fields([fields]))
        #expect(kept == [fields])
    }

    @Test func `what is dropped goes out by its door with the reason`() throws {
        let stage = try remap("abort \"no use\"") { $0.reroutesDropped = true }
        let outlet = Outlet()
        stage.process(kit.fields([["a": .text("x")]]), at: FlowKit.start, into: outlet)
        var event = try #require(outlet.named["dropped"]?.first)
        let path = RecordPath([.key("metadata"), .key("dropped"), .key("message")])
        #expect(path.value(in: event.fields) == .text("no use"))
        #expect(outlet.passed.isEmpty)
    }

    @Test func `a script that does not compile says where`() {
        let failure = #expect(throws: Failure.self) { try remap(".a = nonsense(1)") }
        #expect(failure?.what == "vector.toml:3:1: the script does not compile")
        #expect(failure?.cause.contains("error[E105]") == true)
        // The place in the file is said once, the one in the script beside its lines.
        #expect(failure?.cause.contains("┌─ script:1:6\n") == true)
        #expect("\(failure?.cause ?? "")".contains("vector.toml") == false)
        let condition = #expect(throws: Failure.self) {
            try CompiledCondition(.script(source: "nonsense(1)", name: "c.yaml:9:2"), scripts)
        }
        #expect(condition?.what == "c.yaml:9:2: the condition does not compile")
        #expect(condition?.cause.contains("┌─ condition:1:1\n") == true)
    }

    // MARK: Conditions

    @Test func `filter keeps what fits`() throws {
        let condition = Condition.script(source: ".level == \"error\"", name: "f")
        let stage = FilterStage(try CompiledCondition(condition, scripts))
        let all: [Fields] = [["level": .text("error")], ["level": .text("info")], [:]]
        #expect(kit.run(stage, kit.fields(all)) == [all[0]])
    }

    @Test(arguments: [
        (false, ["a": 2, "b": 1, "_unmatched": 1]), (true, ["a": 2, "_unmatched": 1]),
    ])
    func `route sends records out by doors`(isExclusive: Bool, counts: [String: Int]) throws {
        let stage = RouteStage(
            try ["a": ".x != null", "b": ".y != null"].sorted { $0.key < $1.key }.map {
                name,
                text in
                let condition = Condition.script(source: text, name: name)
                return (name, try CompiledCondition(condition, scripts))
            },
            isExclusive: isExclusive
        )
        let outlet = Outlet()
        let all: [Fields] = [["x": .integer(1)], ["x": .integer(1), "y": .integer(1)], [:]]
        stage.process(kit.fields(all), at: FlowKit.start, into: outlet)
        #expect(outlet.named.mapValues(\.count) == counts)
        #expect(outlet.made == (isExclusive ? 0 : 1))
    }

    // MARK: Fewer records

    @Test func `sample lets one of so many through`() throws {
        let stage = try SampleStage(SampleTransform(rate: 3), scripts)
        let found = kit.run(stage, kit.events((0..<9).map { "\($0)" }))
        #expect(found.map { $0["log"] } == ["0", "3", "6"].map { .text($0) })
        #expect(found.first?["sample_rate"] == .text("3"))
    }

    @Test func `sample lets a part through, each group for itself`() throws {
        var settings = SampleTransform(rate: 1)
        settings.ratio = 0.25
        settings.groupBy = "{{ k }}"
        let stage = try SampleStage(settings, scripts)
        let all: [Fields] = (0..<16).map { ["k": .integer($0 % 2), "n": .integer($0)] }
        #expect(
            kit.run(stage, kit.fields(all)).map { $0["n"] } == [6, 7, 14, 15].map { .integer($0) }
        )
    }

    @Test func `sample by a field lets equal ones share their fate`() throws {
        var settings = SampleTransform(rate: 2)
        settings.key = "k"
        settings.exclude = .script(source: ".keep == true", name: "e")
        let stage = try SampleStage(settings, scripts)
        let all: [Fields] = (0..<100).flatMap { number -> [Fields] in
            [["k": .integer(number % 10)], ["k": .integer(number % 10), "keep": .boolean(true)]]
        }
        let found = kit.run(stage, kit.fields(all))
        #expect(found.filter { $0["keep"] != nil }.count == 100)
        let byKey = Dictionary(grouping: found.filter { $0["keep"] == nil }) { $0["k"] ?? .null }
        #expect(byKey.values.allSatisfy { $0.count == 10 })
        #expect((1..<10).contains(byKey.count))
    }

    @Test func `dedupe leaves out repeated records and forgets the oldest`() {
        var settings = DedupeTransform()
        settings.ignored = ["time"]
        settings.cacheSize = 2
        let stage = DedupeStage(settings)
        let texts = ["a", "a", "b", "a", "c", "b", "a"]
        let all = texts.enumerated().map { place, text -> Fields in
            ["log": .text(text), "time": .integer(Int64(place))]
        }
        // Two are remembered; being seen again makes a record new again.
        let found = kit.run(stage, kit.fields(all)).map { $0["time"] }
        #expect(found == [0, 2, 4, 5, 6].map { .integer($0) })
    }

    @Test func `a window lets its threshold through for each key`() throws {
        var settings = RateTransform(threshold: 2, window: .seconds(1))
        settings.key = "{{ host }}"
        let stage = try RateStage(settings, scripts)
        let all: [Fields] = ["a", "a", "a", "b", "a", "b", "b"].map { ["host": .text($0)] }
        #expect(kit.run(stage, kit.fields(all)).count == 4)
        let later = Moment(instant: Instant(nanoseconds: 500_000_000), wall: FlowKit.start.wall)
        #expect(kit.run(stage, kit.fields(all), at: later).count == 2)
    }

    // MARK: reduce

    @Test func `reduce joins a group until it ends`() throws {
        var settings = ReduceTransform()
        settings.groupBy = ["id"]
        settings.endsWhen = .script(source: ".end == true", name: "r")
        settings.strategies = ["message": "concat_newline", "tags": "array"]
        let stage = try ReduceStage(settings, scripts)
        let all: [Fields] = [
            ["id": .integer(1), "message": .text("a"), "n": .integer(1), "tags": .text("x")],
            ["id": .integer(2), "message": .text("other")],
            [
                "id": .integer(1), "message": .text("b"), "n": .integer(2), "tags": .text("y"),
                "end": .boolean(true),
            ],
        ]
        let outlet = Outlet()
        let events = kit.fields(all)
        stage.process(events, at: FlowKit.start, into: outlet)
        var joined = try #require(outlet.passed.first)
        #expect(outlet.passed.count == 1)
        #expect(
            joined.fields == [
                // Numbers are added, also that of the group, as in Vector.
                "id": .integer(2), "message": .text("a\nb"), "n": .integer(3),
                "tags": .array([.text("x"), .text("y")]), "end": .boolean(true),
            ]
        )
        #expect(joined.receipt.count == 2)
        #expect(stage.nextWake == FlowKit.start.instant + .seconds(1))
        outlet.clear()
        let later = Moment(instant: FlowKit.start.instant + .seconds(31), wall: FlowKit.start.wall)
        stage.wake(at: later, isLast: false, into: outlet)
        #expect(outlet.passed.count == 1)
        #expect(stage.nextWake == nil)
    }

    @Test(arguments: [
        ("sum", [Value.integer(1), .integer(2)], Value.integer(3)),
        ("max", [.integer(1), .float(2)], .float(2)),
        ("min", [.integer(1), .integer(2)], .integer(1)),
        ("concat", [.text("a"), .text("b")], .text("a b")),
        ("concat_raw", [.text("a"), .text("b")], .text("ab")),
        ("discard", [.text("a"), .text("b")], .text("a")),
        ("retain", [.text("a"), .null], .text("a")),
        ("retain", [.text("a"), .text("b")], .text("b")),
        (
            "flat_unique", [.array([.integer(1)]), .array([.integer(1), .integer(2)])],
            .array([.integer(1), .integer(2)])
        ),
        ("longest_array", [.array([]), .array([.null])], .array([.null])),
        ("shortest_array", [.array([.null]), .array([])], .array([])),
    ])
    func `strategies`(name: String, values: [Value], result: Value) throws {
        var field = MergedField(values[0], MergeStrategy(rawValue: name))
        for value in values.dropFirst() { field.add(value) }
        #expect(field.results.map(\.value) == [result])
    }

    @Test func `an unknown strategy is named`() {
        var settings = ReduceTransform()
        settings.strategies = ["m": "concatenate"]
        let failure = #expect(throws: Failure.self) { try ReduceStage(settings, scripts) }
        #expect(failure?.what == "reduce: \"concatenate\" is no strategy for m")
    }
}

/// The field that is the record's time for sinks.
extension VectorStageTests {
    @Test func `what a script makes of the time is the record's time`() throws {
        let stage = try RemapStage(
            RemapTransform(
                source: ".timestamp = parse_timestamp!(.at, format: \"%+\")",
                name: "vector.toml:3:1"
            ),
            id: "parse",
            scripts,
            timeField: "timestamp",
            journal: .silent
        )
        let outlet = Outlet()
        stage.process(
            kit.fields([["at": .text("2024-01-02T03:04:05Z")]]),
            at: FlowKit.start,
            into: outlet
        )
        #expect(outlet.passed.map(\.time) == [Timestamp(seconds: 1_704_164_645)])
    }
}
