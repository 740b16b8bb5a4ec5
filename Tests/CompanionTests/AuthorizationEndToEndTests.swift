import Foundation
import TestKit
import Testing

/// A service that is asked whether requests may pass, next to the real nginx.
@Suite("AuthorizationEndToEnd", .serialized, .timeLimit(.minutes(5)))
struct AuthorizationEndToEndTests {
    /// Lets those pass who show a key, and tells their name; writes down what it is asked.
    private static let script = """
        import sys
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                key = self.headers.get("x-key")
                status = {"good": 204, "bad": 403, "broken": 500}.get(key, 401)
                with open(sys.argv[2], "a") as log:
                    log.write("%s %s uri=%s key=%s length=%s\\n" % (
                        self.command, self.path,
                        self.headers.get("x-original-uri") or self.headers.get("x-forwarded-uri"),
                        key, self.headers.get("content-length")))
                self.send_response(status)
                self.send_header("x-user", "ann")
                self.send_header("www-authenticate", "Key")
                if status != 204:
                    self.send_header("content-length", "2")
                self.end_headers()
                if status != 204:
                    self.wfile.write(b"no")
            do_POST = do_GET
            def log_message(self, *words): pass
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
        """

    /// An application, and a service that is asked.
    private final class World {
        let end: EndToEnd
        let guardPort: UInt16
        let service: TestProgram

        init() async throws {
            end = try await EndToEnd()
            guardPort = try FreePort.find()
            let path = try end.folder.write(AuthorizationEndToEndTests.script, to: "guard.py")
            service = try TestProgram("python3", [path, "\(guardPort)", end.folder.file("asked")])
            let url = "http://127.0.0.1:\(guardPort)/"
            try await eventually(within: .seconds(20), "the service answers") {
                try await EndToEnd.get(url).code == 401
            }
            try forget()
        }

        func forget() throws { try end.folder.write("", to: "asked") }

        func asked() throws -> String {
            try String(contentsOfFile: end.folder.file("asked"), encoding: .utf8)
        }

        /// What a proxy on a port does with requests of various keys.
        func behaviour(_ port: UInt16) async throws -> [String] {
            try forget()
            var all: [String] = []
            for key in ["good", "bad", "broken", "other"] {
                let options = ["-H", "X-Key: \(key)", "-d", "some text"]
                for more in [[], options.suffix(2)] {
                    let answer = try await EndToEnd.get(
                        "http://127.0.0.1:\(port)/a?b=c",
                        Array(options.prefix(2)) + more
                    )
                    let fields = answer.head.lowercased().split(separator: "\n")
                        .filter { $0.hasPrefix("x-name") || $0.hasPrefix("www-authenticate") }
                    all.append("\(key) \(answer.code) \(fields.sorted())")
                }
            }
            return all + [try asked()]
        }
    }

    @Test func `auth_request does what nginx does`() async throws {
        let world = try await World()
        let folder = world.end.folder
        let recorder = try await HTTPRecorder()
        func file(_ port: UInt16) throws -> String {
            try folder.write(
                """
                daemon off; master_process off; pid \(folder.file("pid-\(port)")); error_log stderr;
                events { worker_connections 100; }
                http {
                  access_log off;
                  server {
                    listen 127.0.0.1:\(port);
                    location / {
                      auth_request /auth;
                      auth_request_set $name $upstream_http_x_user;
                      proxy_set_header X-Real-IP $name;
                      add_header X-Name $name;
                      proxy_pass http://127.0.0.1:\(recorder.port);
                    }
                    location = /auth {
                      internal;
                      proxy_pass http://127.0.0.1:\(world.guardPort)/check;
                      proxy_pass_request_body off;
                      proxy_set_header Content-Length "";
                      proxy_set_header X-Original-URI $request_uri;
                    }
                  }
                }
                """,
                to: "auth-\(port).conf"
            )
        }
        let peerPort = try FreePort.find()
        let peer = try TestProgram("nginx", ["-c", file(peerPort)])
        try await eventually(within: .seconds(20), "nginx answers: \(peer.errors)") {
            try await EndToEnd.get("http://127.0.0.1:\(peerPort)/").code == 401
        }
        try await world.end.start(["-c", file(world.end.port)])
        let expected = try await world.behaviour(peerPort)
        #expect(expected[0] == #"good 200 ["x-name: ann"]"#, "\(expected)")
        #expect(expected.last?.contains("GET /check uri=/a?b=c key=good length=None") == true)
        let own = try await world.behaviour(world.end.port)
        #expect(own == expected)
        let heard = try recorder.text()
        #expect(heard.contains("real=ann") && heard.contains("some text"), "\(heard)")
    }

    @Test func `our own file asks a service`() async throws {
        let world = try await World()
        let recorder = try await HTTPRecorder()
        let path = try world.end.folder.write(
            """
            listeners:
            - listen: 127.0.0.1:\(world.end.port)
              to: 127.0.0.1:\(recorder.port)
              auth:
                service:
                  url: http://127.0.0.1:\(world.guardPort)/check
                  send: [x-key]
                  pass: [x-user]
                  answer: [x-user]
            """,
            to: "proxy.yaml"
        )
        try await world.end.start(["-c", path])
        let url = "http://127.0.0.1:\(world.end.port)/a?b"
        let good = try await EndToEnd.get(url, ["-H", "X-Key: good", "-d", "text"])
        #expect(good.code == 200 && good.head.lowercased().contains("x-user: ann"), "\(good.head)")
        let asked = try world.asked()
        #expect(asked == "GET /check uri=/a?b key=good length=None\n", "\(asked)")
        let refused = try await EndToEnd.get(url, ["-H", "X-Key: bad"])
        #expect(refused.code == 403 && refused.body == "no", "\(refused.head)")
        #expect(try await EndToEnd.get(url, ["-H", "X-Key: broken"]).code == 403)
        let counts = try await world.end.admin("/stats?filter=ext_authz").body
        #expect(counts.contains("ext_authz.ok: 1"), "\(counts)")
    }
}
