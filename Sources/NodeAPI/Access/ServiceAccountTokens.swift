internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor
internal import Security

/// A token to be made for a service account.
public struct TokenWish: Sendable, Hashable {
    /// The account's namespace.
    public var namespace: String
    /// The account's name.
    public var account: String
    /// Whom the token is for; empty means the API itself.
    public var audiences: [String] = []
    /// How long it shall hold, in seconds.
    public var seconds = 3600
    /// The name of the pod that it ends with; empty for none.
    public var podName = ""
    /// The UID of that pod.
    public var podUID = ""

    /// Makes a wish for an hour, for the API itself.
    public init(namespace: String, account: String) {
        self.namespace = namespace
        self.account = account
    }
}

/// Makes tokens for service accounts, and knows their bearers again.
///
/// A token ends with its time, with its account and with the pod that it is bound to.
@MainLoop struct ServiceAccountTokens {
    /// The shortest life of a token that clients may ask for, in seconds.
    static let secondsMinimum = 600
    /// The longest life of a token, in seconds: a year.
    static let secondsMaximum = 365 * 86_400

    let key: SigningKey
    let store: ObjectStore
    let now: Timestamp

    /// Makes a token.
    ///
    /// - Returns: The text, and when it ends.
    /// - Throws: 404 if there is no such account.
    func issue(_ wish: TokenWish) throws(APIError) -> (text: String, end: Timestamp) {
        let accounts = ResourceKind.serviceAccounts
        guard let account = store.get(accounts.key(wish.namespace, wish.account)) else {
            throw .notFound(accounts, wish.account)
        }
        var claim: JSON = [
            "namespace": .string(wish.namespace),
            "serviceaccount": [
                "name": .string(wish.account), "uid": account["metadata"]?["uid"] ?? "",
            ],
        ]
        if !wish.podName.isEmpty {
            claim["pod"] = ["name": .string(wish.podName), "uid": .string(wish.podUID)]
        }
        let token = BearerToken(
            subject: "system:serviceaccount:\(wish.namespace):\(wish.account)",
            audiences: wish.audiences.isEmpty ? [NodeCredentials.issuer] : wish.audiences,
            at: now,
            seconds: wish.seconds,
            account: claim
        )
        return (token.text(signedBy: key), Timestamp(seconds: token.end))
    }

    /// Whose token it is, and for whom it is; `nil` for a token that does not hold.
    func caller(of text: String) -> (caller: Caller, audiences: [String])? {
        guard let token = BearerToken(text, signedBy: key), token.issued <= now.seconds,
            now.seconds < token.end
        else { return nil }
        let credential = [
            "authentication.kubernetes.io/credential-id": ["JTI=" + token.identifier]
        ]
        guard token.subject.hasPrefix("system:serviceaccount:") else {
            let caller = Caller(
                name: token.subject,
                groups: token.groups + [Caller.authenticated],
                extra: credential
            )
            return (caller, token.audiences)
        }
        let namespace = token.account["namespace"]?.string ?? ""
        let account = token.account["serviceaccount"]
        let name = account?["name"]?.string ?? ""
        guard isThere(ResourceKind.serviceAccounts.key(namespace, name), account) else {
            return nil
        }
        var extra = credential
        if let pod = token.account["pod"] {
            let name = pod["name"]?.string ?? ""
            guard isThere(ResourceKind.pods.key(namespace, name), pod) else { return nil }
            extra["authentication.kubernetes.io/pod-name"] = [name]
            extra["authentication.kubernetes.io/pod-uid"] = [pod["uid"]?.string ?? ""]
        }
        let groups = [
            "system:serviceaccounts", "system:serviceaccounts:\(namespace)", Caller.authenticated,
        ]
        let caller = Caller(
            name: token.subject,
            uid: account?["uid"]?.string ?? "",
            groups: groups,
            extra: extra
        )
        return (caller, token.audiences)
    }

    /// Whether the very object of a claim is still there.
    private func isThere(_ key: ObjectKey, _ claim: JSON?) -> Bool {
        guard let uid = claim?["uid"]?.string, let object = store.get(key) else { return false }
        return object["metadata"]?["uid"]?.string == uid
    }
}
