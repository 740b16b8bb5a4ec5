import Basics
import Formats
import Reactor
import Records
import Testing

@testable import LogPipeline

@Suite("Command lines of busybox adapters") struct ShellReaderTests {
    struct Line: Sendable, CustomTestStringConvertible {
        var words: [String]
        var files: [String]
        var output: String
        var testDescription: String { words.last ?? "" }

        init(_ script: String, _ file: String, _ output: String) {
            words = ["sh", "-c", script]
            files = [file]
            self.output = output
        }

        init(words: [String], _ file: String, _ output: String) {
            self.words = words
            files = [file]
            self.output = output
        }
    }

    private static let json =
        "{\"timestamp\":\"<%Y-%m-%dT%H:%M:%S%:z>\",\"message\":\"[log]\",\"app\":\"legacy-app\"}"
    static let loop = """
        tail -F /var/log/app/app.log | while read line; do
          echo "{\\"timestamp\\":\\"$(date -Iseconds)\\",\\"message\\":\\"$line\\",\\"app\\":\\"legacy-app\\"}"
        done

        """

    static let known = [
        // The seeds' lines.
        Line(loop, "/var/log/app/app.log", json),
        Line(
            words: ["/bin/sh", "-c", "tail -f /var/log/shared/app.log > /dev/console"],
            "/var/log/shared/app.log",
            "log"
        ),
        // tail alone, in all its ways.
        Line(words: ["tail", "-f", "/a.log"], "/a.log", "log"),
        Line(words: ["/usr/bin/tail", "-n+1", "-F", "/a.log"], "/a.log", "log"),
        Line(words: ["busybox", "tail", "-n", "0", "-f", "/a b.log"], "/a b.log", "log"),
        Line("exec tail -n +1 -F /a.log", "/a.log", "log"),
        Line("tail -fn100 /a.log >/dev/stdout 2>&1", "/a.log", "log"),
        Line("tail -100f /a.log", "/a.log", "log"),
        Line("tail --follow=name --retry --lines=5 /a.log 2>/dev/null", "/a.log", "log"),
        Line("tail -F -q -s 2 /a.log > /proc/1/fd/1", "/a.log", "log"),
        Line("stdbuf -oL tail -F /a.log | cat", "/a.log", "log"),
        Line("tail -F /a.log | grep --line-buffered ERROR", "/a.log", "log"),
        Line(
            "tail -F /a.log | fgrep -v \"$NS\" | while read l; do echo \"$l\"; done",
            "/a.log",
            "[raw log]"
        ),
        // Before it.
        Line(
            "mkdir -p /var/log/app && touch /var/log/app/x.log && tail -F /var/log/app/x.log",
            "/var/log/app/x.log",
            "log"
        ),
        Line("until [ -f /a.log ]; do sleep 1; done; tail -f /a.log", "/a.log", "log"),
        Line("while [ ! -f /a.log ]; do sleep 1; done\ntail -f /a.log", "/a.log", "log"),
        Line(
            "set -e; echo starting; sleep 5; tail -F ${LOG_DIR}/${NAME:-web}.log",
            "/logs/web.log",
            "log"
        ),
        Line("FILE=/a.log\ntail -F \"$FILE\"", "/a.log", "log"),
        Line("# follow it\ntail -F \\\n  /a.log # the log", "/a.log", "log"),
        // Loops.
        Line(
            "tail -F /a.log | while IFS= read -r line; do echo \"$line\"; done",
            "/a.log",
            "[raw log]"
        ),
        Line(
            "tail -F /a.log | while IFS='' read -r l; do echo \"[app] $l\"; done",
            "/a.log",
            "[app] [raw log]"
        ),
        Line("tail -F /a.log | while read; do echo $REPLY; done", "/a.log", "[raw log]"),
        Line(
            "tail -F /a.log | while read -r line; do echo \"$(date -u +%FT%TZ) $line\"; done",
            "/a.log",
            "<utc %FT%TZ> [raw log]"
        ),
        Line(
            "tail -F /a.log | while read -r x; do echo \"`date`: ${x}\"; done > /dev/console",
            "/a.log",
            "<%a %b %e %H:%M:%S %Z %Y>: [raw log]"
        ),
        Line(
            "tail -F /a.log | while read line; do TS=$(date +%s); "
                + "echo '{\"t\":'$TS',\"m\":\"'\"$line\"'\",\"pod\":\"'$HOSTNAME'\"}'; done",
            "/a.log",
            "{\"t\":<%s>,\"m\":\"[log]\",\"pod\":\"machine\"}"
        ),
        Line(
            "tail -F /a.log | while read line; do printf '{\"msg\":\"%s\",\"at\":\"%s\"}\\n' "
                + "\"$line\" \"$(date -uIs)\"; done",
            "/a.log",
            "{\"msg\":\"[log]\",\"at\":\"<utc %Y-%m-%dT%H:%M:%S%:z>\"}"
        ),
        Line(
            "tail -F /a.log | while read line; do echo \"{\\\"data\\\": $line}\"; done",
            "/a.log",
            "{\"data\": [raw log]}"
        ),
        Line(
            "tail -F /a.log | while read line; do echo \"{\\\"ns\\\":\\\"$NS\\\"}\"; done",
            "/a.log",
            "{\"ns\":\"a\\\"b\"}"
        ),
        Line(
            "tail -F /a.log | while read line; do echo \"$(hostname) $line\" >&2; done",
            "/a.log",
            "machine [raw log]"
        ),
        Line(words: ["/bin/ash", "-euo", "pipefail", "-c", "tail -F /a.log"], "/a.log", "log"),
    ]

