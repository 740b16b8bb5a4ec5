import Basics
import HTTP
import Reactor
import Testing

@testable import Proxying

/// Asks the proxy of a bench, whose host says `hello`.
func answer(
    _ bench: ProxyBench,
    _ head: String = "GET / HTTP/1.1",
    _ fields: String...
) -> String {
    bench.serve = { peer in
        peer.forget()
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
    }
    let client = bench.client()
    client.send(([head, "Host: a"] + fields).joined(separator: "\r\n") + "\r\n\r\n")
    bench.settle()
    return client.text
}

func status(_ answer: String) -> Int {
    Int(answer.split(separator: " ").dropFirst().first ?? "") ?? 0
}

@Suite struct FilterTests {
    private static func bench(
        _ filters: [HTTPFilter],
        overrides: FilterOverrides = FilterOverrides(),
        change: (inout HTTPSettings) -> Void = { _ in }
    ) throws -> ProxyBench {
        try ProxyBench(
            simpleConfiguration { http, _ in
                http.filters = filters
                http.routes.hosts[0].routes.insert(
                    Route(
                        name: "open",
                        match: RouteMatch(path: .prefix("/open")),
                        action: .respond(status: 200, body: "open"),
                        filters: overrides
                    ),
                    at: 0
                )
                change(&http)
            }
        )
    }

    private static let keys = APIKeySettings(
        keys: [.inline("web:secret")],
        nameHeader: "x-consumer-name"
    )

    @Test func `an API key is asked for, taken off, and its name told`() throws {
        let bench = try Self.bench(
            [.apiKey(Self.keys)],
            overrides: FilterOverrides(skipsAuthentication: true)
        )
        let refused = answer(bench)
        #expect(refused.hasPrefix("HTTP/1.1 401 Unauthorized\r\n"))
        #expect(refused.contains("\r\nwww-authenticate: ApiKey realm=\"companion\"\r\n"))
        #expect(refused.hasSuffix("\r\n\r\nClient authentication failed."))
        #expect(bench.hosts.isEmpty)
        #expect(status(answer(bench, "GET / HTTP/1.1", "x-api-key: wrong")) == 401)
        let known = answer(
            bench,
            "GET / HTTP/1.1",
            "x-api-key: secret",
            "x-consumer-name: somebody"
        )
        #expect(status(known) == 200)
        let sent = bench.hosts[0].all
        #expect(sent.contains("\r\nx-consumer-name: web\r\n"))
        #expect(!sent.contains("secret") && !sent.contains("somebody"))
        #expect(status(answer(bench, "GET /open HTTP/1.1")) == 200)
        #expect(bench.value("http.in.api_key_auth.unauthorized") == 2)
        #expect(bench.value("http.in.api_key_auth.allowed") == 1)
    }

