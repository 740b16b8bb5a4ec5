import Testing

@testable import Roles

@Suite("Changes to samples") struct RewriteTests {
    private static func set(_ text: String) throws -> SampleSet {
        var set = SampleSet()
        var report = ReadReport()
        try MetricFormat.prometheus.read(Array(text.utf8), into: &set, &report)
        return set
    }

    private static func rule(
        _ action: RelabelRule.Action,
        _ sources: [String] = [],
        _ regex: String = "(.*)",
        _ target: String = "",
        _ replacement: String = "$1"
    ) -> RelabelRule {
        var rule = RelabelRule()
        (rule.action, rule.sources, rule.regex) = (action, sources, regex)
        (rule.target, rule.replacement) = (target, replacement)
        return rule
    }

    @Test(
        arguments: [
            (rule(.drop, ["__name__"], "go_.*"), [#"a{x="1",y="2"} 1"#, #"b{x="3"} 2"#]),
            (rule(.keep, ["x"], "1"), [#"a{x="1",y="2"} 1"#]),
            (
                rule(.replace, ["x", "y"], "(.);(.)", "z", "$2-${1}$$"),
                [
                    #"a{x="1",y="2",z="2-1$"} 1"#, #"b{x="3"} 2"#, "go_x 3",
                ]
            ),
            (
                rule(.replace, ["__name__"], "(a)", "__name__", "${1}_new"),
                [
                    #"a_new{x="1",y="2"} 1"#, #"b{x="3"} 2"#, "go_x 3",
                ]
            ),
            (rule(.labeldrop, [], "y"), [#"a{x="1"} 1"#, #"b{x="3"} 2"#, "go_x 3"]),
            (rule(.labelkeep, [], "y"), [#"a{y="2"} 1"#, "b 2", "go_x 3"]),
            (
                rule(.labelmap, [], "(x)", "", "new_$1"),
                [
                    #"a{new_x="1",x="1",y="2"} 1"#, #"b{new_x="3",x="3"} 2"#, "go_x 3",
                ]
            ),
            (
                rule(.uppercase, ["__name__"], "(.*)", "n"),
                [
                    #"a{n="A",x="1",y="2"} 1"#, #"b{n="B",x="3"} 2"#, #"go_x{n="GO_X"} 3"#,
                ]
            ),
            (rule(.keepequal, ["x"], "", "y"), ["go_x 3"]),
            (
                rule(.replace, ["x"], "nomatch", "y", "z"),
                [
                    #"a{x="1",y="2"} 1"#, #"b{x="3"} 2"#, "go_x 3",
                ]
            ),
        ] as [(RelabelRule, [String])]
    )
    func `labels are changed by rules`(_ rule: RelabelRule, _ expected: [String]) throws {
        let set = try Self.set("a{x=\"1\",y=\"2\"} 1\nb{x=\"3\"} 2\ngo_x 3\n")
        var rewrite = SampleRewrite()
        rewrite.relabel = [rule]
        #expect(lines(try SampleRewriter(rewrite).apply(set)) == expected)
    }

    @Test func `names, units and kinds are changed`() throws {
        let text =
            "# TYPE a_ms gauge\na_ms 1500\n# TYPE drop_me gauge\ndrop_me 1\n"
            + "# TYPE h histogram\nh_bucket{le=\"100\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 300\nh_count 2\n"
        var rewrite = SampleRewrite()
        var first = SampleRewrite.Change(match: "a_*")
        (first.name, first.scale, first.kind, first.unit) = (
            "a_seconds", 0.001, .counter, "seconds"
        )
        var second = SampleRewrite.Change(match: "drop*")
        second.drops = true
        var third = SampleRewrite.Change(match: "h")
        (third.name, third.scale) = ("h_seconds", 0.001)
        rewrite.changes = [first, second, third]
        #expect(
            lines(try SampleRewriter(rewrite).apply(try Self.set(text)), remarks: true) == [
                "# TYPE a_seconds counter", "a_seconds 1.5", "# TYPE h_seconds histogram",
                #"h_seconds_bucket{le="0.1"} 1"#, #"h_seconds_bucket{le="+Inf"} 2"#,
                "h_seconds_sum 0.3",
                "h_seconds_count 2",
            ]
        )
    }

    @Test func `labels for all do not hide those that are there`() throws {
        var rewrite = SampleRewrite()
        rewrite.labels = [.init("pod", "web-0")]
        let set = try Self.set("a{pod=\"x\"} 1\nb 2\n")
        #expect(
            lines(try SampleRewriter(rewrite).apply(set)) == [
                #"a{exported_pod="x",pod="web-0"} 1"#, #"b{pod="web-0"} 2"#,
            ]
        )
    }

    @Test(
        arguments: [
            (.sum, #"a{x="1"} 5"#), (.min, #"a{x="1"} 2"#), (.max, #"a{x="1"} 3"#),
            (.count, #"a{x="1"} 2"#), (.average, #"a{x="1"} 2.5"#),
        ] as [(Aggregation.Operation, String)]
    )
    func `series become one`(_ operation: Aggregation.Operation, _ expected: String) throws {
        var rewrite = SampleRewrite()
        var aggregation = Aggregation(match: "a")
        (aggregation.by, aggregation.operation) = (["x"], operation)
        rewrite.aggregations = [aggregation]
        let set = try Self.set("a{x=\"1\",y=\"1\"} 2\na{x=\"1\",y=\"2\"} 3\nb 1\n")
        #expect(lines(try SampleRewriter(rewrite).apply(set)).sorted() == [expected, "b 1"])
    }

    @Test func `a counter goes on when its source begins again`() throws {
        var rewrite = SampleRewrite()
        var change = SampleRewrite.Change(match: "*_total")
        change.continues = true
        rewrite.changes = [change]
        let rewriter = try SampleRewriter(rewrite)
        let values = [5, 8, 2, 2, 1].map { "# TYPE a_total counter\na_total \($0)\n" }
        let found = try values.map { lines(rewriter.apply(try Self.set($0)))[0] }
        #expect(found == ["a_total 5", "a_total 8", "a_total 10", "a_total 10", "a_total 11"])
        #expect(rewriter.resets == 2)
    }

    @Test(
        arguments: [
            ("abc", "abc", true), ("abc", "a*", true), ("abc", "*c", true), ("abc", "a*c", true),
            ("abc", "*b*", true), ("abc", "*", true), ("abc", "ab", false), ("abc", "a*b", false),
            ("abc", "*x*", false), ("aXbXc", "a*X*c", true),
        ]
    )
    func `a pattern fits`(_ name: String, _ pattern: String, _ fits: Bool) {
        #expect(Aggregation.fits(name, pattern) == fits)
    }

    @Test func `what has gone is found, and the schema's hash knows names and labels only`() throws
    {
        let before = try Self.set("a{x=\"1\"} 1\na{x=\"2\"} 1\nb 2\n")
        let after = try Self.set("c 1\na{x=\"2\"} 7\n")
        let gone = after.missing(of: before).map { before.description(of: $0) }
        #expect(gone == [#"a{x="1"}"#, "b"])
        #expect(before.fingerprint != after.fingerprint)
        #expect(try Self.set("b 9\na{x=\"5\"} 3\n").fingerprint == before.fingerprint)
        #expect(try Self.set("b 9\na{y=\"5\"} 3\n").fingerprint != before.fingerprint)
    }

    @Test func `sets are put together by name`() throws {
        let first = try Self.set("# TYPE a gauge\na{p=\"1\"} 1\nb 1\n")
        let second = try Self.set("# TYPE a gauge\na{p=\"2\"} 2\nb 5\n")
        let (merged, plans) = SampleSet.merged([first, second], without: SampleSet(), limit: 100)
        #expect(lines(merged) == [#"a{p="1"} 1"#, #"a{p="2"} 2"#, "b 1"])
        #expect(merged.duplicates == 1)
        var values = merged.values
        plans[1].apply([7, 8], to: &values)
        // The second b is not shown, so its number goes nowhere.
        #expect(values == [1, 1, 7])
        let own = try Self.set("a 1\n")
        #expect(lines(SampleSet.merged([first, second], without: own, limit: 9).set) == ["b 1"])
        #expect(lines(SampleSet.merged([first], without: own, limit: 9).set) == ["b 1"])
    }

    @Test func `numbers alone go the way that the whole set went`() throws {
        var rewrite = SampleRewrite()
        var scale = SampleRewrite.Change(match: "a_ms")
        (scale.name, scale.scale) = ("a_seconds", 0.001)
        var drop = SampleRewrite.Change(match: "noise")
        drop.drops = true
        rewrite.changes = [scale, drop]
        rewrite.labels = [.init("zone", "z")]
        let rewriter = try SampleRewriter(rewrite)
        let text = "a_ms{x=\"1\"} 1\nnoise 2\na_ms{x=\"2\"} 3\nb 4\n"
        var result = rewriter.apply(try Self.set(text))
        let plan = try #require(rewriter.plan)
        var values = result.values
        plan.apply([10, 20, 30, 40], to: &values)
        result.set(values)
        #expect(
            lines(result) == [
                #"a_seconds{x="1",zone="z"} 0.01"#, #"a_seconds{x="2",zone="z"} 0.03"#,
                #"b{zone="z"} 40"#,
            ]
        )
        rewrite.aggregations = [Aggregation(match: "b")]
        let summing = try SampleRewriter(rewrite)
        _ = summing.apply(try Self.set(text))
        #expect(summing.plan == nil)
        _ = summing.apply(try Self.set("c 1\n"))
        #expect(summing.plan != nil)
    }
}
