import Proxying
import Testing

/// Bootstraps with mistakes, and every word that is said about them.
@Suite("Mistakes in Envoy's language") struct EnvoyMistakeTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        var text: String
        var findings: [String]

        init(_ text: String, _ findings: [String]) {
            self.text = text
            self.findings = findings
        }

        var testDescription: String { findings.first ?? "" }
    }

    /// Paths are long: the manager's is shortened.
    static let manager =
        "static_resources.listeners[0].filter_chains[0].filters[0].typed_config"

    @Test(arguments: first + second)
    func `every mistake is told with its place and a remedy`(_ mistake: Mistake) {
        let found = Reading.findings(mistake.text, .envoy).map {
            $0.replacing(Self.manager, with: "MANAGER").replacing("static_resources.", with: "")
        }
        #expect(found == mistake.findings)
    }

    static let first: [Mistake] = [
        Mistake(
            EnvoyText.bootstrap(
                cluster: """
                    type: STRICT_DNS
                    conect_timeout: 5s
                    """
            ),
            [
                "error file:24:5: clusters[0]: the key \"conect_timeout\" is not known; did you mean \"connect_timeout\"?"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                cluster: """
                    type: STRICT_DNS
                    connect_timeout: 5m
                    """
            ),
            [
                "error file:24:22: clusters[0].connect_timeout: \"5m\" is no duration; write seconds: 0.25s, 90s"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                cluster: """
                    type: STRICT_DNS
                    connect_timeout: 5
                    """
            ),
            [
                "error file:24:22: clusters[0].connect_timeout: \"5\" is no duration; write seconds: 0.25s, 90s"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(cluster: "type: STRICTDNS"),
            [
                "error file:23:11: clusters[0].type: \"STRICTDNS\" is not one of STATIC, STRICT_DNS, LOGICAL_DNS, EDS, ORIGINAL_DST; did you mean STRICT_DNS?",
                "error file:29:22: clusters[0].load_assignment.endpoints[0].lb_endpoints[0].endpoint.address: \"app.local\" is a name, but the cluster's type is STATIC; write type: STRICT_DNS",
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(cluster: "type: STATIC"),
            [
                "error file:29:22: clusters[0].load_assignment.endpoints[0].lb_endpoints[0].endpoint.address: \"app.local\" is a name, but the cluster's type is STATIC; write type: STRICT_DNS"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                cluster: """
                    type: EDS
                    eds_cluster_config: { eds_config: { ads: {} } }
                    """,
                hosts: ""
            ),
            [
                "error file:23:5: clusters[0].type: EDS is not supported; use STRICT_DNS with the name of a headless service",
                "error file:24:5: clusters[0].eds_cluster_config: it is not supported",
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                cluster: "type: LOGICAL_DNS",
                hosts: """
                    \(EnvoyText.hosts)
                        - endpoint: { address: { socket_address: { address: b, port_value: 80 } } }
                    """
            ),
            [
                "error file:25:7: clusters[0].load_assignment: a cluster of the type LOGICAL_DNS must have exactly one host; use STRICT_DNS for several"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(routes: "- { match: { prefix: / }, route: { cluster: ap } }"),
            [
                "error file:16:50: MANAGER.route_config.virtual_hosts[0].routes[0].route.cluster: there is no cluster \"ap\"; did you mean \"app\"?"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(routes: "- { match: { prefix: / } }"),
            [
                "error file:16:17: MANAGER.route_config.virtual_hosts[0].routes[0]: one of \"route\", \"redirect\", \"direct_response\", \"filter_action\", \"non_forwarding_action\" is needed"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(routes: "- { route: { cluster: app } }"),
            [
                "error file:16:17: MANAGER.route_config.virtual_hosts[0].routes[0]: \"match\" is missing"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(routes: "- { match: {}, route: { cluster: app } }"),
            [
                "error file:16:26: MANAGER.route_config.virtual_hosts[0].routes[0].match: one of \"prefix\", \"path\", \"safe_regex\", \"connect_matcher\", \"path_separated_prefix\", \"path_match_policy\" is needed"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                routes: "- { match: { prefix: /, path: /a }, route: { cluster: app } }"
            ),
            [
                "error file:16:39: MANAGER.route_config.virtual_hosts[0].routes[0].match.path: \"prefix\" and \"path\" exclude each other; remove one"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                routes: "- { match: { safe_regex: { regex: '/(' } }, route: { cluster: app } }"
            ),
            [
                "error file:16:42: MANAGER.route_config.virtual_hosts[0].routes[0].match.safe_regex.regex: the regular expression \"/(\" is not understood: missing closing parenthesis at its character 3"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(routes: "- { match: { regex: '/a' }, route: { cluster: app } }"),
            [
                "error file:16:28: MANAGER.route_config.virtual_hosts[0].routes[0].match.regex: \"regex\" is of an old API, which Envoy does not read any more; write safe_regex: {regex: ...}"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                routes: "- { match: { path_separated_prefix: /a/ }, route: { cluster: app } }"
            ),
            [
                "error file:16:28: MANAGER.route_config.virtual_hosts[0].routes[0].match.path_separated_prefix: \"/a/\" must begin with a slash, not end with one, and hold no ? or #"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                routes:
                    "- { match: { prefix: / }, route: { weighted_clusters: { clusters: [ { name: app, weight: 0 } ] } } }"
            ),
            [
                "error file:16:69: MANAGER.route_config.virtual_hosts[0].routes[0].route.weighted_clusters: the weights are 0 together"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                routes: "- { match: { prefix: / }, direct_response: { status: 700 } }"
            ),
            [
                "error file:16:68: MANAGER.route_config.virtual_hosts[0].routes[0].direct_response.status: 700 is out of range; it must be 200 to 599"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                routes:
                    "- { match: { prefix: / , headers: [ { name: x, exact_match: yes } ] }, route: { cluster: app } }"
            ),
            [
                "error file:16:75: MANAGER.route_config.virtual_hosts[0].routes[0].match.headers[0].exact_match: a text is expected, but yes is a boolean; put it in quotes: \"yes\""
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                routes:
                    "- { match: { prefix: / , headers: [ { name: x, exact_match: 1 } ] }, route: { cluster: app } }"
            ),
            [
                "error file:16:75: MANAGER.route_config.virtual_hosts[0].routes[0].match.headers[0].exact_match: a text is expected, but 1 is an integer; put it in quotes: \"1\""
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                host: "request_headers_to_add: [ { header: { key: Host, value: a } } ]"
            ),
            [
                "error file:15:53: MANAGER.route_config.virtual_hosts[0].request_headers_to_add[0].header.key: the host cannot be changed by headers; write host_rewrite_literal in the route"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                host: "request_headers_to_add: [ { header: { key: \":path\", value: a } } ]"
            ),
            [
                "error file:15:53: MANAGER.route_config.virtual_hosts[0].request_headers_to_add[0].header.key: \":path\" cannot be changed"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(host: "retry_policy: { retry_on: 5xxx }"),
            [
                "error file:15:31: MANAGER.route_config.virtual_hosts[0].retry_policy.retry_on: the condition \"5xxx\" is not known; did you mean \"5xx\"?"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                host: "retry_policy: { retry_on: 5xx, retry_back_off: { max_interval: 1s } }"
            ),
            [
                "error file:15:62: MANAGER.route_config.virtual_hosts[0].retry_policy.retry_back_off: \"base_interval\" is missing"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                manager: "rds: { route_config_name: a, config_source: { ads: {} } }"
            ),
            [
                "error file:11:11: MANAGER.rds: \"route_config\" and \"rds\" exclude each other; remove one"
            ]
        ),
    ]
}
