import Basics
import HTTP
import Passwords
import Testing

@testable import Proxying

@Suite struct GateTests {
    // MARK: API keys

    private static func keyGate(_ hidesKey: Bool = true) throws -> APIKeyGate {
        try APIKeyGate(
            APIKeySettings(
                places: [.header("x-api-key"), .query("key"), .cookie("k")],
                keys: [],
                nameHeader: "x-consumer",
                hidesKey: hidesKey
            ),
            texts: ["ann:s3cret\n# nobody\n\n  bob:a:b \r\n", "bare"]
        )
    }

    @Test(
        arguments: [
            ("/", ["x-api-key: s3cret"], 0), ("/", ["X-Api-Key: Bearer s3cret"], 0),
            ("/", ["x-api-key: a:b"], 1), ("/?key=bare", [], 2), ("/", ["cookie: x=1; k=bare"], 2),
            ("/", ["x-api-key: S3cret"], -1), ("/?key=s3cret", ["x-api-key: no"], -1),
            ("/", [], -2),
            ("/?key=", [], -2), ("/", ["x-api-key: "], -2), ("/", ["x-api-key: ann"], -1),
            ("/", ["x-api-key: nobody"], -1),
        ] as [(String, [String], Int)]
    )
    func `a key is known, unknown or missing`(path: String, fields: [String], expected: Int) throws
    {
        let gate = try Self.keyGate()
        var head = request(
            path,
            fields.map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return (String(parts[0]), String(parts[1].dropFirst()))
            }
        )
        let verdict = gate.check(&head)
        switch expected {
        case -1: #expect(verdict == .unknown)
        case -2: #expect(verdict == .missing)
        default: #expect(verdict == .known(expected))
        }
    }

    @Test func `the key is taken off and its name told`() throws {
        var head = request("/p?a=1&key=s3cret", [("x-consumer", "forged")])
        #expect(try Self.keyGate().check(&head) == .known(0))
        #expect(String(copying: head.path) == "/p?a=1")
        #expect(lines(head.fields) == ["x-consumer: ann"])
        var kept = request("/", [("x-api-key", "bare")])
        #expect(try Self.keyGate(false).check(&kept) == .known(2))
        #expect(lines(kept.fields) == ["x-api-key: bare"])
        #expect(throws: Failure.self) { try APIKeyGate(APIKeySettings(keys: []), texts: ["#x"]) }
    }

    @Test func `of many keys each is found`() throws {
        let text = (0..<2000).map { "n\($0):key-\($0)" }.joined(separator: "\n")
        let gate = try APIKeyGate(APIKeySettings(keys: []), texts: [text])
        for number in 0..<2000 {
            #expect(gate.index(of: Array("key-\(number)".utf8).span) == number)
        }
        #expect(gate.index(of: Array("key-2000".utf8).span) == -1)
    }

    @Test(arguments: [
        ("/?k=1", "/"), ("/?k=1&b=2", "/?b=2"), ("/?a=1&k=2", "/?a=1"),
        ("/?a&k=1&b", "/?a&b"), ("/?ak=1", "/?ak=1"), ("/?k", "/"), ("/k=1", "/k=1"),
    ])
    func `a parameter is taken out of a query`(path: String, expected: String) {
        var head = request(path)
        head.removeParameter(Array("k".utf8))
        #expect(String(copying: head.path) == expected)
    }

    // MARK: Names and passwords

    /// Of "secret", made with Apache's htpasswd, OpenSSL and the C library.
    static let hashes = [
        "$2y$05$ZYhvNURmRpz4POLcJ2uJ5ec7Lk.mU5e1DBNml42mGgc7QU8WlhLBS",
        "$apr1$52PIQ/mH$WGdrwOJdBSvRmq31/URAS/", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
        "$5$saltstring$C3o4O1TC6aRHF4FI.QSZMXtHbaj2gSXr4sUc/3NcUi.",
        "$6$saltstring$AIsRs/Ee56G/tC8MEHhvReZTfx8u3rXXMl6eYrjCG9ibix19DxoMBLogdTET5Ukw9Sf7eZTITsuk0Ry5qulYz.",
        "{PLAIN}secret",
    ]

    @Test(arguments: hashes) func `a password fits its hash only`(hash: String) {
        #expect(PasswordHash.isKnown(hash))
        #expect(PasswordHash.fits(Array("secret".utf8), hash))
        #expect(!PasswordHash.fits(Array("Secret".utf8), hash))
        #expect(!PasswordHash.fits([], hash))
        #expect(!PasswordHash.fits(Array("secret\0".utf8), hash))
        #expect(!PasswordHash.fits(Array("secret".utf8), String(hash.dropLast())))
    }

    @Test func `Apache's MD5 takes passwords of any length`() {
        #expect(PasswordHash.fits([], "$apr1$abcdefgh$L.PT565ESX4Tp2bqNs7Ie."))
        #expect(
            PasswordHash.fits(
                Array("a much longer password than sixteen bytes".utf8),
                "$apr1$ab$ZgbyBttfAvWjwKDroS41O1"
            )
        )
        #expect(!PasswordHash.fits(Array("x".utf8), "unknown"))
        #expect(!PasswordHash.fits(Array("x".utf8), "$2y$broken"))
    }

    private static func basicGate() throws -> BasicGate {
        try BasicGate(
            BasicSettings(realm: "the \"door\"", users: [], nameHeader: "x-user"),
            texts: ["ann:\(hashes[0])\nbob:{PLAIN}b:c\n"],
            seed: 1,
            pepper: [1, 2, 3]
        )
    }

    private static func credentials(_ text: String) -> [(String, String)] {
        // Names and passwords of three, so that no padding is needed.
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var bits = text.utf8.reduce("") {
            let byte = String($1, radix: 2)
            return $0 + String(repeating: "0", count: 8 - byte.count) + byte
        }
        while bits.count % 6 != 0 { bits += "0" }
        var encoded = ""
        var rest = Substring(bits)
        while !rest.isEmpty {
            encoded.append(alphabet[Int(rest.prefix(6), radix: 2) ?? 0])
            rest = rest.dropFirst(6)
        }
        while encoded.count % 4 != 0 { encoded += "=" }
        return [("authorization", "Basic " + encoded), ("x-user", "forged")]
    }

    @Test func `a slow check is done elsewhere, once`() throws {
        let gate = try Self.basicGate()
        #expect(
            String(decoding: gate.challenge, as: UTF8.self)
                == "Basic realm=\"the door\", charset=\"UTF-8\""
        )
        var head = request("/", Self.credentials("ann:secret"))
        guard case .pending(let job) = gate.check(&head, at: .zero) else {
            Issue.record("it was not handed out")
            return
        }
        gate.finished(job, isGood: job.run(), at: .zero)
        guard case .known(0) = gate.check(&head, at: .zero + .seconds(299)) else {
            Issue.record("it is not known")
            return
        }
        #expect(lines(head.fields).contains("x-user: ann"))
        if case .known = gate.check(&head, at: .zero + .seconds(300)) {
            Issue.record("it is known for ever")
        }
    }

    @Test(arguments: ["ann:wrong", "eve:secret"])
    func `a wrong name costs as much as a wrong password`(text: String) throws {
        let gate = try Self.basicGate()
        var head = request("/", Self.credentials(text))
        guard case .pending(let job) = gate.check(&head, at: .zero) else {
            Issue.record("it was not handed out")
            return
        }
        #expect(!job.run())
        gate.finished(job, isGood: false, at: .zero)
        guard case .refused = gate.check(&head, at: .zero) else {
            Issue.record("it was not refused")
            return
        }
        #expect(!lines(head.fields).contains { $0.hasPrefix("x-user") })
    }

    @Test func `a quick check is done at once`() throws {
        let gate = try Self.basicGate()
        var head = request("/", Self.credentials("bob:b:c"))
        guard case .known(1) = gate.check(&head, at: .zero) else {
            Issue.record("bob is not known")
            return
        }
        var none = request("/")
        guard case .refused = gate.check(&none, at: .zero) else {
            Issue.record("nobody is somebody")
            return
        }
    }

    @Test(arguments: ["ann", "ann:plain", "ann:$9$x"]) func `a line that is no user is refused`(
        line: String
    ) {
        #expect(throws: Failure.self) {
            try BasicGate(BasicSettings(users: []), texts: [line], seed: 1, pepper: [])
        }
    }

    // MARK: Origins

    private static func cors(_ origins: [TextMatch], credentials: Bool = false) throws -> CORSRules
    {
        try CORSRules(
            CORSSettings(
                origins: origins,
                methods: "GET, POST",
                headers: "x-a",
                exposed: "x-b",
                maxAge: 600,
                allowsCredentials: credentials
            )
        )
    }

    @Test(arguments: [
        (
            "OPTIONS", ["origin: https://a.example", "access-control-request-method: PUT"],
            CORSRules.Verdict.preflight
        ),
        ("OPTIONS", ["origin: https://a.example"], .simple),
        ("GET", ["origin: https://a.example", "access-control-request-method: PUT"], .simple),
        ("GET", ["origin: https://b.a.example"], .simple),
        ("GET", ["origin: https://evil.example"], .ordinary), ("GET", [], .ordinary),
        (
            "OPTIONS", ["origin: https://evil.example", "access-control-request-method: PUT"],
            .ordinary
        ),
        ("OPTIONS", ["origin: https://a.example", "access-control-request-method: "], .simple),
        ("GET", ["origin: "], .ordinary),
    ])
    func `a request of another origin is told apart`(
        method: String,
        fields: [String],
        expected: CORSRules.Verdict
    ) throws {
        let rules = try Self.cors([
            .exact("https://a.example"), .regex("https://[^.]+\\.a\\.example"),
        ])
        let head = request(
            "/",
            method: method,
            fields.map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return (String(parts[0]), String(parts[1].dropFirst()))
            }
        )
        #expect(rules.check(head) == expected)
    }

    @Test func `answers carry what other origins may`() throws {
        let rules = try Self.cors([.exact("*")], credentials: true)
        let origin = Array("https://x".utf8)
        var preflight = HeaderBlock()
        rules.writePreflight(origin.span, to: &preflight)
        #expect(
            lines(preflight) == [
                "access-control-allow-origin: https://x", "access-control-allow-credentials: true",
                "vary: origin", "access-control-allow-methods: GET, POST",
                "access-control-allow-headers: x-a", "access-control-max-age: 600",
            ]
        )
        var simple = HeaderBlock()
        simple.append(.accessControlAllowOrigin, value: "upstream's")
        rules.writeSimple(origin.span, to: &simple)
        #expect(
            lines(simple) == [
                "access-control-allow-origin: https://x", "access-control-allow-credentials: true",
                "vary: origin", "access-control-expose-headers: x-b",
            ]
        )
        #expect(rules.check(request("/", [("origin", "null")])) == .simple)
    }

    // MARK: Addresses and bodies

    @Test(arguments: [
        ("10.1.2.3", false), ("10.0.0.1", true), ("192.168.1.1", true), ("8.8.8.8", false),
        ("::1", true), ("2001:db8::1", false),
    ])
    func `the first rule that holds decides`(text: String, isAllowed: Bool) {
        let gate = AddressGate(
            AddressRules(
                rules: [
                    .init(
                        range: .init(address: [10, 1, 0, 0], prefixLength: 16),
                        isAllowed: false
                    ),
                    .init(range: .init(address: [10, 0, 0, 0], prefixLength: 8), isAllowed: true),
                    .init(
                        range: .init(address: [192, 168, 0, 0], prefixLength: 16),
                        isAllowed: true
                    ),
                    .init(
                        range: .init(
                            address: Array(repeating: 0, count: 15) + [1],
                            prefixLength: 128
                        ),
                        isAllowed: true
                    ),
                ],
                allowsOthers: false
            )
        )
        #expect(gate.allows(address(text)) == isAllowed)
        let closed = AddressGate(
            AddressRules(rules: [.init(range: nil, isAllowed: false)], allowsOthers: true)
        )
        #expect(!closed.allows(address(text)))
    }

    @Test func `a body may be as long as may be`() {
        var limit = BodyLimit(maximum: 10)
        #expect(limit.allows(contentLength: 10))
        #expect(!limit.allows(contentLength: 11))
        let verdicts = [10, 1, Int.max].map { limit.add($0) }
        #expect(verdicts == [true, false, false])
    }
}
