import Basics
import HTTP
import Security
import Testing

@testable import Proxying

@Suite struct TokenTests {
    private static let secret = Array("a secret of thirty-two bytes ...".utf8)
    private static let now = Timestamp(seconds: 1_700_000_000)

    private static func encode(_ text: String) -> String {
        String(decoding: Base64URL.encode(Array(text.utf8)), as: UTF8.self)
    }

    /// A token of HS256, with a header that may say anything.
    private static func token(
        _ claims: String,
        header: String = #"{"alg":"HS256"}"#,
        secret: [UInt8] = secret
    ) -> String {
        let text = encode(header) + "." + encode(claims)
        let mac = MessageAuthentication.sha256(key: secret, message: Array(text.utf8))
        return text + "." + String(decoding: Base64URL.encode(mac), as: UTF8.self)
    }

    private static func keys(_ extra: String = "") throws -> KeySet {
        let key = String(decoding: Base64URL.encode(secret), as: UTF8.self)
        return try KeySet(Array("{\"keys\":[{\"kty\":\"oct\",\"k\":\"\(key)\"\(extra)}]}".utf8))
    }

    private static func provider(
        name: String = "p",
        issuer: String = "",
        audiences: [String] = [],
        places: [TokenSettings.Place] = [
            .header("authorization", prefix: "Bearer "), .query("access_token"), .cookie("jwt"),
        ],
        forwards: Bool = false
    ) -> TokenSettings.Provider {
        .init(
            name: name,
            issuer: issuer,
            audiences: audiences,
            keys: .text(.inline("")),
            places: places,
            forwards: forwards,
            payloadHeader: "x-payload",
            claimHeaders: [
                .init(name: "x-sub", value: "sub"), .init(name: "x-role", value: "realm.role"),
            ]
        )
    }

