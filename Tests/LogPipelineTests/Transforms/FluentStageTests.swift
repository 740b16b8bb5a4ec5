import Basics
import Reactor
import Records
import Testing

@testable import LogPipeline

/// Fluent Bit's and Fluentd's filters; cases follow the tests and examples of those programs.
@MainLoop @Suite("Fluent's filters") struct FluentStageTests {
    let kit = FlowKit()

    // MARK: grep

    @Test(arguments: [
        (["regex log aa"], ["aab", "b"], ["aab"]),
        (["exclude log aa"], ["aab", "b"], ["b"]),
        // The first rule that fits decides.
        (["regex log a", "exclude log b"], ["ab", "b", "a"], ["ab", "a"]),
        (["exclude log b", "regex log a"], ["ab", "a", "c"], ["a"]),
        (["regex other a"], ["a"], []),
    ])
    func grep(rules: [String], texts: [String], kept: [String]) throws {
        let settings = GrepTransform(
            rules: rules.map { rule in
                let words = rule.split(separator: " ").map(String.init)
                return .init(excludes: words[0] == "exclude", key: words[1], pattern: words[2])
            }
        )
        let result = kit.run(try GrepStage(settings), kit.events(texts))
        #expect(result.map { $0["log"] } == kept.map { .text($0) })
    }

    @Test func `grep joins rules with AND and OR`() throws {
        var settings = GrepTransform(rules: [
            .init(excludes: false, key: "log", pattern: "a"),
            .init(excludes: false, key: "log", pattern: "b"),
        ])
        settings.logic = .and
        #expect(kit.run(try GrepStage(settings), kit.events(["a", "ab", "c"])).count == 1)
        settings.logic = .or
        #expect(kit.run(try GrepStage(settings), kit.events(["a", "ab", "c"])).count == 2)
        settings.rules[1].excludes = true
        #expect(throws: Failure.self) { try GrepStage(settings) }
    }

    @Test func `grep looks into maps and at texts only`() throws {
        let rule = GrepTransform.Rule(excludes: false, key: "$a['b']", pattern: "1")
        let stage = try GrepStage(GrepTransform(rules: [rule]))
        let all: [Fields] = [
            ["a": .object(["b": .text("x1")])], ["a": .object(["b": .integer(1)])], ["a": .null],
        ]
        #expect(kit.run(stage, kit.fields(all)) == [all[0]])
        #expect(kit.books.now.left.isEmpty)
    }

    // MARK: modify

    @Test(
        arguments: [
            (["set a 2"], ["a": "1", "b": "x"], [("b", "x"), ("a", "2")]),
            (["add a 2", "add c 3"], ["a": "1"], [("a", "1"), ("c", "3")]),
            (["remove a"], ["a": "1", "b": "2"], [("b", "2")]),
            (["remove_wildcard Mem"], ["Mem.total": "1", "Swap": "2"], [("Swap", "2")]),
            (["remove_regex ^S"], ["Mem": "1", "Swap": "2"], [("Mem", "1")]),
            (["rename a c"], ["a": "1", "b": "2"], [("c", "1"), ("b", "2")]),
            (["rename a b"], ["a": "1", "b": "2"], [("a", "1"), ("b", "2")]),
            (["hard_rename a b"], ["a": "1", "b": "2"], [("b", "1")]),
            (["copy a c"], ["a": "1", "b": "2"], [("a", "1"), ("c", "1"), ("b", "2")]),
            (["copy a b"], ["a": "1", "b": "2"], [("a", "1"), ("b", "2")]),
            (["hard_copy a b"], ["a": "1", "b": "2"], [("a", "1"), ("b", "1")]),
            (["move_to_start b"], ["a": "1", "b": "2"], [("b", "2"), ("a", "1")]),
            (["move_to_end a*"], ["a1": "1", "b": "2"], [("b", "2"), ("a1", "1")]),
        ] as [([String], KeyValuePairs<String, String>, [(String, String)])]
    )
    func modify(
        rules: [String],
        record: KeyValuePairs<String, String>,
        result: [(String, String)]
    ) throws {
        let settings = ModifyTransform(rules: rules.map(Self.rule))
        let fields = Fields(record.map { ($0.key, Value.text($0.value)) })
        let found = kit.run(try ModifyStage(settings), kit.fields([fields]))
        #expect(found.first?.entries == result.map { Fields.Entry($0.0, .text($0.1)) })
    }

