import Testing

@testable import Roles

@Suite("JSON as metrics") struct JSONReaderTests {
    @Test(
        arguments: [
            (#"{"a":1}"#, ["a 1"]),
            (
                #"{"requests":{"total":5,"inFlight":2}}"#,
                ["requests_total 5", "requests_in_flight 2"]
            ),
            (#"{"ok":true,"bad":false,"none":null}"#, ["ok 1", "bad 0"]),
            (#"{"HTTPRequests":1}"#, ["http_requests 1"]),
            (#"{"a b-c.d":1}"#, ["a_b_c_d 1"]),
            (#"{"1st":1}"#, ["_1st 1"]),
            (#"[1,2]"#, [#"value{index="0"} 1"#, #"value{index="1"} 2"#]),
            (
                #"{"servers":[{"name":"a","load":1},{"name":"b","load":2}]}"#,
                [#"servers_load{name="a"} 1"#, #"servers_load{name="b"} 2"#]
            ),
            (
                #"{"q":[{"id":7,"w":[{"id":8,"n":1}]}]}"#,
                [
                    #"q_id{id="7"} 7"#, #"q_w_id{id="7",q_w_id="8"} 8"#,
                    #"q_w_n{id="7",q_w_id="8"} 1"#,
                ]
            ),
            (#"{"wait_ms":1500}"#, ["wait_seconds 1.5"]),
            (
                #"{"waits_ms":[1,2]}"#,
                [#"waits_seconds{index="0"} 0.001"#, #"waits_seconds{index="1"} 0.002"#]
            ),
            (#"{"heap_mib":2}"#, ["heap_bytes 2097152"]),
            (#"{"x":1e308,"y":-0.5,"z":1E+400}"#, ["x 1e+308", "y -0.5", "z +Inf"]),
            (#"{"x":NaN,"y":-Infinity}"#, ["x NaN", "y -Inf"]),
            (#"{"a":123456789012345678901234567890}"#, ["a 1.2345678901234568e+29"]),
            (#"{"a":1,"a":2}"#, ["a 1"]),
            (#"{"aé":1}"#, ["a 1"]),
            (#"{"é":1,"x":2}"#, ["value 1", "x 2"]),
        ] as [(String, [String])]
    )
    func `a document is flattened`(_ text: String, _ expected: [String]) throws {
        #expect(try shown(text) == expected)
    }

    @Test(
        arguments: [
            ("{", "the document ends in its middle"),
            (#"{"a":1"#, "the document ends in its middle"),
            (#"{"a" 1}"#, "a colon is missing"), (#"{"a":1 "b":2}"#, "a comma is missing"),
            (#"{"a":01}"#, "a number begins with 0"), (#"{"a":1.}"#, "a digit is expected"),
            (#"[1,]"#, "a value is expected"), (#"{,}"#, "a key is expected"),
            (#"{"a":1} x"#, "there is text after the document"),
            ("[\"a\nb\"]", "a string holds a raw control character"),
            (#"["\u+041"]"#, "a string holds an escape that JSON does not have"),
            (#"["\u-000"]"#, "a string holds an escape that JSON does not have"),
            ("[tru", "the document ends in its middle"),
            ("{}", "the document holds no number"), (#"{"a":"b"}"#, "the document holds no number"),
        ]
    )
    func `what is no document of numbers is refused`(_ text: String, _ why: String) {
        let problem = #expect(throws: ReadProblem.self) { try shown(text, as: .json) }
        #expect(problem?.what == why)
    }

    @Test(arguments: [
        ("\\u0041", "A"), ("\\ud83d\\ude00", "\u{1F600}"), ("\\ud83d", "\u{FFFD}"),
    ])
    func `characters are written as four digits`(_ written: String, _ read: String) throws {
        let tape = try JSONTape(Array("[\"\(written)\"]".utf8))
        #expect(String(decoding: tape.text(1), as: UTF8.self) == read)
    }

    @Test func `every beginning of a document is refused`() throws {
        let text = #"{"a":[1,{"name":"xé\u00e9","v":-1.5e3}],"b":true,"c":{"d":null,"e":2}}"#
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count {
            #expect(throws: ReadProblem.self) { try JSONTape(Array(bytes[..<count])) }
        }
        #expect(try JSONTape(bytes).tokens.count > 5)
    }

    @Test func `nesting has a limit`() {
        let deep = String(repeating: "[", count: 129) + String(repeating: "]", count: 129)
        #expect(throws: ReadProblem.self) { try JSONTape(Array(deep.utf8)) }
    }

    @Test func `texts become labels or numbers on request`() throws {
        var options = ReadOptions()
        options.strings = .info
        #expect(try shown(#"{"v":"1.2\"x"}"#, as: .json, options) == [#"v_info{value="1.2\"x"} 1"#])
        options.strings = .numbers
        #expect(try shown(#"{"v":" 12.5 ","w":"x"}"#, as: .json, options) == ["v 12.5"])
    }

    @Test func `names get a prefix and kinds by declaration`() throws {
        var options = ReadOptions()
        options.prefix = "app"
        options.counters = ["app_hits"]
        var set = SampleSet()
        var report = ReadReport()
        try MetricFormat.json.read(
            Array(#"{"hits":1,"b_total":2}"#.utf8),
            options,
            into: &set,
            &report
        )
        #expect(
            lines(set, remarks: true) == [
                "# TYPE app_hits counter", "app_hits 1", "# TYPE app_b_total counter",
                "app_b_total 2",
            ]
        )
    }

    @Test func `a label cannot break out of its quotes`() throws {
        let text = #"[{"name":"a\"} 1\nevil{x=\"y","v":1}]"#
        #expect(try shown(text) == [#"v{name="a\"} 1\nevil{x=\"y"} 1"#])
    }

    @Test func `too many series are limited and counted`() throws {
        let text = "[" + [String](repeating: "1", count: 50_000).joined(separator: ",") + "]"
        var set = SampleSet(limit: 5000)
        var report = ReadReport()
        try MetricFormat.json.read(Array(text.utf8), into: &set, &report)
        #expect(set.count == 5000)
        #expect(set.refused == 45_000)
    }

    @Test(
        arguments: [
            ("/a/b", ["1"]), ("$.a.b", ["1"]), ("a.b", ["1"]), ("/list/1/v", ["20"]),
            ("$.list[-1].v", ["20"]), ("$.list[*].v", ["10", "20"]), ("/list/*/v", ["10", "20"]),
            ("$..v", ["10", "20"]), (#"$.list[?(@.s=="up")].v"#, ["20"]),
            (#"$.list[?(@.s!="up")].v"#, ["10"]), ("$['x.y']", ["3"]), ("/x~1z", ["4"]),
            ("$.list[?(@.v==10)].s", [#"down"#]), ("$.nope", []), ("/list/7", []),
        ] as [(String, [String])]
    )
    func `a path leads to values`(_ path: String, _ expected: [String]) throws {
        let text =
            #"{"a":{"b":1},"list":[{"v":10,"s":"down"},{"v":20,"s":"up"}],"x.y":3,"x/z":4}"#
        let tape = try JSONTape(Array(text.utf8))
        let found = try TapePath(path).find(0, in: tape).map {
            tape.bytes.text(tape.tokens[$0].range)
        }
        #expect(found == expected)
    }

    @Test(arguments: ["$.a[", "$.a[x]", "$.a[?(b)]", "$.a..", "$['a", "$.a b"])
    func `a broken path is refused`(_ path: String) {
        #expect(throws: ReadProblem.self) { try TapePath(path) }
    }

    @Test func `rules make samples`() throws {
        let text = #"""
            {"pools":[{"n":"a","used":5,"state":"ok","lat":{"100":1,"50":2,"Inf":1},"s":200}],"t":"7"}
            """#
        var used = JSONRule(name: "pool_used", path: try TapePath("$.used"))
        used.each = try TapePath("$.pools[*]")
        used.labels = [("pool", .path(try TapePath("$.n"))), ("kind", .text("x"))]
        used.scale = 10
        var state = JSONRule(name: "pool_state", path: try TapePath("$.state"))
        state.each = used.each
        state.values = ["ok": 1, "bad": 0]
        var lat = JSONRule(name: "lat_seconds", path: try TapePath("$"))
        lat.each = used.each
        lat.scale = 0.001
        lat.buckets = .init(counts: try TapePath("$.lat"), sum: try TapePath("$.s"))
        let total = JSONRule(name: "t_total", path: try TapePath("/t"))
        let gone = JSONRule(name: "gone", path: try TapePath("/gone"))
        var set = SampleSet()
        var report = ReadReport()
        try JSONRules.read(Array(text.utf8), [used, state, lat, total, gone], into: &set, &report)
        #expect(
            lines(set) == [
                #"pool_used{kind="x",pool="a"} 50"#, "pool_state 1",
                #"lat_seconds_bucket{le="0.05"} 2"#, #"lat_seconds_bucket{le="0.1"} 3"#,
                #"lat_seconds_bucket{le="+Inf"} 4"#, "lat_seconds_sum 0.2", "lat_seconds_count 4",
                "t_total 7",
            ]
        )
        #expect(report.first?.what == "gone: there is nothing at /gone")
        #expect(report.problems == 1)
    }

    @Test func `Jolokia's answers are recognised`() throws {
        let text = #"""
            [{"request":{"mbean":"java.lang:type=Memory","attribute":"HeapMemoryUsage","type":"read"},
              "value":{"used":5,"max":-1},"status":200},
             {"request":{"mbean":"java.lang:type=GarbageCollector,name=*","type":"read"},
              "value":{"java.lang:name=G1 Old,type=GarbageCollector":{"CollectionCount":3}},"status":200},
             {"request":{"mbean":"x:type=Y","type":"read"},"error":"no such bean","status":404}]
            """#
        var set = SampleSet()
        var report = ReadReport()
        let format = try MetricFormat.auto.read(Array(text.utf8), into: &set, &report)
        #expect(format == .auto || format == .json || format == .jolokia)
        #expect(
            lines(set) == [
                "java_lang_memory_heap_memory_usage_used 5",
                "java_lang_memory_heap_memory_usage_max -1",
                #"java_lang_garbage_collector_collection_count{name="G1 Old"} 3"#,
            ]
        )
        #expect(report.problems == 1)
        #expect(report.first?.what.contains("no such bean") == true)
    }
}
