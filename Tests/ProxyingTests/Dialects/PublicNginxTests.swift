import Formats
import Foundation
import HTTP
import Testing

@testable import Proxying

/// What files that people share use, from nginx's words to what a host receives.
@Suite struct PublicNginxTests {
    private static func bench(_ http: String) throws -> ProxyBench {
        var configuration = try Reading.value("http {\n\(http)\n}", .nginx).configuration
        configuration.listeners[0].name = "in"
        return try ProxyBench(configuration)
    }

    /// What the host gets of a request.
    private static func sent(_ bench: ProxyBench, _ head: String, _ fields: String...) -> String {
        var got = ""
        bench.serve = { peer in
            got = peer.text
            peer.forget()
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        }
        let client = bench.client()
        client.send(([head] + fields).joined(separator: "\r\n") + "\r\n\r\n")
        bench.settle()
        return got
    }

    @Test func `a map of a field says what another field holds`() throws {
        let bench = try Self.bench(
            """
            map $http_x_forwarded_proto $proto { default $http_x_forwarded_proto; '' $scheme; }
            map $http_x_tier $tier { default none; gold first; ~^silver second; }
            server {
                listen 80;
                location / {
                    proxy_set_header X-Forwarded-Proto $proto;
                    proxy_set_header X-Tier "tier-$tier";
                    proxy_pass http://127.0.0.1:9;
                }
            }
            """
        )
        let bare = Self.sent(bench, "GET / HTTP/1.1", "Host: a")
        #expect(bare.contains("X-Forwarded-Proto: http\r\n"), "\(bare)")
        #expect(bare.contains("X-Tier: tier-none\r\n"), "\(bare)")
        let full = Self.sent(
            bench,
            "GET / HTTP/1.1",
            "Host: a",
            "X-Forwarded-Proto: https",
            "X-Tier: silver9"
        )
        #expect(full.contains("X-Forwarded-Proto: https\r\n"), "\(full)")
        #expect(full.contains("X-Tier: tier-second\r\n"), "\(full)")
        let gold = Self.sent(bench, "GET / HTTP/1.1", "Host: a", "X-Tier: GOLD")
        #expect(gold.contains("X-Tier: tier-first\r\n"), "\(gold)")
    }

    @Test func `a map chooses the upstream, and refuses who is not in it`() throws {
        let text = """
            map $host $pool { hostnames; default a; *.b.example b; }
            map $http_apikey $client { default ""; one web; }
            upstream a { server 127.0.0.1:1; }
            upstream b { server 127.0.0.1:2; }
            server {
                listen 80;
                location / {
                    if ($client = "") { return 403; }
                    proxy_set_header Host $host;
                    proxy_pass http://$pool;
                }
            }
            """
        let bench = try Self.bench(text)
        #expect(status(answer(bench)) == 403)
        #expect(Self.sent(bench, "GET / HTTP/1.1", "Host: x.b.example", "apikey: one") != "")
        #expect(bench.value("cluster.b.upstream_rq_total") == 1)
        #expect(Self.sent(bench, "GET / HTTP/1.1", "Host: b.example", "apikey: one") != "")
        #expect(bench.value("cluster.a.upstream_rq_total") == 1)
    }

    // The bench's clients come from 192.0.2.7.
    @Test(arguments: [
        ("192.0.2.0/24", "on", "198.51.100.1"), ("192.0.2.0/24", "off", "10.1.1.1"),
        ("172.16.0.0/12", "on", "192.0.2.7"),
    ])
    func `trusted proxies name the client`(range: String, way: String, client: String) throws {
        let bench = try Self.bench(
            """
            server {
                listen 80;
                set_real_ip_from \(range);
                set_real_ip_from 10.0.0.0/8;
                real_ip_header X-Forwarded-For;
                real_ip_recursive \(way);
                location / {
                    proxy_set_header X-Real-IP $remote_addr;
                    proxy_pass http://127.0.0.1:9;
                }
            }
            """
        )
        let field = "X-Forwarded-For: 203.0.113.9, 198.51.100.1, 10.1.1.1"
        let sent = Self.sent(bench, "GET / HTTP/1.1", "Host: a", field)
        #expect(sent.contains("X-Real-IP: \(client)\r\n"), "\(sent)")
    }

