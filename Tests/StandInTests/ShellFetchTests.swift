import Basics
import Formats
import StandIn
import Testing

@Suite("Scripts of a shell that fetch") struct ShellFetchTests {
    /// What a script does, in one line: ? is left out after a failure, ! ends the script when it fails.
    private static func shown(_ script: String, _ shell: [String] = ["sh", "-c"]) throws -> String {
        let variables = ["BASE": "http://config", "TWO": "-s -S"]
        return try ShellFetch.read(shell + [script], environment: variables).lines.map { line in
            let text =
                switch line.step {
                case .curl(let words): "curl(\(words.joined(separator: " ")))"
                case .say(let text, let isError):
                    (isError ? "err(" : "say(") + text.dropLast() + ")"
                case .pause(let time): "sleep(\(time.milliseconds))"
                case .end(let code): "exit(\(code))"
                }
            return (line.needsLast ? "?" : "") + text + (line.isStrict ? "!" : "")
        }.joined(separator: " ")
    }

    @Test(arguments: [
        (
            "curl -o /config/app.conf https://a/b\ncurl -o /config/s.json https://v:8200/v1/x\n",
            "curl(-o /config/app.conf https://a/b) curl(-o /config/s.json https://v:8200/v1/x)"
        ),
        ("set -e; curl -O $BASE/x; echo done", "curl(-O http://config/x)! say(done)!"),
        ("set -e; curl a && curl b", "curl(a) ?curl(b)!"),
        ("set -eu; set +e; curl a", "curl(a)"),
        ("curl $TWO \"$BASE/a b\" && echo ok >&2", "curl(-s -S http://config/a b) ?err(ok)"),
        ("/usr/bin/curl -s a > /out; sleep 2; exit 3", "curl(-s a -o /out) sleep(2000) exit(3)"),
        ("URL=http://x\ncurl -s ${URL}/y >/dev/null", "curl(-s http://x/y -o /dev/null)"),
    ])
    func `a script is taken apart`(_ script: String, _ steps: String) throws {
        #expect(try Self.shown(script) == steps)
    }

    @Test func `the shell's own option is that of set`() throws {
        #expect(try Self.shown("curl a", ["busybox", "sh", "-ec"]) == "curl(a)!")
    }

    @Test(arguments: [
        ("curl a | jq .", "\"|\""), ("curl a || exit 1", "\"||\""), ("wget a", "\"wget\""),
        ("curl $(cat /token) a", "$(cat /token)"),
        ("until nc -z a 1; do sleep 1; done; curl b", "loop"),
        ("if true; then curl a; fi", "\"if\""), ("curl a 2>/dev/null", "redirection"),
    ])
    func `what is not known is refused with its reason`(_ script: String, _ reason: String) {
        do {
            _ = try Self.shown(script)
            Issue.record("\(script) was taken")
        } catch {
            #expect("\(error)".contains(reason), "\(error)")
        }
    }
}
