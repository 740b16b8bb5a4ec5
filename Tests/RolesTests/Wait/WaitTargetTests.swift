import Basics
import HTTP
import Postgres
import Reactor
import Testing

@testable import Roles

@Suite("Targets of a wait") struct WaitTargetTests {
    private static func shown(_ target: WaitTarget) -> String {
        switch target {
        case .dns(let name, let type, let least, let server):
            "dns \(name) \(type) \(least) \(server ?? "-")"
        case .postgres(let settings, let need, let shown):
            "\(shown) \(need) \(settings.user ?? "-") \(settings.password ?? "-")"
        case .redis(let address, let user, let password, let role, let isSecure):
            "redis \(address) \(user ?? "-") \(password ?? "-") \(role) \(isSecure)"
        case .file(let path, let isFilled, let freshness):
            "file \(path) \(isFilled) \(freshness?.components.seconds ?? 0)"
        case .command(let words): "exec \(words)"
        default: target.description
        }
    }

    @Test(arguments: [
        ("postgres-service:5432", "postgres-service:5432"), ("tcp://db:1/", "db:1"),
        ("[::1]:80", "[::1]:80"), ("10.0.0.1:1", "10.0.0.1:1"),
        ("http://app:8080/ready?x=1#f", "http://app:8080/ready?x=1"), ("http://app", "http://app/"),
        ("HTTPS://app:443/a b", "https://app/a%20b"), ("tls://app", "tls://app:443"),
        ("unix:/run/x.sock", "unix:/run/x.sock"), ("unix:///run/x", "unix:/run/x"),
        ("dns:app.svc", "dns app.svc any 1 -"),
        ("dns://app?type=SRV&min=3&server=1.1.1.1", "dns app srv 3 1.1.1.1"),
        ("postgres://u:p%40@db/x", "postgres://db:5432 query u p@"),
        (
            "postgresql://a,b:7/x?role=primary&check=login",
            "postgres://a:5432,b:7?role=primary login pguser -"
        ),
        ("mysql://u:p@db/x", "mysql://db:3306"), ("mysql://db:1", "mysql://db:1"),
        ("redis://cache", "redis cache:6379 - - any false"),
        ("redis://:s%20t@cache:1/0?role=slave", "redis cache:1 - s t replica false"),
        ("rediss://me:s@cache", "redis cache:6379 me s any true"),
        ("grpc://app:9000/my.Service", "grpc://app:9000/my.Service"),
        ("grpcs://app", "grpcs://app:443"),
        ("file:/x/y", "file /x/y false 0"), ("file:///x?nonempty&fresh=5m", "file /x true 300"),
        ("exec:/bin/x 'a b' c", "exec [\"/bin/x\", \"a b\", \"c\"]"),
        ("admin:9901", "http://127.0.0.1:9901/readyz"),
        ("admin:proxy:9901", "http://proxy:9901/readyz"),
    ]) func `a word is understood`(_ word: String, _ meaning: String) throws {
        #expect(Self.shown(try WaitTarget(word, environment: ["PGUSER": "pguser"])) == meaning)
    }

    @Test(arguments: [
        ("db", "HOST:PORT"), ("", "HOST:PORT"), ("/x/y", "file:/x/y"), ("db:x", "HOST:PORT"),
        ("db:0", "HOST:PORT"), (":80", "HOST:PORT"), ("a:b:1", "HOST:PORT"),
        ("htp://x", "did you mean \"http://\"?"),
        ("zzz://x", "known are"), ("http://", "host"), ("dns:", "dns:NAME"),
        ("dns:a?typ=a", "did you mean \"type\"?"),
        ("dns:a?type=mx", "one of"), ("dns:a?min=0", "number"),
        ("postgres://h?role=boss", "primary"),
        ("postgres://h?chek=x", "did you mean \"check\"?"), ("redis://h?role=x", "one of"),
        ("file:x", "file:/path"), ("file:/x?fresh=soon", "duration"), ("exec:", "exec:program"),
        ("exec:a | b", "signs"), ("exec:a $B", "variables"), ("unix:x", "unix:/path"),
        ("admin:x", "admin:PORT"),
    ]) func `what is no target is refused`(_ word: String, _ why: String) {
        do throws(Failure) {
            Issue.record("\(word) became \(try WaitTarget(word))")
        } catch {
            #expect(error.code == .invalid)
            #expect(error.description.contains(why), "\(error)")
        }
    }

    @Test func `no secret is told`() throws {
        for word in ["postgres://u:geheim@h/x", "redis://:geheim@h", "mysql://u:geheim@h"] {
            #expect(!(try WaitTarget(word)).description.contains("geheim"))
        }
        for word in ["redis://:geheim@h:x", "zzz://u:geheim@h", "redis://:geheim@h?role=x"] {
            do throws(Failure) {
                _ = try WaitTarget(word)
                Issue.record("\(word) was taken")
            } catch {
                #expect(!error.description.contains("geheim"), "\(error)")
            }
        }
    }

    @Test(
        arguments: [
            ("http://a/x/y?q", "z", "http://a/x/z"), ("http://a/x", "/z?1", "http://a/z?1"),
            ("http://a:1/x", "?b", "http://a:1/x?b"), ("http://a/x", "//b:2/c", "http://b:2/c"),
            ("http://a/x", "https://b", "https://b/"), ("http://a/x", "ftp://b", nil),
            ("http://a/x", "", "http://a/x"),
        ] as [(String, String, String?)]
    ) func `a redirection leads on`(
        _ from: String,
        _ location: String,
        _ to: String?
    ) throws {
        let address = try #require(HTTPAddress(from))
        #expect(address.following(location)?.description == to)
    }

