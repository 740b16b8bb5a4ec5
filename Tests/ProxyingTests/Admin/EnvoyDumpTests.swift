import Formats
import Testing

@testable import Proxying

@Suite struct EnvoyDumpTests {
    private static let network = "type.googleapis.com/envoy.extensions.filters.network"

    private static func configs(_ text: String, _ dialect: Dialect) throws -> JSON {
        EnvoyDump.configs(try Reading.value(text, dialect).configuration)
    }

    /// The part of a type, such as `Clusters`.
    private static func part(_ configs: JSON, _ name: String) throws -> JSON {
        try #require(
            configs.array?.first {
                $0["@type"] == .string("type.googleapis.com/envoy.admin.v3.\(name)ConfigDump")
            }
        )
    }

    @Test func `what Envoy was told comes back in its own words`() throws {
        let configs = try Self.configs(
            """
            node: { id: me, cluster: us }
            static_resources:
              listeners:
              - name: in
                address: { socket_address: { address: 0.0.0.0, port_value: 8080 } }
                filter_chains:
                - filters:
                  - name: envoy.filters.network.http_connection_manager
                    typed_config:
                      "@type": \(Self.network).http_connection_manager.v3.HttpConnectionManager
                      stat_prefix: web
                      http_filters:
                      - name: envoy.filters.http.router
                        typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
                      route_config:
                        name: local
                        virtual_hosts:
                        - name: all
                          domains: ["*"]
                          routes:
                          - match: { path: /old }
                            redirect: { path_redirect: /new, response_code: FOUND }
                          - match: { prefix: /a }
                            route: { cluster: app, timeout: 1.5s, prefix_rewrite: / }
                          - match: { prefix: / }
                            direct_response: { status: 404, body: { inline_string: none } }
              clusters:
              - name: app
                type: STRICT_DNS
                connect_timeout: 0.25s
                lb_policy: LEAST_REQUEST
                load_assignment:
                  cluster_name: app
                  endpoints:
                  - lb_endpoints:
                    - endpoint: { address: { socket_address: { address: app.local, port_value: 80 } } }
            """,
            .envoy
        )
        #expect(configs.array?.count == 4)
        #expect(try Self.part(configs, "Bootstrap")["bootstrap"]?["node"]?["id"] == "me")
        let cluster = try Self.part(configs, "Clusters")["static_clusters"]?[0]?["cluster"]
        #expect(cluster?["name"] == "app" && cluster?["type"] == "STRICT_DNS")
        #expect(cluster?["connect_timeout"] == "0.250s" && cluster?["lb_policy"] == "LEAST_REQUEST")
        #expect(
            cluster?["load_assignment"]?["endpoints"]?[0]?["lb_endpoints"]?[0]?["endpoint"]
                == ["address": ["socket_address": ["address": "app.local", "port_value": 80]]]
        )
        let listener = try Self.part(configs, "Listeners")["static_listeners"]?[0]?["listener"]
        #expect(listener?["address"]?["socket_address"]?["port_value"] == 8080)
        let routes = try Self.part(configs, "Routes")["static_route_configs"]?[0]?["route_config"]
        #expect(
            listener?["filter_chains"]?[0]?["filters"]?[0]?["typed_config"]?["route_config"]
                == routes
        )
        #expect(routes?["name"] == "local")
        #expect(
            routes?["virtual_hosts"]?[0]?["routes"] == [
                [
                    "match": ["path": "/old"],
                    "redirect": ["response_code": "FOUND", "path_redirect": "/new"],
                ],
                [
                    "match": ["prefix": "/a"],
                    "route": ["cluster": "app", "timeout": "1.500s", "prefix_rewrite": "/"],
                ],
                [
                    "match": ["prefix": "/"],
                    "direct_response": ["status": 404, "body": ["inline_string": "none"]],
                ],
            ]
        )
    }

    @Test func `other languages have the same form`() throws {
        let relay = try Self.configs("listen: 5432\ntcp: db:5432\n", .own)
        let filter = try Self.part(relay, "Listeners")["static_listeners"]?[0]?["listener"]?[
            "filter_chains"
        ]?[0]?["filters"]?[0]
        #expect(filter?["name"] == "envoy.filters.network.tcp_proxy")
        #expect(filter?["typed_config"]?["cluster"] == "db:5432")
        let web = try Self.configs(
            "http { server { listen 80; location / { proxy_pass http://10.0.0.1; } } }",
            .nginx
        )
        let clusters = try Self.part(web, "Clusters")["static_clusters"]?.array
        #expect(clusters?.count == 1)
        #expect(clusters?[0]["cluster"]?["type"] == "STATIC")
    }
}
