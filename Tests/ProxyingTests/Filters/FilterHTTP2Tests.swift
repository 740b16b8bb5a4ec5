import Basics
import HTTP
import Reactor
import Security
import Testing

@testable import Proxying

/// The filters of a gateway, asked over HTTP/2.
@Suite struct FilterHTTP2Tests {
    /// Keeps checks of passwords until the test lets them end.
    private final class Runner: @unchecked Sendable {
        var jobs: [(BasicGate.Job, @Sendable (Bool) -> Void)] = []
        func end(_ isGood: Bool) {
            let all = jobs
            jobs = []
            for (_, done) in all { done(isGood) }
        }
    }

    private func bench(_ filters: [HTTPFilter], _ runner: Runner? = nil) throws -> ProxyBench {
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in http.filters = filters },
            checkPassword: { job, done in
                if let runner { runner.jobs.append((job, done)) } else { done(job.run()) }
            }
        )
        bench.serve = { peer in
            guard peer.text.contains("\r\n\r\n") else { return }
            peer.forget()
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
        }
        return bench
    }

    private func ask(
        _ bench: ProxyBench,
        _ client: H2End,
        _ fields: [(String, String)] = [],
        method: String = "GET",
        body: String? = nil
    ) -> H2End.Message {
        let number = client.ask(method, "/a", fields, body: body)
        bench.settle()
        return client.message(number)
    }

    @Test func `keys, browsers and the length of bodies`() throws {
        let keys = APIKeySettings(keys: [.inline("web:secret")], nameHeader: "x-consumer-name")
        let cors = CORSSettings(
            origins: [.exact("https://a.example")],
            methods: "GET, PUT",
            headers: "x-one",
            exposed: "x-two",
            maxAge: 60,
            allowsCredentials: true
        )
        let bench = try bench([.cors(cors), .apiKey(keys), .bodyLimit(8)])
        let client = try bench.client2()
        let origin = ("origin", "https://a.example")
        let wish = ("access-control-request-method", "PUT")
        let question = ask(bench, client, [origin, wish], method: "OPTIONS")
        #expect(question.status == 200 && question.hasEnded)
        #expect(question.head.contains("access-control-allow-methods: GET, PUT\n"))
        let missing = ask(bench, client, [origin])
        #expect(missing.status == 401 && missing.body == "Client authentication failed.")
        #expect(missing.head.contains("access-control-allow-origin: https://a.example\n"))
        let key = ("x-api-key", "secret")
        let good = ask(bench, client, [origin, key])
        #expect(good.status == 200 && good.body == "hello")
        #expect(good.head.contains("access-control-expose-headers: x-two\n"))
        #expect(bench.hosts[0].all.contains("\r\nx-consumer-name: web\r\n"))
        #expect(!bench.hosts[0].all.contains("secret"))
        let told = [key, ("content-length", "11")]
        #expect(ask(bench, client, told, method: "POST", body: "far too big").status == 413)
        #expect(ask(bench, client, [key], method: "POST", body: "far too big").status == 413)
        #expect(ask(bench, client, [key], method: "POST", body: "short").status == 200)
        #expect(bench.value("http2.streams_active") == 0)
    }

    @Test func `tokens and rates`() throws {
        let secret = Array("a secret of thirty-two bytes ...".utf8)
        func encode(_ bytes: [UInt8]) -> String {
            String(decoding: Base64URL.encode(bytes), as: UTF8.self)
        }
        let text =
            encode(Array(#"{"alg":"HS256"}"#.utf8)) + "."
            + encode(Array(#"{"iss":"me","sub":"ann"}"#.utf8))
        let mac = MessageAuthentication.sha256(key: secret, message: Array(text.utf8))
        let keys = #"{"keys":[{"kty":"oct","k":"\#(encode(secret))"}]}"#
        let tokens = TokenSettings(
            providers: [
                .init(
                    name: "p",
                    issuer: "me",
                    keys: .text(.inline(keys)),
                    claimHeaders: [.init(name: "x-sub", value: "sub")]
                )
            ],
            rules: [.init(match: RouteMatch(), requirement: .provider("p"))]
        )
        let rate = RateLimitSettings(
            statPrefix: "limit",
            bucket: TokenBucketSettings(
                maximum: 2,
                tokensPerFill: 1,
                fillInterval: .seconds(10)
            )
        )
        let bench = try bench([.token(tokens), .rateLimit(rate)])
        let client = try bench.client2()
        let missing = ask(bench, client)
        #expect(missing.status == 401 && missing.body == "Jwt is missing")
        #expect(missing.head.contains("www-authenticate: Bearer realm=\"http://example.com/a\"\n"))
        let token = ("authorization", "Bearer \(text).\(encode(mac))")
        let forged = ("authorization", "Bearer \(text).AAAA")
        #expect(ask(bench, client, [forged]).body == "Jwt verification fails")
        #expect(ask(bench, client, [token]).status == 200)
        #expect(bench.hosts[0].all.contains("\r\nx-sub: ann\r\n"))
        #expect(ask(bench, client, [token]).status == 200)
        let over = ask(bench, client, [token])
        #expect(over.status == 429 && over.head.contains("retry-after: 10\n"))
        // gRPC is told in its own words.
        let call = ask(bench, client, [token, ("content-type", "application/grpc")])
        #expect(call.status == 200 && call.head.contains("grpc-status: 14\n"))
        #expect(call.hasEnded)
    }

    @Test(arguments: [true, false], [true, false])
    func `a client is told to send its body when the filters have let it pass`(
        isGood: Bool,
        isHTTP2: Bool
    ) throws {
        let runner = Runner()
        let users = BasicSettings(realm: "here", users: [.inline("ann:$apr1$saltsalt$")])
        let bench = try bench([.basic(users)], runner)
        let credentials = ("authorization", "Basic YW5uOmdvb2Q=")
        if isHTTP2 {
            let client = try bench.client2()
            let fields = [credentials, ("expect", "100-continue")]
            let number = client.ask("POST", "/", fields, ends: false)
            bench.settle()
            #expect(client.interims.isEmpty && client.message(number).head.isEmpty)
            runner.end(isGood)
            bench.settle()
            #expect(client.interims == (isGood ? [100] : []))
            if isGood { client.send(number, "body", ends: true) }
            bench.settle()
            #expect(client.message(number).status == (isGood ? 200 : 401))
        } else {
            let client = bench.client()
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n")
            client.send("\(credentials.0): \(credentials.1)\r\nExpect: 100-continue\r\n\r\n")
            bench.settle()
            #expect(client.text.isEmpty)
            runner.end(isGood)
            bench.settle()
            let interim = "HTTP/1.1 100 Continue\r\n\r\n"
            #expect(client.text.hasPrefix(interim) == isGood)
            if isGood { client.send("body") }
            bench.settle()
            let rest = isGood ? String(client.text.dropFirst(interim.count)) : client.text
            #expect(status(rest) == (isGood ? 200 : 401))
        }
    }

    @Test func `a client that is refused at once is not told to send its body`() throws {
        let bench = try bench([.apiKey(APIKeySettings(keys: [.inline("web:secret")]))])
        let client = try bench.client2()
        let number = client.ask("POST", "/", [("expect", "100-continue")], ends: false)
        bench.settle()
        #expect(client.interims.isEmpty && client.message(number).status == 401)
    }
}
