import Basics
import Formats
import StandIn
import Testing

@Suite("Scripts that wait, step by step") struct ShellMachineTests {
    private static let variables = [
        "HOST": "db", "PORT": "5432", "EMPTY": "", "TWO": "a b", "DB_HOST": "postgres-service",
    ]

    @Test(arguments: [
        ("until nc -z db 1; do sleep 1; done", "db:1- sleep(1000) db:1+ exit(0)"),
        (
            "while ! nc -z $HOST $PORT; do echo no; sleep 0.5; done",
            "db:5432- say(no|) sleep(500) db:5432+ exit(0)"
        ),
        (
            "until nc -zv -w2 \"${HOST}\" ${PORT:-1} 2>/dev/null; do :; done",
            "db:5432/2000- sleep(100) db:5432/2000+ exit(0)"
        ),
        ("H=x; P=7; until nc -z $H $P; do sleep 1m; done", "x:7- sleep(60000) x:7+ exit(0)"),
        (
            "until busybox nc -z ${NONE:-other} 80 && echo ok; do sleep 1; done",
            "other:80- sleep(1000) other:80+ say(ok|) exit(0)"
        ),
        (
            "until pg_isready -h $DB_HOST -U x; do sleep 2; done",
            "pg(-h postgres-service -U x)- sleep(2000) pg(-h postgres-service -U x)+ exit(0)"
        ),
        (
            "until nslookup a.$HOST.svc 10.0.0.10; do sleep 2; done",
            "name(a.db.svc@10.0.0.10)- sleep(2000) name(a.db.svc@10.0.0.10)+ exit(0)"
        ),
        ("until getent hosts a; do sleep 2; done", "name(a)- sleep(2000) name(a)+ exit(0)"),
        (
            "until mysqladmin ping -h m -P3307 -uroot -psecret --silent; do sleep 1; done",
            "mysql(m:3307)- sleep(1000) mysql(m:3307)+ exit(0)"
        ),
        (
            "until mysqladmin ping --host=m --port 1 | grep -q alive; do sleep 1; done",
            "mysql(m:1)- sleep(1000) mysql(m:1)+ exit(0)"
        ),
        (
            "until redis-cli -h r -p 1 -a s ping | grep -q PONG; do sleep 1; done",
            "redis(r:1 s PONG)- sleep(1000) redis(r:1 s PONG)+ exit(0)"
        ),
        (
            "until [ \"$(redis-cli -h r ping)\" = PONG ]; do sleep 1; done",
            "redis(r:6379 PONG)- sleep(1000) redis(r:6379 PONG)+ exit(0)"
        ),
        (
            "until redis-cli -h r ping; do sleep 1; done",
            "redis(r:6379)- sleep(1000) redis(r:6379)+ exit(0)"
        ),
        (
            "until PGPASSWORD=s psql -h $HOST -U u -d app -c '\\q'; do sleep 1; done",
            "login(DATABASE=app,HOST=db,PASSWORD=s,USER=u)- sleep(1000) login(DATABASE=app,HOST=db,PASSWORD=s,USER=u)+ exit(0)"
        ),
        (
            "until psql postgres://u@h/d -tAc 'SELECT 1' >/dev/null; do sleep 1; done",
            "login(postgres://u@h/d)- sleep(1000) login(postgres://u@h/d)+ exit(0)"
        ),
        (
            "while [ ! -f /shared/done ]; do sleep 1; done",
            "-f(/shared/done)- sleep(1000) -f(/shared/done)+ exit(0)"
        ),
        (
            "until [ -f /a -a -s /b ]; do sleep 1; done",
            "-f(/a)- -s(/b)- sleep(1000) -f(/a)+ -s(/b)+ exit(0)"
        ),
        (
            "while ! test -S /run/x; do sleep 1; done; exit 0",
            "-S(/run/x)- sleep(1000) -S(/run/x)+ exit(0)"
        ),
        ("until (nc -z a 1) >/dev/null 2>&1; do sleep 1; done", "a:1- sleep(1000) a:1+ exit(0)"),
        ("until sh -c 'nc -z a 1'; do sleep 1; done", "a:1- sleep(1000) a:1+ exit(0)"),
        ("until nc -z a 1 &> /dev/null; do sleep 1; done", "a:1- sleep(1000) a:1+ exit(0)"),
        ("until nc -z a 1 || nc -z b 1; do sleep 1; done", "a:1- b:1- sleep(1000) a:1+ exit(0)"),
        ("while nc -z a 1; do sleep 1; done", "a:1- exit(0)"),
        ("until ! nc -z a 1; do sleep 1; done; echo gone", "a:1- say(gone|) exit(0)"),
        (
            "set -e; until nc -z a 1; do echo \"no $TWO\" >&2; sleep 1; done && echo ok",
            "a:1- err(no a b|) sleep(1000) a:1+ say(ok|) exit(0)"
        ),
        (
            "until nslookup s.$(cat /ns).svc; do echo waiting; sleep 2; done",
            "read(/ns) name(s.prod.svc)- say(waiting|) sleep(2000) read(/ns) name(s.prod.svc)+ exit(0)"
        ),
        ("sleep 5 && nslookup x", "sleep(5000) name(x)- exit(1)"),
        ("nc -z a 1 || exit 7", "a:1- exit(7)"),
        (
            "until nc -z a 1; do until nc -z b 2; do sleep 1; done; done",
            "a:1- b:2- sleep(1000) b:2+ a:1+ exit(0)"
        ),
    ])
    func `a line waits until something is there`(_ script: String, _ trace: String) throws {
        let world = ShellWorld(files: ["/ns": "prod\n"])
        #expect(try world.trace(script, environment: Self.variables) == trace)
    }

