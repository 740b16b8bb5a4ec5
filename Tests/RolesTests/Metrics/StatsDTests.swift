import Basics
import Testing

@testable import Roles

@Suite("StatsD") struct StatsDTests {
    private static func told(
        _ text: String,
        _ options: StatsDOptions = StatsDOptions()
    ) throws -> (lines: [String], statistics: StatsDTable.Statistics) {
        var table = try StatsDTable(options)
        let bytes = Array(text.utf8)
        table.take(bytes, 0..<bytes.count, now: .zero)
        var set = SampleSet()
        table.tell(into: &set, now: .zero)
        return (lines(set), table.statistics)
    }

    @Test(
        arguments: [
            ("hits:1|c\nhits:2|c", ["hits 3"]), ("hits:1|c|@0.1", ["hits 10"]),
            ("a.b-c:1|c", ["a_b_c 1"]), ("hits:1|m", ["hits 1"]),
            ("g:5|g\ng:+2|g\ng:-3|g", ["g 4"]), ("g:5|g\ng:7|g", ["g 7"]), ("g:-3|g", ["g -3"]),
            ("u:a|s\nu:b|s\nu:a|s", ["u 2"]),
            ("h:1|c|#env:prod,zone:a", [#"h{env="prod",zone="a"} 1"#]),
            ("h:1|c|#b:2,a:1\nh:1|c|#a:1,b:2", [#"h{a="1",b="2"} 2"#]),
            ("h,env=prod:1|c", [#"h{env="prod"} 1"#]), ("h#env=prod:1|c", [#"h{env="prod"} 1"#]),
            ("h[env=prod]x:1|c", [#"hx{env="prod"} 1"#]), ("h:1|c|#flag", [#"h{flag="true"} 1"#]),
            ("h:1:2:3|c", ["h 6"]), ("h:1|c|@0.5|#a:b|c:abc|T1600000000", [#"h{a="b"} 2"#]),
            ("a:1|c\r\nb:2|c\n\n", ["a 1", "b 2"]), ("h:-1|c\nh:1|c", ["h 1"]),
            (#"h:1|c|#a:x"}evil 1"#, [#"h{a="x\"}evil 1"} 1"#]),
        ] as [(String, [String])]
    )
    func `lines become series`(_ text: String, _ expected: [String]) throws {
        let (lines, statistics) = try Self.told(text)
        #expect(lines == expected)
        #expect(statistics.bad == 0)
    }

    @Test(
        arguments: [
            "x", "x:1", ":1|c", "x:|c", "x:1|", "x:1|q", "x:a|c", "x:1|c|@0", "x:1|c|@2",
            "x:1|c|@x",
            "x:1|c|z", "x:NaN|g", "x:1|c||", "x|c", "x:1|msx",
        ]
    )
    func `a bad line is counted`(_ text: String) throws {
        let (lines, statistics) = try Self.told(text)
        #expect(statistics.bad == 1)
        #expect(lines.filter { !$0.hasSuffix(" 0") } == [])
    }

    @Test func `events and checks are dropped`() throws {
        let (_, statistics) = try Self.told("_e{1,2}:a|bc\n_sc|name|0\n")
        #expect(statistics.dropped == 2)
        #expect(statistics.bad == 0)
    }

    @Test func `timers are histograms in seconds`() throws {
        var options = StatsDOptions()
        options.buckets = [0.1, 1]
        let (lines, _) = try Self.told("t:50|ms\nt:100|ms|@0.5\nt:5000|ms", options)
        #expect(
            lines == [
                #"t_bucket{le="0.1"} 3"#, #"t_bucket{le="1"} 3"#, #"t_bucket{le="+Inf"} 4"#,
                "t_sum 5.25", "t_count 4",
            ]
        )
    }

    @Test func `distributions are summaries on request`() throws {
        var options = StatsDOptions()
        options.observer = .summary
        let text = (1...1000).map { "d:\($0)|d" }.joined(separator: "\n")
        let (lines, _) = try Self.told(text, options)
        #expect(lines.count == 5)
        #expect(lines[4] == "d_count 1000")
        #expect(lines[3] == "d_sum 500500")
        for (line, quantile) in zip(lines, [500.0, 900, 990]) {
            let value = try #require(Double(line.split(separator: " ")[1]))
            #expect(abs(value - quantile) < quantile * 0.02)
        }
    }

    @Test func `mappings rename, drop and choose`() throws {
        var options = StatsDOptions()
        var first = StatsDMapping(match: "app.*.requests.*")
        first.name = "app_requests_total"
        first.labels = [.init("service", "$1"), .init("code", "${2}")]
        var second = StatsDMapping(match: #"^noise\."#)
        second.isRegex = true
        second.action = .drop
        var third = StatsDMapping(match: #"db\.(\w+)\.time"#)
        third.isRegex = true
        third.name = "db_${1}_seconds"
        third.observer = .histogram
        third.buckets = [1]
        options.mappings = [first, second, third]
        let text = "app.web.requests.200:3|c\nnoise.x:1|c\ndb.users.time:500|ms\nother:1|c"
        let (lines, statistics) = try Self.told(text, options)
        #expect(
            lines == [
                #"app_requests_total{code="200",service="web"} 3"#,
                #"db_users_seconds_bucket{le="1"} 1"#, #"db_users_seconds_bucket{le="+Inf"} 1"#,
                "db_users_seconds_sum 0.5", "db_users_seconds_count 1", "other 1",
            ]
        )
        #expect(statistics.dropped == 1)
    }

    @Test func `a name has one type`() throws {
        let (lines, statistics) = try Self.told("x:1|c\nx:5|g\nx:1|c")
        #expect(lines == ["x 2"])
        #expect(statistics.conflicts == 1)
    }

    @Test(arguments: [
        ("x:5|g\nx:a|s\nx:6|g", "x 6"), ("x:a|s\nx:5|g\nx:b|s", "x 2"),
        ("x:5|g|#a:b\nx:a|s|#a:b", #"x{a="b"} 5"#),
    ])
    func `a set is no gauge`(_ text: String, _ line: String) throws {
        let (lines, statistics) = try Self.told(text)
        #expect(lines == [line])
        #expect(statistics.conflicts == 1)
    }

    @Test(arguments: ["x:500|ms\nx:2|h\nx:500|ms", "x:2|d\nx:500|ms\nx:500|ms"])
    func `a timer counts milliseconds beside a histogram that counts seconds`(
        _ text: String
    ) throws {
        let (lines, statistics) = try Self.told(text)
        #expect(lines.contains("x_sum 3"), "\(lines)")
        #expect(statistics.conflicts == 0)
    }

    @Test func `series are limited and counted`() throws {
        var options = StatsDOptions()
        options.limit = 10
        let text = (0..<100).map { "x\($0):1|c" }.joined(separator: "\n")
        let (lines, statistics) = try Self.told(text, options)
        #expect(lines.count == 10)
        #expect(statistics.refused == 90)
    }

    @Test func `series without news go, and begin again`() throws {
        var options = StatsDOptions()
        options.ttl = .seconds(10)
        var table = try StatsDTable(options)
        let bytes = Array("x:5|c".utf8)
        func told(at instant: Instant) -> [String] {
            var set = SampleSet()
            table.tell(into: &set, now: instant)
            return lines(set)
        }
        table.take(bytes, 0..<bytes.count, now: .zero)
        #expect(told(at: .zero + .seconds(10)) == ["x 5"])
        #expect(told(at: .zero + .seconds(11)) == [])
        #expect(table.statistics.expired == 1)
        table.take(bytes, 0..<bytes.count, now: .zero + .seconds(12))
        #expect(told(at: .zero + .seconds(12)) == ["x 5"])
    }

    @Test func `a set is counted anew after each scrape`() throws {
        var table = try StatsDTable(StatsDOptions())
        let bytes = Array("u:a|s\nu:b|s".utf8)
        table.take(bytes, 0..<bytes.count, now: .zero)
        for expected in ["u 2", "u 0"] {
            var set = SampleSet()
            table.tell(into: &set, now: .zero)
            #expect(lines(set) == [expected])
        }
    }

    @Test(arguments: [StatsDMapping.Observer.histogram, .summary])
    func `numbers alone are those of telling all anew`(
        _ observer: StatsDMapping.Observer
    ) throws {
        var options = StatsDOptions()
        options.observer = observer
        options.buckets = [0.1, 1, 10]
        var short = try StatsDTable(options)
        var whole = try StatsDTable(options)
        let rounds = [
            "a:1|c\nb:2|g|#x:y\nt:50|ms\nu:p|s\nu:q|s", "t:5000|ms\na:3|c", "",
            "u:r|s\nb:-1|g|#x:y",
            "t:99999|ms|@0.1",
        ]
        var set = SampleSet()
        for (number, text) in rounds.enumerated() {
            let now = Instant.zero + .seconds(number * 400)
            let bytes = Array(text.utf8)
            short.take(bytes, 0..<bytes.count, now: now)
            whole.take(bytes, 0..<bytes.count, now: now)
            if number == 0 {
                #expect(short.values(now: now) == nil)
                short.tell(into: &set, now: now)
            } else {
                let values = short.values(now: now)
                set.set(try #require(values))
            }
            var anew = SampleSet()
            whole.tell(into: &anew, now: now)
            #expect(lines(set) == lines(anew))
        }
        #expect(!short.isSame)
        let bytes = Array("new:1|c".utf8)
        short.take(bytes, 0..<bytes.count, now: .zero)
        #expect(short.values(now: .zero) == nil)
    }

    @Test func `nothing new is the same again`() throws {
        var table = try StatsDTable(StatsDOptions())
        let bytes = Array("a:1|c\nt:5|ms".utf8)
        table.take(bytes, 0..<bytes.count, now: .zero)
        var set = SampleSet()
        #expect(!table.isSame)
        table.tell(into: &set, now: .zero)
        #expect(table.isSame)
        table.take(bytes, 0..<bytes.count, now: .zero)
        #expect(!table.isSame)
        _ = table.values(now: .zero)
        #expect(table.isSame)
    }

    @Test func `what is left out makes all be told anew`() throws {
        var table = try StatsDTable(StatsDOptions())
        let bytes = Array("a:1|c\nb:1|c".utf8)
        table.take(bytes, 0..<bytes.count, now: .zero)
        var set = SampleSet(limit: 1)
        table.tell(into: &set, now: .zero)
        #expect(table.values(now: .zero) == nil)
    }

    @Test func `a sketch forgets after two halves`() {
        var sketch = QuantileSketch()
        sketch.add(1, weight: 1)
        sketch.turn()
        sketch.add(100, weight: 1)
        #expect(sketch.values([0])[0] < 2)
        sketch.turn()
        #expect(abs(sketch.values([0])[0] - 100) < 2)
        sketch.turn()
        #expect(sketch.values([0.5])[0].isNaN)
        sketch.add(-5, weight: 1)
        sketch.add(0, weight: 1)
        #expect(sketch.values([0.1, 1]).map { $0.rounded() } == [-5, 0])
    }
}
