import Basics
import Formats
import Proxying
import Security

extension FuzzSubject {
    /// JSON web tokens: as they come, and made of the lines of the input as header, claims and
    /// signature.
    ///
    /// None is good but the one that was signed.
    public static let token = FuzzSubject(name: "Token") { input in
        guard let keys = try? KeySet(Array(tokenKeys.utf8)) else { return "no keys" }
        var tokens = [input]
        let parts = input.split(separator: 10, maxSplits: 2, omittingEmptySubsequences: false)
        if parts.count == 3 {
            tokens.append(
                Base64URL.encode(Array(parts[0])) + [UInt8(ascii: ".")]
                    + Base64URL.encode(Array(parts[1])) + [UInt8(ascii: ".")] + parts[2]
            )
            let head =
                Base64URL.encode(Array(parts[0])) + [UInt8(ascii: ".")]
                + Base64URL.encode(Array(parts[1]))
            let mac = MessageAuthentication.sha256(key: Array("s".utf8), message: head)
            tokens.append(head + [UInt8(ascii: ".")] + Base64URL.encode(mac))
        }
        for (index, token) in tokens.enumerated() {
            let verifier = TokenVerifier(provider, keys: keys, seed: 1)
            let outcomes = [0, 1].map { _ -> Result<String, TokenFailure> in
                do throws(TokenFailure) {
                    _ = try verifier.verify(token.span, at: Timestamp(seconds: 1_700_000_000))
                    return .success("")
                } catch {
                    return .failure(error)
                }
            }
            if outcomes[0] != outcomes[1] { return "the second time it is \(outcomes[1])" }
            // The last one is signed by the key that the others cannot have.
            if case .success = outcomes[0], index < 2 { return "a forged token is good" }
        }
        return nil
    }

    private static let provider = TokenSettings.Provider(
        name: "p",
        issuer: "https://idp.example",
        audiences: ["api", "https://api.example/"],
        keys: .text(.inline(""))
    )

    /// Keys of each kind; the secret is `s`, and the others' private halves are nowhere.
    private static let tokenKeys = """
        {"keys":[{"kty":"oct","kid":"h","k":"cw"},
        {"kty":"EC","kid":"e","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
         "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"},
        {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
        """
}