    @Test(arguments: [
        (
            "for i in $(seq 1 3); do nc -z db 1 && break; sleep 1; done", 9,
            "db:1- sleep(1000) db:1- sleep(1000) db:1- sleep(1000) exit(0)"
        ),
        (
            "for i in $(seq 1 3); do nc -z db 1 && exit 0; sleep 1; done; echo no; exit 1", 9,
            "db:1- sleep(1000) db:1- sleep(1000) db:1- sleep(1000) say(no|) exit(1)"
        ),
        (
            "for i in $(seq 1 3); do nc -z db 1 && exit 0; sleep 1; done; exit 1", 1,
            "db:1- sleep(1000) db:1+ exit(0)"
        ),
        (
            "for i in {1..30}; do nc -z db 1 && exit 0; sleep 1; done; exit 1", 9,
            "db:1- sleep(1000) exit(1)"
        ),
        (
            "n=0; while [ $n -lt 2 ]; do nc -z db 1 && exit 0; n=$((n+1)); echo \"try $n\"; sleep 1; done; exit 1",
            9, "db:1- say(try 1|) sleep(1000) db:1- say(try 2|) sleep(1000) exit(1)"
        ),
        (
            "n=0; until nc -z db 1; do n=$(expr $n + 1); if [ \"$n\" -ge 2 ]; then echo 'too long'; exit 1; fi; sleep 3; done",
            9, "db:1- sleep(3000) db:1- say(too long|) exit(1)"
        ),
        (
            "timeout 3 sh -c 'until nc -z db 1; do sleep 2; done' || { echo late; exit 1; }", 9,
            "db:1- sleep(2000) db:1- sleep(2000) say(late|) exit(1)"
        ),
        (
            "timeout 30 sh -c 'until nc -z db 1; do sleep 2; done'; echo $?", 9,
            "db:1- sleep(2000) db:1- sleep(2000) db:1- sleep(2000) db:1- sleep(2000) db:1- sleep(2000) db:1- sleep(2000) db:1- sleep(2000) db:1- sleep(2000) db:1- sleep(2000) db:1+ say(0|) exit(0)"
        ),
        (
            "end=$(($(date +%s)+4)); while ! nc -z db 1; do [ $(date +%s) -gt $end ] && exit 1; sleep 3; done",
            9, "db:1- sleep(3000) db:1- sleep(3000) db:1- exit(1)"
        ),
        (
            "wait_for() { until nc -z \"$1\" \"$2\"; do echo \"$1...\"; sleep 1; done; }; wait_for a 1; wait_for b 2",
            1, "a:1- say(a...|) sleep(1000) a:1+ b:2- say(b...|) sleep(1000) b:2+ exit(0)"
        ),
        (
            "for s in a:1 b:2; do until nc -z $s; do sleep 1; done; done", 1,
            "a:1- sleep(1000) a:1+ b:2- sleep(1000) b:2+ exit(0)"
        ),
        (
            "while true; do if nc -z a 1; then break; fi; done; echo up", 1,
            "a:1- sleep(100) a:1+ say(up|) exit(0)"
        ),
        ("set -e; nc -z a 1; echo never", 1, "a:1- exit(1)"),
        (
            "while :; do nc -z a 1 && break || true; sleep 1; done", 1,
            "a:1- sleep(1000) a:1+ exit(0)"
        ),
    ])
    func `counters, limits and functions`(
        _ script: String,
        _ refusals: Int,
        _ trace: String
    ) throws {
        let world = ShellWorld(refusals: refusals)
        #expect(try world.trace(script, environment: Self.variables) == trace)
    }

