import Foundation
import TestKit
import Testing

@Suite("GatewayEndToEnd", .serialized, .timeLimit(.minutes(5)))
struct GatewayEndToEndTests {
    private func world(_ text: String) async throws -> EndToEnd {
        let world = try await EndToEnd()
        let path = try world.folder.write(
            """
            listen: 127.0.0.1:\(world.port)
            access_log:
              to: \(world.folder.file("access.log"))
              format: "%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %AUTHENTICATED_NAME%\\n"
            \(text)
            routes:
            - {path: /free, to: 127.0.0.1:\(world.applicationPort), rewrite: /, auth: off}
            - {path: /, to: 127.0.0.1:\(world.applicationPort)}
            """,
            to: "proxy.yaml"
        )
        try await world.start(["-c", path])
        return world
    }

    private func ask(
        _ world: EndToEnd,
        _ path: String = "/",
        _ options: String...
    ) async throws -> EndToEnd.Answer {
        try await EndToEnd.get("http://127.0.0.1:\(world.port)\(path)", options)
    }

    /// What is answered to a body beyond the limit.
    ///
    /// Over HTTP/2 by nghttp: curl 7.88 takes an answer that comes before it has sent its body, which
    /// RFC 9113 section 8.1 allows and nginx does as well, for an error of the stream.
    private func codeOfTooMuch(
        _ world: EndToEnd,
        _ version: String,
        _ header: String,
        isChunked: Bool
    ) async throws -> Int? {
        let body = "more than ten bytes"
        if version == "--http1.1" {
            let chunked = isChunked ? ["-H", "transfer-encoding: chunked"] : []
            return try await EndToEnd.get(
                "http://127.0.0.1:\(world.port)/",
                [version, "-H", header, "-d", body] + chunked
            ).code
        }
        let file = try world.folder.write(body, to: "body")
        let result = try await TestProgram.run(
            "nghttp",
            ["-v", "-t", "10", "-H", header, "-d", file]
                + (isChunked ? ["--no-content-length"] : [])
                + ["http://127.0.0.1:\(world.port)/"]
        )
        return result.output.firstMatch(of: /:status: ([0-9]+)/).flatMap { Int($0.1) }
    }

    @Test(arguments: ["--http1.1", "--http2-prior-knowledge"])
    func `a gateway asks for keys, limits the rate and the body, and answers browsers`(
        version: String
    ) async throws {
        let world = try await world(
            """
            health: /healthz
            cors: {origins: ["https://a.example"], credentials: true}
            auth: {api_keys: ["web:secret", "batch:other"]}
            rate_limit: 3/m;burst=3;key=api_key
            body_limit: 10
            """
        )
        #expect(try await ask(world, "/healthz", version).code == 200)
        let missing = try await ask(world, "/", version)
        #expect(missing.code == 401 && missing.head.contains("www-authenticate: "))
        #expect(try await ask(world, "/", version, "-H", "x-api-key: wrong").code == 401)
        #expect(try await ask(world, "/free", version).code == 200)
        let key = "x-api-key: secret"
        let question = try await ask(
            world,
            "/",
            version,
            "-X",
            "OPTIONS",
            "-H",
            "origin: https://a.example",
            "-H",
            "access-control-request-method: GET"
        )
        #expect(question.code == 200)
        #expect(question.head.contains("access-control-allow-origin: https://a.example"))
        let start = ContinuousClock.now
        let good = try await ask(world, "/", version, "-H", key, "-H", "origin: https://a.example")
        #expect(good.code == 200 && good.body == "hello")
        #expect(good.head.contains("access-control-allow-credentials: true"))
        #expect(try await codeOfTooMuch(world, version, key, isChunked: false) == 413)
        #expect(try await codeOfTooMuch(world, version, key, isChunked: true) == 413)
        let over = try await ask(world, "/", version, "-H", key)
        #expect(over.code == 429 && over.waits(20, since: start), "\(over.head)")
        #expect(try await ask(world, "/", version, "-H", "x-api-key: other").code == 200)
        let stats = try await world.admin("/stats?filter=api_key_auth|local_rate").body
        #expect(stats.contains("api_key_auth.unauthorized: 2\n"), "\(stats)")
        #expect(stats.contains("http_local_rate_limit.enforced: 1\n"), "\(stats)")
        try await eventually(within: .seconds(5), "the log is written") {
            let log = try String(contentsOfFile: world.folder.file("access.log"), encoding: .utf8)
            return log.contains("401 missing_api_key - -\n")
                && log.contains("429 local_rate_limited RL web\n")
                && log.contains("413 request_payload_too_large - web\n")
                && log.contains("200 via_upstream - batch\n")
        }
    }