    private static func verify(
        _ token: String,
        issuer: String = "",
        audiences: [String] = [],
        keys: KeySet? = nil
    ) throws -> TokenFailure? {
        let verifier = TokenVerifier(
            provider(issuer: issuer, audiences: audiences),
            keys: try keys ?? Self.keys(),
            seed: 1
        )
        do throws(TokenFailure) {
            _ = try verifier.verify(Array(token.utf8).span, at: now)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            ("{}", nil), (#"{"exp":1700000060}"#, nil), (#"{"exp":1699999941}"#, nil),
            (#"{"exp":1699999940}"#, .expired), (#"{"exp":1.7e9}"#, nil),
            (#"{"exp":-1}"#, .expired),
            (#"{"exp":"soon"}"#, .badPayload), (#"{"exp":null}"#, .badPayload),
            (#"{"exp":99999999999999999}"#, nil), (#"{"exp":1e300}"#, nil),
            (#"{"nbf":1700000060}"#, nil), (#"{"nbf":1700000061}"#, .notYet),
            (#"{"iat":1700000061}"#, .notYet), (#"{"iat":1600000000}"#, nil),
            ("[]", .badPayload), ("null", .badPayload), ("{", .badPayload),
            (#"{"exp":1,"exp":1800000000}"#, .badPayload),
        ] as [(String, TokenFailure?)]
    )
    func `the times of a token are kept, with a minute for clocks`(
        claims: String,
        expected: TokenFailure?
    ) throws {
        #expect(try Self.verify(Self.token(claims)) == expected)
    }

    @Test(
        arguments: [
            (#"{"iss":"me","aud":"a"}"#, nil), (#"{"iss":"me","aud":["b","https://a/"]}"#, nil),
            (#"{"iss":"you","aud":"a"}"#, .unknownIssuer), (#"{"aud":"a"}"#, .unknownIssuer),
            (#"{"iss":"me","aud":"c"}"#, .badAudience), (#"{"iss":"me"}"#, .badAudience),
            (#"{"iss":"me","aud":[]}"#, .badAudience), (#"{"iss":"me","aud":[1]}"#, .badAudience),
            (#"{"iss":["me"],"aud":"a"}"#, .unknownIssuer),
        ] as [(String, TokenFailure?)]
    )
    func `issuer and audience are asked for`(claims: String, expected: TokenFailure?) throws {
        let token = Self.token(claims)
        #expect(try Self.verify(token, issuer: "me", audiences: ["a", "z"]) == expected)
    }

    @Test(arguments: [
        (#"{"alg":"none"}"#, TokenFailure.badAlgorithm), (#"{"alg":"None"}"#, .badAlgorithm),
        (#"{"alg":"hs256"}"#, .badAlgorithm), ("{}", .badAlgorithm), (#"{"alg":1}"#, .badAlgorithm),
        (#"{"alg":"HS256","crit":["x"]}"#, .critical), ("[]", .badHeader), ("x", .badHeader),
        (#"{"alg":"RS256"}"#, .badSignature), (#"{"alg":"HS512"}"#, .badSignature),
        (#"{"alg":"ES256"}"#, .badSignature), (#"{"alg":"HS256","kid":"other"}"#, .badSignature),
    ])
    func `a header that asks for something else is refused`(
        header: String,
        expected: TokenFailure
    ) throws {
        let keys = try Self.keys(",\"kid\":\"one\",\"alg\":\"HS256\"")
        #expect(try Self.verify(Self.token("{}", header: header), keys: keys) == expected)
        let good = Self.token("{}", header: #"{"alg":"HS256","kid":"one"}"#)
        #expect(try Self.verify(good, keys: keys) == nil)
    }

    /// The oldest trick: a public key taken for the secret of an HMAC.
    @Test func `a public key is no secret`() throws {
        let modulus = String(
            decoding: Base64URL.encode(
                [0xC1] + (0..<255).map { UInt8(truncatingIfNeeded: $0 * 7 | 1) }
            ),
            as: UTF8.self
        )
        let keys = try KeySet(
            Array("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"\(modulus)\",\"e\":\"AQAB\"}]}".utf8)
        )
        let forged = Self.token("{}", secret: Array(modulus.utf8))
        #expect(try Self.verify(forged, keys: keys) == .badSignature)
    }

    @Test(arguments: [
        "", ".", "..", "a.b", "a.b.c.d", "e30.e30.", "e30=.e30.AA", "e30.e30.A", "{}.{}.{}",
    ])
    func `what is no token is refused`(text: String) throws {
        let failure = try Self.verify(text)
        #expect(failure != nil)
    }

    @Test func `any change of a token is noticed`() throws {
        let token = Self.token(#"{"sub":"a","exp":1700000060}"#)
        let bytes = Array(token.utf8)
        let seed: UInt64 = 8
        var random = RandomSource(seed: seed)
        for round in 0..<1000 {
            var other = bytes
            let place = random.below(other.count)
            other[place] ^= UInt8(1 + random.below(127))
            let text = String(decoding: other, as: UTF8.self)
            #expect(try Self.verify(text) != nil, "seed \(seed) round \(round)")
        }
    }

    @Test func `a good token is checked once while it lasts`() throws {
        let verifier = TokenVerifier(Self.provider(), keys: try Self.keys(), seed: 1)
        let token = Array(Self.token(#"{"exp":1700000030}"#).utf8)
        for second in 0..<90 {
            _ = try verifier.verify(token.span, at: Self.now + .seconds(second))
        }
        #expect(verifier.checks == 1)
        #expect(throws: TokenFailure.expired) {
            try verifier.verify(token.span, at: Self.now + .seconds(90))
        }
        let forever = Array(Self.token("{}").utf8)
        _ = try verifier.verify(forever.span, at: Self.now)
        _ = try verifier.verify(forever.span, at: Self.now + .seconds(300))
        #expect(verifier.checks == 3)
        verifier.setKeys(nil)
        #expect(throws: TokenFailure.noKeys) { try verifier.verify(forever.span, at: Self.now) }
    }

    @Test func `bad tokens push nothing good out for ever`() throws {
        let verifier = TokenVerifier(Self.provider(), keys: try Self.keys(), seed: 1)
        let good = Array(Self.token("{}").utf8)
        for number in 0..<2000 {
            let bad = Array(Self.token("{\"n\":\(number)}", secret: [1]).utf8)
            #expect(throws: TokenFailure.badSignature) {
                try verifier.verify(bad.span, at: Self.now)
            }
        }
        _ = try verifier.verify(good.span, at: Self.now)
        #expect(verifier.checks == 2001)
        _ = try verifier.verify(good.span, at: Self.now)
        #expect(verifier.checks == 2001)
    }

    // MARK: The gate

    private static func gate(
        _ requirement: TokenRequirement,
        forwards: Bool = false
    ) throws -> TokenGate {
        try TokenGate(
            TokenSettings(
                providers: [
                    provider(forwards: forwards),
                    provider(name: "q", places: [.header("x-other", prefix: "")]),
                ],
                rules: [
                    .init(match: .init(path: .exact("/open")), requirement: .none),
                    .init(match: .init(path: .prefix("/")), requirement: requirement),
                ]
            ),
            keys: [keys(), keys()],
            seed: 1
        )
    }

    private static func check(_ gate: TokenGate, _ head: inout RequestHead) -> TokenFailure? {
        var random = RandomSource(seed: 1)
        return gate.check(&head, client: PeerAddress(), at: now, random: &random)
    }

    @Test func `claims become fields, and a token goes no further`() throws {
        let gate = try Self.gate(.provider("p"))
        let claims = #"{"sub":"ann","realm":{"role":"admin"}}"#
        let token = Self.token(claims)
        var head = request(
            "/x?access_token=y",
            [("x-sub", "forged"), ("Authorization", "bearer \(token)"), ("a", "b")]
        )
        #expect(Self.check(gate, &head) == nil)
        #expect(
            lines(head.fields) == [
                "a: b", "x-payload: \(Self.encode(claims))", "x-sub: ann", "x-role: admin",
            ]
        )
        var query = request("/x?a=1&access_token=\(token)&b=2")
        #expect(Self.check(gate, &query) == nil)
        #expect(String(copying: query.path) == "/x?a=1&b=2")
        var cookie = request("/", [("cookie", "a=1; jwt=\(token)")])
        #expect(Self.check(gate, &cookie) == nil)
        var open = request("/open?x", [("x-sub", "forged")])
        #expect(Self.check(gate, &open) == nil)
        #expect(lines(open.fields) == [])
        let forwarding = try Self.gate(.provider("p"), forwards: true)
        var kept = request("/", [("authorization", "Bearer \(token)")])
        #expect(Self.check(forwarding, &kept) == nil)
        #expect(lines(kept.fields).contains("authorization: Bearer \(token)"))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var requirement: TokenRequirement
        /// `+` a good token, `-` a bad one, ` ` none; of the first and the second provider.
        var tokens: String
        var expected: TokenFailure?
        var testDescription: String { "\(requirement) \(tokens)" }
    }

    @Test(arguments: [
        Row(requirement: .provider("p"), tokens: "+ ", expected: nil),
        Row(requirement: .provider("p"), tokens: " +", expected: .missing),
        Row(requirement: .provider("p"), tokens: "-+", expected: .badSignature),
        Row(requirement: .any([.provider("p"), .provider("q")]), tokens: " +", expected: nil),
        Row(requirement: .any([.provider("p"), .provider("q")]), tokens: "-+", expected: nil),
        Row(requirement: .any([.provider("p"), .provider("q")]), tokens: "  ", expected: .missing),
        Row(
            requirement: .any([.provider("p"), .provider("q")]),
            tokens: "- ",
            expected: .badSignature
        ),
        Row(requirement: .all([.provider("p"), .provider("q")]), tokens: "++", expected: nil),
        Row(requirement: .all([.provider("p"), .provider("q")]), tokens: "+ ", expected: .missing),
        Row(requirement: .any([.provider("p"), .allowMissing]), tokens: "  ", expected: nil),
        Row(requirement: .any([.provider("p"), .allowMissing]), tokens: "+ ", expected: nil),
        Row(
            requirement: .any([.provider("p"), .allowMissing]),
            tokens: "- ",
            expected: .badSignature
        ),
        Row(requirement: .allowMissing, tokens: "  ", expected: nil),
        Row(requirement: .allowMissing, tokens: "- ", expected: .badSignature),
        Row(requirement: .allowMissing, tokens: "+ ", expected: nil),
        Row(requirement: .allowMissingOrFailed, tokens: "--", expected: nil),
        Row(requirement: .none, tokens: "--", expected: nil),
    ])
    func `requirements are met as they say`(_ row: Row) throws {
        let gate = try Self.gate(row.requirement)
        let good = Self.token("{}")
        let bad = Self.token("{}", secret: [9])
        var head = request("/")
        for (mark, name) in zip(row.tokens, ["authorization", "x-other"]) where mark != " " {
            let token = (name == "authorization" ? "Bearer " : "") + (mark == "+" ? good : bad)
            let pair = (Array(name.utf8), Array(token.utf8))
            head.fields.append(name: pair.0.span, value: pair.1.span)
        }
        #expect(Self.check(gate, &head) == row.expected)
    }

    @Test func `a rule for nobody is refused with the nearest name`() {
        #expect {
            try TokenGate(
                TokenSettings(
                    providers: [Self.provider(name: "company")],
                    rules: [.init(match: .init(), requirement: .provider("compny"))]
                ),
                keys: [],
                seed: 1
            )
        } throws: { "\($0)".contains("did you mean \"company\"") }
    }

    @Test(arguments: [
        "", "x", "{}", "[]", #"{"keys":[]}"#, #"{"keys":[{"kty":"oct"}]}"#,
        #"{"keys":[{"kty":"oct","k":"===="}]}"#, #"{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"}]}"#,
        #"{"keys":[{"kty":"oct","k":"AQ","use":"enc"}]}"#,
        #"{"keys":[{"kty":"oct","k":"AQ","alg":"RS256"}]}"#,
        #"{"keys":[{"kty":"OKP","crv":"X25519","x":"AQ"}]}"#,
        #"{"keys":[{"kty":"oct","k":"AQ","key_ops":["sign"]}]}"#,
    ])
    func `a key set without a usable key is refused`(text: String) {
        #expect(throws: Failure.self) { try KeySet(Array(text.utf8)) }
    }

    @Test func `keys that are not understood do not spoil the others`() throws {
        let keys = try KeySet(
            Array(#"{"keys":[{"kty":"new"},{"kty":"oct","k":"AQ"},{"kty":"EC","crv":"P-1"}]}"#.utf8)
        )
        #expect(keys.keys.count == 1)
        #expect(keys.skipped == 2)
    }

    @Test func `a refusal is told as the RFC has it`() {
        #expect(TokenFailure.missing.challenge(realm: "r") == "Bearer realm=\"r\"")
        #expect(
            TokenFailure.expired.challenge(realm: "r")
                == "Bearer realm=\"r\", error=\"invalid_token\""
        )
        #expect(TokenFailure.badAudience.status == 403)
        #expect(TokenFailure.expired.status == 401)
    }
}
