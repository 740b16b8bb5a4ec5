import Basics
import HTTP
import Reactor
import Security
import TestKit
import Testing

@testable import Proxying

/// Conditions about clients' certificates and TLS, from a file to the answer.
@Suite struct CertificateConditionTests {
    private static let nginx = """
        events {} http { server { listen 80; location / {
            if ($ssl_client_verify != SUCCESS) { return 403; }
            if ($ssl_client_s_dn ~ "CN=me") { return 201; }
            if ($ssl_protocol) { return 202; }
            return 204;
        } } }

        """
    private static let haproxy = """
        frontend in
            mode http
            bind :80
            http-request return status 403 unless { ssl_c_used } { ssl_c_verify 0 }
            http-request return status 201 if { ssl_c_s_dn(cn) -i ME }
            http-request return status 202 if { ssl_fc_protocol TLSv1.2 TLSv1.3 }
            http-request return status 204

        """

    /// The settings that a file leads to, in a listener of the bench.
    private static func bench(_ text: String, _ dialect: Dialect) throws -> ProxyBench {
        let read = try Reading.value(text, dialect).configuration
        guard case .http(let http)? = read.listeners.first?.chains.first?.handler else {
            throw Failure(.invalid, "no listener of HTTP")
        }
        return try ProxyBench(
            simpleConfiguration { settings, _ in
                settings.routes = http.routes
                settings.filters = http.filters
            }
        )
    }

    @Test(arguments: [(nginx, Dialect.nginx), (haproxy, .haproxy)])
    func `who has shown which certificate decides`(text: String, dialect: Dialect) async throws {
        let authority = try await TestAuthority()
        let own = try await authority.leaf(["DNS:proxy.test"])
        let server = try TLSServerContext(
            TLSServerOptions(
                identities: [
                    TLSIdentity(certificates: own.certificate, privateKey: own.privateKey)
                ],
                clients: TLSTrust(
                    .these(pem: authority.certificate),
                    acceptsUntrusted: true
                )
            )
        )
        let bench = try Self.bench(text, dialect)
        func ask(_ client: Peer) -> Int {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            bench.settle()
            return status(client.text)
        }
        #expect(ask(bench.client()) == 403)
        let stranger = try TLSClientContext(TLSClientOptions(trust: nil))
        #expect(ask(try bench.client(stranger, to: server)) == 403)
        let other = try await TestAuthority("Somebody")
        for (issuer, name, expected) in [
            (authority, "me", 201), (authority, "you", 202), (other, "me", 403),
        ] {
            let leaf = try await issuer.leaf(["DNS:a.test"], commonName: name)
            let identity = TLSIdentity(
                certificates: leaf.certificate,
                privateKey: leaf.privateKey
            )
            let context = try TLSClientContext(
                TLSClientOptions(trust: nil, identity: identity)
            )
            #expect(ask(try bench.client(context, to: server)) == expected, "\(name)")
        }
    }
}
