import Basics
import Formats
import HTTP
import Reactor
import Security
import TestKit
import Testing

@testable import Roles

@Suite("Checksums") struct ChecksumTests {
    private static let a = String(repeating: "a1", count: 32)
    private static let b = String(repeating: "b2", count: 64)

    @Test func `algorithms are told by name or by length`() throws {
        #expect(try Checksum("sha256:" + Self.a).algorithm == .sha256)
        #expect(try Checksum("SHA-256:" + Self.a.uppercased()).digits == Self.a)
        #expect(try Checksum(Self.b).algorithm == .sha512)
        #expect("\(try Checksum(Self.a))" == "sha256:" + Self.a)
    }

    @Test(arguments: ["", "sha256:", "sha256:xyz", "md5:d41d8cd98f00b204e9800998ecf8427e", "abc"])
    func `what is no checksum is refused`(_ text: String) {
        #expect(throws: FormatError.self) { try Checksum(text) }
    }

    @Test func `lists of every kind are read`() throws {
        let list =
            "# of x\n\(Self.a)  app.tar.gz\n\(Self.b) *./dir/other\nSHA256 (bsd) = \(Self.a)\n"
        #expect(try Checksum.of("app.tar.gz", in: list).digits == Self.a)
        #expect(try Checksum.of("other", in: list).algorithm == .sha512)
        #expect(try Checksum.of("bsd", in: list).digits == Self.a)
        #expect(try Checksum.of("any", in: Self.a + "\n").digits == Self.a)
        #expect(throws: FormatError.self) { try Checksum.of("none", in: list) }
    }

    @Test func `a running digest is that of the whole`() {
        for algorithm in [NamedDigest.sha256, .sha384, .sha512] {
            let digest = RunningDigest(algorithm)
            digest.update(Array("thrown away".utf8))
            digest.restart()
            for part in ["a", "", "bc"] { digest.update(Array(part.utf8)) }
            #expect(digest.finish() == algorithm.digest(of: Array("abc".utf8)))
        }
    }
}

@Suite("Templates of documents") struct JSONTemplateTests {
    private static let document = Array(
        #"{"a":{"b/c":"x","~":1,"l":[true,null]},"s":"t"}"#.utf8
    )

    private func fill(_ text: String) throws -> String {
        try JSONTemplate(text).filled(Self.document) { $0 == "V" ? "v" : nil }
    }

    @Test(
        arguments: [
            ("plain $x", "plain $x"), ("${json:/s}", "t"), ("<${json:/a/b~1c}>", "<x>"),
            ("${json:/a/~0}", "1"), ("${json:/a/l/0}", "true"), ("${json:/a/l}", "[true,null]"),
            ("${json:/no:-d}", "d"), ("${env:V}${env:W:-}", "v"), ("$${json:/s}", "${json:/s}"),
            ("$", "$"), ("ü${json:/s}ü", "ütü"),
        ]
    )
    func `places are filled`(_ text: String, _ wanted: String) throws {
        #expect(try fill(text) == wanted)
    }

    @Test(
        arguments: [
            ("a\n${json:/no}", 2, 1), ("${env:NO}", 1, 1), ("${json:s}", 1, 1), ("ü${x}", 1, 2),
            ("${json:/a/l/9}", 1, 1), ("${", 1, 1),
        ]
    )
    func `what is missing is told with its place`(_ text: String, _ line: Int, _ column: Int) {
        let error = #expect(throws: FormatError.self) { try fill(text) }
        #expect(error?.position == Position(line: line, column: column))
    }

    @Test func `the whole document may be put in, JSON or not`() throws {
        let text = try JSONTemplate("<${text}>").filled(Array("no json".utf8)) { _ in nil }
        #expect(text == "<no json>")
        #expect(throws: FormatError.self) {
            try JSONTemplate("${json:/a}").filled(Array("no json".utf8)) { _ in nil }
        }
    }
}

@Suite("Where things are fetched from") struct FetchItemTests {
    @Test(
        arguments: [
            ("http://a/b/c.json?x", "http://a/b/c.json?x", "c.json"),
            ("file:/etc/x", "/etc/x", "x"),
            ("vault:secret/app/db#password", "vault:secret/app/db#password", "password"),
            ("vault:secret/app/db", "vault:secret/app/db", "db"),
            ("git:https://u:p@h/x.git#v1:conf/a", "git:https://h/x.git#v1:conf/a", "a"),
            ("git+https://h/x.git", "git:https://h/x.git#HEAD", "x"),
            ("s3://bucket/a/b.txt", "s3://bucket/a/b.txt", "b.txt"),
            ("oci://r:5000/a/b:v1#t.json", "oci://r:5000/a/b:v1#t.json", "t.json"),
            ("oci://r/a", "oci://r/a:latest", "a"),
        ]
    )
    func `an address is read, and told without secrets`(
        _ text: String,
        _ name: String,
        _ last: String
    ) throws {
        let item = FetchItem(source: try FetchItem.Source(text), target: "x")
        #expect(item.name == name)
        #expect(item.lastName == last)
    }

