import Formats
import Testing

@testable import LogPipeline

@Suite("Vector: variables") struct VectorVariablesTests {
    static let environment = [
        "FOO": "dogs", "FOOBAR": "cats", "FOO.BAR": "turtles", "EMPTY": "", "PORT": "9200",
        "HOSTNAME": "web-1",
    ]

    private func filled(_ text: String, isLenient: Bool = false) -> (String, [ConfigurationFinding])
    {
        let log = FindingLog(isLenient: isLenient)
        let variables = VectorVariables(
            LogSurroundings(environment: Self.environment),
            log: log
        )
        let text = variables.filled(text, Place("f", nil))
        return (text, log.sorted)
    }

    @Test(arguments: [
        ("$FOO", "dogs"), ("${FOO}", "dogs"), ("${FOOBAR}", "cats"), ("x${FOOBAR}y", "xcatsy"),
        ("$ x", "$ x"), ("$$FOO", "$FOO"), ("$FOO=bar", "dogs=bar"), ("$FOO.BAR", "turtles"),
        ("${FOO x", "${FOO x"), ("${}", "${}"), ("${FOO:-cats}", "dogs"), ("${NOT:-cats}", "cats"),
        ("${NOT:-dogs and cats}", "dogs and cats"), ("${:-cats}", "${:-cats}"), ("${NOT:-}", ""),
        ("${NOT-cats}", "cats"), ("${EMPTY-cats}", ""), ("${EMPTY:-cats}", "cats"),
        ("${FOO:?error cats}", "dogs"), ("${FOO?error cats}", "dogs"), ("${EMPTY?error cats}", ""),
        ("$", "$"), ("a$", "a$"), ("$$", "$"), ("$$$FOO", "$dogs"), ("r'^a$'", "r'^a$'"),
        ("http://$HOSTNAME:$PORT/", "http://web-1:9200/"), ("é${FOO}é", "édogsé"),
        ("${FOO", "${FOO"),
        ("${FOO:x}", "${FOO:x}"), ("${FOO:", "${FOO:"), ("$FOO$FOO", "dogsdogs"), ("$-", "$-"),
    ])
    func `they are put in as Vector does it`(text: String, expected: String) {
        let (found, findings) = filled(text)
        #expect(found == expected)
        #expect(findings.isEmpty)
    }

    @Test(arguments: [
        ("$NOT_FOO", "the variable NOT_FOO is not set"),
        ("x$FOOBARy", "the variable FOOBARy is not set"),
        ("${NOT}", "the variable NOT is not set"), ("${FO}", "did you mean FOO?"),
        ("${NOT:?say cats}", "the variable NOT must be set: say cats"), ("${NOT?}", "must be set"),
        ("${EMPTY:?say cats}", "the variable EMPTY must be set: say cats"),
    ])
    func `what is missing is said`(text: String, word: String) {
        let (_, findings) = filled(text)
        #expect(findings.count == 1)
        #expect(findings.first?.gravity == .error)
        #expect(findings.first?.description.contains(word) == true, "\(findings)")
    }

    @Test func `whoever is lenient gets an empty text and a warning`() {
        let (text, findings) = filled("a${NOT}b", isLenient: true)
        #expect(text == "ab")
        #expect(findings.map(\.gravity) == [.warning])
    }

    static let text = #"""
        [sources.in]
        type = "file"
        include = ["${DIR}/*.log", '$DIR/x']
        max_line_bytes = ${LIMIT}
        ignore_checkpoints = ${FLAG:-false} # a switch
        [sinks."${NAME}"]
        type = "console"
        inputs = ["in"]
        encoding.codec = "$CODEC"
        """#

    private func read(_ codec: String) throws -> LogConfiguration {
        try LogConfigurations.read(
            Array(Self.text.utf8),
            name: "vector.toml",
            surroundings: LogSurroundings(
                environment: [
                    "DIR": "/l", "LIMIT": "500", "NAME": "out", "CODEC": codec, "FLAG": "true",
                ]
            )
        ).configuration
    }

    @Test func `they give numbers and truth values`() throws {
        let configuration = try read("text")
        guard case .tail(let tail) = configuration.sources[0].kind else {
            Issue.record("no tail: \(configuration.sources)")
            return
        }
        #expect(tail.paths == ["/l/*.log", "/l/x"])
        #expect(tail.lineLimit == 500)
        #expect(!tail.keepsPositions)
        #expect(configuration.sinks.map(\.id) == ["out"])
    }

    @Test func `they never give structure`() {
        #expect {
            try read("text\"\n[sinks.evil]\ntype = \"file")
        } throws: { error in
            let errors = (error as? ConfigurationErrors)?.errors ?? []
            return errors.count == 1 && errors[0].what.hasPrefix("the codec \"text\"")
        }
    }
}