    @Test func `nobody tells an open route who he is`() throws {
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in
                http.filters = [.apiKey(Self.keys)]
                http.routes.hosts[0].filters.skipsKeys = true
            }
        )
        #expect(status(answer(bench, "GET / HTTP/1.1", "x-consumer-name: web")) == 200)
        #expect(!bench.hosts[0].all.contains("x-consumer-name"))
    }

    @Test func `without a route a key is asked for all the same`() throws {
        let bench = try Self.bench([.apiKey(Self.keys)]) { $0.routes.hosts[0].domains = ["b"] }
        #expect(status(answer(bench)) == 401)
        #expect(status(answer(bench, "GET / HTTP/1.1", "x-api-key: secret")) == 404)
    }

    // MARK: Passwords

    /// The hash of "good".
    private static let users = BasicSettings(
        realm: "here",
        users: [.inline("ann:$apr1$saltsalt$")],
        nameHeader: "x-user"
    )

    private static func users(_ password: String) -> BasicSettings {
        var settings = users
        settings.users = [.inline("ann:{PLAIN}\(password)")]
        return settings
    }

    @Test func `a name and a password are asked for`() throws {
        let bench = try Self.bench(
            [.basic(Self.users("good"))],
            overrides: FilterOverrides(basic: Self.users("other"))
        )
        let refused = answer(bench)
        #expect(refused.hasPrefix("HTTP/1.1 401 "))
        #expect(refused.contains("www-authenticate: Basic realm=\"here\", charset=\"UTF-8\"\r\n"))
        // ann:good, ann:other
        let good = "authorization: Basic YW5uOmdvb2Q="
        let other = "authorization: Basic YW5uOm90aGVy"
        #expect(status(answer(bench, "GET / HTTP/1.1", good)) == 200)
        #expect(bench.hosts[0].all.contains("\r\nx-user: ann\r\n"))
        #expect(status(answer(bench, "GET / HTTP/1.1", other)) == 401)
        #expect(status(answer(bench, "GET /open HTTP/1.1", good)) == 401)
        #expect(status(answer(bench, "GET /open HTTP/1.1", other)) == 200)
        #expect(bench.value("http.in.basic_auth.denied") == 3)
    }

    /// Keeps checks until the test lets them end.
    private final class Runner: @unchecked Sendable {
        var jobs: [(BasicGate.Job, @Sendable (Bool) -> Void)] = []
        func end(_ isGood: Bool) {
            let all = jobs
            jobs = []
            for (_, done) in all { done(isGood) }
        }
    }

    private static func slowBench(_ runner: Runner) throws -> ProxyBench {
        try ProxyBench(
            simpleConfiguration { http, _ in http.filters = [.basic(users)] },
            checkPassword: { job, done in runner.jobs.append((job, done)) }
        )
    }

    @Test(arguments: [true, false])
    func `a request waits for a slow check, with its body`(isGood: Bool) throws {
        let runner = Runner()
        let bench = try Self.slowBench(runner)
        bench.serve = { peer in
            if peer.text.hasSuffix("body") {
                peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            }
        }
        let clients = (0..<3).map { _ in bench.client() }
        for client in clients {
            client.send(
                "POST / HTTP/1.1\r\nHost: a\r\nauthorization: Basic YW5uOmdvb2Q=\r\n"
                    + "content-length: 4\r\n\r\nbody"
            )
        }
        bench.settle()
        #expect(runner.jobs.count == 1, "the same credentials are checked once")
        #expect(bench.hosts.isEmpty && clients.allSatisfy { $0.text.isEmpty })
        runner.end(isGood)
        bench.settle()
        for client in clients { #expect(status(client.text) == (isGood ? 200 : 401)) }
        #expect(runner.jobs.isEmpty, "the result is remembered")
        #expect(bench.value("http.in.downstream_rq_active") == 0)
    }

    @Test func `a client that leaves during its check does no harm`() throws {
        let runner = Runner()
        let bench = try Self.slowBench(runner)
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\nauthorization: Basic YW5uOmdvb2Q=\r\n\r\n")
        bench.settle()
        client.link?.close()
        bench.settle()
        #expect(bench.value("http.in.downstream_rq_active") == 0)
        runner.end(true)
        bench.settle()
        #expect(bench.hosts.isEmpty)
        #expect(bench.proxy.passwords.count == 0)
    }

    @Test func `only so many passwords are checked at a time`() throws {
        let runner = Runner()
        let bench = try Self.slowBench(runner)
        let clients = (0..<PasswordChecks.maximum + 2).map { _ in bench.client() }
        for (index, client) in clients.enumerated() {
            let credentials = Array("ann:\(index)".utf8)
            client.send(
                "GET / HTTP/1.1\r\nHost: a\r\n"
                    + "authorization: Basic \(base64(credentials))\r\n\r\n"
            )
        }
        bench.settle()
        #expect(runner.jobs.count == PasswordChecks.maximum)
        #expect(clients.filter { status($0.text) == 503 }.count == 2)
        runner.end(false)
        bench.settle()
        #expect(clients.filter { status($0.text) == 401 }.count == PasswordChecks.maximum)
    }

    // MARK: Limits

    private static func rate(_ maximum: Int, queue: Int = 0) -> RateLimitSettings {
        RateLimitSettings(
            statPrefix: "limit",
            bucket: TokenBucketSettings(
                maximum: maximum,
                tokensPerFill: 1,
                fillInterval: .seconds(10)
            ),
            responseHeaders: [HeaderAddition(name: "x-why", value: "too fast")],
            sendsRateLimitHeaders: true,
            queueMaximum: queue
        )
    }

    @Test func `over the rate it is 429 with the time to wait`() throws {
        let bench = try Self.bench([.rateLimit(Self.rate(2))])
        let first = answer(bench)
        #expect(status(first) == 200)
        #expect(first.contains("\r\nx-ratelimit-limit: 2\r\n"))
        #expect(first.contains("\r\nx-ratelimit-remaining: 1\r\n"))
        #expect(first.contains("\r\nx-ratelimit-reset: 10\r\n"))
        #expect(!first.contains("x-why"))
        #expect(status(answer(bench, "GET /open HTTP/1.1")) == 200)
        let refused = answer(bench)
        #expect(refused.hasPrefix("HTTP/1.1 429 Too Many Requests\r\n"))
        #expect(refused.contains("\r\nretry-after: 10\r\n"))
        #expect(refused.contains("\r\nx-why: too fast\r\n"))
        #expect(refused.hasSuffix("\r\n\r\nlocal_rate_limited"))
        bench.pass(.seconds(10))
        #expect(status(answer(bench)) == 200)
        #expect(bench.value("limit.http_local_rate_limit.enabled") == 4)
        #expect(bench.value("limit.http_local_rate_limit.rate_limited") == 1)
        #expect(bench.value("limit.http_local_rate_limit.enforced") == 1)
        #expect(bench.value("limit.http_local_rate_limit.ok") == 3)
    }

    @Test func `a route has a rate of its own, or none`() throws {
        let bench = try Self.bench(
            [.rateLimit(Self.rate(1))],
            overrides: FilterOverrides(rateLimit: Self.rate(2))
        )
        #expect(status(answer(bench)) == 200)
        #expect(status(answer(bench)) == 429)
        #expect(status(answer(bench, "GET /open HTTP/1.1")) == 200)
        #expect(status(answer(bench, "GET /open HTTP/1.1")) == 200)
        #expect(status(answer(bench, "GET /open HTTP/1.1")) == 429)
        let free = try Self.bench(
            [.rateLimit(Self.rate(1))],
            overrides: FilterOverrides(rateLimit: RateLimitSettings(bucket: nil))
        )
        for _ in 0..<3 { #expect(status(answer(free, "GET /open HTTP/1.1")) == 200) }
        let unlisted = try Self.bench([], overrides: FilterOverrides(rateLimit: Self.rate(1)))
        #expect(status(answer(unlisted, "GET /open HTTP/1.1")) == 200)
        #expect(status(answer(unlisted, "GET /open HTTP/1.1")) == 429)
    }

    @Test func `a request that may wait does`() throws {
        let bench = try Self.bench([.rateLimit(Self.rate(1, queue: 1))])
        #expect(status(answer(bench)) == 200)
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(client.text == "")
        #expect(status(answer(bench)) == 429)
        bench.pass(.milliseconds(9_900))
        #expect(client.text == "")
        bench.pass(.milliseconds(200))
        #expect(status(client.text) == 200)
    }

    @Test func `a long body is refused, told before or while it comes`() throws {
        let bench = try Self.bench([], overrides: FilterOverrides(bodyMaximum: 4)) {
            $0.bodyMaximum = 10
            $0.routes.hosts[0].routes[0].action = .forward(
                ForwardAction(target: .clusters([WeightedCluster(name: "app")]))
            )
        }
        let told = answer(
            bench,
            "POST / HTTP/1.1",
            "content-length: 11",
            "expect: 100-continue"
        )
        #expect(told.hasPrefix("HTTP/1.1 413 "), "not continued: \(told)")
        #expect(told.contains("\r\nconnection: close\r\n"))
        let client = bench.client()
        client.send("POST /open HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        client.send("3\r\nabc\r\n")
        bench.serve = { _ in }
        bench.settle()
        #expect(client.text == "")
        client.send("2\r\nde\r\n")
        bench.settle()
        #expect(status(client.text) == 413)
        #expect(bench.hosts.allSatisfy { $0.hasEnded })
        #expect(bench.value("http.in.downstream_rq_active") == 0)
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
    }

    @Test func `what an upgraded connection carries is no body`() throws {
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in
                http.bodyMaximum = 4
                http.upgrades = ["websocket"]
            }
        )
        bench.serve = { peer in
            guard peer.text.contains("\r\n\r\n") else { return }
            peer.react = nil
            peer.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n")
            peer.send("connection: upgrade\r\n\r\n")
        }
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n")
        client.send("Upgrade: websocket\r\n\r\n")
        bench.settle()
        #expect(status(client.text) == 101)
        client.send("more than four bytes")
        bench.settle()
        #expect(bench.hosts[0].text.hasSuffix("more than four bytes"))
        #expect(!client.hasEnded)
    }

    @Test(arguments: [(7, 200), (8, 403)])
    func `addresses that may not come are refused`(last: UInt8, code: Int) throws {
        let range = AddressRange(address: [192, 0, 2, last], prefixLength: 32)
        let rules = AddressRules(
            rules: [.init(range: range, isAllowed: true)],
            allowsOthers: false
        )
        let bench = try Self.bench(
            [.addresses(rules)],
            overrides: FilterOverrides(addresses: AddressRules(rules: [], allowsOthers: true))
        )
        #expect(status(answer(bench)) == code)
        #expect(status(answer(bench, "GET /open HTTP/1.1")) == 200)
        #expect(bench.value("http.in.rbac.\(code == 200 ? "allowed" : "denied")") == 1)
    }

    // MARK: Browsers, probes, faults

    @Test func `a browser's question is answered, and its request's answer gets the fields`()
        throws
    {
        let cors = CORSSettings(
            origins: [.exact("https://a.example")],
            methods: "GET, PUT",
            headers: "x-one",
            exposed: "x-two",
            maxAge: 60,
            allowsCredentials: true
        )
        let bench = try Self.bench([.cors(cors), .apiKey(Self.keys)])
        let question = answer(
            bench,
            "OPTIONS / HTTP/1.1",
            "origin: https://a.example",
            "access-control-request-method: PUT"
        )
        #expect(status(question) == 200)
        #expect(question.contains("\r\naccess-control-allow-origin: https://a.example\r\n"))
        #expect(question.contains("\r\naccess-control-allow-methods: GET, PUT\r\n"))
        #expect(question.contains("\r\naccess-control-allow-headers: x-one\r\n"))
        #expect(question.contains("\r\naccess-control-max-age: 60\r\n"))
        let refused = answer(bench, "GET / HTTP/1.1", "origin: https://a.example")
        #expect(status(refused) == 401)
        #expect(refused.contains("\r\naccess-control-allow-origin: https://a.example\r\n"))
        let good = answer(
            bench,
            "GET / HTTP/1.1",
            "origin: https://a.example",
            "x-api-key: secret"
        )
        #expect(status(good) == 200)
        #expect(good.contains("\r\naccess-control-allow-credentials: true\r\n"))
        #expect(good.contains("\r\naccess-control-expose-headers: x-two\r\n"))
        let other = answer(
            bench,
            "GET / HTTP/1.1",
            "origin: https://b.example",
            "x-api-key: secret"
        )
        #expect(status(other) == 200 && !other.contains("access-control"))
    }

    @Test func `probes are answered here, and fail when they are told to`() throws {
        let bench = try Self.bench([.health(path: "/healthz"), .apiKey(Self.keys)])
        #expect(status(answer(bench, "GET /healthz HTTP/1.1")) == 200)
        #expect(status(answer(bench, "GET /healthz?x=y HTTP/1.1")) == 200)
        #expect(status(answer(bench, "GET /healthz2 HTTP/1.1")) == 401)
        bench.proxy.isFailing = true
        #expect(status(answer(bench, "GET /healthz HTTP/1.1")) == 503)
        bench.proxy.isFailing = false
        let client = bench.client()
        bench.settle()
        bench.proxy.announceEnd()
        client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(status(client.text) == 503)
    }

    @Test func `delays and failures are put in on purpose`() throws {
        let fault = FaultSettings(
            delay: .seconds(2),
            delayFraction: 1_000_000,
            status: 418,
            statusFraction: 1_000_000
        )
        let bench = try Self.bench([.fault(fault)])
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        bench.pass(.milliseconds(1_900))
        #expect(client.text == "")
        bench.pass(.milliseconds(200))
        #expect(status(client.text) == 418)
        #expect(client.text.hasSuffix("fault filter abort"))
        #expect(bench.value("http.in.fault.delays_injected") == 1)
        #expect(bench.value("http.in.fault.aborts_injected") == 1)
        let half = try Self.bench([.fault(FaultSettings(status: 500, statusFraction: 500_000))])
        let codes = (0..<200).map { _ in status(answer(half)) }
        #expect((60...140).contains(codes.filter { $0 == 500 }.count))
        #expect(codes.filter { $0 == 200 }.count + codes.filter { $0 == 500 }.count == 200)
    }
}

private func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let part = Array(bytes[start..<min(start + 3, bytes.count)])
        let number = part.enumerated().reduce(0) { $0 | Int($1.element) << (16 - 8 * $1.offset) }
        for place in 0..<4 {
            text.append(
                place <= part.count ? alphabet[number >> (18 - 6 * place) & 63] : "="
            )
        }
    }
    return text
}
