extension HTTPSettings {
    /// The services that are asked about requests, wherever they stand.
    var authorizations: [AuthorizationSettings] {
        let own = filters.compactMap { filter -> AuthorizationSettings? in
            if case .authorization(let settings) = filter { settings } else { nil }
        }
        let hosts = routes.hosts.flatMap { host in
            [host.filters.authorization] + host.routes.map(\.filters.authorization)
        }
        return own + hosts.compactMap { $0 }
    }
}

/// Asking a service, before a request is sent on, whether it may pass.
public struct AuthorizationSettings: Sendable, Hashable {
    /// How the service's answer is understood.
    public enum Verdict: Sendable, Hashable {
        /// Some statuses let pass, 5xx is a failure of the service, and any other answer is the client's: its
        /// status, fields and body. Envoy's `ext_authz` lets pass with 200 only.
        case answer(passes: ClosedRange<Int>)
        /// 2xx lets pass, 401 and 403 refuse with the proxy's own page, and any other status is a failure of
        /// the service (nginx's `auth_request`).
        case status
    }

    /// What asks: the first whose match passes; filters and pages of their own have no effect.
    public var routes: [Route]
    /// The path that is asked for, with GET; `nil` asks with the method and path of the request.
    public var path: String?
    /// How the answer is understood.
    public var verdict: Verdict
    /// The fields of the request that the service sees besides `authorization`; `nil` is all.
    public var sentFields: [TextMatch]?
    /// The fields of an answer that lets pass which stand for those of the request.
    public var passedFields: [TextMatch]
    /// The fields of such an answer that are added to those of the request.
    public var appendedFields: [TextMatch]
    /// The fields of such an answer that the client gets.
    public var answerFields: [TextMatch]
    /// The fields of a refusal that the client gets besides `location` and `www-authenticate`; `nil` is all.
    public var refusalFields: [TextMatch]?
    /// Whether requests pass when the service fails.
    public var passesOnFailure: Bool
    /// Whether such requests tell so by `x-envoy-auth-failure-mode-allowed: true`.
    public var tellsFailure: Bool
    /// The status when the service fails.
    public var failureStatus: Int

    /// Makes settings with Envoy's defaults.
    public init(
        routes: [Route],
        path: String? = nil,
        verdict: Verdict = .answer(passes: 200...200),
        sentFields: [TextMatch]? = nil,
        passedFields: [TextMatch] = [],
        appendedFields: [TextMatch] = [],
        answerFields: [TextMatch] = [],
        refusalFields: [TextMatch]? = nil,
        passesOnFailure: Bool = false,
        tellsFailure: Bool = false,
        failureStatus: Int = 403
    ) {
        self.routes = routes
        self.path = path
        self.verdict = verdict
        self.sentFields = sentFields
        self.passedFields = passedFields
        self.appendedFields = appendedFields
        self.answerFields = answerFields
        self.refusalFields = refusalFields
        self.passesOnFailure = passesOnFailure
        self.tellsFailure = tellsFailure
        self.failureStatus = failureStatus
    }
}
