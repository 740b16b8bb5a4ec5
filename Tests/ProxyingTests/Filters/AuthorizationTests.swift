import Basics
import Formats
import HTTP
import Reactor
import Testing

@testable import Proxying

/// Requests that pass only if a service says so.
@Suite struct AuthorizationTests {
    /// A proxy whose service answers with a text, or not at all; the application answers 200.
    private static func bench(
        _ text: String?,
        _ change: (inout AuthorizationSettings) -> Void = { _ in }
    ) throws -> ProxyBench {
        var forward = ForwardAction(
            target: .clusters([WeightedCluster(name: "guard")]),
            pathRewrite: .prefix("/check/"),
            timeout: .milliseconds(200)
        )
        forward.idleTimeout = nil
        var settings = AuthorizationSettings(
            routes: [Route(match: RouteMatch(path: .prefix("/")), action: .forward(forward))],
            sentFields: [.prefix("x-ask")],
            passedFields: [.exact("x-user")],
            appendedFields: [.exact("x-more")],
            answerFields: [.exact("x-told")]
        )
        change(&settings)
        var configuration = simpleConfiguration { http, _ in
            http.filters = [.authorization(settings)]
            var open = http.routes.hosts[0].routes[0]
            open.match = RouteMatch(path: .prefix("/open"))
            open.filters.skipsAuthorization = true
            http.routes.hosts[0].routes.insert(open, at: 0)
        }
        configuration.clusters.append(
            ClusterSettings(
                name: "guard",
                endpoints: [Endpoint(address: HostPort(host: "10.1.0.1", port: 80))]
            )
        )
        let bench = try ProxyBench(configuration)
        bench.serve = { peer in
            guard peer.text.contains("\r\n\r\n") else { return }
            if peer.text.contains(" /check") {
                if let text { peer.send(text) }
            } else if peer.text.contains("Content-Length: 5"), !peer.text.hasSuffix("12345") {
                return
            } else {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
            peer.forget()
        }
        return bench
    }

    private static func ask(_ bench: ProxyBench, _ head: String, _ fields: String...) -> String {
        let client = bench.client()
        client.send(([head, "Host: a"] + fields).joined(separator: "\r\n") + "\r\n\r\n")
        bench.settle()
        return client.text
    }

    /// What the service and the application were asked.
    private static func asked(_ bench: ProxyBench) -> (guarding: [String], application: [String]) {
        let all = bench.hosts.map(\.all)
        return (all.filter { $0.contains(" /check") }, all.filter { !$0.contains(" /check") })
    }

    @Test func `a request that may pass is changed as the service says`() throws {
        let bench = try Self.bench(
            "HTTP/1.1 200 OK\r\nX-User: ann\r\nX-More: b\r\nX-Told: c\r\nX-Other: d\r\n"
                + "X-Envoy-Auth-Headers-To-Remove: x-secret, x-gone\r\nContent-Length: 4\r\n\r\nbody"
        )
        let text = Self.ask(
            bench,
            "POST /a?b=c HTTP/1.1",
            "authorization: Bearer t",
            "x-ask-me: 1",
            "x-user: somebody",
            "x-more: a",
            "x-secret: s",
            "content-length: 0"
        )
        #expect(text.hasPrefix("HTTP/1.1 200 OK") && text.hasSuffix("ok"), "\(text)")
        #expect(text.contains("\r\nX-Told: c\r\n") && !text.contains("X-Other"), "\(text)")
        let (guarding, application) = Self.asked(bench)
        try #require(guarding.count == 1 && application.count == 1)
        #expect(
            guarding[0].hasPrefix("POST /check/a?b=c HTTP/1.1\r\nhost: a\r\n"),
            "\(guarding[0])"
        )
        for field in ["authorization: Bearer t", "x-ask-me: 1", "content-length: 0"] {
            #expect(guarding[0].contains("\r\n\(field)\r\n"), "\(guarding[0])")
        }
        #expect(!guarding[0].contains("x-secret") && !guarding[0].contains("x-user"))
        let sent = application[0]
        #expect(sent.hasPrefix("POST /a?b=c HTTP/1.1") && sent.contains("ann\r\n"))
        #expect(sent.contains("\r\nx-more: a\r\n") && sent.contains("\r\nX-More: b\r\n"))
        #expect(!sent.contains("somebody") && !sent.contains("x-secret"), "\(sent)")
        #expect(bench.value("http.in.ext_authz.ok") == 1)
        #expect(bench.value("http.in.downstream_rq_total") == 1, "a question is no request")
    }