    @Test func `methods are limited, and fields with an underscore dropped`() throws {
        let bench = try Self.bench(
            """
            server {
                listen 80;
                location / {
                    limit_except GET { deny all; }
                    proxy_pass http://127.0.0.1:9;
                }
            }
            """
        )
        let sent = Self.sent(bench, "HEAD / HTTP/1.1", "Host: a", "x_a: 1", "x-a: 2")
        #expect(sent.contains("x-a: 2") && !sent.contains("x_a"), "\(sent)")
        #expect(status(answer(bench, "DELETE / HTTP/1.1")) == 403)
    }

    @Test func `a mirror gets copies`() throws {
        let text = """
            http { server { listen 80;
            location / { mirror /copy; proxy_pass http://127.0.0.1:1; }
            location = /copy { internal; proxy_pass http://127.0.0.1:2$request_uri; }
            } }
            """
        let configuration = try Reading.value(text, .nginx).configuration
        guard case .http(let http) = configuration.listeners[0].chains[0].handler,
            case .forward(let action)? = http.routes.hosts[0].routes.last?.action
        else {
            Issue.record("no route")
            return
        }
        #expect(action.mirrors == [MirrorSettings(cluster: "127.0.0.1:2")])
    }

    @Test func `a host that refuses is 502, as with nginx`() throws {
        let bench = try Self.bench(
            "server { listen 80; location / { proxy_pass http://127.0.0.1:9; } }"
        )
        bench.refuses = true
        #expect(status(answer(bench)) == 502)
    }

    /// What the client gets when the host answers with these fields.
    private static func got(_ bench: ProxyBench, _ path: String, _ fields: String) -> String {
        bench.serve = { peer in
            peer.forget()
            peer.send("HTTP/1.1 302 Found\r\n\(fields)\r\ncontent-length: 0\r\n\r\n")
        }
        let client = bench.client()
        client.send("GET \(path) HTTP/1.1\r\nHost: me.example:8080\r\n\r\n")
        bench.settle()
        return client.text
    }

