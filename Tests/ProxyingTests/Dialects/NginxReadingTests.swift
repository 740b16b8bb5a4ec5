import Proxying
import Testing

@Suite("nginx's language") struct NginxReadingTests {
    private func read(
        _ text: String,
        options: ReadingOptions = ReadingOptions()
    ) throws -> ProxyConfiguration {
        try Reading.value(text, .nginx, options: options).configuration
    }

    private struct Missing: Error {}

    private func http(_ configuration: ProxyConfiguration, _ index: Int = 0) throws -> HTTPSettings
    {
        let chain = try #require(configuration.listeners[index].chains.first)
        guard case .http(let settings) = chain.handler else { throw Missing() }
        return settings
    }

    private func routes(_ server: String) throws -> [Route] {
        try http(read("http { server { listen 80;\n\(server)\n} }")).routes.hosts[0].routes
    }

    private func forward(_ route: Route) throws -> ForwardAction {
        guard case .forward(let action) = route.action else { throw Missing() }
        return action
    }

    @Test func `a TLS sidecar has nginx's defaults`() throws {
        let configuration = try read(
            """
            events { worker_connections 1024; }
            http {
                server {
                    listen 443 ssl;
                    ssl_certificate /certs/tls.crt;
                    ssl_certificate_key /certs/tls.key;
                    location / {
                        proxy_pass http://localhost:8080;
                        proxy_set_header Host $host;
                        proxy_set_header X-Real-IP $remote_addr;
                    }
                }
            }
            """
        )
        let listener = configuration.listeners[0]
        #expect(listener.address == HostPort(host: "0.0.0.0", port: 443))
        #expect(
            listener.chains[0].tls
                == ServerTLSSettings(
                    certificates: [
                        CertificateSettings(
                            chain: .file("/certs/tls.crt"),
                            privateKey: .file("/certs/tls.key")
                        )
                    ],
                    sessionSeconds: 300
                )
        )
        let settings = try http(configuration)
        #expect(settings.codec == .http1)
        #expect(settings.idleTimeout == .seconds(75))
        #expect(settings.serverName == "nginx")
        let route = settings.routes.hosts[0].routes[0]
        let action = try forward(route)
        #expect(action.hostRewrite == .withoutPort)
        #expect(action.usesHTTP10)
        #expect(action.timeout == nil)
        #expect(action.idleTimeout == .seconds(60))
        #expect(
            route.headers.requestAdditions == [
                HeaderAddition(
                    name: "X-Real-IP",
                    value: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
                    mode: .overwrite
                )
            ]
        )
        #expect(route.filters.bodyMaximum == 1 << 20)
        let cluster = try #require(configuration.clusters.first)
        #expect(cluster.endpoints.map(\.address) == [HostPort(host: "localhost", port: 8080)])
        #expect(cluster.family == .all)
        #expect(cluster.connectTimeout == .seconds(60))
    }

    @Test(arguments: [
        // Exact, then regular expressions in their order, then the longest prefix.
        (
            "location / { return 1; } location /a { return 2; } location = /a { return 3; } "
                + "location ~ x { return 4; }",
            [3, 4, 2, 1]
        ),
        // `^~` goes before regular expressions; longer prefixes below it let them go first.
        (
            "location / { return 1; } location ^~ /a { return 2; } location ~ x { return 4; } "
                + "location /a/b { return 5; }",
            [4, 5, 2, 4, 1]
        ),
        ("location /aa { return 1; } location /aaa { return 2; }", [2, 1]),
        ("location ~ a { return 1; } location ~* b { return 2; }", [1, 2]),
    ])
    func `locations keep nginx's precedence`(server: String, order: [Int]) throws {
        // The statuses are 200 and the number.
        let text = server.replacing("return ", with: "return 20")
        let found = try routes(text).map { route -> Int in
            guard case .respond(let status, _, _) = route.action else { return 0 }
            return status - 200
        }
        #expect(found == order)
    }

    @Test(arguments: [
        ("/", "http://b:1", PathMatch.any, ForwardAction.PathRewrite.keep),
        ("/a/", "http://b:1", .prefix("/a/"), .keep),
        ("/a/", "http://b:1/", .prefix("/a/"), .prefix("/")),
        ("/a", "http://b:1/x", .prefix("/a"), .prefix("/x")),
        ("/", "http://b:1/x/", .prefix("/"), .prefix("/x/")),
        ("= /a", "http://b:1/x", .exact("/a"), .prefix("/x")),
        ("/", "http://b:1$request_uri", .any, .keep),
        (
            "~ ^/v(.*)$", "http://b:1/w$1$is_args$args", .regex("^/v(.*)$", anywhere: true),
            .regex(pattern: "^/v(.*)$", substitution: "/w\\1")
        ),
    ])
    func `the URI of proxy_pass goes in the place of the location`(
        location: String,
        pass: String,
        path: PathMatch,
        rewrite: ForwardAction.PathRewrite
    ) throws {
        let route = try #require(
            try routes("location \(location) { proxy_pass \(pass); }").last
        )
        #expect(route.match.path == path)
        #expect(try forward(route).pathRewrite == rewrite)
    }

    @Test(arguments: [
        ("return 204;", RouteAction.respond(status: 204, body: "", contentType: "text/html")),
        ("return 200 ok;", .respond(status: 200, body: "ok")),
        ("return 444;", .close),
        (
            "return 301 https://$host$request_uri;",
            .redirect(
                RedirectAction(
                    location: "https://%REQUEST_HOST%%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
                    status: 301
                )
            )
        ),
        ("return https://b/;", .redirect(RedirectAction(location: "https://b/", status: 302))),
        ("stub_status;", .stubStatus),
    ])
    func `answers are made here`(text: String, action: RouteAction) throws {
        #expect(try routes("location / { \(text) }")[0].action == action)
    }

    @Test(arguments: [
        (
            "rewrite ^/a/(.*)$ /b/$1 permanent;",
            RedirectAction(
                path: .regex(pattern: "^/a/(.*)$", substitution: "/b/\\1"),
                status: 301
            )
        ),
        (
            "rewrite ^ https://$host$request_uri? redirect;",
            RedirectAction(
                scheme: "https",
                location: "https://%REQUEST_HOST%%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
                status: 302
            )
        ),
        (
            "rewrite ^/(.*)$ https://other.example/$1 permanent;",
            RedirectAction(
                scheme: "https",
                host: "other.example",
                path: .regex(pattern: "^/(.*)$", substitution: "/\\1"),
                status: 301
            )
        ),
    ])
    func `a rewrite sends the client elsewhere`(text: String, action: RedirectAction) throws {
        #expect(try routes(text)[0].action == .redirect(action))
    }

    @Test func `a rewrite with break changes the path that is sent`() throws {
        let route = try routes(
            "location /a/ { rewrite ^/a/(.*) /$1 break; proxy_pass http://b:1; }"
        )
        #expect(
            try forward(try #require(route.last)).pathRewrite
                == .regex(pattern: "^/a/(.*).*$", substitution: "/\\1")
        )
    }

    @Test(arguments: [
        ("$host", ForwardAction.HostRewrite.withoutPort), ("$http_host", .keep),
        ("$proxy_host", .literal("b:81")), ("x.example", .literal("x.example")),
    ])
    func `the host is rewritten`(text: String, rewrite: ForwardAction.HostRewrite) throws {
        let found = try routes(
            "location / { proxy_pass http://b:81; proxy_set_header Host \(text); }"
        )
        #expect(try forward(found[0]).hostRewrite == rewrite)
    }

    @Test func `header fields of an inner block replace those of the outer`() throws {
        let found = try routes(
            """
            proxy_set_header X-A 1;
            location / { proxy_pass http://b:1; }
            location /b { proxy_pass http://b:1; proxy_set_header X-B "a$http_c%"; proxy_set_header D ""; }
            """
        )
        let inner = try #require(found.first { $0.match.path == .prefix("/b") })
        #expect(
            inner.headers.requestAdditions == [
                HeaderAddition(name: "X-B", value: "a%REQ(C)%%%", mode: .overwrite)
            ]
        )
        #expect(inner.headers.requestRemovals == ["d"])
        let outer = try #require(found.first { $0.match.path == .any })
        #expect(outer.headers.requestAdditions.map(\.name) == ["X-A"])
    }

    @Test func `a WebSocket passes where both fields are set`() throws {
        let map = "map $http_upgrade $connection_upgrade { default upgrade; '' close; }"
        let text = """
            http { \(map) server { listen 80; location / { proxy_pass http://b:1;
            proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade; } } }
            """
        let route = try http(read(text)).routes.hosts[0].routes[0]
        #expect(try forward(route).upgrades == ["websocket"])
        #expect(try forward(route).usesHTTP10 == false)
    }

    @Test func `an upstream is a cluster`() throws {
        let configuration = try read(
            """
            http {
                upstream u {
                    least_conn;
                    server a:8080 weight=3 max_fails=2 fail_timeout=30s;
                    server 10.0.0.2 max_conns=9;
                    server 10.0.0.3:8080 backup;
                    server 10.0.0.4:8080 down;
                    keepalive 16;
                }
                server {
                    listen 80;
                    location / {
                        proxy_pass http://u;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                        proxy_next_upstream error http_503 non_idempotent;
                    }
                }
            }
            """
        )
        let cluster = configuration.clusters[0]
        #expect(cluster.balancing == .leastConnections)
        #expect(cluster.idleConnectionsMaximum == 16)
        #expect(cluster.discovery == .strictDNS)
        #expect(
            cluster.endpoints.map(\.address.description) == [
                "a:8080", "10.0.0.2:80", "10.0.0.3:8080", "10.0.0.4:8080",
            ]
        )
        #expect(cluster.endpoints.map(\.weight) == [3, 1, 1, 1])
        #expect(cluster.endpoints.map(\.failuresMaximum) == [2, 1, 1, 1])
        #expect(cluster.endpoints.map(\.priority) == [0, 0, 1, 0])
        #expect(cluster.endpoints.map(\.isDisabled) == [false, false, false, true])
        let retry = try #require(
            try forward(http(configuration).routes.hosts[0].routes[0]).retry
        )
        #expect(retry.retriesMaximum == 3)
        #expect(retry.statuses == [503])
        #expect(retry.conditions.contains([.connectFailure, .reset, .statuses, .anyMethod]))
        #expect(!retry.conditions.contains(.timeout))
    }

    @Test func `servers of one port are told apart by their names`() throws {
        let configuration = try read(
            """
            http {
                server { listen 80; server_name a.example .b.example; location / { return 201; } }
                server { listen 80 default_server; location / { return 202; } }
                server { listen 81; location / { return 203; } }
            }
            """
        )
        #expect(configuration.listeners.map(\.address.port) == [80, 81])
        let hosts = try http(configuration).routes.hosts
        #expect(hosts.map(\.domains) == [["*"], ["a.example", "b.example", "*.b.example"]])
    }

    @Test func `limits of rate are buckets`() throws {
        let text = """
            http {
                limit_req_zone $binary_remote_addr zone=one:10m rate=10r/s;
                limit_req_zone $server_name zone=all:10m rate=60r/m;
                server {
                    listen 80;
                    location / { limit_req zone=one burst=20 nodelay; proxy_pass http://a:1; }
                    location /b { limit_req zone=all burst=5; limit_req_status 429; proxy_pass http://a:1; }
                }
            }
            """
        let settings = try http(read(text))
        let limits = settings.routes.hosts[0].routes.compactMap(\.filters.rateLimit)
        #expect(limits.map(\.key) == [.shared, .address])
        #expect(limits.map(\.status) == [429, 503])
        #expect(limits.map(\.queueMaximum) == [5, 0])
        #expect(limits.map { $0.bucket?.maximum } == [1, 21])
        #expect(settings.filters == [.rateLimit(RateLimitSettings(bucket: nil))])
    }

    @Test func `a condition makes a route of its own`() throws {
        let found = try routes(
            """
            location / {
                if ($request_method = OPTIONS) { add_header X-Y z; return 204; }
                if ($http_x_beta ~* on) { proxy_pass http://beta:1; }
                proxy_pass http://b:1;
            }
            """
        )
        #expect(found.count == 3)
        #expect(found[0].match.methods == ["OPTIONS"])
        var addition = HeaderAddition(name: "X-Y", value: "z")
        addition.isForSuccess = true
        #expect(found[0].headers.responseAdditions == [addition])
        #expect(found[1].match.headers.map(\.name) == ["x-beta"])
        #expect(try forward(found[1]).target == .clusters([WeightedCluster(name: "beta:1")]))
        #expect(try forward(found[2]).target == .clusters([WeightedCluster(name: "b:1")]))
    }

    @Test func `files are included, by pattern too`() throws {
        let files = [
            "/etc/nginx/conf.d/a.conf": "server { listen 81; location / { return 200; } }",
            "/etc/nginx/conf.d/b.conf": "server { listen 82; location / { return 200; } }",
        ]
        let options = ReadingOptions(
            baseDirectory: "/etc/nginx",
            readFile: { files[$0].map { Array($0.utf8) } },
            listDirectory: { $0 == "/etc/nginx/conf.d/" ? ["b.conf", "a.conf", "c.off"] : [] }
        )
        let configuration = try read("http { include conf.d/*.conf; }", options: options)
        #expect(configuration.listeners.map(\.address.port) == [81, 82])
    }

    @Test func `streams are relayed, by the name in the hello too`() throws {
        let configuration = try read(
            """
            stream {
                map $ssl_preread_server_name $to { a.example a; .b.example b; default c; }
                upstream a { server 10.0.0.1:443; }
                upstream b { server 10.0.0.2:443; server 10.0.0.3:443; }
                upstream c { server 10.0.0.4:443; }
                server { listen 443; ssl_preread on; proxy_pass $to; proxy_timeout 1h; }
                server { listen 127.0.0.1:5432; proxy_pass db:5432; allow 127.0.0.0/8; deny all; }
            }
            """
        )
        #expect(
            configuration.listeners[0].chains.map(\.match) == [
                ChainMatch(serverNames: ["a.example"], isTLS: true),
                ChainMatch(serverNames: ["b.example", "*.b.example"], isTLS: true), ChainMatch(),
            ]
        )
        guard case .tcp(let tunnel) = configuration.listeners[1].chains[0].handler else {
            throw Missing()
        }
        #expect(tunnel.clusters == [WeightedCluster(name: "db:5432")])
        #expect(tunnel.idleTimeout == .seconds(600))
        #expect(tunnel.addresses?.rules.map(\.isAllowed) == [true, false])
    }

    @Test func `words are read with quotes, escapes and comments`() throws {
        let found = try routes(
            """
            location = /a { return 200 "a \\"b\\" # no comment; \\n"; } # a comment }
            location = '/b c' { return 200 'it''s'; }
            """.replacing("'it''s'", with: "\"it's\"")
        )
        #expect(
            found.map(\.action) == [
                .respond(status: 200, body: "a \"b\" # no comment; \n"),
                .respond(status: 200, body: "it's"),
            ]
        )
        #expect(found[1].match.path == .exact("/b c"))
    }
}
