import Formats
import StandIn
import Testing

@Suite("Scripts that are not known exactly") struct ShellRefusalTests {
    @Test(arguments: [
        ("until nc -z db; do sleep 1; done", "a host and a port"),
        ("until nc db 1; do sleep 1; done", "nc without -z"),
        ("until nc -zu db 1; do sleep 1; done", "option -u"),
        ("until nc -z db 1-5; do sleep 1; done", "no port"),
        ("until nc -z $EMPTY 1; do sleep 1; done", "a host and a port"),
        ("until nc -z db $NONE; do sleep 1; done", "a host and a port"),
        ("for h in a ''; do nc -z \"$h\" 1; done", "a host and a port"),
        ("until nc -z db 1; do sleep 1; done; python manage.py migrate", "\"python\""),
        ("until nc -z db 1; do sleep 1; done; exec gunicorn app", "another program: gunicorn"),
        ("until nc -z db 1; do sleep 1; done; exec \"$@\"", "another program"),
        ("until nc -z db 1; do sleep 1; done &", "\"&\" is not known here without a wait"),
        ("nc -z db 1 & nc -z b 1 & wait", "without a wait"), ("sleep 1 & wait 5 6 $!", "$!"),
        ("wait $!", "$! is not known"), ("sleep 1 & echo $!", "without a wait"),
        ("echo a | (cat & wait)", "behind a pipe"), ("sleep 1 & wait $! 2", "this wait"),
        ("until nc -z db 1; do sleep 1; done; $CMD", "from variables"),
        ("until nc -z $(hostname -f) 1; do sleep 1; done", "\"hostname\""),
        ("until nc -z db 1; do echo *; sleep 1; done", "names of files"),
        ("until nc -z db 1; do echo ~; sleep 1; done", "write the path out"),
        ("until nc -z db 1; do echo 'a\\q'; sleep 1; done", "different things"),
        ("until nc -z db 1; do echo x > /tmp/x; sleep 1; done", "writing to /tmp/x"),
        ("until nc -z db 1; do sleep soon; done", "no time to sleep"),
        ("until nc -z db 1; do sleep; done", "without a time"),
        ("until nc -z db 1; sleep 1; done", "a done that nothing began"),
        ("until nc -z db 1; do sleep 1", "ends without a done"),
        ("until; do sleep 1; done", "nothing stands before the do"),
        ("if nc -z a 1; then echo x", "ends without a elif or else or fi"),
        ("case $x in a) read b;; esac", "\"read\""), ("case a in a) echo b;;", "without a esac"),
        ("case a in a) echo b", "without a ;; or esac"),
        ("case a in a echo b;; esac", "without its )"),
        ("case a in) echo b;; esac", "a pattern is missing"),
        ("case a b in c) :;; esac", "without its in"),
        ("case", "without its word"), ("case a in 'a'*) :;; esac", "quotes and marks"),
        ("case a in [[:alpha:]]) :;; esac", "the pattern"),
        ("case a in [^a]) :;; esac", "the pattern"),
        ("case a in $(echo a)) :;; esac", "$() in a pattern"),
        ("case a in ~) :;; esac", "the pattern"),
        ("case a in a) if true; then echo b;; esac", "\";;\" is not known"),
        ("echo a;; echo b", "\";;\""),
        ("esac", "a esac that nothing began"),
        ("case a in a) echo b;& esac", "nothing stands before"),
        ("cat <<E\nx", "a << without its E"), ("cat <<E", "a << without its E"),
        ("cat <<$x\na\n", "without its word"), ("cat <<< word", "<<< is not known"),
        ("cat <<\nE\n", "without its word"), ("nc -z a 1 <<E\nx\nE\n", "not for nc"),
        ("for i in 1; do echo x; done <<E\nx\nE\n", "a text for several commands"),
        ("cat $(echo) <<E\n$(echo)\nE\n", "$() in a text"),
        ("cat <<E > /tmp/x\na\nE\n", "writing to /tmp/x"),
        ("cat 2<<E\nE\n", "this redirection"),
        ("until mysql -h a -e 'select 1'; do sleep 1; done", "no role logs in to MySQL"),
        ("until kubectl get pods; do sleep 1; done", "the Kubernetes API"),
        ("until ping -c1 db; do sleep 1; done", "ICMP"),
        ("until mongosh --eval 1; do sleep 1; done", "MongoDB"),
        ("apk add curl && curl http://a", "nothing can be installed"),
        ("chown -R 1000 /data", "no role changes files"),
        ("until psql -h a -c 'select count(*) from x'; do sleep 1; done", "psql -c 'select 1'"),
        ("until psql -c 'select 1'; do sleep 1; done", "a socket"),
        ("until curl -s --proxy x http://a; do sleep 1; done", "--proxy"),
        ("until curl -s ftp://a; do sleep 1; done", "no URL"),
        ("until curl -s http://$NONE:80/; do sleep 1; done", "names no host"),
        ("until mysqladmin ping; do sleep 1; done", "a socket"),
        ("until redis-cli info; do sleep 1; done", "this redis-cli"),
        ("until nslookup a | grep -q 10; do sleep 1; done", "what nslookup writes"),
        ("until [ -f /x; do sleep 1; done", "without its ]"),
        ("until [ a -foo b ]; do sleep 1; done", "-foo"),
        ("echo 'x", "does not end"), ("exit 256", "this exit"), ("set -o vi", "set vi"),
        ("read x", "\"read\""), ("break", "outside of a loop"), ("return", "outside of a function"),
        ("f() { f; }; f", "\"f\""), ("curl http://a | jq .x", "\"jq\""), ("echo ${x%y}", "${x%y}"),
        ("for i in 1 2; echo $i; done", "without its do"),
        ("timeout soon nc -z a 1", "this timeout"),
        ("timeout 5", "this timeout"), ("grep x", "nothing to read"), ("( nc -z a 1", "a )"),
        ("until nc -z a 1; do sleep 1; done extra", "what follows"),
        ("| nc -z a 1", "nothing stands"),
        ("nc -z a 1 &&", "nothing stands behind"), ("echo $'a'", "$'"),
    ])
    func `what is not known exactly is refused, with the place`(_ line: String, _ why: String) {
        do throws(ConfigurationErrors) {
            let found = try ShellProgram.read(["sh", "-c", line], environment: ["EMPTY": ""])
            Issue.record("\(line) became \(found)")
        } catch {
            #expect("\(error)".contains(why), "\(error)")
            #expect("\(error)".contains("command:1"))
        }
    }

