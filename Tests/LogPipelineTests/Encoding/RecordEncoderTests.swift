import Basics
import Reactor
import Records
import TestKit
import Testing

@testable import LogPipeline

@Suite("Records are written") struct RecordEncoderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var expected: String
        var change: @Sendable (inout Encoding) -> Void

        init(
            _ name: String,
            _ expected: String,
            _ change: @escaping @Sendable (inout Encoding) -> Void
        ) {
            self.name = name
            self.expected = expected
            self.change = change
        }

        var testDescription: String { name }
    }

    static let record: Fields = [
        "log": .text("a \"b\""), "n": .integer(-3), "f": .float(1.5), "on": .boolean(true),
        "none": .null, "k": .object(["z": .integer(1), "a": .array([.text("x"), .null])]),
        "é": .text("ü"),
    ]

    static let cases = [
        Case(
            "as set",
            #"{"log":"a \"b\"","n":-3,"f":1.5,"on":true,"none":null,"k":{"z":1,"a":["x",null]},"é":"ü"}"#
        ) { _ in },
        Case(
            "sorted with time and tag",
            #"{"f":1.5,"k":{"a":["x",null],"z":1},"log":"a \"b\"","n":-3,"none":null,"on":true,"#
                + #""t":1700000000,"tag":"app.web","é":"ü"}"#
        ) {
            $0.sortsKeys = true
            $0.timeKey = "t"
            $0.timeFormat = "epoch"
            $0.tagKey = "tag"
        },
        Case(
            "time and tag first",
            #"{"date":1700000000.123456,"_tag":"app.web","log":"a \"b\""}"#
        ) {
            $0.timeKey = "date"
            $0.timeFormat = "double"
            $0.tagKey = "_tag"
            $0.only = ["log"]
        },
        Case("the record's own time gives way", #"{"log":"2023-11-14T22:13:20.123456Z","n":-3}"#) {
            $0.timeKey = "log"
            $0.only = ["n", "log"]
        },
        Case("nothing but the time", #"{"t":1700000000123}"#) {
            $0.timeKey = "t"
            $0.timeFormat = "epoch_ms"
            $0.only = []
        },
        Case("inner fields", #"{"k":{"a":["x",null]},"n":-3}"#) { $0.only = ["k.a", "n", "gone"] },
        Case("without some", #"{"n":-3,"on":true,"k":{"a":["x",null]},"é":"ü"}"#) {
            $0.except = ["log", ".f", "none", "k.z"]
        },
        Case("escaped", #"{"\u00e9":"\u00fc"}"#) {
            $0.escapesUnicode = true
            $0.only = ["\"é\""]
        },
        Case("text", "a \"b\"") { $0.form = .text(key: "log") },
        Case("text without the field", #"{"n":-3}"#) {
            $0.form = .text(key: "gone")
            $0.only = ["n"]
        },
        Case("logfmt", #"log="a \"b\"" n=-3 f=1.5 on=true none= k.z=1 k.a.0=x k.a.1= é=ü"#) {
            $0.form = .logfmt
        },
        Case("ltsv", "log:a \"b\"\tn:-3\tk:{\"z\":1,\"a\":[\"x\",null]}") {
            $0.form = .ltsv
            $0.only = ["log", "n", "k"]
        },
        Case("csv of fields", #""a ""b""",,-3,1"#) {
            $0.form = .csv(fields: ["log", "gone", "n", "k.z"], delimiter: ",")
        },
        Case("csv of all with the time", "1700000000;-3;true") {
            $0.form = .csv(fields: [], delimiter: ";")
            $0.only = ["n", "on"]
            $0.timeKey = "t"
            $0.timeFormat = "unix"
        },
        Case("plain", #"app.web: [1700000000.123456789, {"n":-3}]"#) {
            $0.form = .plain
            $0.only = ["n"]
        },
        Case("shown", "2023-11-14 22:13:20.123456789 +0000 app.web: {\"n\":-3}") {
            $0.form = .shown
            $0.only = ["n"]
        },
        Case("tagged", "2023-11-14T22:13:20+00:00\tapp.web\t{\"n\":-3}") {
            $0.form = .tagged
            $0.only = ["n"]
        },
        Case("parts", #"{"at":"22:13:20","m":"a \"b\"","n":-3,"x":""}a \"b\"!a "b""#) {
            $0.form = .pieces([
                .literal(#"{"at":""#), .time(format: "%T", isUTC: true), .literal(#"","m":""#),
                .field("log", isEscaped: true), .literal(#"","n":"#), .field("n", isEscaped: false),
                .literal(#","x":""#), .field("gone", isEscaped: true), .literal("\"}"),
                .field("log", isEscaped: true), .literal("!"), .field("log", isEscaped: false),
            ])
        },
        Case("template", "2023-11-14T22:13:20.123456Z <a \"b\"> -3 {gone} {") {
            $0.form = .template("{time} <{log}> {n} {gone} {")
        },
    ]

    @Test(arguments: cases) @MainLoop func `in the form that is asked for`(_ item: Case) {
        var encoding = Encoding(.json)
        item.change(&encoding)
        var encoder = RecordEncoder(encoding)
        var output = Array("before ".utf8)
        var event = TestLots().event(.fields(Self.record))
        encoder.append(&event, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "before " + item.expected)
    }

    @Test(arguments: [
        (#"{"a":1}"#, "", #"{"@t":1700000000,"a":1}"#),
        (#"{ "a" : 1 }"#, "", #"{"@t":1700000000,"a" : 1 }"#),
        (#"{}"#, "", #"{"@t":1700000000}"#),
        (#"{ }"#, "", #"{"@t":1700000000}"#),
        (#"{"time":"x","a":1}"#, #""time":"x","#, #"{"@t":1700000000,"a":1}"#),
        (#"{"a":1,"time":"x"}"#, #","time":"x""#, #"{"@t":1700000000,"a":1}"#),
        (#"{"a":1,"time":"x","b":2}"#, #""time":"x","#, #"{"@t":1700000000,"a":1,"b":2}"#),
        (#"{"time":"x"}"#, #""time":"x""#, #"{"@t":1700000000}"#),
        (#"{ "time":"x" }"#, #""time":"x""#, #"{"@t":1700000000}"#),
    ])
    @MainLoop func `an object as it was written`(_ text: String, _ cut: String, _ expected: String)
    {
        var encoding = Encoding(.json)
        encoding.timeKey = "@t"
        encoding.timeFormat = "epoch"
        var encoder = RecordEncoder(encoding)
        var output: [UInt8] = []
        var event = TestLots().raw(text, cutting: cut)
        encoder.append(&event, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == expected)
    }

    @Test @MainLoop func `an object as it was written needs no lead`() {
        var encoder = RecordEncoder(Encoding(.json))
        var output: [UInt8] = []
        var event = TestLots().raw(#"{"x":1, "a":"b"}"#, cutting: #""x":1, "#)
        encoder.append(&event, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == #"{"a":"b"}"#)
    }

    @Test @MainLoop func `a line is written as the fields that it stands for`() {
        let block = Array("one\ntw\"o\tü\n".utf8)
        let frame = LineFrame(
            key: "log",
            added: ["path": .text("/x"), "n": .integer(1)],
            offsetKey: "at",
            offset: 100
        )
        for format in ["iso8601", "epoch"] {
            var encoding = Encoding(.json)
            encoding.timeKey = "t"
            encoding.timeFormat = format
            for range in [0..<3, 4..<(block.count - 1), 3..<3] {
                let body = Body.line(LineText(block, range, frame: frame))
                var quick = TestLots().event(body)
                var slow = quick
                slow.body = .fields(slow.fields)
                var encoder = RecordEncoder(encoding)
                var output: [[UInt8]] = [[], []]
                encoder.append(&quick, to: &output[0])
                encoder.append(&slow, to: &output[1])
                #expect(
                    String(decoding: output[0], as: UTF8.self)
                        == String(decoding: output[1], as: UTF8.self)
                )
            }
        }
    }

    @Test @MainLoop func `a line whose fields have the time's name is taken apart`() {
        var encoding = Encoding(.json)
        encoding.timeKey = "log"
        encoding.timeFormat = "epoch"
        var encoder = RecordEncoder(encoding)
        let frame = LineFrame(key: "log", added: ["a": .text("b")])
        var event = TestLots().event(.line(LineText(Array("x".utf8), 0..<1, frame: frame)))
        var output: [UInt8] = []
        encoder.append(&event, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == #"{"log":1700000000,"a":"b"}"#)
    }

    @Test(arguments: [
        ("abc@timestampdef", "@timestamp", true), ("abc@timestam", "@timestamp", false),
        ("@timestamp", "@timestamp", true), ("", "x", false), ("aaaaaaaaaaab", "ab", true),
        ("aaaaaaaaaaaaaaaa", "ab", false), ("0123456789abcdef@t", "@t", true),
    ])
    func `a needle is found where it is`(_ hay: String, _ text: String, _ expected: Bool) {
        let bytes = Array(hay.utf8)
        #expect(Needle(Array(text.utf8)).isIn(bytes, 0..<bytes.count) == expected)
    }

    @Test func `a needle is found as a plain search finds it`() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<3000 {
            let hay = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                UInt8.random(in: 97..<100, using: &random)
            }
            let text = (0..<Int.random(in: 1..<5, using: &random)).map { _ in
                UInt8.random(in: 97..<100, using: &random)
            }
            let from = Int.random(in: 0...hay.count, using: &random)
            let expected = hay[from...].firstRange(of: text) != nil
            #expect(Needle(text).isIn(hay, from..<hay.count) == expected)
        }
    }
}
