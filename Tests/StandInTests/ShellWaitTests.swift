import Basics
import Formats
import StandIn
import Testing

@Suite("Lines of a shell that wait") struct ShellWaitTests {
    private static let variables = [
        "HOST": "db", "PORT": "5432", "EMPTY": "", "TWO": "a b", "DB_HOST": "postgres-service",
    ]

    /// What a line does, in one line.
    private static func shown(_ line: String, _ shell: [String] = ["sh", "-c"]) throws -> String {
        try ShellWait.read(shell + [line], environment: variables).steps.map(shown).joined(
            separator: " "
        )
    }

    private static func shown(_ step: ShellWait.Step) -> String {
        switch step {
        case .say(let text, let isError):
            (isError ? "err(" : "say(") + text.replacing("\n", with: "|") + ")"
        case .pause(let time): "sleep(\(time.milliseconds))"
        case .end(let code): "exit(\(code))"
        case .until(let condition, let body):
            "until(\(shown(condition)): \(body.map(shown).joined(separator: " ")))"
        }
    }

    private static func shown(_ condition: ShellWait.Condition) -> String {
        switch condition {
        case .port(let host, let port, let limit):
            "\(host):\(port)" + (limit.map { " in \($0.milliseconds)" } ?? "")
        case .postgres(let words): "pg " + words.joined(separator: " ")
        case .http(let question):
            "\(question.method) \(question.url) \(question.answer)"
                + (question.follows ? " follows" : "") + (question.isInsecure ? " insecure" : "")
                + (question.limit.map { " in \($0.milliseconds)" } ?? "")
                + question.headers.map { " [\($0)]" }.joined()
        case .name(let name, let server): "name \(name)" + (server.map { " at \($0)" } ?? "")
        case .mysql(let host, let port): "mysql \(host):\(port)"
        case .redis(let host, let port, let password, let mustPong):
            "redis \(host):\(port)" + (password.map { " \($0)" } ?? "") + (mustPong ? " PONG" : "")
        case .file(let path, let test): "-\(test.rawValue) \(path)"
        case .all(let conditions): conditions.map(shown).joined(separator: " & ")
        case .within(let time, let condition): "(\(shown(condition))) in \(time.milliseconds)"
        }
    }

    /// The init container of many a text on pods, as it is written there.
    @Test func `the seed's init container`() throws {
        let line = """
            until nc -z postgres-service 5432; do
              echo "Waiting for database..."
              sleep 2
            done
            echo "Database is ready"

            """
        let steps =
            "until(postgres-service:5432: say(Waiting for database...|) sleep(2000)) say(Database is ready|)"
        #expect(try Self.shown(line) == steps)
        let read = try ShellWait.read(["sh", "-c", line], environment: [:])
        #expect(read.waits && read.notes.isEmpty)
    }