    @Test(arguments: [
        ("key_exists a", true), ("key_exists z", false), ("key_does_not_exist z", true),
        ("key_exists $m['n']", true), ("a_key_matches ^a$", true), ("no_key_matches ^a$", false),
        ("key_value_equals a 1", true), ("key_value_equals a 2", false),
        ("key_value_does_not_equal a 2", true), ("key_value_does_not_equal z 2", false),
        ("key_value_matches a [0-9]", true), ("key_value_does_not_match a [a-z]", true),
        ("key_value_does_not_match z [a-z]", false),
        ("matching_keys_have_matching_values ^a ^[0-9]$", true),
        ("matching_keys_have_matching_values ^[ab] ^[0-9]$", false),
        ("matching_keys_do_not_have_matching_values ^[ab] ^[0-9]$", true),
    ])
    func `conditions of modify`(condition: String, holds: Bool) throws {
        let settings = ModifyTransform(
            rules: [.init("add", ["new", "1"])],
            conditions: [Self.rule(condition)]
        )
        let fields: Fields = [
            "a": .text("1"), "b": .text("x"), "m": .object(["n": .text("1")]),
        ]
        let found = kit.run(try ModifyStage(settings), kit.fields([fields]))
        #expect((found.first?["new"] != nil) == holds)
    }