    @Test(arguments: [
        [], ["sh"], ["sh", "-c"], ["python", "x"], ["sh", "script.sh"], ["sh", "-q", "-c", "echo"],
        ["busybox"], ["nc", "-z", "a", "1"],
    ]) func `what is no script is refused`(_ words: [String]) {
        #expect(throws: ConfigurationErrors.self) { try ShellProgram.read(words, environment: [:]) }
    }

    @Test(arguments: [
        ["sh", "-c", "echo a"], ["/bin/sh", "-ec", "echo a"], ["bash", "-e", "-u", "-c", "echo a"],
        ["sh", "-exc", "echo a", "name", "more"], ["bash", "-o", "pipefail", "-c", "echo a"],
        ["busybox", "sh", "-c", "echo a"], ["exec", "ash", "-c", "echo a"],
    ]) func `a shell is found behind its options`(_ words: [String]) throws {
        var machine = try ShellProgram.read(words, environment: [:]).start(environment: [:])
        #expect(machine.next(ShellAnswer(), at: .zero).action == .say("a\n", isError: false))
        #expect(machine.next(ShellAnswer(), at: .zero).action == .end(0))
    }

    /// What a script is refused for; nil if it is not.
    private static func refusal(_ line: String) -> String? {
        do throws(ConfigurationErrors) {
            _ = try ShellProgram.read(["bash", "-c", line], environment: [:])
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Each would be looked at to its end from every parenthesis, were it not given up at the first.
    @Test(arguments: [
        (String(repeating: "(", count: 60_000), "command:1:1: more than 64 parentheses"),
        (String(repeating: "( (", count: 20_000), "command:1:3: more than 64 parentheses"),
        (String(repeating: "((a", count: 20_000), "more than 64 parentheses"),
        ("((" + String(repeating: "a", count: 60_000), "without its )) within 4096 characters"),
        ("((" + String(repeating: "(a)", count: 20_000), "without its )) within 4096 characters"),
        (
            "((" + String(repeating: "1+", count: 2046) + "1))",
            "without its )) within 4096 characters"
        ),
    ]) func `a (( is given up where it leads too far`(_ line: String, _ why: String) {
        let found = Self.refusal(line)
        #expect(
            found?.contains("command:1:") == true && found?.contains(why) == true,
            "\(found ?? "")"
        )
    }

    @Test(arguments: [40, 10_000]) func `a calculation in calculations is given up`(_ depth: Int) {
        let line =
            "echo " + String(repeating: "$((", count: depth) + "1"
            + String(repeating: "))", count: depth)
        #expect(Self.refusal(line)?.contains("too deep in one another") == true)
    }

    @Test func `a (( may lead as far as it is told`() {
        let sum = String(repeating: "1+", count: 2045) + "11"
        #expect(sum.count + 4 == ShellLexer.arithmeticMaximum)
        #expect(Self.refusal("((\(sum)))") == nil)
        let (open, close) = (String(repeating: "(", count: 20), String(repeating: ")", count: 20))
        #expect(Self.refusal("((\(open)1\(close)))") == nil)
        #expect(Self.refusal("cat <<E\n${x%y}\nE\n")?.contains("command:2:1: ${x%y}") == true)
        // Parentheses within parentheses, whatever comes behind them.
        let rest = String(repeating: "; echo a", count: 1000)
        #expect(Self.refusal("((echo a); echo b)\(rest)") == nil)
    }
}
