import Basics
import HTTP
import Testing

@testable import Proxying

/// What nginx's `error_page` comes to, from its file to the answer.
@Suite struct ErrorPageTests {
    /// A proxy as a server of nginx says.
    static func bench(_ server: String) throws -> ProxyBench {
        let text = "http { server { listen 80;\n\(server)\n} }"
        var configuration = try Reading.value(text, .nginx).configuration
        configuration.listeners[0].name = "in"
        return try ProxyBench(configuration)
    }

    private static func body(_ answer: String) -> String {
        answer.firstRange(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? ""
    }

    private static let server = """
        error_page 404 = @missing;
        location /app/ {
            proxy_pass http://127.0.0.1:9;
            error_page 500 502 504 =200 /sorry;
        }
        location = /sorry { internal; return 201 "sorry"; }
        location /kept { error_page 403 @kept; deny all; }
        location @kept { return 200 "kept"; }
        location /of { error_page 403 = @kept; return 403; }
        location /away { error_page 403 https://b.example/x; deny all; }
        location /failing { error_page 403 = @failing; deny all; }
        location @failing { return 500; }
        location /said { return 403 "said"; }
        location @missing { default_type application/json; return 400 '{"no":1}'; }
        """

    @Test(arguments: [
        ("/app/a", 200, "sorry"),
        ("/kept", 403, "kept"),
        ("/of", 200, "kept"),
        ("/away", 302, ""),
        ("/failing", 500, ""),
        ("/said", 403, "said"),
        ("/nowhere", 400, "{\"no\":1}"),
        // It is for other locations only, and the page for 404 holds.
        ("/sorry", 400, "{\"no\":1}"),
    ])
    func `a page answers in the place of a status`(path: String, code: Int, body: String) throws {
        let bench = try Self.bench(Self.server)
        bench.refuses = true
        let text = answer(bench, "GET \(path) HTTP/1.1")
        #expect(status(text) == code && Self.body(text) == body, "\(text)")
        if code == 302 { #expect(text.contains("\r\nlocation: https://b.example/x\r\n")) }
        if code == 400 { #expect(text.contains("\r\ncontent-type: application/json\r\n")) }
    }

    @Test func `answers of hosts have pages if they are intercepted`() throws {
        let bench = try Self.bench(
            """
            location / { proxy_pass http://127.0.0.1:9; error_page 404 = @other; }
            location /on {
                proxy_intercept_errors on;
                error_page 404 = @other;
                proxy_pass http://127.0.0.1:9;
            }
            location @other { return 200 "other"; }
            """
        )
        func ask(_ path: String) -> String {
            bench.serve = { peer in
                peer.forget()
                peer.send("HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\ngone")
            }
            let client = bench.client()
            client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            bench.settle()
            return client.text
        }
        let plain = ask("/x")
        #expect(status(plain) == 404 && Self.body(plain) == "gone")
        let replaced = ask("/on")
        #expect(status(replaced) == 200 && Self.body(replaced) == "other")
    }

    @Test func `another location gets the request with its body`() throws {
        let bench = try Self.bench(
            """
            location / {
                proxy_intercept_errors on;
                error_page 502 = @second;
                proxy_set_header X-Try first;
                rewrite ^/(.*)$ /v1/$1 break;
                proxy_pass http://127.0.0.1:9;
            }
            location @second { proxy_set_header X-Try second; proxy_pass http://127.0.0.1:10; }
            """
        )
        var heads: [String] = []
        bench.serve = { peer in
            guard peer.text.hasSuffix("body") else { return }
            heads.append(peer.text)
            let isFirst = peer.text.contains("X-Try: first")
            peer.forget()
            peer.send(
                isFirst
                    ? "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"
                    : "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine"
            )
        }
        let client = bench.client()
        client.send("POST /a?b=c HTTP/1.1\r\nHost: a\r\ncontent-length: 4\r\n\r\nbody")
        bench.settle()
        #expect(status(client.text) == 200 && Self.body(client.text) == "fine")
        #expect(heads.count == 2)
        #expect(heads.first?.hasPrefix("POST /v1/a?b=c ") == true, "\(heads)")
        #expect(heads.last?.hasPrefix("POST /a?b=c ") == true, "\(heads)")
        #expect(heads.last?.contains("X-Try: second") == true, "\(heads)")
        #expect(bench.value("cluster.127.0.0.1:9.upstream_rq_active") == 0)
    }

    @Test func `a page that is a file has no effect, and a wrong one is an error`() {
        let file = Reading.findings(
            """
            http { server { listen 80;
            error_page 500 /50x.html;
            location = /50x.html { root /usr/share/nginx/html; }
            location / { proxy_pass http://a:1; }
            } }
            """,
            .nginx
        )
        #expect(
            file == [
                "warning file:2:1: error_page: it has no effect here: the page is a file, and "
                    + "files are not served; lead it to a location with return or proxy_pass",
                "warning file:3:1: location: it has no effect here: files are not served",
            ]
        )
        let wrong = Reading.findings(
            "http { server { error_page 404 @none; error_page 4x4 /a; return 404; } }",
            .nginx
        )
        #expect(
            wrong == [
                "error file:1:17: error_page: there is no location \"@none\"; "
                    + "add location @none { ... }",
                "error file:1:39: error_page: \"4x4\" is no status of 300 to 599",
            ]
        )
    }
}
