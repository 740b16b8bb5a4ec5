import Foundation
import TestKit
import Testing

/// What files of other programs ask for, done by the real program.
@Suite("DialectEndToEnd", .serialized, .timeLimit(.minutes(5)))
struct DialectEndToEndTests {
    @Test func `the kernel asks after hosts that are silent, as the file says`() async throws {
        let world = try await EndToEnd()
        let path = try world.folder.write(
            """
            listen: 127.0.0.1:\(world.port)
            to: app
            services:
              app:
                hosts: 127.0.0.1:\(world.applicationPort)
                keepalive: {probes: 3, idle: 40, interval: 5}
            """,
            to: "proxy.yaml"
        )
        try await world.start(["-c", path])
        #expect(try await EndToEnd.get("http://127.0.0.1:\(world.port)/").code == 200)
        let filter = ["-tno", "state", "established", "dport = :\(world.applicationPort)"]
        let sockets = try await TestProgram.run("ss", filter).output
        #expect(sockets.contains("timer:(keepalive,"), "\(sockets)")
        let seconds = sockets.firstMatch(of: /keepalive,([0-9]+)sec/).flatMap { Int($0.1) }
        #expect(seconds.map { (30...40).contains($0) } == true, "\(sockets)")
    }

    @Test func `nginx's file asks for passwords, limits, and HTTP/1.0 to the host`() async throws {
        let recorder = try await HTTPRecorder()
        let world = try await EndToEnd()
        let hash = try await TestProgram.run("openssl", ["passwd", "-apr1", "good"]).output
        let users = try world.folder.write("ann:\(hash)", to: "users")
        let path = try world.folder.write(
            """
            events {}
            http {
              limit_req_zone $binary_remote_addr zone=slow:1m rate=6r/m;
              server {
                listen 127.0.0.1:\(world.port);
                client_max_body_size 8;
                location / {
                  proxy_pass http://127.0.0.1:\(recorder.port);
                  proxy_set_header Host $host;
                  proxy_set_header X-Real-IP $remote_addr;
                }
                location /in {
                  auth_basic "here";
                  auth_basic_user_file \(users);
                  proxy_pass http://127.0.0.1:\(world.applicationPort)/;
                }
                location /slow {
                  limit_req zone=slow;
                  limit_req_status 429;
                  proxy_pass http://127.0.0.1:\(world.applicationPort)/;
                }
                location /out { deny all; proxy_pass http://127.0.0.1:\(recorder.port); }
              }
            }
            """,
            to: "nginx.conf"
        )
        try await world.start(["-c", path])
        let url = "http://127.0.0.1:\(world.port)"
        #expect(try await EndToEnd.get("\(url)/a", ["-H", "Host: shop.example"]).code == 200)
        let chunked = ["-H", "transfer-encoding: chunked", "-d", "in parts"]
        #expect(try await EndToEnd.get("\(url)/b", chunked).code == 200)
        let text = try recorder.text()
        #expect(text.contains("POST /b 127.0.0.1"), "\(text)")
        #expect(
            text.contains("GET /a shop.example HTTP/1.0 connection=close real=127.0.0.1"),
            "\(text)"
        )
        #expect(text.contains("POST /b 127.0.0.1 HTTP/1.0") && text.contains(" in parts\n"))
        #expect(try await EndToEnd.get("\(url)/a", ["-d", "far too long"]).code == 413)
        #expect(try await EndToEnd.get("\(url)/out").code == 403)
        let missing = try await EndToEnd.get("\(url)/in")
        #expect(missing.code == 401 && missing.head.contains("Basic realm=\"here\""))
        #expect(try await EndToEnd.get("\(url)/in", ["-u", "ann:good"]).code == 200)
        let start = ContinuousClock.now
        #expect(try await EndToEnd.get("\(url)/slow").code == 200)
        let slow = try await EndToEnd.get("\(url)/slow")
        #expect(slow.code == 429 && slow.waits(10, since: start), "\(slow.head)")
    }

    @Test func `a PROXY header may come in one piece with its request`() async throws {
        let world = try await EndToEnd()
        func file(_ port: UInt16) throws -> String {
            try world.folder.write(
                """
                defaults
                  mode http
                  timeout connect 5s
                  timeout client 30s
                  timeout server 30s
                frontend in
                  bind 127.0.0.1:\(port) accept-proxy
                  default_backend app
                backend app
                  server a 127.0.0.1:\(world.applicationPort)

                """,
                to: "haproxy-\(port).cfg"
            )
        }
        let peerPort = try FreePort.find()
        let peer = try TestProgram("haproxy", ["-db", "-f", file(peerPort)])
        try await world.start(["-c", file(world.port)])
        let header = "PROXY TCP4 192.0.2.1 192.0.2.2 1000 80\r\n"
        try await eventually(within: .seconds(20), "HAProxy listens: \(peer.errors)") {
            (try? KeptConnection(port: peerPort)) != nil
        }
        for port in [peerPort, world.port] {
            let connection = try KeptConnection(port: port)
            for first in [header, "", ""] {
                let answer = try connection.ask(after: first)
                #expect(answer.hasPrefix("HTTP/1.1 200 OK") && answer.hasSuffix("hello"))
            }
        }
    }

    @Test func `Envoy's file filters, copies, and changes answers`() async throws {
        let copies = try await HTTPRecorder()
        let world = try await EndToEnd()
        let types = "type.googleapis.com/envoy.extensions.filters.http"
        func filter(_ name: String, _ type: String, _ settings: String = "") -> String {
            """
                      - name: envoy.filters.http.\(name)
                        typed_config: {"@type": \(types).\(type)\(settings.isEmpty ? "" : ", ")\(settings)}
            """
        }
        let all = "{default_value: {numerator: 100, denominator: HUNDRED}}"
        let bucket = "{max_tokens: 2, tokens_per_fill: 2, fill_interval: 60s}"
        let filters = [
            filter(
                "health_check",
                "health_check.v3.HealthCheck",
                "pass_through_mode: false, "
                    + "headers: [{name: ':path', string_match: {exact: /healthz}}]"
            ),
            filter("cors", "cors.v3.Cors"),
            filter("buffer", "buffer.v3.Buffer", "max_request_bytes: 8"),
            filter(
                "local_ratelimit",
                "local_ratelimit.v3.LocalRateLimit",
                "stat_prefix: rl, token_bucket: \(bucket), "
                    + "filter_enabled: \(all), filter_enforced: \(all)"
            ),
        ].joined(separator: "\n")
        let rest = """
              - name: copies
                type: STATIC
                load_assignment:
                  cluster_name: copies
                  endpoints:
                  - lb_endpoints:
                    - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: \(copies.port)}}}
            """
        let text =
            world.configuration("one")
            .replacingOccurrences(
                of: "          http_filters:\n",
                with: """
                              local_reply_config:
                                body_format: {json_format: {why: "%LOCAL_REPLY_BODY%"}}
                              http_filters:
                    \(filters)

                    """
            )
            .replacingOccurrences(
                of: "route: {cluster: app}",
                with: "route: {cluster: app, request_mirror_policies: [{cluster: copies}]}\n"
                    + String(repeating: " ", count: 16)
                    + "typed_per_filter_config: {envoy.filters.http.cors: {"
                    + "\"@type\": \(types).cors.v3.CorsPolicy, "
                    + "allow_origin_string_match: [{exact: 'https://a.example'}]}}"
            ) + "\n" + rest
        let path = try world.folder.write(text, to: "envoy.yaml")
        let check = try await TestProgram.run(EndToEnd.binary(), ["proxy", "--check", "-c", path])
        #expect(check.succeeded, "\(check.output)\(text)")
        try await world.start(["-c", path])
        #expect(try await world.get("/healthz").code == 200)
        let url = "http://127.0.0.1:\(world.port)/"
        let long = try await EndToEnd.get(url, ["-d", "far too long"])
        #expect(long.code == 413 && long.body == "{\"why\":\"Payload Too Large\"}\n")
        let good = try await EndToEnd.get(url, ["-H", "origin: https://a.example"])
        #expect(good.code == 200)
        #expect(good.head.contains("access-control-allow-origin: https://a.example"))
        #expect(try await world.get().code == 200)
        let over = try await world.get()
        #expect(over.code == 429 && over.body == "{\"why\":\"local_rate_limited\"}\n")
        try await eventually(within: .seconds(5), "the copies have come") {
            try copies.text().components(separatedBy: "GET / 127.0.0.1-shadow:").count == 3
        }
    }
}
