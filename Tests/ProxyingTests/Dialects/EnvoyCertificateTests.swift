import Proxying
import Testing

@Suite struct EnvoyCertificateTests {
    private static let certificates: [(String, CertificateForwarding)] = [
        ("", CertificateForwarding(.sanitize)),
        ("forward_client_cert_details: FORWARD_ONLY", CertificateForwarding(.forwardOnly)),
        (
            "forward_client_cert_details: SANITIZE_SET\n"
                + "set_current_client_cert_details: { subject: true, uri: true, dns: false }",
            CertificateForwarding(.sanitizeSet, details: [.subject, .uris])
        ),
        (
            "forward_client_cert_details: APPEND_FORWARD\n"
                + "set_current_client_cert_details: { cert: true, chain: true, dns: true }",
            CertificateForwarding(.appendForward, details: [.certificate, .chain, .domains])
        ),
        (
            "forward_client_cert_details: ALWAYS_FORWARD_ONLY",
            CertificateForwarding(.alwaysForwardOnly)
        ),
    ]

    @Test(arguments: certificates)
    func `what hosts learn of clients' certificates is read`(
        manager: String,
        expected: CertificateForwarding
    ) throws {
        let configuration = try Reading.value(EnvoyText.bootstrap(manager: manager), .envoy)
            .configuration
        guard case .http(let settings)? = configuration.listeners.first?.chains.first?.handler
        else {
            Issue.record("no listener of HTTP")
            return
        }
        #expect(settings.forwarding.clientCertificates == expected)
    }
}
