import Basics
import Foundation
import HTTP
import Reactor
import Security
import Testing

@testable import Proxying

@Suite struct TokenFilterTests {
    private static let secret = Array("a secret of thirty-two bytes ...".utf8)

    private static func encode(_ bytes: [UInt8]) -> String {
        String(decoding: Base64URL.encode(bytes), as: UTF8.self)
    }

    private static func token(_ claims: String, secret: [UInt8] = secret) -> String {
        let text = encode(Array(#"{"alg":"HS256"}"#.utf8)) + "." + encode(Array(claims.utf8))
        let mac = MessageAuthentication.sha256(key: secret, message: Array(text.utf8))
        return text + "." + encode(mac)
    }

    private static let keyText = #"{"keys":[{"kty":"oct","k":"\#(encode(secret))"}]}"#

    private static func settings(_ keys: TokenSettings.Provider.Keys) -> TokenSettings {
        TokenSettings(
            providers: [
                .init(
                    name: "p",
                    issuer: "me",
                    keys: keys,
                    claimHeaders: [.init(name: "x-sub", value: "sub")]
                )
            ],
            rules: [.init(match: RouteMatch(), requirement: .provider("p"))]
        )
    }

    private static func bench(_ settings: TokenSettings) throws -> ProxyBench {
        try ProxyBench(
            simpleConfiguration { http, _ in
                http.filters = [.token(settings)]
                var open = http.routes.hosts[0].routes[0]
                open.match = RouteMatch(path: .prefix("/open"))
                open.filters.token = TokenRequirement.none
                http.routes.hosts[0].routes.insert(open, at: 0)
            }
        )
    }

    @Test func `a token is asked for, and its claims are told`() throws {
        let bench = try Self.bench(Self.settings(.text(.inline(Self.keyText))))
        let missing = answer(bench, "GET /a?b=c HTTP/1.1")
        #expect(missing.hasPrefix("HTTP/1.1 401 "))
        #expect(missing.contains("\r\nwww-authenticate: Bearer realm=\"http://a/a\"\r\n"))
        #expect(missing.hasSuffix("\r\n\r\nJwt is missing"))
        let bad = Self.token(#"{"iss":"me"}"#, secret: [1, 2, 3])
        let refused = answer(bench, "GET / HTTP/1.1", "authorization: Bearer \(bad)")
        #expect(refused.contains("error=\"invalid_token\""))
        #expect(refused.hasSuffix("\r\n\r\nJwt verification fails"))
        let good = Self.token(#"{"iss":"me","sub":"ann"}"#)
        let passed = answer(
            bench,
            "GET / HTTP/1.1",
            "authorization: Bearer \(good)",
            "x-sub: somebody"
        )
        #expect(status(passed) == 200)
        let sent = bench.hosts[0].all
        #expect(sent.contains("\r\nx-sub: ann\r\n") && !sent.contains("somebody"))
        #expect(!sent.contains("authorization"))
        #expect(bench.value("http.in.jwt_authn.denied") == 2)
        #expect(bench.value("http.in.jwt_authn.allowed") == 1)
    }

    @Test func `a claim may lie deep, and its field cannot be made up`() throws {
        var settings = Self.settings(.text(.inline(Self.keyText)))
        settings.providers[0].claimPaths = ["x-role": ["a.b", "role"]]
        let bench = try Self.bench(settings)
        let token = Self.token(#"{"iss":"me","a.b":{"role":"admin"}}"#)
        _ = answer(bench, "GET / HTTP/1.1", "authorization: Bearer \(token)", "x-role: root")
        let sent = bench.hosts[0].all
        #expect(sent.contains("\r\nx-role: admin\r\n") && !sent.contains("root"), "\(sent)")
    }

    @Test func `whom a token is about is known to fields and logs`() throws {
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in
                http.filters = [.token(Self.settings(.text(.inline(Self.keyText))))]
                http.routes.hosts[0].headers.requestAdditions = [
                    HeaderAddition(name: "x-user", value: "%AUTHENTICATED_NAME%")
                ]
            }
        )
        let table = [
            (#""sub":"ann""#, "x-user: ann\r\n"), (#""sub":"a\nb""#, ""), (#""sub":7"#, ""),
            (#""x":1"#, ""),
        ]
        for (claim, field) in table {
            let token = Self.token(#"{"iss":"me",\#(claim)}"#)
            #expect(
                status(answer(bench, "GET / HTTP/1.1", "authorization: Bearer \(token)")) == 200
            )
            let sent = bench.hosts[0].all.components(separatedBy: "GET ").last ?? ""
            #expect(sent.contains("x-user") == !field.isEmpty, "\(claim)")
            #expect(sent.contains(field) || field.isEmpty)
        }
    }

    @Test func `a route that needs no token still believes no claim`() throws {
        let bench = try Self.bench(Self.settings(.text(.inline(Self.keyText))))
        #expect(status(answer(bench, "GET /open HTTP/1.1", "x-sub: somebody")) == 200)
        #expect(!bench.hosts[0].all.contains("x-sub"))
    }

    @Test func `keys that come later are used, and a new set ends the old one`() throws {
        let source = TokenSettings.Provider.Keys.remote(
            url: "https://a/keys",
            cluster: "app",
            timeout: .seconds(1),
            lifetime: .seconds(60)
        )
        let bench = try Self.bench(Self.settings(source))
        let field = "authorization: Bearer \(Self.token(#"{"iss":"me"}"#))"
        #expect(answer(bench, "GET / HTTP/1.1", field).hasSuffix("Jwks remote fetch is failed"))
        bench.proxy.setKeys(try KeySet(Array(Self.keyText.utf8)), of: source)
        #expect(status(answer(bench, "GET / HTTP/1.1", field)) == 200)
        let other = #"{"kty":"oct","k":"\#(Self.encode([UInt8](repeating: 7, count: 32)))"}"#
        bench.proxy.setKeys(try KeySet(Array(other.utf8)), of: source)
        #expect(status(answer(bench, "GET / HTTP/1.1", field)) == 401)
    }

    /// Answers of a server of keys, in order.
    @MainLoop private final class Script {
        var answers: [Result<String, Failure>]
        var published = 0
        var counted: [Bool] = []

        init(_ answers: [Result<String, Failure>]) { self.answers = answers }

        func fetcher() -> KeyFetcher {
            KeyFetcher(
                url: "https://a/keys",
                lifetime: .seconds(60),
                journal: .silent,
                fetch: { () throws(Failure) in Array(try self.answers.removeFirst().get().utf8) },
                counted: { self.counted.append($0) },
                publish: { _ in self.published += 1 }
            )
        }
    }

    @Test @MainLoop
    func `keys that cannot be fetched are asked for soon again, and the old ones stay`()
        async throws
    {
        let gone = Failure(.unavailable, "gone")
        let script = Script([
            .failure(gone), .failure(gone), .success(Self.keyText), .success(Self.keyText),
            .success("{}"), .failure(gone), .success(Self.keyText),
        ])
        let fetcher = script.fetcher()
        #expect(!fetcher.wasTried)
        #expect(await fetcher.step() == .seconds(1))
        #expect(fetcher.wasTried && fetcher.keys == nil)
        #expect(await fetcher.step() == .seconds(2))
        #expect(await fetcher.step() == .seconds(60))
        #expect(await fetcher.step() == .seconds(60))
        #expect(script.published == 1, "the same keys are not published again")
        #expect(await fetcher.step() == .seconds(1))
        #expect(await fetcher.step() == .seconds(2))
        #expect(fetcher.keys?.keys.count == 1)
        #expect(await fetcher.step() == .seconds(60))
        #expect(script.counted == [false, false, true, true, false, false, true])
    }

    @Test(arguments: [
        ("https://a.example/keys?x", "a.example", "/keys?x"), ("http://a:8080", "a:8080", "/"),
        ("/keys", "", "/keys"),
    ])
    func `a URL is a host and a path`(url: String, authority: String, path: String) {
        let parts = ClusterClient.parts(of: url)
        #expect(parts.authority == authority && parts.path == path)
    }
}
