internal import Basics
internal import Formats
internal import Security

extension NodeAPI {
    /// How long credentials hold if nothing else is asked for, in seconds: a year.
    private static let credentialSeconds = 365 * 86_400

    /// Makes credentials for a user: `{"user", "groups", "seconds", "form": "certificate" | "token"}`.
    ///
    /// The answer has the authority's certificate beside them, and the URL if there is one.
    func issueCredentials(_ request: APIRequest) throws(APIError) -> APIResponse {
        guard let credentials = settings.credentials else {
            throw APIError(503, "ServiceUnavailable", "this engine has no keys")
        }
        let wish = try BodyReader.json(request)
        let user = wish["user"]?.string ?? "remora-admin"
        let groups = wish["groups"]?.array.map { $0.compactMap(\.string) } ?? [Caller.masters]
        let seconds = wish["seconds"]?.int ?? Self.credentialSeconds
        guard (60...10 * Self.credentialSeconds).contains(seconds) else {
            throw .badRequest("credentials hold from a minute to ten years, not \(seconds) s")
        }
        guard !user.isEmpty, !user.hasPrefix("system:serviceaccount:") else {
            throw .badRequest(
                "\"\(user)\" is no user; for a service account use kubectl create token"
            )
        }
        var answer: JSON = [
            "user": .string(user),
            "certificateAuthority": .string(credentials.authority.certificate),
        ]
        answer["server"] = services.nodeInfo()["server"]
        do throws(Failure) {
            if wish["form"]?.string == "token" {
                let token = BearerToken(
                    subject: user,
                    audiences: [NodeCredentials.issuer],
                    at: now,
                    seconds: seconds,
                    groups: groups
                )
                answer["token"] = .string(token.text(signedBy: credentials.tokenKey))
            } else {
                let leaf = try credentials.authority.issue(
                    CertificateRequest(
                        commonName: user,
                        organizations: groups,
                        use: .client,
                        life: .seconds(seconds)
                    ),
                    at: now
                )
                answer["certificate"] = .string(leaf.certificate)
                answer["privateKey"] = .string(leaf.privateKey)
            }
        } catch { throw APIError(error) }
        return APIResponse(200, answer)
    }
}
