import Testing

@testable import StandIn

@Suite("What scripts of manifests are for") struct ShellPurposeTests {
    @Test(arguments: [
        ("until nc -z db 5432; do sleep 1; done", ShellPurpose.wait("nc -z db 5432")),
        ("while ! nc -z db 5432; do\n sleep 1\ndone", .wait("nc -z db 5432")),
        (
            "set -e; HOST=db; until pg_isready -h $HOST >/dev/null 2>&1\ndo echo no; sleep 1; done && echo ok",
            .wait("pg_isready -h $HOST")
        ),
        ("until curl -sf http://a/; do sleep 1; done", .wait("curl -sf http://a/")),
        ("until [ -f /shared/ready ]; do sleep 1; done; exit 0", .wait("[ -f /shared/ready ]")),
        (
            "until nc -z a 1; do sleep 1; done; until nc -z b 2; do sleep 1; done",
            .wait("nc -z a 1")
        ),
        ("tail -F /a.log", .logs), ("tail -n+1 -f /a.log > /dev/console", .logs),
        ("APP=web; tail -F /a | while IFS= read -r l\ndo\n echo \"$l $(date -u)\"; done", .logs),
        (
            "tail -F /a | grep --line-buffered x | fgrep -v 'a b' | while read l; do echo $l; done",
            .logs
        ),
        ("tail -f /a | grep x", .logs), ("cat <<E\nx\nE", .idle),
        ("trap 'exit 0' TERM; while true; do sleep 1 & wait $!; done", .idle),
        ("case $X in a) nc -z a 1;; esac", .wait("nc -z a 1")),
        ("case $X in a) curl -o /b http://c;; *) echo no;; esac", .fetch),
        ("curl -o /a http://b && echo ok", .fetch),
        ("set -eu\ncurl http://a\ncurl http://b", .fetch),
        ("curl http://a > /b", .fetch),
        ("while true; do echo hi; sleep 1; done", .idle), ("echo hi && sleep 3600", .idle),
        ("while nc -z db 1; do sleep 1; done", .wait("nc -z db 1")), ("(sleep 1)", .idle),
        ("until curl -sf http://a/ | grep -q ok; do sleep 1; done", .wait("curl -sf http://a/")),
        (
            "for i in $(seq 9); do wget -q --spider a && exit; sleep 1; done",
            .wait("wget -q --spider a")
        ),
        ("wget -O /work-dir/index.html http://info.cern.ch", .fetch),
        ("sleep 3600", .command(["sleep", "3600"])),
        ("exec envoy -c '/e f'", .command(["envoy", "-c", "/e f"])),
        ("# a remark\nnginx -g \"daemon off;\"", .command(["nginx", "-g", "daemon off;"])),
    ])
    func `a script that helpers have is known`(_ script: String, _ purpose: ShellPurpose) {
        #expect(ShellPurpose.of(script) == purpose)
    }

    @Test(arguments: [
        "", "until nc -z db 5432; do sleep 1; done; exec python app.py",
        "until nc -z db 5432; do sleep 1; done & python app.py",
        "until nc -z db 5432; do ./fix; done", "until ./ready; do sleep 1; done",
        "tail /a.log", "tail -f /a | grep -c x", "tail -f /a | grep $X", "tail -f /a | sed s/a/b/",
        "tail -f /a | while read l; do echo $l; done | grep x", "tail -f /a; rm /a",
        "tail -f /a & python app.py",
        "curl http://a | sh",
        "exec \"$@\"", "tail -f /a | while read l; do echo $l; done | sh",
        "curl http://a; chmod +x /a", "exec $CMD",
        "python app.py & sleep 1", "cat <<E\nx", "case a in a) ./x;; esac", "echo 'open", "exec",
        "until nc -z db 1; do sleep 1; done | python app.py",
    ])
    func `a script with anything else in it is not`(_ script: String) {
        guard case .other(let why) = ShellPurpose.of(script) else {
            Issue.record("\(ShellPurpose.of(script))")
            return
        }
        #expect(!why.isEmpty)
    }

    @Test func `every cut of a script is read without harm`() {
        let script =
            "until nc -z \"$(host a)\" `x` ${P:-1} 2>&1 >>/f; do echo 'a' \\\n b; done | c && d #"
        for end in script.utf8.indices {
            _ = ShellPurpose.of(String(script[..<end]))
        }
        #expect(
            ShellPurpose.of(String(repeating: "a", count: 70_000))
                == .other("it is too long")
        )
    }
}