    @Test(arguments: [
        (
            "until curl -sf http://app/health; do sleep 1; done", [1, 0], "",
            "<curl -sf http://app/health>- sleep(1000) <curl -sf http://app/health>+ exit(0)"
        ),
        (
            "until curl -s http://a | grep -q green; do sleep 1; done", [0, 0], "red green",
            "<curl -s http://a>+ sleep(1000) <curl -s http://a>+ exit(0)"
        ),
        (
            "code=0; while [ \"$code\" != 200 ]; do code=$(curl -so /dev/null -w '%{http_code}' http://a); echo $code; sleep 5; done",
            [0, 0], "503 200",
            "<curl -so /dev/null -w %{http_code} http://a>+ say(503|) sleep(5000) <curl -so /dev/null -w %{http_code} http://a>+ say(200|) sleep(5000) exit(0)"
        ),
        (
            "until [ \"$(curl -s -w %{http_code} http://a)\" -eq 200 ] 2>/dev/null; do sleep 5; done",
            [7, 0], "000 200",
            "<curl -s -w %{http_code} http://a>- sleep(5000) <curl -s -w %{http_code} http://a>+ exit(0)"
        ),
        (
            "until wget -qO- http://a >/dev/null 2>&1; do sleep 1; done", [4, 0], "",
            "<wget -qO- http://a>->- sleep(1000) <wget -qO- http://a>->+ exit(0)"
        ),
        (
            "curl -o /c/app http://a && wget -O /c/b http://b; curl -s http://c > /c/d", [0], "",
            "<curl -o /c/app http://a>+ <wget -O /c/b http://b>+ <curl -s http://c>/c/d>+ exit(0)"
        ),
    ])
    func `requests, and what is made of their answers`(
        _ script: String,
        _ codes: [Int32],
        _ texts: String,
        _ trace: String
    ) throws {
        var world = ShellWorld()
        let words = texts.split(separator: " ").map(String.init)
        let answers = codes.enumerated().map { index, code in
            ShellAnswer(code, index < words.count ? words[index] : "")
        }
        for line in [
            "curl -sf http://app/health", "curl -s http://a", "wget -qO- http://a",
            "curl -so /dev/null -w %{http_code} http://a", "curl -s -w %{http_code} http://a",
        ] { world.answers[line] = answers }
        #expect(try world.trace(script, environment: Self.variables) == trace)
    }

    @Test(arguments: [
        (
            "until echo > /dev/tcp/$HOST/$PORT; do sleep 1; done",
            "db:5432- sleep(1000) db:5432+ exit(0)"
        ),
        (
            "until (echo > /dev/tcp/a/1) >/dev/null 2>&1; do sleep 1; done",
            "a:1- sleep(1000) a:1+ exit(0)"
        ),
        ("while ! </dev/tcp/a/1; do sleep 1; done", "a:1- sleep(1000) a:1+ exit(0)"),
        (
            "until timeout 1 bash -c 'cat < /dev/null > /dev/tcp/a/1'; do sleep 1; done",
            "a:1- sleep(1000) a:1+ exit(0)"
        ),
        (
            "for i in {1..2}; do nc -z a 1 && exit 0; sleep 1; done; exit 1",
            "a:1- sleep(1000) a:1+ exit(0)"
        ),
    ])
    func `bash knows ports as files, and ranges`(_ script: String, _ trace: String) throws {
        let world = ShellWorld()
        #expect(try world.trace(script, ["/bin/bash", "-c"], environment: Self.variables) == trace)
        guard script.contains("/dev/tcp"), !script.contains("bash -c") else { return }
        #expect(throws: ConfigurationErrors.self) {
            try world.trace(script, environment: Self.variables)
        }
    }

    @Test func `what only the container knows is no obstacle`() throws {
        let words = ["sh", "-c", "until nc -z $SECRET_HOST $SECRET_PORT; do sleep 1; done"]
        let read = try ShellProgram.read(words, environment: [:]) { $0.hasPrefix("SECRET") }
        #expect(read.firstQuestion == "nc -z $SECRET_HOST $SECRET_PORT")
        #expect(throws: ConfigurationErrors.self) { try ShellProgram.read(words, environment: [:]) }
    }

    @Test func `a script that never rests is made to`() throws {
        var world = ShellWorld()
        world.actionsMaximum = 3
        let trace = try world.trace("while true; do :; done")
        #expect(trace == "sleep(100) sleep(100) sleep(100) ...")
    }

    @Test func `every beginning of a script is understood or refused`() {
        let script =
            "w() { for i in $(seq 1 \"$3\"); do [[ -f /x && $i != 2 ]] || ! nc -z \"$1\" 1 >/dev/null 2>&1 "
            + "&& echo \"w ${H:-b} $((i+1))\" >&2 | grep -q x; done; }; if (w a 2); then w b; else exit 1; fi"
        for count in 0...script.count {
            _ = try? ShellProgram.read(
                ["bash", "-c", String(script.prefix(count))],
                environment: [:]
            )
        }
        let deep = String(repeating: "(", count: 5000)
        let many = String(repeating: "echo a; ", count: 9000)
        let sums = "echo $((" + String(repeating: "(", count: 5000) + "1"
        for text in [deep, many, sums, String(repeating: "a", count: 70_000)] {
            #expect(throws: ConfigurationErrors.self) {
                try ShellProgram.read(["sh", "-c", text], environment: [:])
            }
        }
    }
}