    @Test(arguments: [
        ("hard_move a b", "hard_copy"), ("set a", "takes two words"), ("key_exist a", "key_exists"),
    ])
    func `mistakes in modify are named`(rule: String, words: String) {
        let failure = #expect(throws: Failure.self) {
            _ =
                rule.hasPrefix("key")
                ? try ModifyStage(ModifyTransform(rules: [], conditions: [Self.rule(rule)]))
                : try ModifyStage(ModifyTransform(rules: [Self.rule(rule)]))
        }
        #expect("\(String(describing: failure))".contains(words))
    }

    // MARK: Others

    @Test func `record_modifier adds, and removes in any case`() {
        var settings = RecordModifierTransform()
        settings.added = [.init("hostname", .text("h"))]
        settings.removed = ["SWAP.*"]
        let fields: Fields = ["Mem": .integer(1), "Swap.total": .integer(2)]
        let found = kit.run(RecordModifierStage(settings), kit.fields([fields]))
        #expect(found == [["Mem": .integer(1), "hostname": .text("h")]])
        settings = RecordModifierTransform()
        settings.allowed = ["mem"]
        settings.uuidKey = "id"
        let kept = kit.run(RecordModifierStage(settings), kit.fields([fields]))
        #expect(kept.first?.keys == ["Mem", "id"])
        guard case .bytes(let id)? = kept.first?["id"] else {
            Issue.record("no number")
            return
        }
        #expect(id.count == 36)
    }

    @Test func `nest and lift`() {
        var settings = NestTransform(lifts: false)
        settings.wildcards = ["Mem.*"]
        settings.nestUnder = "Stats"
        settings.removedPrefix = "Mem."
        let fields: Fields = ["Mem.total": .integer(1), "x": .integer(2), "Mem.used": .integer(3)]
        let nested = kit.run(NestStage(settings), kit.fields([fields]))
        let inner: Fields = ["total": .integer(1), "used": .integer(3)]
        #expect(nested.first?.keys == ["x", "Stats"])
        #expect(nested.first?["Stats"] == .object(inner))
        var lifting = NestTransform(lifts: true)
        lifting.nestedUnder = "Stats"
        lifting.addedPrefix = "s_"
        let lifted = kit.run(NestStage(lifting), kit.fields(nested))
        #expect(lifted.first?.keys == ["x", "s_total", "s_used"])
        #expect(
            kit.run(NestStage(lifting), kit.fields([["Stats": .integer(1)]])).first?.keys == [
                "Stats"
            ]
        )
    }

    @Test func `rewrite_tag sends a record back under another tag`() throws {
        let settings = RewriteTagTransform(rules: [
            .init(key: "$name", pattern: "^(a.)c$", tag: "new.$1.$TAG[1].$TAG.$name", keeps: true)
        ])
        let stage = try RewriteTagStage(settings, tags: kit.tags)
        let outlet = Outlet()
        let events = kit.fields([["name": .text("abc")], ["name": .text("x")]], tag: "old.t")
        stage.process(events, at: FlowKit.start, into: outlet)
        #expect(outlet.passed.map(\.tag.text) == ["old.t", "old.t"])
        #expect(outlet.named["emitted"]?.map(\.tag.text) == ["new.ab.t.old.t.abc"])
        #expect(outlet.made == 1)
    }

    @Test func `throttle lets the average rate through`() {
        var settings = ThrottleTransform()
        settings.rate = 2
        settings.window = 2
        let stage = ThrottleStage(settings)
        func count(_ second: Int64) -> Int {
            let moment = Moment(
                instant: Instant(nanoseconds: second * 1_000_000_000),
                wall: FlowKit.start.wall
            )
            return kit.run(stage, kit.events(Array(repeating: "x", count: 10)), at: moment).count
        }
        // Four fit into two intervals; what was used in the first is missing in the second.
        #expect(count(100) == 4)
        #expect(count(101) == 0)
        #expect(count(102) == 4)
        #expect(count(1000) == 4)
    }

    @Test(arguments: [
        (Value.text("12"), "integer", Value.integer(12)), (.text("1.5"), "float", .float(1.5)),
        (.text("true"), "bool", .boolean(true)), (.integer(5), "string", .text("5")),
        (.text("0xff"), "hex", .integer(255)), (.text("x"), "integer", .text("x")),
    ])
    func types(value: Value, type: String, turned: Value) {
        #expect(kit.run(TypesStage(["a": type]), kit.fields([["a": value]])) == [["a": turned]])
    }

    @Test func `record_transformer fills templates`() throws {
        var settings = RecordTransformerTransform()
        settings.fields = [
            ("where", "${tag_parts[1]}/${tag_prefix[1]}/${tag_suffix[1]}"),
            ("whole", "${record[\"a\"][\"b\"]}"), ("text", "x-${record.dig(\"a\", \"b\")}-${tag}"),
        ]
        settings.keepsTypes = true
        settings.removed = ["$.a"]
        let stage = try RecordTransformerStage(settings)
        let found = kit.run(
            stage,
            kit.fields([["a": .object(["b": .integer(7)]), "c": .null]], tag: "x.y.z")
        )
        #expect(
            found.first == [
                "a": .object(["b": .integer(7)]), "c": .null, "where": .text("y/x.y/y.z"),
                "whole": .integer(7), "text": .text("x-7-x.y.z"),
            ]
        )
        settings.fields = [("a", "${Time.now.to_s}")]
        #expect(throws: Failure.self) { try RecordTransformerStage(settings) }
    }

    @Test(
        arguments: [
            (.integer(7), 7), (.float(-0.5), nil), (.integer(.max), nil), (.integer(.min), nil),
            (.float(1e300), nil), (.float(.infinity), nil), (.text("7"), nil),
        ] as [(Value, Int64?)]
    )
    func `record_transformer takes times that can be`(_ value: Value, _ seconds: Int64?) throws {
        var settings = RecordTransformerTransform()
        settings.renewTimeKey = "t"
        let outlet = Outlet()
        let events = kit.fields([["t": value]])
        try RecordTransformerStage(settings).process(events, at: FlowKit.start, into: outlet)
        let expected =
            value == .float(-0.5)
            ? Timestamp(nanoseconds: -500_000_000)
            : seconds.map { Timestamp(seconds: $0) } ?? FlowKit.start.wall
        #expect(outlet.passed.first?.time == expected)
    }

    @Test func `pod takes names from the tag and the rest from the downward API`() {
        var settings = PodTransform()
        settings.mergesLog = true
        settings.directory = "/etc/podinfo"
        let stage = PodStage(
            settings,
            environment: { ["NODE_NAME": "n1", "POD_NAME": "own"][$0] },
            read: { $0 == "/etc/podinfo/labels" ? "app=\"shop\"\ntier=\"a\\\"b\"\n" : nil }
        )
        let tag = "kube.var.log.containers.web-1_prod_app-0123.log"
        let found = kit.run(stage, kit.fields([["log": .text("{\"level\":\"info\"}")]], tag: tag))
        guard case .object(let pod)? = found.first?["kubernetes"] else {
            Issue.record("no pod")
            return
        }
        #expect(pod["pod_name"] == .text("web-1"))
        #expect(pod["namespace_name"] == .text("prod"))
        #expect(pod["container_name"] == .text("app"))
        #expect(pod["host"] == .text("n1"))
        #expect(pod["labels"] == .object(["app": .text("shop"), "tier": .text("a\"b")]))
        #expect(found.first?["level"] == .text("info"))
    }

    private static func rule(_ text: String) -> ModifyTransform.Rule {
        let words = text.split(separator: " ").map(String.init)
        return ModifyTransform.Rule(words[0], Array(words.dropFirst()))
    }
}