    @Test func `addresses and cookies of answers lead to the client's side`() throws {
        let bench = try Self.bench(
            """
            server {
                listen 80;
                add_header X-Asked $http_host$request_uri;
                location / { proxy_pass http://127.0.0.1:9; }
                location /app/ {
                    proxy_pass http://127.0.0.1:9/inner/;
                    proxy_cookie_path /inner/ "/app/; Secure";
                    proxy_cookie_domain .inner.example $host;
                }
                location /off { proxy_redirect off; proxy_pass http://127.0.0.1:9; }
                location /own {
                    proxy_redirect http://x.example/ https://$host/own/;
                    proxy_pass http://127.0.0.1:9;
                }
            }
            """
        )
        let plain = Self.got(bench, "/a?b", "Location: http://127.0.0.1:9/there")
        #expect(plain.contains("Location: /there\r\n"), "\(plain)")
        #expect(plain.contains("X-Asked: me.example:8080/a?b\r\n"), "\(plain)")
        let inner = Self.got(
            bench,
            "/app/x",
            "Location: http://127.0.0.1:9/inner/y\r\n"
                + "Set-Cookie: a=b; Path=/inner/z; Domain=.Inner.example; HttpOnly\r\n"
                + "Set-Cookie: c=d; path=/other"
        )
        #expect(inner.contains("Location: /app/y\r\n"), "\(inner)")
        #expect(
            inner.contains(
                "Set-Cookie: a=b; Path=/app/; Securez; Domain=.me.example; HttpOnly\r\n"
            ),
            "\(inner)"
        )
        #expect(inner.contains("Set-Cookie: c=d; path=/other\r\n"))
        #expect(inner.contains("X-Asked: me.example:8080/app/x\r\n"), "\(inner)")
        let off = Self.got(bench, "/off", "Location: http://127.0.0.1:9/there")
        #expect(off.contains("Location: http://127.0.0.1:9/there\r\n"))
        let own = Self.got(bench, "/own", "Location: http://x.example/z")
        #expect(own.contains("Location: https://me.example/own/z\r\n"), "\(own)")
    }

    @Test func `an address or a password is enough`() throws {
        let text = """
            http { server {
                listen 80;
                location / {
                    satisfy any;
                    allow 192.0.2.0/24;
                    deny all;
                    auth_basic "me";
                    auth_basic_user_file users;
                    proxy_pass http://127.0.0.1:9;
                }
            } }
            """
        let configuration = try Reading.value(text, .nginx).configuration
        guard case .http(let http) = configuration.listeners[0].chains[0].handler else {
            Issue.record("no HTTP")
            return
        }
        let found = http.routes.hosts[0].routes
        let range = AddressRange(address: [192, 0, 2, 0], prefixLength: 24)
        #expect(found.map(\.match.sources) == [[range], []])
        #expect(found.map { $0.filters.basic == nil } == [true, false])
        #expect(found.last?.filters.addresses == nil)
    }

    @Test func `fields of success, and how long an answer may be kept`() throws {
        let bench = try Self.bench(
            """
            server {
                listen 80;
                expires 2m;
                add_header Cache-Control public;
                add_header X-Always yes always;
                location / { proxy_pass http://127.0.0.1:9; }
                location /gone { return 404; }
                location /max { expires max; return 204; }
                location /past { expires -1; return 204; }
                location /off { expires off; return 204; }
                location /year { expires 1y; return 204; }
                location /type { expires $expires; return 204; }
            }
            """
        )
        let fine = Self.got(bench, "/", "Cache-Control: private")
        #expect(fine.lowercased().contains("cache-control: max-age=120\r\n"), "\(fine)")
        #expect(fine.contains("Cache-Control: public\r\n") && !fine.contains("private"), "\(fine)")
        #expect(fine.contains("X-Always: yes\r\n"))
        let gone = answer(bench, "GET /gone HTTP/1.1")
        #expect(gone.contains("X-Always: yes\r\n"), "\(gone)")
        #expect(!gone.lowercased().contains("cache-control"), "\(gone)")
        let most = answer(bench, "GET /max HTTP/1.1")
        #expect(most.contains("Cache-Control: max-age=315360000\r\n"), "\(most)")
        #expect(most.contains("Expires: Thu, 31 Dec 2037 23:55:55 GMT\r\n"), "\(most)")
        #expect(answer(bench, "GET /past HTTP/1.1").contains("Cache-Control: no-cache\r\n"))
        #expect(!answer(bench, "GET /off HTTP/1.1").contains("max-age"))
        #expect(answer(bench, "GET /year HTTP/1.1").contains("max-age=31536000\r\n"))
        #expect(!answer(bench, "GET /type HTTP/1.1").contains("max-age"))
    }

    @Test func `what a log cannot do is told, and all lines are written`() throws {
        let result = try Reading.value(
            """
            http {
                log_format short '$uri $args';
                server {
                    listen 80;
                    access_log syslog:server=127.0.0.1 short if=$http_x;
                    location / { return 204; }
                }
            }
            """,
            .nginx
        )
        guard case .http(let http) = result.configuration.listeners[0].chains[0].handler else {
            Issue.record("no HTTP")
            return
        }
        #expect(http.accessLogs.map(\.sink) == [.standardOutput])
        #expect(
            result.warnings.map(\.what) == [
                "there is no syslog here: lines go to standard output",
                "\"if=\" has no effect here: all requests are written",
            ]
        )
    }

    @Test(arguments: [204, 304])
    func `an answer without content says no length`(code: Int) throws {
        let bench = try Self.bench(
            "server { listen 80; location / { return \(code) text; } location /a { return 200 a; } }"
        )
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        let parts = client.text.components(separatedBy: "\r\n\r\n")
        #expect(parts.count == 3 && parts[0].hasPrefix("HTTP/1.1 \(code) "), "\(parts)")
        #expect(!parts[0].lowercased().contains("\ncontent-"), "\(parts)")
        #expect(parts[1].hasPrefix("HTTP/1.1 200 ") && parts[2] == "a", "\(parts)")
    }

    @Test func `a path and its query are told apart`() throws {
        let bench = try Self.bench(
            """
            server {
                listen 80;
                location / {
                    proxy_set_header X-Parts "$uri|$args|";
                    proxy_pass http://127.0.0.1:9;
                }
            }
            """
        )
        #expect(Self.sent(bench, "GET /a?b=c HTTP/1.1", "Host: a").contains("X-Parts: /a|b=c|\r\n"))
        let bare = Self.sent(bench, "GET /a HTTP/1.1", "Host: a")
        #expect(bare.contains("X-Parts: /a||\r\n"), "\(bare)")
    }
}