    @Test(
        arguments: [
            ("until nc -z db 1; do sleep 1; done", "until(db:1: sleep(1000))"),
            ("while ! nc -z $HOST $PORT; do sleep 0.5; done", "until(db:5432: sleep(500))"),
            (
                "until nc -zv -w2 \"${HOST}\" ${PORT:-1} 2>/dev/null; do :; done",
                "until(db:5432 in 2000: )"
            ),
            ("until nc -z ${NONE:-other} 80; do sleep 1m; done", "until(other:80: sleep(60000))"),
            ("H=x; P=7; until nc -z $H $P; do sleep 1; done", "until(x:7: sleep(1000))"),
            (
                "export H=x\nuntil nc -z $H 7 >/dev/null 2>&1; do sleep 1; done; exit 0",
                "until(x:7: sleep(1000)) exit(0)"
            ),
            (
                "set -e; echo a b  'c  d'; until busybox nc -z a 1; do sleep 1; done && echo ok",
                "say(a b c  d|) until(a:1: sleep(1000)) say(ok|)"
            ),
            (
                "until nc -z a 1; do echo \"no $TWO\" >&2; sleep 1; done",
                "until(a:1: err(no a b|) sleep(1000))"
            ),
            (
                "until nc -z a 1; do echo -n .; sleep 1; done; echo",
                "until(a:1: say(.) sleep(1000)) say(|)"
            ),
            (
                "until nc -z a 1; do echo waiting for a while; echo done; sleep 1; done; echo it is done",
                "until(a:1: say(waiting for a while|) say(done|) sleep(1000)) say(it is done|)"
            ),
            (
                "until nc -z a 1; do printf 'w %s\\n' $HOST; sleep 1; done",
                "until(a:1: say(w db|) sleep(1000))"
            ),
            (
                "until pg_isready -h $DB_HOST -p 5432 -U x; do sleep 2; done",
                "until(pg -h postgres-service -p 5432 -U x: sleep(2000))"
            ),
            (
                "until curl -sf http://app:8080/health; do sleep 1; done",
                "until(GET http://app:8080/health unfailed: sleep(1000))"
            ),
            (
                "until curl -s --fail -k -o /dev/null -m 3 -H 'A: b' https://x/; do sleep 1; done",
                "until(GET https://x/ unfailed insecure in 3000 [A: b]: sleep(1000))"
            ),
            (
                "until curl --silent --head -L app; do sleep 1; done",
                "until(HEAD http://app any follows: sleep(1000))"
            ),
            (
                "until [ \"$(curl -s -o /dev/null -w '%{http_code}' http://a/)\" = \"200\" ]; do sleep 5; done",
                "until(GET http://a/ status(200): sleep(5000))"
            ),
            (
                "while [ \"$(curl -s -o /dev/null -w %{http_code} a:1/x)\" != 204 ]; do sleep 5; done",
                "until(GET http://a:1/x status(204): sleep(5000))"
            ),
            (
                "until wget -q --spider http://a:9/x; do sleep 1; done",
                "until(GET http://a:9/x success follows: sleep(1000))"
            ),
            (
                "until wget -qO- -T 2 http://a >/dev/null; do sleep 1; done",
                "until(GET http://a success follows in 2000: sleep(1000))"
            ),
            (
                "until wget --timeout=3 --no-check-certificate -q -O /dev/null https://a; do sleep 1; done",
                "until(GET https://a success follows insecure in 3000: sleep(1000))"
            ),
            (
                "until nslookup mydb.$HOST.svc; do echo waiting; sleep 2; done",
                "until(name mydb.db.svc: say(waiting|) sleep(2000))"
            ),
            (
                "until nslookup a 10.0.0.10; do sleep 2; done",
                "until(name a at 10.0.0.10: sleep(2000))"
            ),
            ("until getent hosts a; do sleep 2; done", "until(name a: sleep(2000))"),
            (
                "until mysqladmin ping -h mysql -P3307 -uroot -psecret --silent; do sleep 1; done",
                "until(mysql mysql:3307: sleep(1000))"
            ),
            (
                "until mysqladmin ping --host=m --port=1; do sleep 1; done",
                "until(mysql m:1: sleep(1000))"
            ),
            ("until redis-cli -h r ping; do sleep 1; done", "until(redis r:6379: sleep(1000))"),
            (
                "until redis-cli -h r -p 1 -a s ping | grep -q PONG; do sleep 1; done",
                "until(redis r:1 s PONG: sleep(1000))"
            ),
            (
                "until [ \"$(redis-cli -h r ping)\" = PONG ]; do sleep 1; done",
                "until(redis r:6379 PONG: sleep(1000))"
            ),
            ("until [ -f /shared/done ]; do sleep 1; done", "until(-f /shared/done: sleep(1000))"),
            ("until test -S /run/x; do sleep 1; done", "until(-S /run/x: sleep(1000))"),
            ("while [[ ! -e /x ]]; do sleep 1; done", nil),
            ("while ! [ -s /x ]; do sleep 1; done", "until(-s /x: sleep(1000))"),
            ("until nc -z a 1 && nc -z b 2; do sleep 1; done", "until(a:1 & b:2: sleep(1000))"),
            ("until timeout 3 nc -z a 1; do sleep 1; done", "until((a:1) in 3000: sleep(1000))"),
            ("until (nc -z a 1) >/dev/null 2>&1; do sleep 1; done", "until(a:1: sleep(1000))"),
            ("until sh -c 'nc -z a 1'; do sleep 1; done", "until(a:1: sleep(1000))"),
            (
                "# a comment\n\nuntil nc -z a 1 # here\ndo\n sleep 1\ndone",
                "until(a:1: sleep(1000))"
            ),
            ("echo $EMPTY; echo \"$NONE\"", "say(|) say(|)"), ("sleep 1 2s", "sleep(3000)"),
        ] as [(String, String?)]
    ) func `a line is understood`(_ line: String, _ steps: String?) throws {
        guard let steps else {
            #expect(throws: ConfigurationErrors.self) { try Self.shown(line) }
            return
        }
        #expect(try Self.shown(line) == steps)
    }

