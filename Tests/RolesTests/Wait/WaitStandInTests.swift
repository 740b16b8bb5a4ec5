import Basics
import Postgres
import Reactor
import Testing

@testable import Roles

extension WaitStandInTests {
    /// What a program writes.
    @MainLoop final class Heard {
        var output = ""
        var errors = ""
        var voice: WaitStandIn.Voice {
            WaitStandIn.Voice {
                self.output += $0
            } errors: {
                self.errors += $0
            }
        }
    }
}

@Suite("Words of programs that a wait stands for") struct WaitStandInTests {
    @Test(
        arguments: [
            (["-z", "db", "5432"], "db", 5432, 5432, nil, 0),
            (["-zvw2", "db", "80-82"], "db", 80, 82, 2, 1),
            (["-z", "-w", "3", "-vv", "-n", "::1", "1"], "::1", 1, 1, 3, 2),
            (["-w0", "-z", "a", "1"], "a", 1, 1, nil, 0),
        ] as [([String], String, UInt16, UInt16, Int?, Int)]
    ) func `nc`(
        _ words: [String],
        _ host: String,
        _ low: UInt16,
        _ high: UInt16,
        _ limit: Int?,
        _ verbosity: Int
    ) throws {
        let question = try Netcat.read(words)
        #expect(question.host == host && question.ports == low...high)
        #expect(question.limit == limit.map { .seconds($0) } && question.verbosity == verbosity)
    }

    @Test(arguments: [
        [], ["db", "1"], ["-z", "db"], ["-z", "db", "x"], ["-z", "db", "2-1"],
        ["-z", "-u", "db", "1"],
        ["-z", "-l", "1"], ["-z", "-w", "x", "db", "1"], ["-z", "-Q", "db", "1"],
        ["-z", "a", "1", "2"],
        ["-z", "db", "1-2-3"], ["-z", "db", "0"],
    ]) func `what nc cannot do is refused`(_ words: [String]) {
        #expect(throws: Netcat.Refusal.self) { try Netcat.read(words) }
    }

    @Test(arguments: [
        (["-h", "db"], "db", "5432"), (["-hdb", "-p1"], "db", "1"),
        (["--host=db", "--port", "7"], "db", "7"),
        ([], "/var/run/postgresql", "5432"), (["-d", "postgres://x:9/y"], "x", "9"),
        (["-d", "host=x port=8"], "x", "8"),
        (["-d", "app", "-h", "a,b", "-p", "1,2"], "a,b", "1,2"),
        (["-h", "a,b"], "a,b", "5432"), (["-p", "99999999"], "/var/run/postgresql", "99999999"),
    ]) func `pg_isready`(_ words: [String], _ host: String, _ port: String) throws {
        let question = try PgIsReady.read(words, [:])
        #expect(question.host == host && question.port == port)
        #expect(question.timeout == .seconds(3) && !question.isQuiet)
    }

    @Test func `pg_isready takes variables and times`() throws {
        let variables = ["PGHOST": "h", "PGPORT": "77", "PGUSER": "u"]
        let question = try PgIsReady.read(["-q", "-t", "9"], variables)
        #expect(question.host == "h" && question.port == "77" && question.isQuiet)
        #expect(question.settings.servers() == [.init("h", 77)])
        #expect(question.timeout == .seconds(9))
        #expect(try PgIsReady.read(["-t", "0"], [:]).timeout == nil)
        #expect(try PgIsReady.read(["-t", "x"], [:]).timeout == nil)
        #expect(try PgIsReady.read(["-U", "me"], variables).settings.user == "me")
        #expect(try PgIsReady.read(["-h", "o"], variables).settings.servers() == [.init("o", 77)])
    }

    @Test(arguments: [
        ["-x"], ["a"], ["--hos=x"], ["-h"], ["--port"], ["-d", "postgres://h?x=1"],
        ["-d", "mysql://h"],
    ])
    func `what pg_isready does not know has code 3`(_ words: [String]) async {
        let heard = Heard()
        let ending = await PgIsReady.run(words, [:], isCheck: false, heard.voice)
        #expect(ending == .code(3))
        #expect(await heard.errors.hasPrefix("pg_isready: "))
    }

