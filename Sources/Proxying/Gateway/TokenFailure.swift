/// Why a request with a JSON web token, or without one, is refused; with Envoy's words for clients.
package enum TokenFailure: String, Error, Sendable, Hashable {
    case missing = "Jwt is missing"
    case badFormat =
        "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"
    case badHeader = "Jwt header is an invalid JSON"
    case badPayload = "Jwt payload is an invalid JSON"
    case badAlgorithm = "Jwt header [alg] field value is not supported"
    case critical = "Jwt header [crit] is not supported"
    case badSignature = "Jwt verification fails"
    case expired = "Jwt is expired"
    case notYet = "Jwt not yet valid"
    case unknownIssuer = "Jwt issuer is not configured"
    case badAudience = "Audiences in Jwt are not allowed"
    case noKeys = "Jwks remote fetch is failed"

    /// 401, or 403 for a good token that is for somebody else.
    var status: Int { self == .badAudience ? 403 : 401 }

    /// The value of `www-authenticate` (RFC 6750, section 3).
    func challenge(realm: String) -> String {
        self == .missing
            ? "Bearer realm=\"\(realm)\"" : "Bearer realm=\"\(realm)\", error=\"invalid_token\""
    }
}