    @Test(arguments: [
        ("until echo > /dev/tcp/$HOST/$PORT; do sleep 1; done", "until(db:5432: sleep(1000))"),
        (
            "until (echo > /dev/tcp/a/1) >/dev/null 2>&1; do sleep 1; done",
            "until(a:1: sleep(1000))"
        ),
        ("while ! </dev/tcp/a/1; do sleep 1; done", "until(a:1: sleep(1000))"),
        (
            "until timeout 1 bash -c 'echo > /dev/tcp/a/1'; do sleep 1; done",
            "until((a:1) in 1000: sleep(1000))"
        ),
    ]) func `bash knows ports as files`(_ line: String, _ steps: String) throws {
        #expect(try Self.shown(line, ["/bin/bash", "-ec"]) == steps)
        guard !line.contains("bash -c") else { return }
        #expect(throws: ConfigurationErrors.self) { try Self.shown(line) }
    }

    @Test(arguments: [
        ("until nc -z db; do sleep 1; done", "a host and a port"),
        ("until nc db 1; do sleep 1; done", "nc without -z"),
        ("until nc -zu db 1; do sleep 1; done", "option -u"),
        ("until nc -z db 1-5; do sleep 1; done", "no port"),
        ("until nc -z $EMPTY 1; do sleep 1; done", "a host and a port"),
        ("until nc -z db $NONE; do sleep 1; done", "a host and a port"),
        ("until ! nc -z db 1; do sleep 1; done", "is gone"),
        ("while nc -z db 1; do sleep 1; done", "is gone"),
        ("until nc -z db 1 || nc -z b 1; do sleep 1; done", "\"||\""),
        ("while ! nc -z a 1 && nc -z b 1; do sleep 1; done", "first command only"),
        ("until nc -z db 1; do sleep 1; done; python manage.py migrate", "\"python\""),
        ("until nc -z db 1; do sleep 1; done &", "\"&\""),
        ("until nc -z db 1; do sleep 1; done || exit 1", "\"||\""),
        ("until nc -z db 1; do until nc -z a 1; do sleep 1; done; done", "loop within the loop"),
        ("until nc -z db 1; do exit 1; done", "this exit"),
        ("until nc -z db 1; do date; sleep 1; done", "\"date\""),
        ("until nc -z db 1; do echo $(date); sleep 1; done", "$(date)"),
        ("until nc -z db 1; do echo $?; sleep 1; done", "$?"),
        ("until nc -z $1 1; do sleep 1; done", "$1"),
        ("until nc -z db 1; do echo *; sleep 1; done", "names of files"),
        ("until nc -z db 1; do echo ~; sleep 1; done", "write the path out"),
        ("until nc -z db 1; do echo 'a\\n'; sleep 1; done", "different things"),
        ("until nc -z db 1; do echo x > /tmp/x; sleep 1; done", "writing to /tmp/x"),
        ("until nc -z db 1; do sleep soon; done", "no time to sleep"),
        ("until nc -z db 1; do sleep; done", "without a time"),
        ("until nc -z db 1; sleep 1; done", "without do and done"),
        ("until nc -z db 1; do sleep 1", "without do and done"),
        ("until; do sleep 1; done", "without a condition"),
        ("for i in 1 2; do nc -z db 1 && break; done", "\"for\""),
        ("if nc -z db 1; then echo x; fi", "\"if\""),
        ("until psql -c 'select 1'; do sleep 1; done", "\"psql\""),
        ("until curl -s http://a | grep ok; do sleep 1; done", "pipe"),
        ("until curl -s --retry 3 http://a; do sleep 1; done", "--retry"),
        ("until curl -o /x http://a; do sleep 1; done", "writing to /x"),
        ("until curl -s ftp://a; do sleep 1; done", "no URL"),
        ("until curl -s http://$NONE:80/; do sleep 1; done", "names no host"),
        ("until wget -q http://a/x; do sleep 1; done", "writes a file"),
        ("until mysqladmin ping; do sleep 1; done", "a socket"),
        ("until mysqladmin ping -h localhost; do sleep 1; done", "a socket"),
        ("until redis-cli info; do sleep 1; done", "this redis-cli"),
        ("until redis-cli ping | grep -v x; do sleep 1; done", "filter"),
        ("until [ 1 = 2 ]; do sleep 1; done", "this test"),
        ("until [ -f /x; do sleep 1; done", "without its ]"),
        ("exit 0; echo x", "never reached"), ("echo 'x", "does not end"), ("exit 256", "this exit"),
        ("set -o vi", "set vi"), ("read x", "\"read\""),
    ]) func `what is not known exactly is refused, with the place`(_ line: String, _ why: String) {
        do throws(ConfigurationErrors) {
            let found = try ShellWait.read(["sh", "-c", line], environment: Self.variables)
            Issue.record("\(line) became \(found)")
        } catch {
            #expect("\(error)".contains(why), "\(error)")
        }
    }

