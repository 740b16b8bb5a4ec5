import Testing

@testable import Roles

@Suite("Expositions as sources") struct PrometheusReaderTests {
    @Test func `an exposition comes out as it went in`() throws {
        let text = """
            # HELP a_total Says "it"\\\\ \\n all
            # TYPE a_total counter
            a_total{x="1",y="q\\"z"} 5
            a_total{x="2"} 6 1700000000000
            # TYPE h histogram
            h_bucket{le="0.5"} 1
            h_bucket{le="+Inf"} 3
            h_sum 2.5
            h_count 3
            # TYPE s summary
            s{quantile="0.5"} NaN
            s_sum 0
            s_count 0
            # TYPE u untyped
            u -3.5e-08

            """
        var set = SampleSet()
        var report = ReadReport()
        try MetricFormat.prometheus.read(Array(text.utf8), into: &set, &report)
        #expect(report.problems == 0)
        var writer = ExpositionWriter(.text)
        writer.write(set)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
    }

    @Test(
        arguments: [
            (#"a{b="1", a="2"} 1"#, #"a{a="2",b="1"} 1"#), (#"a { b = "1" , } 1"#, #"a{b="1"} 1"#),
            ("a 1", "a 1"), ("a\t1", "a 1"), (#"a{b=""} 1"#, "a 1"),
            (#"a{b="x\ny"} 1"#, #"a{b="x\ny"} 1"#), (#"a 1 # {trace="x"} 2"#, "a 1"),
            ("a{} +Inf", "a +Inf"),
        ]
    )
    func `a line is read`(_ line: String, _ expected: String) throws {
        #expect(try shown(line + "\n", as: .prometheus) == [expected])
    }

    @Test(arguments: [
        ("a 1 2000\n", "2000"), ("a 1 -5\n", "-5"), ("a 1 1700000000123\n", "1700000000123"),
        ("a 1 2\n# EOF\n", "2000"), ("a 1 2.0016\n# EOF\r\n\n", "2002"),
        ("a 1 1700000000\n# EOF", "1700000000000"), ("a 1 1700000000.5\n", "1700000000500"),
    ])
    func `times are milliseconds, and seconds where a text ends as OpenMetrics does`(
        _ text: String,
        _ time: String
    ) throws {
        var set = SampleSet()
        var report = ReadReport()
        try MetricFormat.prometheus.read(Array(text.utf8), into: &set, &report)
        var writer = ExpositionWriter(.text)
        writer.write(set)
        let line = String(decoding: writer.bytes, as: UTF8.self).split(separator: "\n").last
        #expect(line == "a 1 \(time)")
    }

    @Test(
        arguments: [
            "a", "a{", "a{b}", #"a{b="1"#, #"a{b="1"}"#, #"a{b="1",b="2"} 1"#, "1a 2", "a x",
            #"a{1b="2"} 1"#, "a 1 2 3 4", "a 1 1e300", "a 1 9000000000000.5", #"{b="1"} 2"#,
            #"a{b="1"c="2"} 3"#,
        ]
    )
    func `a bad line is counted and passed over`(_ line: String) throws {
        var set = SampleSet()
        var report = ReadReport()
        let text = "good 1\n" + line + "\ngood2 2\n"
        try MetricFormat.prometheus.read(Array(text.utf8), into: &set, &report)
        #expect(report.problems == 1)
        #expect(report.first?.line == 2)
        #expect(lines(set) == ["good 1", "good2 2"])
    }

    @Test func `OpenMetrics is read, and half of it is not`() throws {
        let text = """
            # TYPE foo counter
            # UNIT foo_seconds seconds
            foo_total{a="b"} 17.0 # {id="x"} 0.5
            foo_created{a="b"} 1.5
            # TYPE bar info
            bar_info{v="1"} 1
            # EOF

            """
        var set = SampleSet()
        var report = ReadReport()
        let type = "application/openmetrics-text; version=1.0.0"
        try MetricFormat.auto.read(Array(text.utf8), contentType: type, into: &set, &report)
        #expect(lines(set) == [#"foo_total{a="b"} 17"#, #"bar_info{v="1"} 1"#])
        let half = Array(text.utf8.dropLast(8))
        #expect(throws: ReadProblem.self) {
            try MetricFormat.auto.read(half, contentType: type, into: &set, &report)
        }
    }

    @Test func `duplicates are dropped and counted`() throws {
        var set = SampleSet()
        var report = ReadReport()
        let text = "a{x=\"1\"} 1\na{x=\"1\"} 2\na 3\na 4\n"
        try MetricFormat.prometheus.read(Array(text.utf8), into: &set, &report)
        #expect(lines(set) == [#"a{x="1"} 1"#, "a 3"])
        #expect(set.duplicates == 2)
    }
}