    @Test(
        arguments: [
            (["db:5432"], "db:5432", 15, false, []),
            (["-h", "db", "-p", "1", "-t", "0", "-s"], "db:1", 0, true, []),
            (
                ["--host=db", "--port=1", "--timeout=3", "--", "echo", "-s"], "db:1", 3, false,
                ["echo", "-s"]
            ),
            (["db:1", "-q", "--strict", "--", "x"], "db:1", 15, true, ["x"]),
        ] as [([String], String, Int, Bool, [String])]
    ) func `wait-for-it.sh`(
        _ words: [String],
        _ shown: String,
        _ timeout: Int,
        _ isStrict: Bool,
        _ command: [String]
    ) throws {
        let question = try WaitForIt.read(.vishnubob, "wait-for-it.sh", words)
        #expect(question.shown == shown && question.timeout == timeout)
        #expect(question.isStrict == isStrict && question.command == command)
    }

    @Test(arguments: [
        (WaitForIt.Dialect.vishnubob, [], 1, "you need to provide"),
        (.vishnubob, ["-x"], 1, "Unknown argument: -x"),
        (.vishnubob, ["--help"], 1, "Usage"), (.eficode, ["--help"], 0, "Usage"),
        (.eficode, [], 2, "you need to provide"),
        (.eficode, ["-s"], 1, "Unknown argument: -s"), (.vishnubob, ["a:x"], 1, "no host and port"),
        (.eficode, ["a:1", "-t", "x"], 1, "no number of seconds"),
    ]) func `scripts' own mistakes`(
        _ dialect: WaitForIt.Dialect,
        _ words: [String],
        _ code: Int32,
        _ text: String
    ) {
        do throws(WaitForIt.Other) {
            _ = try WaitForIt.read(dialect, "x", words)
            Issue.record("\(words) were taken")
        } catch {
            #expect(error.code == code && error.text.contains(text), "\(error)")
        }
    }

    @Test func `dockerize`() throws {
        let question = try Dockerize.read([
            "-wait", "tcp://db:5432", "--wait=http://a/x", "-wait", "unix:///run/x", "-wait",
            "file:///y",
            "-timeout", "1m30s", "-wait-retry-interval=2s", "-wait-http-header", "A: b", "run",
            "-x",
        ])
        #expect(
            question.targets.map(\.description) == [
                "db:5432", "http://a/x", "unix:/run/x", "file:/y",
            ]
        )
        #expect(question.timeout == .seconds(90) && question.interval == .seconds(2))
        #expect(question.headers == ["A: b"] && question.command == ["run", "-x"])
        for (words, code, text) in [
            ([], 1, "Usage"), (["-x"], 2, "not defined: -x"), (["-wait"], 2, "needs an argument"),
            (["-template", "a:b"], 1, "only -wait"),
            (["-wait", "ftp://x"], 1, "invalid host protocol"),
            (["-timeout", "x", "a"], 2, "invalid value"),
            (["-wait-http-header", "A: b"], 1, "no -wait option"),
            (["-wait", "http://a", "-wait-http-header", "A"], 1, "bad HTTP Headers"),
            (["-version"], 0, "companion"),
        ] as [([String], Int32, String)] {
            do throws(Dockerize.Other) {
                _ = try Dockerize.read(words)
                Issue.record("\(words) were taken")
            } catch {
                #expect(error.code == code && error.text.contains(text), "\(error)")
            }
        }
    }

    @MainLoop
    @Test(arguments: [
        ("nc", ["-z", "a", "1"], ["--as", "nc", "--", "-z", "a", "1"]), ("wait", ["a:1"], ["a:1"]),
        ("pg_isready", [], ["--as", "pg_isready", "--"]),
    ]) func `a program's name comes before its words`(
        _ name: String,
        _ words: [String],
        _ own: [String]
    ) throws {
        #expect(try WaitRole.role.translate(name, words) == own)
        #expect(WaitRole.role.programs.contains(name) == (name != "wait"))
    }
}
