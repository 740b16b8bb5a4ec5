import Basics
import LogFuzzSubjects
import TestKit
import Testing

@testable import Records

@Suite("Multiline") struct MultilineTests {
    typealias Joiner = MultilineJoiner<String, Int>

    private static func join(_ rule: MultilineRule, _ lines: [String]) throws -> [JoinedLines<
        String, Int
    >] {
        let joiner = try Joiner(rule)
        var records: [JoinedLines<String, Int>] = []
        for (index, line) in lines.enumerated() {
            joiner.append(
                Array(line.utf8).span,
                group: "",
                reference: index,
                now: .zero,
                to: &records
            )
        }
        joiner.finish(to: &records)
        return records
    }

    private static func joined(_ form: MultilineRule.Form, _ lines: [String]) throws -> [[Int]] {
        try join(MultilineRule(form), lines).map(\.references)
    }

    // The inputs of Fluent Bit's own tests, and what they become.
    @Test func `stack traces of Java are joined`() throws {
        let lines = [
            #"Exception in thread "main" java.lang.IllegalStateException: ..null property"#,
            "     at com.example.myproject.Author.getBookIds(xx.java:38)",
            "     at com.example.myproject.Bootstrap.main(Bootstrap.java:14)",
            "Caused by: java.lang.NullPointerException",
            "     at com.example.myproject.Book.getId(Book.java:22)",
            "     at com.example.myproject.Author.getBookIds(Author.java:35)", "     ... 1 more",
            "single line",
        ]
        let records = try Self.join(MultilineRule(.builtIn("java")), lines)
        #expect(records.map(\.references) == [Array(0..<7), [7]])
        #expect(
            String(decoding: records[0].text, as: UTF8.self) == lines[..<7].joined(separator: "\n")
        )
    }

    @Test func `stack traces of Python are joined, and end by themselves`() throws {
        let lines = [
            "Traceback (most recent call last):", "  File \"webapp2.py\", line 1535, in __call__",
            "    rv = self.handle_exception(request, response, e)",
            "  File \"x.py\", line 5, in get", "    raise Exception('spam', 'eggs')",
            "Exception: ('spam', 'eggs')", "hello world, not multiline",
        ]
        #expect(try Self.joined(.builtIn("python"), lines) == [Array(0..<6), [6]])
        let joiner = try Joiner(MultilineRule(.builtIn("python")))
        var records: [JoinedLines<String, Int>] = []
        for (index, line) in lines[..<6].enumerated() {
            joiner.append(
                Array(line.utf8).span,
                group: "",
                reference: index,
                now: .zero,
                to: &records
            )
        }
        #expect(records.count == 1)
    }

    @Test func `panics of Go are joined`() throws {
        let lines = [
            "panic: my panic", "", "goroutine 4 [running]:", "panic(0x45cb40, 0x47ad70)",
            "\t/usr/local/go/src/runtime/panic.go:542 +0x46c fp=0xc42003f7b8",
            "main.main.func1(0xc420024120)",
            "\tfoo.go:6 +0x39 fp=0xc42003f7d8", "created by main.main", "\tfoo.go:5 +0x58", "",
            "goroutine 1 [chan receive]:", "runtime.gopark(0x4739b8, 0xc420024178)",
            "\t/usr/local/go/src/runtime/proc.go:280",
            "one more line, no multiline",
        ]
        #expect(try Self.joined(.builtIn("go"), lines) == [Array(0..<13), [13]])
    }

    @Test func `stack traces of Ruby are joined`() throws {
        let lines = [
            "foobar.rb:6:in `/': divided by 0", "\tfrom foobar.rb:6:in `bar'",
            "\tfrom foobar.rb:2:in `foo'", "next",
        ]
        #expect(try Self.joined(.builtIn("ruby"), lines) == [[0, 1, 2], [3]])
    }

    @Test func `states of one's own lead from line to line`() throws {
        let rule = MultilineRule.Form.states([
            .init(from: ["start_state"], pattern: #"/^\[DEBUG\]/"#, next: "cont"),
            .init(from: ["cont"], pattern: #"/^\d cont/"#, next: "cont"),
        ])
        let lines = [
            "[DEBUG] 1 start", "1 cont A", "[DEBUG] 2 start", "2 cont B", "another isolated line",
            "3 cont C",
        ]
        #expect(try Self.joined(rule, lines) == [[0, 1], [2, 3], [4], [5]])
    }

    @Test func `a line's end says that it goes on`() throws {
        let lines = [
            #"1a. some multiline log \"#, "1b. some multiline log", #"2a. another multiline log\"#,
            "2b. another multiline log", "3a. non multiline 1", "4a. non multiline 2",
        ]
        #expect(
            try Self.joined(.endsWith("\\", negated: true), lines) == [[0, 1], [2, 3], [4], [5]]
        )
        #expect(
            try Self.joined(.endsWith(";", negated: false), ["a", "b;", "c;"]) == [[0, 1], [2]]
        )
    }

    @Test func `a line that says just this ends a record`() throws {
        let lines = ["a", "END", "b END", "c", "END"]
        #expect(try Self.joined(.equals("END", negated: false), lines) == [[0, 1], [2, 3, 4]])
        #expect(
            try Self.joined(.equals("more", negated: true), ["more", "x", "y"]) == [[0, 1], [2]]
        )
    }

    @Test func `a first line begins a record`() throws {
        let lines = ["before", "2026-11-21 a", " b", " c", "2026-11-21 d"]
        #expect(try Self.joined(.firstLine(#"/^\d{4}-/"#), lines) == [[0], [1, 2, 3], [4]])
    }

    // The inputs of Vector's own tests.
    @Test(arguments: [
        MultilineRule.Form.firstLine("^a"),
        .condition(start: "^a", condition: "^a", mode: "halt_before"),
        .states([
            MultilineRule.State(from: ["start_state"], pattern: "^a", next: "more"),
            MultilineRule.State(from: ["more"], pattern: "^[^a]|^$", next: "more"),
        ]),
    ]) func `lines without text stay`(_ form: MultilineRule.Form) throws {
        let records = try Self.join(MultilineRule(form), ["a", "", "", "b", "a"])
        #expect(records.map { String(decoding: $0.text, as: UTF8.self) } == ["a\n\n\nb", "a"])
    }

    @Test func `where a text ends with its separator Fluent Bit puts none`() throws {
        let rule = MultilineRule(
            .states([
                MultilineRule.State(from: ["start_state"], pattern: "^a", next: "more"),
                MultilineRule.State(from: ["more"], pattern: "^[^a]", next: "more"),
            ])
        )
        let records = try Self.join(rule, ["a\n", "b\n", "c"])
        #expect(records.map { String(decoding: $0.text, as: UTF8.self) } == ["a\nb\nc"])
    }

    @Test(arguments: [
        (
            "^[^\\s]", "^[\\s]+", "continue_through",
            [
                "some usual line", "some other usual line", "first part", " second part",
                " last part", "another", "finishing", " last",
            ], [[0], [1], [2, 3, 4], [5], [6, 7]]
        ),
        (
            "\\\\$", "\\\\$", "continue_past",
            [
                "some usual line", "some other", "first part \\", "second part \\", "last part",
                "another", "finishing \\", "last \\",
            ], [[0], [1], [2, 3, 4], [5], [6, 7]]
        ),
        (
            "", "^(INFO|ERROR) ", "halt_before",
            ["INFO a", "INFO b", "INFO first", "second", "last", "ERROR c", "ERROR d", "last"],
            [[0], [1], [2, 3, 4], [5], [6, 7]]
        ),
        (
            "[^;]$", ";$", "halt_with",
            ["some;", "other;", "first", "second", "last;", "another;", "finishing", "incomplete"],
            [[0], [1], [2, 3, 4], [5], [6, 7]]
        ),
        (
            "^\\s", "^\\s", "continue_through",
            [
                "no 1", " m 1", " m 2", "no 2", " m 3", " m 4", "no 3", "no 4", " m 5", "no 5",
                " m 6", " m 7", " m 8", "no 6",
            ],
            [[0], [1, 2], [3], [4, 5], [6], [7], [8], [9], [10, 11, 12], [13]]
        ),
        (
            "", "^START ", "halt_before",
            [
                "part 0.1", "part 0.2", "START msg 1", "part 1.1", "part 1.2", "START msg 2",
                "START msg 3", "part 3.1",
            ], [[0, 1], [2, 3, 4], [5], [6, 7]]
        ),
    ])
    func `Vector's modes`(
        _ start: String,
        _ condition: String,
        _ mode: String,
        _ lines: [String],
        _ joined: [[Int]]
    ) throws {
        #expect(
            try Self.joined(.condition(start: start, condition: condition, mode: mode), lines)
                == joined
        )
    }

    @Test func `partial lines of containers are joined by stream without anything between`() throws
    {
        let lines = [
            "2019-05-07T18:57:50.904275087+00:00 stdout P 1a. some ",
            "2019-05-07T18:57:50.904275087+00:00 stderr P 1b. some ",
            "2019-05-07T18:57:51.904275088+00:00 stdout P multiline ",
            "2019-05-07T18:57:52.904275089+00:00 stdout F log",
            "2019-05-07T18:57:52.904275089+00:00 stderr F log",
            "2019-05-07T18:57:56.904275093+00:00 stdout F 3a. non multiline 1",
        ]
        let joiner = try Joiner(MultilineRule(.builtIn("cri")))
        var records: [JoinedLines<String, Int>] = []
        for (index, text) in lines.enumerated() {
            let bytes = Array(text.utf8)
            guard let line = CRILine(bytes.span) else { continue }
            joiner.append(
                bytes.span.extracting(line.text),
                isPartial: line.isPartial,
                group: line.stream,
                reference: index,
                now: .zero,
                to: &records
            )
        }
        #expect(
            records.map { String(decoding: $0.text, as: UTF8.self) } == [
                "1a. some multiline log", "1b. some log", "3a. non multiline 1",
            ]
        )
        #expect(records.map(\.references) == [[0, 2, 3], [1, 4], [5]])
        #expect(joiner.pendingCount == 0)
    }

    @Test func `docker's lines are taken apart`() {
        let partial = DockerLine(
            Array(#"{"log":"bb","stream":"stderr","time":"2021-02-01T16:45:03.01232Z"}"#.utf8).span
        )
        #expect(
            partial?.isPartial == true && partial?.text == "bb" && partial?.stream == "stderr"
                && partial?.time != nil
        )
        let whole = DockerLine(Array(#"{"log":"cc\n","stream":"stdout"}"#.utf8).span)
        #expect(whole?.isPartial == false && whole?.text == "cc")
        #expect(DockerLine(Array("plain".utf8).span) == nil)
    }

    @Test func `a record waits no longer than its time after its last line`() throws {
        var rule = MultilineRule(.firstLine("^a"))
        rule.flush = .seconds(2)
        let joiner = try Joiner(rule)
        var records: [JoinedLines<String, Int>] = []
        let later = Instant.zero + .seconds(1)
        joiner.append(Array("a".utf8).span, group: "x", reference: 0, now: .zero, to: &records)
        joiner.append(Array("a".utf8).span, group: "y", reference: 1, now: .zero, to: &records)
        joiner.append(Array("b".utf8).span, group: "x", reference: 2, now: later, to: &records)
        #expect(joiner.nextFlush == .zero + .seconds(2))
        joiner.flush(now: .zero + .seconds(2), to: &records)
        #expect(records.map(\.references) == [[1]])
        #expect(joiner.nextFlush == later + .seconds(2))
        joiner.flush(now: later + .seconds(2), to: &records)
        #expect(records.map(\.references) == [[1], [0, 2]] && joiner.nextFlush == nil)
    }

    @Test func `a record that is too long goes on in the next`() throws {
        var rule = MultilineRule(.firstLine("^a"))
        rule.linesMaximum = 3
        rule.bytesMaximum = 10
        let records = try Self.join(rule, ["a", "b", "c", "d", "0123456789012", "e"])
        #expect(records.map(\.references) == [[0, 1, 2], [3], [4], [5]])
        #expect(records.map(\.isCut) == [true, true, true, false])
    }

    @Test func `rules that mean nothing are refused`() {
        #expect(throws: Failure.self) { _ = try Joiner(MultilineRule(.builtIn("cobol"))) }
        #expect(throws: Failure.self) { _ = try Joiner(MultilineRule(.states([]))) }
        #expect(throws: Failure.self) { _ = try Joiner(MultilineRule(.firstLine("("))) }
        #expect(throws: Failure.self) {
            _ = try Joiner(MultilineRule(.condition(start: "", condition: "", mode: "x")))
        }
    }

    @Test func `no line is lost, whatever comes`() throws {
        for input in try Corpora.inputs("RecordMultiline", mutations: 300) {
            fuzzRecordMultiline(input)
        }
    }
}