    @Test func `a refusal is the service's answer`() throws {
        let bench = try Self.bench(
            "HTTP/1.1 302 Found\r\nLocation: /login\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
                + "Server: guard\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nlogin"
        )
        let text = Self.ask(bench, "GET / HTTP/1.1")
        #expect(
            text.hasPrefix("HTTP/1.1 302 Found\r\n") && text.hasSuffix("\r\n\r\nlogin"),
            "\(text)"
        )
        for field in [
            "location: /login", "set-cookie: a=1", "set-cookie: b=2", "content-type: text/html",
        ] {
            #expect(text.lowercased().contains("\r\n\(field)\r\n"), "\(text)")
        }
        #expect(!text.contains("guard") && !text.contains("text/plain"))
        #expect(Self.asked(bench).application.isEmpty)
        #expect(bench.value("http.in.ext_authz.denied") == 1)
        let open = Self.ask(bench, "GET /open HTTP/1.1")
        #expect(open.hasPrefix("HTTP/1.1 200 OK"), "a route may go without")
        #expect(bench.value("http.in.ext_authz.denied") == 1)
    }

    @Test func `a refusal shows only what is named`() throws {
        let bench = try Self.bench(
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nX-Why: a\r\nX-Not: b\r\n"
                + "Content-Length: 0\r\n\r\n",
            { $0.refusalFields = [.exact("x-why")] }
        )
        let text = Self.ask(bench, "GET / HTTP/1.1").lowercased()
        #expect(text.hasPrefix("http/1.1 401 ") && !text.contains("x-not"), "\(text)")
        #expect(
            text.contains("\r\nwww-authenticate: bearer\r\n") && text.contains("\r\nx-why: a\r\n")
        )
    }

    @Test(arguments: [
        "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 nonsense\r\n\r\n", nil,
        "HTTP/1.1 403 No\r\nContent-Length: 70000\r\n\r\n" + String(repeating: "a", count: 70_000),
    ])
    func `nobody passes when the service fails, unless it is said`(_ said: String?) throws {
        for passes in [false, true] {
            let bench = try Self.bench(said) {
                $0.passesOnFailure = passes
                $0.tellsFailure = passes
                $0.failureStatus = 503
            }
            let client = bench.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            bench.settle()
            bench.pass(.milliseconds(300))
            bench.settle()
            #expect(status(client.text) == (passes ? 200 : 503), "\(client.text)")
            #expect(bench.value("http.in.ext_authz.error") == 1)
            #expect(bench.value("http.in.ext_authz.failure_mode_allowed") == (passes ? 1 : 0))
            let told = "x-envoy-auth-failure-mode-allowed: true"
            let application = Self.asked(bench).application
            #expect(application.count == (passes ? 1 : 0))
            if passes { #expect(application[0].contains("\r\n\(told)\r\n")) }
        }
    }

    @Test func `a service that cannot be reached fails at once`() throws {
        let bench = try Self.bench(nil)
        bench.refuses = true
        #expect(status(Self.ask(bench, "GET / HTTP/1.1")) == 403)
        #expect(bench.value("http.in.ext_authz.error") == 1)
    }

    @Test func `a body waits for the answer, and is sent whole`() throws {
        let bench = try Self.bench(nil)
        let client = bench.client()
        client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
        )
        bench.settle()
        #expect(client.text.isEmpty, "nobody is invited before it is known that he may come")
        client.send("123")
        bench.settle()
        #expect(bench.hosts.count == 1, "the application is not asked before")
        bench.hosts[0].send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        bench.settle()
        client.send("45")
        bench.settle()
        #expect(client.text.hasSuffix("\r\n\r\nok"), "\(client.text)")
        let application = Self.asked(bench).application
        #expect(
            application.count == 1 && application[0].hasSuffix("\r\n\r\n12345"),
            "\(application)"
        )
        let question = Self.asked(bench).guarding[0]
        #expect(!question.lowercased().contains("\r\nexpect:"), "\(question)")
    }

    @Test func `a client that leaves takes its question along`() throws {
        let bench = try Self.bench(nil)
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(bench.value("cluster.guard.upstream_rq_active") == 1)
        client.link?.close()
        bench.settle()
        #expect(bench.value("cluster.guard.upstream_rq_active") == 0)
        #expect(bench.hosts[0].hasEnded, "its connection cannot be used again")
        #expect(bench.proxy.connectionCount == 0)
        let next = Self.ask(bench, "GET /open HTTP/1.1")
        #expect(next.hasPrefix("HTTP/1.1 200 OK"))
    }

    @Test func `one connection serves many questions`() throws {
        let bench = try Self.bench("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let client = bench.client()
        for count in 1...5 {
            client.forget()
            client.send("GET /\(count) HTTP/1.1\r\nHost: a\r\n\r\n")
            bench.settle()
            #expect(client.text.hasPrefix("HTTP/1.1 200 OK"), "\(client.text)")
        }
        #expect(bench.hosts.count == 2)
        #expect(bench.value("http.in.ext_authz.ok") == 5)
    }

    // MARK: nginx

    private static func nginx(_ location: String, _ rest: String = "") throws -> ProxyBench {
        let text = """
            events {}
            http {
              server {
                listen 127.0.0.1:80;
                location / {
                  auth_request /auth;
                  \(location)
                  proxy_pass http://10.0.0.1:80;
                }
                location = /auth {
                  internal;
                  proxy_pass http://10.0.0.2:80/check;
                  proxy_pass_request_body off;
                  proxy_set_header Content-Length "";
                  proxy_set_header X-Original-URI $request_uri;
                  proxy_set_header X-Original-Method $request_method;
                }
                \(rest)
              }
            }
            """
        var configuration = try Reading.value(text, .nginx).configuration
        configuration.listeners[0].name = "in"
        return try ProxyBench(configuration)
    }

    private static func serve(_ bench: ProxyBench, _ status: String, _ fields: String = "") {
        bench.serve = { peer in
            guard peer.text.contains("\r\n\r\n") else { return }
            let isGuard = peer.text.hasPrefix("GET /check ")
            peer.send("HTTP/1.1 \(isGuard ? status : "200 OK")\r\n")
            if isGuard { peer.send(fields) }
            peer.send("Content-Length: 2\r\nConnection: close\r\n\r\nok")
            peer.forget()
        }
    }

    @Test func `nginx asks with GET for a path of its own, and its variables go on`() throws {
        let bench = try Self.nginx(
            """
            auth_request_set $user $upstream_http_x_user;
                  auth_request_set $code "was $upstream_status";
                  proxy_set_header X-User $user;
                  proxy_set_header X-Code $code;
                  add_header X-Cookie $user;
            """
        )
        Self.serve(bench, "204 Fine", "X-User: ann\r\n")
        let text = Self.ask(bench, "POST /a?b HTTP/1.1", "content-length: 0")
        #expect(status(text) == 200 && text.contains("\r\nX-Cookie: ann\r\n"), "\(text)")
        let (guarding, application) = Self.asked(bench)
        try #require(guarding.count == 1 && application.count == 1, "\(bench.hosts.map(\.all))")
        #expect(guarding[0].hasPrefix("GET /check HTTP/1."))
        #expect(guarding[0].contains("\r\nX-Original-URI: /a?b\r\n"), "\(guarding[0])")
        #expect(guarding[0].contains("\r\nX-Original-Method: POST\r\n"), "\(guarding[0])")
        #expect(!guarding[0].lowercased().contains("content-length"), "\(guarding[0])")
        #expect(!guarding[0].contains("x-envoy"))
        #expect(application[0].hasPrefix("POST /a?b HTTP/1."))
        #expect(application[0].contains("\r\nX-User: ann\r\n"))
        #expect(application[0].contains("\r\nX-Code: was 204\r\n"), "\(application[0])")
        #expect(status(Self.ask(bench, "GET /auth HTTP/1.1")) == 404, "clients do not see it")
    }

    @Test(arguments: [("401 No", 401), ("403 No", 403), ("302 Away", 500), ("500 Oops", 500)])
    func `nginx refuses with its own page`(_ said: String, _ expected: Int) throws {
        let bench = try Self.nginx("")
        Self.serve(bench, said, "WWW-Authenticate: Basic\r\nX-Other: a\r\n")
        let text = Self.ask(bench, "GET / HTTP/1.1")
        #expect(status(text) == expected, "\(text)")
        #expect(text.contains("\r\nWWW-Authenticate: Basic\r\n") == (expected == 401), "\(text)")
        #expect(!text.contains("X-Other"))
    }

    @Test func `a service of nginx's that says nothing fails`() throws {
        let bench = try Self.nginx("")
        bench.serve = { _ in }
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        bench.pass(.seconds(59))
        bench.settle()
        #expect(client.text.isEmpty)
        bench.pass(.seconds(2))
        bench.settle()
        #expect(status(client.text) == 500, "\(client.text)")
        #expect(Self.asked(bench).application.isEmpty)
    }

    @Test func `a page may stand for nginx's refusal`() throws {
        let bench = try Self.nginx(
            "error_page 401 = @login;",
            "location @login { return 302 http://sso/?to=$request_uri; }"
        )
        Self.serve(bench, "401 No")
        let text = Self.ask(bench, "GET /a HTTP/1.1")
        #expect(
            status(text) == 302 && text.contains("\r\nlocation: http://sso/?to=/a\r\n"),
            "\(text)"
        )
    }

    @Test(arguments: [
        ("auth_request auth;", "\"auth\" is no fixed path"),
        ("auth_request $a;", "\"$a\" is no fixed path"),
        ("auth_request_set user $upstream_http_a;", "a variable and a value are expected"),
        ("proxy_pass_request_body off;", "requests are passed on as they came"),
    ])
    func `mistakes of nginx are told`(_ directive: String, _ what: String) throws {
        let log = Reading.findings(
            "events {} http { server { listen 80; location / { proxy_pass http://a:1; \(directive)\n}}}",
            .nginx
        )
        #expect(log.contains { $0.contains(what) }, "\(log)")
    }
}