    @Test(arguments: ["-6", "-apr1"])
    func `passwords are checked away from the workers, and remembered`(_ kind: String) async throws
    {
        let hash = try await TestProgram.run("openssl", ["passwd", kind, "good"]).output
        let folder = try TemporaryDirectory()
        let users = try folder.write("ann:\(hash)", to: "users")
        let world = try await world("auth: {basic: {file: \(users), realm: here}}")
        let missing = try await ask(world)
        #expect(missing.code == 401 && missing.head.contains("Basic realm=\"here\""))
        #expect(try await ask(world, "/", "-u", "ann:bad").code == 401)
        #expect(try await ask(world, "/", "-u", "bob:good").code == 401)
        for _ in 0..<3 { #expect(try await ask(world, "/", "-u", "ann:good").code == 200) }
        // The file is followed.
        let other = try await TestProgram.run("openssl", ["passwd", kind, "fresh"]).output
        try folder.write("ann:\(other)", to: "users")
        try await eventually(within: .seconds(5), "the new password is good") {
            try await ask(world, "/", "-u", "ann:fresh").code == 200
        }
        #expect(try await ask(world, "/", "-u", "ann:good").code == 401)
    }

    @Test func `tokens are checked with fetched keys, which stay when their server is gone`()
        async throws
    {
        let keys = try await EndToEnd("hello")
        let folder = keys.folder
        let script = """
            set -e; cd '\(folder.file("."))'
            b64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
            openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem 2>/dev/null
            n=$(openssl rsa -in key.pem -noout -modulus | cut -d= -f2 | xxd -r -p | b64)
            printf '{"keys":[{"kty":"RSA","kid":"one","alg":"RS256","n":"%s","e":"AQAB"}]}' "$n" \
              > www/keys.json
            for claims in '{"iss":"me","sub":"ann","exp":4102444800}' '{"iss":"me","exp":1000000000}'
            do
              text=$(printf '{"alg":"RS256","kid":"one"}' | b64).$(printf '%s' "$claims" | b64)
              printf '%s.%s\\n' "$text" \
                "$(printf '%s' "$text" | openssl dgst -sha256 -sign key.pem | b64)"
            done
            """
        let result = try await TestProgram.run("sh", ["-c", script])
        #expect(result.succeeded, "\(result.errors)")
        let tokens = result.output.split(separator: "\n").map(String.init)
        try #require(tokens.count == 2)
        let world = try await world(
            """
            auth:
              jwt:
                issuer: me
                jwks: http://127.0.0.1:\(keys.applicationPort)/keys.json
                cache: 1s
                claims: {x-sub: sub}
            """
        )
        let missing = try await ask(world)
        #expect(missing.code == 401 && missing.body == "Jwt is missing")
        #expect(missing.head.contains("www-authenticate: Bearer realm=\"http://127.0.0.1"))
        let good = "authorization: Bearer \(tokens[0])"
        try await eventually(within: .seconds(5), "the keys are there") {
            try await ask(world, "/", "-H", good).code == 200
        }
        let old = try await ask(world, "/", "-H", "authorization: Bearer \(tokens[1])")
        #expect(old.code == 401 && old.body == "Jwt is expired")
        let forged = try await ask(world, "/", "-H", String(good.dropLast(8)) + "AAAAAAAA")
        #expect(forged.code == 401 && forged.body == "Jwt verification fails")
        keys.application.signal(SIGKILL)
        try await keys.application.wait()
        try await eventually(within: .seconds(10), "a fetch has failed") {
            let stats = try await world.admin("/stats?filter=jwks_fetch_failed").body
            return !stats.contains(": 0\n") && !stats.isEmpty
        }
        #expect(try await ask(world, "/", "-H", good).code == 200)
    }

    @Test func `answers of the proxy's own are changed, and connections are limited`() async throws
    {
        let world = try await world(
            """
            connections: 2
            errors:
            - {status: [401], send: 403, body: '{"why": "%RESPONSE_CODE_DETAILS%"}', type: application/json}
            auth: {api_keys: [secret]}
            """
        )
        let refused = try await ask(world)
        #expect(refused.code == 403 && refused.body == #"{"why": "missing_api_key"}"#)
        #expect(refused.head.contains("content-type: application/json"))
        let kept = try (0..<2).map { _ in try KeptConnection(port: world.port) }
        for connection in kept { #expect(try connection.ask().contains(" 403 ")) }
        await #expect(throws: (any Error).self) { try await ask(world) }
        let stats = try await world.admin("/stats?filter=downstream_cx_overflow").body
        #expect(stats.contains(".downstream_cx_overflow: 1\n"), "\(stats)")
        withExtendedLifetime(kept) {}
    }

    @Test func `requests are copied, and their spans come to a collector`() async throws {
        let copies = try await HTTPRecorder()
        let collector = try await HTTPRecorder()
        let world = try await EndToEnd()
        let path = try world.folder.write(
            """
            listen: 127.0.0.1:\(world.port)
            tracing: {to: "127.0.0.1:\(collector.port)", service: shop}
            routes:
            - {path: /, to: 127.0.0.1:\(world.applicationPort), mirror: 127.0.0.1:\(copies.port)}
            """,
            to: "proxy.yaml"
        )
        try await world.start(["-c", path])
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let answer = try await ask(
            world,
            "/",
            "-H",
            "traceparent: 00-\(trace)-00f067aa0ba902b7-01",
            "-X",
            "GET",
            "-d",
            "the body"
        )
        #expect(answer.code == 200 && answer.body == "hello")
        try await eventually(within: .seconds(10), "the copy has come") {
            let text = try copies.text()
            return text.contains("GET / 127.0.0.1-shadow:\(world.port)")
                && text.contains("traceparent=00-\(trace)-") && text.hasSuffix("the body\n")
        }
        try await eventually(within: .seconds(10), "the span has come") {
            let text = try collector.text()
            return text.hasPrefix("POST /v1/traces ") && text.contains(trace)
                && text.contains(#"{"stringValue":"shop"}"#)
                && text.contains(#""parentSpanId":"00f067aa0ba902b7""#)
        }
        try await eventually(within: .seconds(5), "the span is counted") {
            try await world.admin("/stats?filter=spans_sent").body.hasSuffix(": 1\n")
        }
        // What waits is sent before the end.
        #expect(try await ask(world).code == 200)
        try world.running().signal(SIGTERM)
        _ = try await world.running().wait(within: .seconds(10))
        let sent = try collector.text().components(separatedBy: "\"traceId\"").count - 1
        #expect(sent == 2)
    }
}
