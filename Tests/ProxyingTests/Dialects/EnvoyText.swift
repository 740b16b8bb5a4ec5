/// A small bootstrap whose parts tests replace.
enum EnvoyText {
    static let http = "type.googleapis.com/envoy.extensions.filters.http"
    static let sockets = "type.googleapis.com/envoy.extensions.transport_sockets"
    static let routes = """
        - match: { prefix: /api }
          route: { cluster: app }
        """
    static let router = """
        - name: envoy.filters.http.router
          typed_config: { "@type": \(http).router.v3.Router }
        """
    static let hosts = """
        load_assignment:
          cluster_name: app
          endpoints:
          - lb_endpoints:
            - endpoint:
                address: { socket_address: { address: app.local, port_value: 80 } }
        """

    /// A bootstrap with one listener and one cluster.
    static func bootstrap(
        routes: String = routes,
        host: String = "",
        manager: String = "",
        filters: String = router,
        chain: String = "",
        listener: String = "",
        cluster: String = "type: STRICT_DNS",
        hosts: String = hosts,
        top: String = ""
    ) -> String {
        """
        static_resources:
          listeners:
          - name: web
            address: { socket_address: { address: 0.0.0.0, port_value: 8080 } }
        \(indented(listener, 4))
            filter_chains:
            - filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: web
        \(indented(manager, 10))
                  route_config:
                    virtual_hosts:
                    - name: all
                      domains: ["*"]
        \(indented(host, 14))
                      routes:
        \(indented(routes, 14))
                  http_filters:
        \(indented(filters, 10))
        \(indented(chain, 6))
          clusters:
          - name: app
        \(indented(cluster, 4))
        \(indented(hosts, 4))
        \(top)
        """.split(separator: "\n").filter { !$0.allSatisfy { $0 == " " } }.joined(separator: "\n")
            + "\n"
    }

    private static func indented(_ text: String, _ columns: Int) -> String {
        text.split(separator: "\n").map { String(repeating: " ", count: columns) + $0 }
            .joined(separator: "\n")
    }
}