    @Test(arguments: [
        ("200", [200...200]), ("200-299", [200...299]), ("2xx,404", [200...299, 404...404]),
        ("any", [100...999]),
    ]) func `statuses are read`(_ text: String, _ ranges: [ClosedRange<Int>]) throws {
        #expect(try CheckSettings.statuses(text) == ranges)
    }

    @Test(arguments: [
        "", "x", "200-", "-200", "300-200", "99", "1000", "200,", "0xx", "200-300-400",
    ])
    func `what are no statuses is refused`(_ text: String) {
        #expect(throws: Failure.self) { try CheckSettings.statuses(text) }
    }

    @Test func `header fields are read`() throws {
        #expect(try CheckSettings.header("A: b: c ") == ("A", "b: c"))
        #expect(try CheckSettings.header("A:") == ("A", ""))
        for text in ["A", ":b", "A b: c", "A: b\r\nC: d", "ä: b"] {
            #expect(throws: Failure.self) { try CheckSettings.header(text) }
        }
    }

    @Test @MainLoop func `options belong together`() throws {
        let parser = CommandParser(WaitRole.role.spec)
        func read(_ words: [String]) throws -> WaitOptions {
            guard case .run(let invocation) = try parser.parse(words) else {
                throw Failure(.invalid, "help")
            }
            return try WaitOptions(invocation, environment: [:])
        }
        let usual = try read(["db:1"])
        #expect(usual.plan.timeout == .seconds(15) && usual.plan.needsAll && usual.command.isEmpty)
        let full = try read([
            "--any", "-t", "0", "--interval", "200ms", "--interval-max", "1s", "--successes", "3",
            "--invert", "-q",
            "a:1", "b:2", "--status", "204", "--header", "A: b", "--", "echo", "-n", "x",
        ])
        #expect(
            full.plan.timeout == nil && !full.plan.needsAll && full.plan.isInverted && full.isQuiet
        )
        #expect(full.plan.cap == .seconds(1) && full.plan.successes == 3)
        #expect(full.command == ["echo", "-n", "x"] && full.targets.count == 2)
        #expect(full.checks.headers["A"] == "b")
        for words in [
            [], ["--any", "--all", "a:1"], ["a:1", "--successes", "0"], ["a:1", "--"],
            ["a:1", "--interval", "0"],
            ["a:1", "--body-regex", "("], ["a:1", "--cert", "/x"],
            ["a:1", "--insecure", "--ca-file", "/x"],
            ["a:1", "--ca-file", "/nowhere/x"], ["a:1", "--method", "G T"],
        ] { #expect(throws: Failure.self, "\(words)") { try read(words) } }
    }
}

@Suite("What databases say first") struct DatabaseWordTests {
    private static func packet(_ body: [UInt8], sequence: UInt8 = 0) -> [UInt8] {
        [UInt8(body.count), 0, 0, sequence] + body
    }

    @Test func `a greeting of MySQL is known from its first bytes on`() {
        let body: [UInt8] = [10] + Array("8.0.36".utf8) + [0] + [UInt8](repeating: 7, count: 40)
        let whole = Self.packet(body)
        #expect(MySQLGreeting.read(whole) == .version("8.0.36"))
        for count in 0..<whole.count {
            #expect(MySQLGreeting.read(Array(whole.prefix(count))) == .incomplete)
        }
        let refusal = Self.packet([255, 0x10, 0x04] + Array("Too many connections".utf8))
        #expect(MySQLGreeting.read(refusal) == .refusal("Too many connections (1040)"))
        let late = Self.packet([255, 0x15, 0x04] + Array("#28000Access denied".utf8))
        #expect(MySQLGreeting.read(late) == .refusal("Access denied (1045)"))
        for other in [
            Array("HTTP/1.1 400".utf8), Array("SSH-2.0-x\r\n".utf8),
            Self.packet([10, 1], sequence: 1), [0, 0, 0, 0],
        ] {
            #expect(MySQLGreeting.read(other) == .stranger)
        }
    }

    @Test(arguments: [
        ("+PONG\r\n", RedisReply.text("PONG")), ("-LOADING it\r\n", .error("LOADING it")),
        (":7\r\n", .number(7)),
        ("$3\r\nabc\r\n", .text("abc")), ("$-1\r\n", .null), ("*-1\r\n", .null),
        ("*0\r\n", .list([])),
        ("*2\r\n$6\r\nmaster\r\n*1\r\n:1\r\n", .list([.text("master"), .list([.number(1)])])),
    ]) func `replies of Redis are read, and no beginning of one is`(
        _ text: String,
        _ reply: RedisReply
    ) throws {
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count {
            #expect(try RedisReply.read(Array(bytes.prefix(count))) == nil)
        }
        let found = try #require(try RedisReply.read(bytes + [43]))
        #expect(found.reply == reply && found.count == bytes.count)
    }

    @Test(arguments: [
        "HTTP", ":x\r\n", "$-2\r\n", "$1\r\nabc\r\n", "$999999999\r\n", "*999999999\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
    ])
    func `what is no reply is refused`(_ text: String) {
        #expect(throws: RedisReply.Mistake.self) { try RedisReply.read(Array(text.utf8)) }
    }

    @Test func `a request is in the protocol's form`() {
        #expect(RedisReply.request(["AUTH", "ä"]) == Array("*2\r\n$4\r\nAUTH\r\n$2\r\nä\r\n".utf8))
    }
}
