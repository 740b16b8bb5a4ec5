import LogPipeline
import Testing

@Suite("Languages of configurations") struct LogDialectTests {
    @Test(
        arguments: [
            ("[SERVICE]\n    Flush 1\n", "x", .fluentBit),
            ("# a\n\n[input]\n  name tail\n", "x.toml", .fluentBit),
            ("@INCLUDE a.conf\n", "x", .fluentBit), ("@SET a=b\n", "x", .fluentBit),
            ("[sources.app]\ntype = \"file\"\n", "x", .vector),
            ("data_dir = \"/x\"\n[sinks.out]\n", "x", .vector),
            ("[[tests]]\nname = \"x\"\n", "x", .vector),
            ("sources:\n  app:\n    type: file\n", "x.yaml", .vector),
            ("{\"sources\": {\"a\": {}}}", "x.json", .vector),
            ("<source>\n  @type forward\n</source>\n", "x", .fluentd),
            ("# note\n<match **>\n", "x", .fluentd), ("@include a.conf\n", "x", .fluentd),
            ("pipeline:\n  inputs: []\n", "x.yaml", .fluentBitYAML),
            ("service:\n  flush: 1\n", "vector.yaml", .fluentBitYAML),
            ("", "/fluent-bit/etc/fluent-bit.conf", .fluentBit),
            ("", "fluent-bit.yaml", .fluentBitYAML), ("", "/fluentd/etc/fluent.conf", .fluentd),
            ("", "td-agent.conf", .fluentd), ("", "/etc/vector/vector.toml", .vector),
            ("", "logs.yaml", .own), ("", "notes.txt", nil), ("hello", "notes.txt", nil),
        ] as [(String, String, LogDialect?)]
    )
    func `are guessed by content, then by name`(
        _ text: String,
        _ name: String,
        _ dialect: LogDialect?
    ) {
        #expect(LogDialect.guess(text: text, name: name) == dialect)
    }

    @Test(
        arguments: [
            ("/fluent-bit/bin/fluent-bit", .fluentBit), ("fluentd", .fluentd),
            ("vector", .vector), ("/usr/bin/tail", .shell), ("nginx", nil),
        ] as [(String, LogDialect?)]
    )
    func `follow from programs`(_ program: String, _ dialect: LogDialect?) {
        #expect(LogDialect.of(program: program) == dialect)
    }
}