    @Test(
        arguments: [
            "file:", "vault:secret", "vault:", "s3://bucket", "s3:", "git:", "git:--upload-pack=x",
            "git:h#--output=x", "git:h#main:../x", "oci://r", "oci://r/A", "oci://r/a@sha256:12",
            "ftp://x", "http://",
        ]
    )
    func `what is no address is refused`(_ text: String) {
        #expect(throws: Failure.self) { try FetchItem.Source(text) }
    }

    @Test(arguments: ["http://a/", "http://a", "http://a/%2e%2e", "file:/"])
    func `what has no name gets none`(_ text: String) throws {
        #expect(FetchItem(source: try .init(text), target: "").lastName == nil)
    }

    @Test func `logins of hosts are read`() {
        let netrc = Netrc(
            """
            # all of them
            machine a.example login u password "p w"
            macdef init
            machine evil login x

            machine b login v
              password w
            default login any password one
            """
        )
        #expect(netrc.find("A.example") == .init(user: "u", password: "p w"))
        #expect(netrc.find("b") == .init(user: "v", password: "w"))
        #expect(netrc.find("c") == .init(user: "any", password: "one"))
    }
}

@Suite("Redirects and retries") struct WebRuleTests {
    @Test(
        arguments: [
            (301, "POST", "GET"), (302, "POST", "GET"), (303, "PUT", "GET"), (303, "HEAD", "HEAD"),
            (307, "POST", "POST"), (308, "PUT", "PUT"), (301, "PUT", "PUT"), (302, "GET", "GET"),
        ]
    )
    func `methods change as everybody does it`(
        _ status: Int,
        _ method: String,
        _ wanted: String
    ) throws {
        var request = WebRequest(try WebAddress("http://a/x"))
        request.method = method
        request.body = [1]
        let next = try request.redirected(status, to: "/y")
        #expect(next.method == wanted)
        #expect(next.body.isEmpty == (wanted != method))
        request.keepsMethod = true
        #expect(try request.redirected(status, to: "/y").method == method)
    }

    @Test(
        arguments: [
            ("/y", true), ("http://a/y", true), ("http://a:81/", false), ("https://a/", false),
            ("http://b/", false), ("//b/", false),
        ]
    )
    func `credentials stay with their server`(_ location: String, _ stay: Bool) throws {
        var request = WebRequest(try WebAddress("http://u:p@a/x"))
        request.headers = ["Authorization": "s", "X-Vault-Token": "t", "Accept": "*/*"]
        let next = try request.redirected(302, to: location)
        #expect((next.headers["Authorization"] != nil) == stay)
        #expect((next.headers["X-Vault-Token"] != nil) == stay)
        #expect((next.address.user == "u") == stay)
        #expect(next.headers["Accept"] == "*/*")
    }

    @Test(
        arguments: [
            (WebFailure.Kind.status(503), 1, true), (.status(404), 1, false),
            (.status(500), 4, true),
            (.status(500), 5, false), (.timedOut, 1, true), (.certificate, 1, false),
            (.content, 1, false), (.write, 1, false), (.partial, 1, true), (.cancelled, 1, false),
            (.resolve, 1, true), (.redirects, 1, false),
        ]
    )
    func `what may help is tried again`(_ kind: WebFailure.Kind, _ tries: Int, _ again: Bool) {
        let pause = RetryRule().pause(
            after: WebFailure(kind, "x"),
            tries: tries,
            pause: .seconds(2),
            elapsed: .zero
        )
        #expect(pause == (again ? .seconds(2) : nil))
    }

    @Test func `servers may ask for time, within reason`() {
        var failure = WebFailure(.status(503), "x")
        failure.retryAfter = .seconds(7)
        var rule = RetryRule()
        func pause(_ elapsed: Duration = .zero) -> Duration? {
            rule.pause(after: failure, tries: 1, pause: .seconds(1), elapsed: elapsed)
        }
        #expect(pause() == .seconds(7))
        rule.total = .seconds(10)
        #expect(pause(.seconds(4)) == nil)
        failure.retryAfter = .seconds(10_000)
        rule.total = nil
        #expect(pause() == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("120", 120), ("Sun, 06 Nov 1994 08:49:37 GMT", 37),
            ("Sun, 06 Nov 1994 08:48:37 GMT", 0),
        ]
    )
    func `times of answers are read`(_ text: String, _ seconds: Int) {
        let now = Timestamp(rfc3339: "1994-11-06T08:49:00Z") ?? Timestamp(seconds: 0)
        #expect(WebDate.wait(text, at: now) == .seconds(seconds))
    }

    @Test(arguments: [
        "", "-1", "soon", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37",
    ])
    func `what is no time is none`(_ text: String) {
        #expect(WebDate.wait(text, at: Timestamp(seconds: 0)) == nil)
    }
}