    @Test func `grep chooses lines on their way to the loop`() throws {
        let script =
            "tail -F /a.log | grep -iv 'a+b' | egrep --line-buffered 'x+|y' "
            + "| while read l; do echo \"$l\"; done"
        let result = try LogConfigurations.read(
            command: ["sh", "-c", script],
            surroundings: Self.surroundings
        )
        let configuration = result.configuration
        let rules = [
            GrepTransform.Rule(excludes: true, key: "log", pattern: #"(?i)(?:a\+b)"#),
            GrepTransform.Rule(excludes: false, key: "log", pattern: "(?:x+|y)"),
        ]
        #expect(
            configuration.transforms.map(\.kind) == rules.map { .grep(GrepTransform(rules: [$0])) }
        )
        #expect(configuration.transforms.map(\.inlet) == [Inlet(["tail"]), Inlet(["grep1"])])
        #expect(configuration.sinks.map(\.inlet) == [Inlet(["grep2"])])
        #expect(configuration.notes.filter { $0.contains("--line-buffered") }.count == 1)
    }

    private static func shown(_ sink: SinkSettings) -> String {
        guard case .console(let console) = sink.kind else { return "\(sink.kind)" }
        switch console.encoding.form {
        case .text(let key): return key
        case .pieces(let pieces):
            return pieces.map { piece in
                switch piece {
                case .literal(let text): text
                case .time(let format, let isUTC): isUTC ? "<utc \(format)>" : "<\(format)>"
                case .field(let key, let isEscaped, _): isEscaped ? "[\(key)]" : "[raw \(key)]"
                }
            }
            .joined()
        default: return "\(console.encoding.form)"
        }
    }

    private static let surroundings = LogSurroundings(
        environment: ["LOG_DIR": "/logs", "NS": "a\"b"],
        hostname: "machine"
    )

    @Test(arguments: known) func `are recognised`(_ line: Line) throws {
        let result = try LogConfigurations.read(
            command: line.words,
            surroundings: Self.surroundings
        )
        let configuration = result.configuration
        guard case .tail(let tail) = configuration.sources[0].kind else {
            Issue.record("\(configuration.sources)")
            return
        }
        #expect(result.dialect == .shell)
        #expect(tail.paths == line.files)
        #expect(Self.shown(configuration.sinks[0]) == line.output)
        #expect(configuration.sinks[0].batch.wait == .milliseconds(20))
        #expect(!configuration.notes.isEmpty)
    }

    /// What busybox 1.35 writes for the same line.
    @Test(
        arguments: [
            ("read -r l", "$l", "a  b"), ("IFS= read -r l", "$l", " \ta  b\t "),
            ("IFS=' ' read -r l", "$l", "\ta  b\t"), ("IFS=, read -r l", "$l", " \ta  b\t "),
            ("read -r", "$REPLY", " \ta  b\t "),
        ]
    )
    @MainLoop func `take off what read takes off`(_ read: String, _ name: String, _ text: String)
        throws
    {
        for (before, after) in [("", ""), ("{\\\"m\\\":\\\"", "\\\"}")] {
            let result = try LogConfigurations.read(
                command: [
                    "sh", "-c",
                    "tail -F /a.log | while \(read); do echo \"\(before)\(name)\(after)\"; done",
                ]
            )
            guard case .console(let console) = result.configuration.sinks[0].kind else {
                Issue.record("no console")
                return
            }
            var encoder = RecordEncoder(console.encoding)
            var output: [UInt8] = []
            var event = SinkKit.event(["log": .text(" \ta  b\t ")])
            encoder.append(&event, to: &output)
            let wanted =
                before.isEmpty
                ? text : "{\"m\":\"\(text.replacing("\t", with: "\\t"))\"}"
            #expect(String(decoding: output, as: UTF8.self) == wanted)
        }
    }

    @Test(
        arguments: [
            ("-n +1", true), ("-n 0", false), ("-n +0", true), ("", nil), ("-n 20", nil),
            ("-c +1", true),
        ] as [(String, Bool?)]
    )
    func `say where a file is begun`(_ option: String, _ fromHead: Bool?) throws {
        let result = try LogConfigurations.read(command: ["sh", "-c", "tail -F \(option) /a.log"])
        guard case .tail(let tail) = result.configuration.sources[0].kind else {
            Issue.record("no tail")
            return
        }
        #expect(tail.readsFromHead == fromHead)
    }

