public import Basics
internal import Formats
internal import Security

/// Which way a request came to the API.
public enum APIDoor: Sendable, Hashable {
    /// Over the engine's own socket, whose file lets only administrators in.
    case socket
    /// Over TLS, from anybody.
    case network
}

extension NodeAPI {
    /// Who sent a request that came over TLS.
    ///
    /// A certificate counts before a token. Without either the caller is anonymous.
    /// - Throws: 401 for credentials that do not hold.
    func caller(
        certificate: TLSCertificate?,
        authorization: String?
    ) throws(APIError) -> Caller {
        if let certificate, let caller = NodeCredentials.caller(of: certificate) { return caller }
        guard let authorization, !authorization.isEmpty else { return .anonymous }
        let words = authorization.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer", let tokens,
            let (caller, audiences) = tokens.caller(of: words[1].trimmingSpace()),
            audiences.contains(NodeCredentials.issuer)
        else { throw .unauthorized }
        return caller
    }

    /// What makes and knows tokens; `nil` for an API without keys.
    var tokens: ServiceAccountTokens? {
        settings.credentials.map {
            ServiceAccountTokens(key: $0.tokenKey, store: store, now: now)
        }
    }

    /// Makes a token for a service account, for a volume of a pod.
    ///
    /// - Throws: `notFound` if there is no such account, `unavailable` without keys.
    public func token(_ wish: TokenWish) throws(Failure) -> (text: String, end: Timestamp) {
        guard let tokens else {
            throw Failure(.unavailable, "cannot make a token", cause: "the API has no keys")
        }
        do { return try tokens.issue(wish) } catch {
            throw Failure(.notFound, "cannot make a token", cause: error.message)
        }
    }

    /// The caller whom an administrator wants to be taken for (`kubectl --as`).
    ///
    /// - Throws: 403 if the caller may not do that, 400 for groups without a user.
    func impersonated(_ caller: Caller, _ wanted: Impersonation) throws(APIError) -> Caller {
        guard let user = wanted.user else {
            guard wanted.groups.isEmpty, wanted.extra.isEmpty else {
                throw .badRequest("requested groups or extra without impersonating a user")
            }
            return caller
        }
        let authorizer = Authorizer(store: store)
        let account = Self.serviceAccount(user)
        try authorizer.check(
            caller,
            AccessAttributes(
                verb: "impersonate",
                resource: account == nil ? "users" : "serviceaccounts",
                name: account?.name ?? user,
                namespace: account?.namespace ?? ""
            )
        )
        for group in wanted.groups {
            try authorizer.check(
                caller,
                AccessAttributes(verb: "impersonate", resource: "groups", name: group)
            )
        }
        var groups = wanted.groups
        if let account, groups.isEmpty {
            groups = ["system:serviceaccounts", "system:serviceaccounts:\(account.namespace)"]
        }
        if user != Caller.anonymous.name, !groups.contains(Caller.authenticated) {
            groups.append(Caller.authenticated)
        }
        return Caller(name: user, groups: groups, extra: wanted.extra)
    }

    private static func serviceAccount(_ user: String) -> (namespace: String, name: String)? {
        let parts = user.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount" else {
            return nil
        }
        return (parts[2], parts[3])
    }
}

/// Whom a request wants to be taken for: the headers `Impersonate-User`, `-Group`, `-Extra-...`.
struct Impersonation: Sendable, Hashable {
    var user: String?
    var groups: [String] = []
    var extra: [String: [String]] = [:]
}
