import LogFuzzSubjects
import TestKit
import Testing

@testable import Records

@Suite("JSON scan") struct JSONScanTests {
    @Test(
        arguments: [
            ("{}", JSONScan.Outcome.valid), (" { } ", .valid), (#"{"a":1}"#, .valid),
            ("[]", .invalid),
            ("", .invalid), ("1", .invalid), ("{", .invalid), (#"{"a"}"#, .invalid),
            (#"{"a":}"#, .invalid),
            (#"{"a":1,}"#, .invalid), (#"{,}"#, .invalid), (#"{"a":1}x"#, .invalid),
            (#"{"a":01}"#, .invalid),
            (#"{"a":-}"#, .invalid), (#"{"a":1.}"#, .invalid), (#"{"a":1.5e+10}"#, .valid),
            (#"{"a":tru}"#, .invalid), (#"{"a":true}"#, .valid), (#"{"a":false,"b":null}"#, .valid),
            (#"{"a":[1,2,[]],"b":{"c":{}}}"#, .valid), (#"{"a":[1,2}}"#, .invalid),
            (#"{"a":{"b":1]}"#, .invalid),
            (#"{"a":"\q"}"#, .invalid), (#"{"a":"\u12g4"}"#, .invalid),
            (#"{"a":"\ud800"}"#, .invalid),
            (#"{"a":"\ud83e\udd80"}"#, .valid), ("{\"a\":\"\u{1}\"}", .invalid),
            ("{\"a\":\"ä🦀\"}", .valid),
            (#"{"\u0061":1}"#, .ambiguous), (#"{"a":1,"a":2}"#, .ambiguous),
            (#"{"b":1,"b":2}"#, .valid),
            (#"{"b":{"a":1,"a":2}}"#, .valid), ("{\"a\":1}\r\n", .valid), ("\u{FEFF}{}", .invalid),
        ] as [(String, JSONScan.Outcome)]
    )
    func `a text is one map or not`(_ text: String, _ outcome: JSONScan.Outcome) {
        var scan = JSONScan(keys: ["a"])
        #expect(scan.scan(Array(text.utf8).span) == outcome)
    }

    @Test func `broken UTF-8 is found`() {
        var scan = JSONScan()
        for broken: [UInt8] in [
            [0xFF], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xC3],
        ] {
            let bytes = Array(#"{"a":""#.utf8) + broken + Array(#""}"#.utf8)
            #expect(scan.scan(bytes.span) == .invalid)
        }
    }

    @Test(
        arguments: [
            (#"{"a":1,"b":2,"c":3}"#, ["a"], #"{"b":2,"c":3}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["b"], #"{"a":1,"c":3}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["c"], #"{"a":1,"b":2}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["b", "c"], #"{"a":1}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["a", "b"], #"{"c":3}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["c", "a"], #"{"b":2}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["a", "b", "c"], "{}"), (#"{ "a" : [1] }"#, ["a"], "{ }"),
            (#"{ "a" : 1 , "x" : "," }"#, ["a"], #"{ "x" : "," }"#),
            (#"{"x":",","b":"}"}"#, ["b"], #"{"x":","}"#),
        ] as [(String, [String], String)]
    )
    func `fields are cut out`(_ text: String, _ keys: [String], _ rest: String) {
        var scan = JSONScan(keys: keys)
        let bytes = Array(text.utf8)
        #expect(scan.scan(bytes.span) == .valid)
        var output: [UInt8] = []
        scan.append(without: Array(keys.indices), of: bytes.span, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == rest)
    }

    @Test func `the places of a field are told`() throws {
        var scan = JSONScan(keys: ["time", "absent"])
        let bytes = Array(#"{"n":{"time":0}, "time" : "x\"y" , "z":1}"#.utf8)
        #expect(scan.scan(bytes.span) == .valid)
        let place = try #require(scan[0])
        #expect(String(decoding: bytes[place.value], as: UTF8.self) == #""x\"y""#)
        #expect(String(decoding: bytes[place.member], as: UTF8.self) == #""time" : "x\"y""#)
        #expect(String(decoding: bytes[place.cut], as: UTF8.self) == #""time" : "x\"y" , "#)
        #expect(scan[1] == nil)
    }

    @Test func `scanning allocates nothing`() {
        var scan = JSONScan(keys: ["time", "log"])
        let bytes = Array(
            #"{"time":"2026-11-21T10:00:00Z","log":"a \"b\" ä","n":[1,2.5e3,{"a":null}],"ok":true}"#
                .utf8
        )
        _ = scan.scan(bytes.span)
        let count = Allocations.count {
            for _ in 0..<100 { _ = scan.scan(bytes.span) }
        }
        #expect(count < 100)
    }

    @Test func `scanner and reader agree on anything`() throws {
        for input in try Corpora.inputs("RecordJSON", mutations: 2000) { fuzzRecordJSON(input) }
    }
}
