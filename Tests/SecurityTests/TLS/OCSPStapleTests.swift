import Basics
import TestKit
import Testing

@testable import Security

@Suite struct OCSPStapleTests {
    /// An identity with a response beside it; the chain ends with its issuer.
    private func identity(
        _ leaf: TestAuthority.Leaf,
        _ authority: TestAuthority?,
        _ staple: [UInt8]?
    ) -> TLSIdentity {
        var identity = TLSIdentity(leaf, path: "/c")
        if let authority { identity.certificates += authority.certificate }
        identity.staple = staple
        identity.staplePath = "/c.ocsp"
        return identity
    }

    @Test func `a response is read, whoever has signed it for the issuer`() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf(["DNS:a.test"])
        let helper = try await authority.leaf(
            [],
            commonName: "helper",
            extensions: ["extendedKeyUsage=OCSPSigning"]
        )
        for (issuer, responder) in [
            (authority as TestAuthority?, nil as TestAuthority.Leaf?), (authority, helper),
            (nil, nil), (nil, helper),
        ] {
            let response = try await authority.response(about: leaf, signedBy: responder)
            let report = try identity(leaf, issuer, response).check(at: .now)
            #expect(report.warnings == [])
            let staple = try #require(report.staple)
            #expect(staple.status == .good)
            #expect(staple.start <= .now)
            #expect(try #require(staple.end) - staple.start == .seconds(3600))
        }
    }

    @Test func `what is not sent is warned about`() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf(["DNS:a.test"])
        let clock = try await FalseClock()
        let words: [(TestAuthority.Word, Int64, String)] = [
            (.revoked, 0, "/c.ocsp says that the certificate is revoked"),
            (.unknown, 0, "/c.ocsp does not know the certificate"),
            (.good, -7 * 86_400, "/c.ocsp has expired on DAY and is not sent"),
            (.good, 7 * 86_400, "/c.ocsp is not valid before DAY and is not sent"),
        ]
        for (word, offset, warning) in words {
            try clock.jump(to: offset)
            let response = try await authority.response(
                about: leaf,
                word,
                environment: clock.environment
            )
            let report = try identity(leaf, authority, response).check(at: .now)
            let said = try #require(report.warnings.first)
            let pattern = warning.split(separator: "DAY")
            #expect(report.warnings.count == 1)
            #expect(said.hasPrefix("the OCSP response " + pattern[0]), "\(said)")
            #expect(said.hasSuffix(pattern[pattern.count - 1]), "\(said)")
            let loaded = try LoadedIdentity(identity(leaf, authority, response))
            #expect(loaded.staple?.isCurrent == false)
        }
        let strict = try await authority.leaf(
            ["DNS:a.test"],
            extensions: ["tlsfeature=status_request"]
        )
        #expect(
            try identity(strict, authority, nil).check(at: .now).warnings == [
                "/c.crt says that clients should refuse it without an OCSP response"
            ]
        )
        let response = try await authority.response(about: strict)
        #expect(try identity(strict, authority, response).check(at: .now).warnings == [])
    }

    @Test func `what no client could use is refused with the path`() async throws {
        let authority = try await TestAuthority()
        let impostor = try await TestAuthority()
        let leaf = try await authority.leaf(["DNS:a.test"])
        let other = try await authority.leaf(["DNS:b.test"])
        let good = try await authority.response(about: leaf)
        let foreign = try await impostor.response(about: leaf)
        // An ordinary certificate of the same authority is no responder.
        let peer = try await authority.response(about: leaf, signedBy: other)
        let table: [([UInt8], String)] = [
            ([], "it is no OCSP response in DER form"),
            (Array("-----BEGIN".utf8), "it is no OCSP response in DER form"),
            (Array(good.dropLast()), "it is no OCSP response in DER form"),
            (good + [0, 0], "there are 2 bytes after its end"),
            // An answer without content: RFC 6960, section 4.2.1, status 3.
            ([0x30, 3, 0x0A, 1, 3], #"the responder gave no answer but "trylater""#),
            (
                try await authority.response(about: other),
                "the response is for another certificate"
            ),
            (foreign, "the certificate's issuer has not signed the response"),
            (peer, "the certificate's issuer has not signed the response"),
        ]
        for (bytes, cause) in table {
            do {
                _ = try identity(leaf, authority, bytes).check(at: .now)
                Issue.record("taken: \(cause)")
            } catch {
                let text = "\(error)"
                #expect(text.hasPrefix("cannot use the OCSP response /c.ocsp: \(cause)"), "\(text)")
            }
        }
        for count in 0..<good.count {
            #expect(throws: Failure.self) {
                try identity(leaf, authority, Array(good.prefix(count))).check(at: .now)
            }
        }
    }
}
