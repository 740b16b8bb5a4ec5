import Formats
import Testing

@testable import Roles

@Suite("Expositions") struct ExpositionTests {
    @Test(
        arguments: [
            (nil, .text), ("*/*", .text), ("text/plain", .text), ("text/html", .text),
            ("application/openmetrics-text", .openMetrics),
            (
                "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5",
                .openMetrics
            ),
            ("application/openmetrics-text;q=0.3, text/plain;q=0.8", .text),
            ("application/openmetrics-text;version=2.0.0, text/plain;q=0.1", .text),
            (
                "application/vnd.google.protobuf;proto=x;q=0.7,application/openmetrics-text;"
                    + "version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
            ),
            ("application/openmetrics-text;q=0", .text),
            ("application/openmetrics-text;q=x", .text),
        ] as [(String?, ExpositionFormat)]
    )
    func `the form is negotiated`(_ header: String?, _ format: ExpositionFormat) {
        #expect(ExpositionFormat.accepted(header) == format)
    }

    @Test(
        arguments: [
            ("gzip", true), ("deflate, gzip;q=0.5", true), ("gzip;q=0", false), ("*", true),
            ("br", false), (nil, false), ("*;q=0", false), ("*, gzip;q=0", false),
        ] as [(String?, Bool)]
    )
    func `gzip is negotiated`(_ header: String?, _ isAccepted: Bool) {
        #expect(ExpositionFormat.accepts("gzip", header) == isAccepted)
    }

    @Test func `OpenMetrics names counters without their ending and keeps other names`() {
        var set = SampleSet()
        set.add(set.family("a_total", .counter, help: "x \"y\""), 1)
        set.add(set.family("b", .counter), 2, timestamp: 1_700_000_000_123)
        set.add(set.family("c_info", .info), 1, labels: LabelText([.init("v", "1")]))
        let seconds = set.family("d_seconds", .gauge)
        set.set(.gauge, unit: "seconds", of: seconds)
        set.add(seconds, 0.5)
        #expect(
            lines(set, .openMetrics, remarks: true) == [
                #"# HELP a x \"y\""#, "# TYPE a counter", "a_total 1", "# TYPE b unknown",
                "b 2 1700000000.123", "# TYPE c info", #"c_info{v="1"} 1"#,
                "# TYPE d_seconds gauge", "# UNIT d_seconds seconds", "d_seconds 0.5",
            ]
        )
    }

    @Test(
        arguments: [
            (0, "0"), (-1, "-1"), (0.1, "0.1"), (1e21, "1e+21"), (.nan, "NaN"), (.infinity, "+Inf"),
            (-.infinity, "-Inf"), (9_007_199_254_740_991, "9007199254740991"),
            (.leastNonzeroMagnitude, "5e-324"),
            (1_234_567, "1234567"), (-0.0, "0"),
        ] as [(Double, String)]
    )
    func `a number is written`(_ number: Double, _ text: String) {
        #expect(DecimalNumber.text(number) == text)
    }

    @Test(
        arguments: [
            "0", "1", "-1", "0.1", "123456789.125", "1e22", "1e23", "1.7976931348623157e308",
            "5e-324",
            "9007199254740993", "0.30000000000000004", "12345678901234567890", ".5", "5.", "+7",
            "1E5", "1e-5", "00012", "123456789012345678901234567890.5e-10",
        ]
    )
    func `a number is read as the library reads it`(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(DecimalNumber.parse(bytes, 0..<bytes.count) == Double(text) ?? Double(text + "0"))
    }

    @Test(arguments: [
        "", "-", "+", "e5", "1e", "1e+", "1..2", "1.2.3", "0x10", "1 ", "nano", "--1", ".",
    ])
    func `what is no number is none`(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(DecimalNumber.parse(bytes, 0..<bytes.count) == nil)
    }

    @Test func `OTLP has sums, gauges, histograms and summaries`() throws {
        var set = SampleSet()
        var report = ReadReport()
        let text = """
            # HELP a_total Help
            # TYPE a_total counter
            a_total{x="1"} 5
            # TYPE g gauge
            g NaN
            g{y="2"} 1.5 1700000000000
            # TYPE h histogram
            h_bucket{le="0.5",z="3"} 1
            h_bucket{le="+Inf",z="3"} 3
            h_sum{z="3"} 2.5
            h_count{z="3"} 3
            # TYPE s summary
            s{quantile="0.5"} 7
            s_sum 9
            s_count 2
            """
        try MetricFormat.prometheus.read(Array(text.utf8), into: &set, &report)
        var writer = OTLPWriter(resource: [.init("service.name", "x")], start: 1, now: 2)
        let bodies = writer.requests(set)
        #expect(bodies.count == 1)
        #expect(writer.omitted == 1)
        let json = try JSON.parse(bodies[0])
        let path: FieldPath = FieldPath([
            .key("resourceMetrics"), .index(0), .key("scopeMetrics"), .index(0), .key("metrics"),
        ])
        let metrics = json.value(at: path)?.array ?? []
        #expect(metrics.map { $0["name"]?.string } == ["a_total", "g", "h", "s"])
        #expect(metrics[0]["sum"]?["isMonotonic"]?.bool == true)
        #expect(metrics[0]["sum"]?["aggregationTemporality"]?.int == 2)
        #expect(metrics[0]["sum"]?["dataPoints"]?[0]?["timeUnixNano"]?.string == "2")
        #expect(metrics[1]["gauge"]?["dataPoints"]?.array?.count == 1)
        let point = metrics[2]["histogram"]?["dataPoints"]?[0]
        #expect(point?["bucketCounts"] == ["1", "2"])
        #expect(point?["explicitBounds"] == [.double(0.5)])
        #expect(point?["count"]?.string == "3")
        #expect(point?["attributes"]?[0]?["key"]?.string == "z")
        #expect(
            metrics[3]["summary"]?["dataPoints"]?[0]?["quantileValues"]?[0]?["value"]?.double == 7
        )
        var small = OTLPWriter(resource: [], start: 1, now: 2)
        #expect(small.requests(set, maximum: 2).count == 4)
    }
}
