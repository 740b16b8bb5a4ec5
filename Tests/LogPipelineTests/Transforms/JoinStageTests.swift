import Basics
import Reactor
import Records
import Testing

@testable import LogPipeline

@MainLoop @Suite("Joined lines") struct JoinStageTests {
    let kit = FlowKit()

    private func shelf(_ parsers: [String: ParserRule] = [:]) -> ParserShelf {
        var configuration = LogConfiguration()
        configuration.parsers = parsers
        return ParserShelf(configuration)
    }

    private func run(_ stage: JoinStage, _ events: [Event]) -> [Fields] {
        let outlet = Outlet()
        stage.process(events, at: FlowKit.start, into: outlet)
        stage.wake(at: FlowKit.start, isLast: true, into: outlet)
        return outlet.passed.map { event in
            var event = event
            return event.fields
        }
    }

    private func lines(_ texts: [String], key: String = "log") -> [Event] {
        let frame = LineFrame(key: key, added: ["file": .text("/f")])
        return texts.enumerated().map { place, text in
            let block = Array(text.utf8)
            let lot = Lot(owner: kit.keeper, group: 0, mark: Int64(place), count: 1)
            return Event(
                .line(LineText(block, 0..<block.count, frame: frame)),
                time: FlowKit.start.wall,
                tag: kit.tags.tag("t"),
                receipt: Receipt(lot)
            )
        }
    }

    /// As fluent-plugin-concat has it for containerd.
    @Test(arguments: [("", "ab", false), ("\n", "a\nb", true)])
    func `records join by a field of any name`(
        _ separator: String,
        _ text: String,
        _ keeps: Bool
    ) throws {
        let partial = JoinStage.Partial(
            key: "logtag",
            value: "P",
            keepsKey: keeps,
            separator: separator
        )
        let stage = try JoinStage(
            [],
            key: "message",
            streamKeys: ["$stream"],
            partial: partial,
            shelf: shelf()
        )
        func record(_ text: String, _ tag: String, _ stream: String) -> Fields {
            ["message": .text(text), "logtag": .text(tag), "stream": .text(stream)]
        }
        let found = run(
            stage,
            kit.fields([
                record("a", "P", "stdout"), record("x", "F", "stderr"), record("b", "F", "stdout"),
            ])
        )
        #expect(found.map { $0["message"] } == [.text("x"), .text(text)])
        #expect(found.map { $0["logtag"] != nil } == [keeps, keeps])
    }

    @Test func `so many records become one`() throws {
        let text = """
            <source>
              @type forward
            </source>
            <filter t>
              @type concat
              key log
              n_lines 2
            </filter>
            <match **>
              @type stdout
            </match>
            """
        let result = try LogConfigurations.read(
            Array(text.utf8),
            name: "fluentd.conf",
            surroundings: LogSurroundings()
        )
        let settings = result.configuration.transforms.compactMap { transform in
            if case .multiline(let settings) = transform.kind { settings } else { nil }
        }
        let rule = try #require(settings.first?.rule)
        let stage = try JoinStage([rule], key: "log", shelf: shelf())
        let found = run(stage, lines(["1", "2", "3", "4", "5"]))
        #expect(found.map { $0["log"] } == [.text("1\n2"), .text("3\n4"), .text("5")])
    }

    /// As fluent-plugin-concat: the time of the first line only if that is asked for.
    @Test(
        arguments: [
            ("n_lines 2", "", [1, 3, 60]), ("n_lines 2", "true", [0, 2, 4]),
            ("multiline_start_regexp /^a/", "false", [2, 4, 60]),
            ("multiline_start_regexp /^a/", "true", [0, 2, 4]),
            ("multiline_end_regexp /b$/", "", [1, 3, 60]),
            ("partial_key p\n partial_value y", "", [1, 3, 60]),
            ("partial_key p\n partial_value y", "true", [0, 2, 4]),
        ] as [(String, String, [Int64])]
    )
    func `concat gives times`(_ rule: String, _ first: String, _ times: [Int64]) throws {
        let text = """
            <source>
              @type tail
              path /var/log/a.log
              tag a
              <parse>
                @type none
              </parse>
            </source>
            <filter **>
              @type concat
              key log
              flush_interval 5s
              \(first.isEmpty ? "" : "use_first_timestamp \(first)")
              \(rule)
            </filter>
            <match **>
              @type stdout
            </match>
            """
        let configuration = try LogConfigurations.read(
            Array(text.utf8),
            name: "fluentd.conf",
            surroundings: LogSurroundings()
        ).configuration
        let stages = Stages(
            scripts: Scripts(zone: "UTC", environment: { _ in nil }, journal: .silent),
            tags: kit.tags,
            journal: .silent,
            environment: { _ in nil },
            configuration: configuration,
            shelf: ParserShelf(configuration)
        )
        let stage = try stages.make(try #require(configuration.transforms.first))
        let outlet = Outlet()
        func moment(_ second: Int64) -> Moment {
            Moment(instant: .zero + .seconds(second), wall: Timestamp(seconds: second))
        }
        for (second, text) in ["a", "b", "a", "b", "a"].enumerated() {
            var event = kit.fields([["log": .text(text), "p": .text(text == "a" ? "y" : "n")]])[0]
            event.time = Timestamp(seconds: Int64(second))
            stage.process([event], at: moment(Int64(second)), into: outlet)
        }
        stage.wake(at: moment(60), isLast: false, into: outlet)
        #expect(outlet.passed.map(\.time.seconds) == times)
    }

    /// A `[MULTILINE_PARSER]` with `parser`, `key_content`, `key_pattern` and `key_group`, type `equal`: CRI by hand.
    @Test func `a rule with a parser gives records the parser's fields`() throws {
        var rule = MultilineRule(.equals("F", negated: false))
        rule.parser = "mine"
        rule.keyContent = "log"
        rule.keyPattern = "tag"
        rule.keyGroup = "stream"
        rule.separator = ""
        let parser = ParserRule(.regex("^(?<stream>\\S+) (?<tag>[PF]) (?<log>.*)$"))
        let stage = try JoinStage([rule], key: nil, shelf: shelf(["mine": parser]))
        let found = run(stage, lines(["out P a", "err F x", "out F b"]))
        #expect(
            found == [
                [
                    "stream": .text("err"), "tag": .text("F"), "log": .text("x"),
                    "file": .text("/f"),
                ],
                [
                    "stream": .text("out"), "tag": .text("P"), "log": .text("ab"),
                    "file": .text("/f"),
                ],
            ]
        )
    }

    @Test func `a container's lines have Vector's fields where Vector's are asked for`() throws {
        let stage = try JoinStage(
            [],
            key: nil,
            containers: [.docker, .cri],
            names: JoinStage.Names(text: "message", time: "timestamp"),
            shelf: shelf()
        )
        let found = run(
            stage,
            lines(
                [
                    "2024-01-02T03:04:05Z stdout P hel", "2024-01-02T03:04:06Z stdout F lo",
                ],
                key: "message"
            )
        )
        #expect(
            found == [
                [
                    "timestamp": .timestamp(Timestamp(seconds: 1_704_164_645)),
                    "stream": .text("stdout"), "message": .text("hello"), "file": .text("/f"),
                ]
            ]
        )
    }
}