    @Test(arguments: [
        [], ["sh"], ["sh", "-c"], ["python", "x"], ["sh", "script.sh"], ["sh", "-q", "-c", "echo"],
        ["busybox"], ["nc", "-z", "a", "1"],
    ]) func `what is no line is refused`(_ words: [String]) {
        #expect(throws: ConfigurationErrors.self) { try ShellWait.read(words, environment: [:]) }
    }

    @Test(arguments: [
        ["sh", "-c", "echo a"], ["/bin/sh", "-ec", "echo a"], ["bash", "-e", "-u", "-c", "echo a"],
        ["sh", "-exc", "echo a", "name", "more"], ["bash", "-o", "pipefail", "-c", "echo a"],
        ["busybox", "sh", "-c", "echo a"], ["exec", "ash", "-c", "echo a"],
    ]) func `a shell is found behind its options`(_ words: [String]) throws {
        let read = try ShellWait.read(words, environment: [:])
        #expect(read.steps == [.say("a\n", isError: false)])
    }

    @Test func `every beginning of a line is understood or refused`() {
        let line =
            "H=a; until nc -z \"$H\" 1 >/dev/null 2>&1 && [ -f /x ]; do echo \"w $H\" >&2; sleep 1; done"
        for count in 0..<line.count {
            _ = try? ShellWait.read(["sh", "-c", String(line.prefix(count))], environment: [:])
        }
        let many = String(repeating: "echo a; ", count: 1000)
        #expect(throws: ConfigurationErrors.self) {
            try ShellWait.read(["sh", "-c", many], environment: [:])
        }
    }
}

@Suite("Times to sleep") struct SleepTimeTests {
    @Test(
        arguments: [
            ("2", 2000), ("0", 0), ("0.5", 500), (".5", 500), ("1.", 1000), ("1m", 60_000),
            ("1.5h", 5_400_000),
            ("2d", 172_800_000), ("1e-2", 10), ("0x1p-3", 125), ("+3s", 3000), ("infinity", nil),
            ("inf", nil), ("INF", nil), ("1e30", nil), ("infinityd", nil),
        ] as [(String, Int64?)]
    )
    func `a time is read as coreutils reads it`(_ word: String, _ milliseconds: Int64?) throws {
        let time = try #require(SleepTime(word))
        #expect(time.duration?.milliseconds == milliseconds)
    }

    @Test(arguments: ["", "s", "x", "1x", "-1", "nan", "1 ", "1ss", "1ms", "+", "."])
    func `what is no time is none`(_ word: String) {
        #expect(SleepTime(word) == nil)
    }

    @Test func `times add up`() {
        #expect(SleepTime.sum(["1", "2s", "0.5"]).time?.duration == .milliseconds(3500))
        #expect(SleepTime.sum(["1", "inf"]).time?.duration == nil)
        #expect(SleepTime.sum(["1", "x"]).wrong == "x")
    }
}
