import Basics
import Reactor
import Records
import Testing

@testable import LogPipeline

@MainLoop @Suite("Tests that configurations bring along") struct ConfigurationTestRunTests {
    private static let pipeline = #"""
        [sources.in]
        type = "stdin"
        [transforms.parse]
        type = "remap"
        inputs = ["in"]
        drop_on_abort = true
        reroute_dropped = true
        source = '''
        if .message == "" { abort }
        .level = "info"
        '''
        [transforms.keep]
        type = "filter"
        inputs = ["parse"]
        condition = '.message != "noise"'
        [sinks.out]
        type = "blackhole"
        inputs = ["keep"]

        [[tests]]
        name = "the test"
        """#

    private func outcome(_ test: String) throws -> ConfigurationTestRun.Outcome {
        let result = try LogConfigurations.read(
            Array((Self.pipeline + "\n" + test).utf8),
            name: "v.toml"
        )
        let run = ConfigurationTestRun(
            result.configuration,
            journal: .silent,
            environment: { _ in nil }
        )
        return try #require(run.outcomes(at: FlowKit.start).first)
    }

    private func input(_ stage: String, _ text: String) -> String {
        "[[tests.inputs]]\ninsert_at = \"\(stage)\"\ntype = \"raw\"\nvalue = \"\(text)\"\n"
    }

    private func output(_ stage: String, _ condition: String) -> String {
        """
        [[tests.outputs]]
        extract_from = "\(stage)"
        [[tests.outputs.conditions]]
        type = "vrl"
        source = '\(condition)'

        """
    }

    @Test(arguments: [
        ("parse", "hello", "keep", #".level == "info" && .message == "hello""#),
        ("parse", "hello", "parse", "exists(.timestamp)"),
        ("keep", "hello", "keep", "!exists(.level)"),
        ("parse", "", "parse.dropped", #".message == """#),
    ])
    func `pass if a record fulfils the condition`(
        _ stage: String,
        _ text: String,
        _ from: String,
        _ condition: String
    ) throws {
        let outcome = try outcome(input(stage, text) + output(from, condition))
        #expect(outcome.isPassed, "\(outcome.failures)")
        #expect(outcome.shown.isEmpty)
    }

    @Test(arguments: [
        ("parse", "hello", "keep", #".level == "warn""#, "does not hold: it is false"),
        ("parse", "noise", "keep", "true", "keep handed out nothing"),
    ])
    func `fail with the reason`(
        _ stage: String,
        _ text: String,
        _ from: String,
        _ condition: String,
        _ reason: String
    ) throws {
        let outcome = try outcome(input(stage, text) + output(from, condition))
        #expect(outcome.failures.count == 1)
        #expect(outcome.failures.first?.contains(reason) == true, "\(outcome.failures)")
    }

    @Test func `nothing may come out where nothing should`() throws {
        let silent = "no_outputs_from = [\"keep\"]\n"
        #expect(try outcome(silent + input("parse", "noise")).isPassed)
        #expect(
            try outcome(silent + input("parse", "x")).failures
                == ["keep should hand out nothing, but handed out 1"]
        )
    }

    @Test func `without conditions the records are shown`() throws {
        let outcome = try outcome(
            input("parse", "a") + input("parse", "b")
                + "[[tests.outputs]]\nextract_from = \"keep\"\n"
        )
        #expect(outcome.isPassed)
        #expect(outcome.shown.map(\.name) == ["keep"])
        #expect(outcome.shown.first?.records.map { $0["message"] } == [.text("a"), .text("b")])
    }

    @Test func `each condition may hold for another record, and records are counted`() throws {
        let inputs = input("keep", "a") + input("keep", "b")
        let both = """
            [[tests.outputs]]
            extract_from = ["keep"]
            conditions = ['.message == "a"', '.message == "b"']
            expected_event_count = 3

            """
        #expect(try outcome(inputs + both).failures == ["keep handed out 2 records, not 3"])
    }

    @Test func `a condition that is none is named`() throws {
        let outcome = try outcome(input("keep", "a") + output("keep", ".message"))
        #expect(outcome.failures.first?.contains("the condition does not compile") == true)
    }

    @Test func `scripts and fields make records`() throws {
        let inputs = """
            [[tests.inputs]]
            insert_at = "keep"
            type = "vrl"
            source = '.a = 1'
            [[tests.inputs]]
            insert_at = "keep"
            type = "log"
            log_fields = {a = 2, "b.c" = true}

            """
        let outcome = try outcome(
            inputs + output("keep", ".a == 1") + output("keep", ".a == 2 && .b.c == true")
        )
        #expect(outcome.isPassed, "\(outcome.failures)")
    }
}
