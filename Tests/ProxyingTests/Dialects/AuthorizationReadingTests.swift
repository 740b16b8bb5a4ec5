import Proxying
import Testing

/// What Envoy's `ext_authz` is read as.
@Suite struct AuthorizationReadingTests {
    private static let text = """
        name: envoy.filters.http.ext_authz
        typed_config:
          "@type": \(EnvoyText.http).ext_authz.v3.ExtAuthz
          transport_api_version: V3
          failure_mode_allow: true
          status_on_error: { code: 503 }
          http_service:
            server_uri: { uri: "http://app", cluster: app, timeout: 0.25s }
            path_prefix: /check
            authorization_request:
              allowed_headers: { patterns: [ { exact: Cookie }, { prefix: x-a } ] }
              headers_to_add: [ { key: x-from, value: envoy } ]
            authorization_response:
              allowed_upstream_headers: { patterns: [ { exact: x-user } ] }
              allowed_client_headers_on_success: { patterns: [ { safe_regex: { regex: "x-.*" } } ] }
        """

    private static func findings(_ text: String) -> [String] {
        let item = "- " + text.replacingLineStarts(with: "  ")
        return Reading.findings(
            EnvoyText.bootstrap(filters: item + "\n" + EnvoyText.router),
            .envoy
        )
    }

    @Test func `a service over HTTP`() throws {
        let item = "- " + Self.text.replacingLineStarts(with: "  ")
        let text = EnvoyText.bootstrap(filters: item + "\n" + EnvoyText.router)
        let configuration = try Reading.value(text, .envoy).configuration
        guard case .http(let http) = configuration.listeners[0].chains[0].handler,
            case .authorization(let settings)? = http.filters.first,
            case .forward(let forward)? = settings.routes.first?.action
        else {
            Issue.record("there is no filter: \(configuration)")
            return
        }
        #expect(settings.routes.count == 1 && settings.path == nil)
        #expect(settings.verdict == .answer(passes: 200...200))
        #expect(settings.routes[0].match == RouteMatch(path: .prefix("/")))
        #expect(forward.target == .clusters([WeightedCluster(name: "app")]))
        #expect(forward.pathRewrite == .prefix("/check/") && forward.timeout == .milliseconds(250))
        #expect(
            settings.routes[0].headers.requestAdditions == [
                HeaderAddition(name: "x-from", value: "envoy", mode: .overwrite)
            ]
        )
        #expect(settings.sentFields == [.exact("cookie"), .prefix("x-a")])
        #expect(settings.passedFields == [.exact("x-user")] && settings.refusalFields == nil)
        #expect(settings.answerFields == [.regex("x-.*")])
        #expect(settings.passesOnFailure && settings.failureStatus == 503)
    }

    @Test(arguments: [
        ("uri: \"http://app\", ", "", "\"uri\" is missing"),
        ("cluster: app", "cluster: apb", "there is no cluster \"apb\"; did you mean \"app\"?"),
        ("path_prefix: /check", "path_prefix: check", "does not begin with a slash"),
        ("failure_mode_allow", "with_request_body: {}\nfailure_mode_allow", "with_request_body"),
        ("failure_mode_allow", "clear_route_cache: true\nfailure_mode_allow", "no effect"),
        ("{ exact: Cookie }", "{ exakt: Cookie }", "exakt"),
    ])
    func `mistakes are told`(_ part: String, _ other: String, _ expected: String) {
        let lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.map { line -> String in
            let indent = String(line.prefix { $0 == " " })
            let changed = String(line).replacing(part, with: other)
            return changed.replacing("\n", with: "\n" + indent)
        }.joined(separator: "\n")
        let findings = Self.findings(text)
        #expect(findings.contains { $0.contains(expected) }, "\(findings)")
    }
}