    @Test func `write to standard error, files or nowhere if they say so`() throws {
        for (target, shown) in [
            ("/dev/stderr", "console(isError: true"), ("/out/x%y.log", "/out/x%%y.log"),
            ("/dev/null", "nowhere"),
        ] {
            let result = try LogConfigurations.read(
                command: ["sh", "-c", "tail -F /a.log > \(target)"]
            )
            let kind = "\(result.configuration.sinks[0].kind)"
            #expect(
                kind.contains(shown)
                    || shown.hasPrefix("console") && kind.contains("isError: true"),
                "\(kind)"
            )
        }
    }

    static let refused: [(String, String)] = [
        (
            "cat /a.log",
            "1:1: the command \"cat\" is not known here; a tail is, and a loop that reads it"
        ),
        ("tail /a.log", "1:6: tail without -f or -F ends at once; write tail -F"),
        ("tail -F", "1:6: tail needs a file"),
        (
            "tail -F -z /a.log",
            "1:9: the option -z of tail is not known; -f, -F, -n, -c, -s, -q and -v are"
        ),
        ("tail -F -n /a.log", "1:9: \"/a.log\" is no number of lines"),
        (
            "tail -F -n +5 /a.log",
            "1:9: lines cannot be left out at the beginning; write -n +1"
        ),
        (
            "tail -F /a.log | grep -c ERROR",
            "1:23: a grep that does more than to let lines through is not known here"
        ),
        ("tail -F /a.log | grep -P x", "1:23: -P of grep is not known here"),
        ("tail -F /a.log | grep", "1:1: grep wants an expression"),
        (
            "tail -F /a.log | while read l; do echo $l; done | grep x",
            "1:51: the command \"grep\" behind the tail is not known here; "
                + "grep is, and behind it a loop: while read line; do echo \"$line\"; done"
        ),
        ("tail -F /a.log <<E\nx\nE", "1:16: a text behind << is not known here"),
        (
            "tail -F /a.log | sed 's/^/x/'",
            "1:18: the command \"sed\" behind the tail is not known here; "
                + "grep is, and behind it a loop: while read line; do echo \"$line\"; done"
        ),
        (
            "tail -F /a.log & tail -F /b.log",
            "1:16: \"&\" is not known here; write one command after the other"
        ),
        (
            "tail -F /a.log | while read a b; do echo $a; done",
            "1:24: reading into several variables is not known here; write read -r line"
        ),
        (
            "tail -F /a.log | while read line; do curl -d \"$line\" http://x; done",
            "1:38: the command \"curl\" in the loop is not known here; echo and printf are"
        ),
        (
            "tail -F /a.log | while read line; do echo -n \"$line\"; done",
            "1:43: echo -n is not known here; each line ends in a line feed"
        ),
        (
            "tail -F /a.log | while read line; do echo \"$(date -d yesterday) $line\"; done",
            "1:43: $(date -d yesterday) is not known here; date is, with -u, -I and +FORMAT"
        ),
        (
            "tail -F /a.log | while read line; do echo \"$(uuidgen) $line\"; done",
            "1:43: $(uuidgen) is not known here"
        ),
        (
            "tail -F /a.log | while read line; do echo a; echo b; done",
            "1:46: a second command in the loop is not known here; write one echo"
        ),
        (
            "tail -F /a.log | while read line; do printf '%s' \"$line\"; done",
            "1:45: a printf without \\n at its end is not known here; write \\n"
        ),
        (
            "tail -F /a.log | while read line; do printf '%d\\n' \"$line\"; done",
            "1:45: %d of printf is not known here; %s is"
        ),
        (
            "tail -F /a.log | while read line; do printf; done",
            "1:38: printf without a format is not known here; '%s\\n' is"
        ),
        (
            "tail -F \"$NAME\"",
            "1:6: tail of a file without a name; set the variable that names it"
        ),
        (
            "while true; do tail -F /a.log; done",
            "1:1: a loop around the tail is not known here; "
                + "the tail goes on by itself: write it alone"
        ),
        (
            "tail -F /a.log; echo done",
            "1:17: what follows the tail is not known here; "
                + "it would never be reached"
        ),
        ("tail -F \"/a.log", "1:9: a \" does not end"),
        ("tail -F ${A%.log}", "1:9: ${A%.log} is not known; write ${A} or ${A:-default}"),
        (
            "tail -F /a.log < /b.log",
            "1:16: reading from /b.log is not known here; name the file as the tail's argument"
        ),
        ("", " there is no tail, so there is nothing to do; write tail -F FILE"),
    ]

    @Test(arguments: refused) func `are refused with the part`(_ script: String, _ finding: String)
    {
        for isLenient in [false, true] {
            let error = #expect(throws: ConfigurationErrors.self) {
                try LogConfigurations.read(
                    command: ["sh", "-c", script],
                    surroundings: LogSurroundings(isLenient: isLenient)
                )
            }
            #expect(error?.errors.first?.description == "command:" + finding)
        }
    }

    @Test(arguments: [[], ["sh"], ["sh", "-x"], ["nginx", "-g", "daemon off;"]] as [[String]])
    func `of other programs are refused`(_ words: [String]) {
        #expect(throws: ConfigurationErrors.self) {
            try LogConfigurations.read(command: words)
        }
    }
}
