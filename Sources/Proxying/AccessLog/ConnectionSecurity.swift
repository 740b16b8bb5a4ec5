import Basics
import HTTP
import Security

/// The TLS of a client's connection as texts; each is worked out when it is first asked for.
final class ConnectionSecurity {
    private let engine: TLSEngine
    private var texts: [[UInt8]?] = []
    /// The client's certificate; `nil` if it showed none.
    private(set) lazy var peer = engine.peer
    private lazy var own = engine.own
    /// The element that was made last.
    private var element: (details: Set<CertificateForwarding.Detail>, text: [UInt8])?

    /// `engine` is a session whose handshake is done.
    init(_ engine: TLSEngine) {
        self.engine = engine
    }

    /// A fact's text; empty if it is not known.
    func text(_ fact: SecurityFact) -> [UInt8] {
        if texts.isEmpty { texts = Array(repeating: nil, count: SecurityFact.allCases.count) }
        if let known = texts[fact.rawValue] { return known }
        let text = Array(find(fact).utf8)
        texts[fact.rawValue] = text
        return text
    }

    /// The element of `x-forwarded-client-cert` about the client, as Envoy writes it.
    func element(_ details: Set<CertificateForwarding.Detail>) -> [UInt8] {
        if let element, element.details == details { return element.text }
        var pairs = (own?.uris ?? []).map { "By=\($0)" }
        pairs.append("Hash=\(peer?.fingerprint ?? "")")
        for detail in CertificateForwarding.Detail.allCases where details.contains(detail) {
            switch detail {
            case .certificate: pairs.append("Cert=\"\(find(.peerCertificate))\"")
            case .chain: pairs.append("Chain=\"\(find(.peerChain))\"")
            case .subject: pairs.append("Subject=\"\(peer?.subject ?? "")\"")
            case .uris: pairs += (peer?.uris ?? []).map { "URI=\($0)" }
            case .domains: pairs += (peer?.domains ?? []).map { "DNS=\($0)" }
            }
        }
        // A name may hold what would end the field.
        let text = Array(pairs.joined(separator: ";").utf8.filter { $0 >= 0x20 && $0 != 0x7F })
        element = (details, text)
        return text
    }

    /// Whom the client's certificate names: its URIs and hosts, or its subject; `nil` without one.
    var principals: [String]? {
        guard let peer else { return nil }
        let names = peer.uris + peer.domains
        return names.isEmpty ? [peer.subject] : names
    }

    /// When the client's certificate begins to hold, or ends.
    func time(isEnd: Bool) -> Timestamp? { isEnd ? peer?.end : peer?.start }

    private func find(_ fact: SecurityFact) -> String {
        switch fact {
        case .version: engine.version
        case .cipher: engine.cipher ?? ""
        case .sessionID: engine.sessionID ?? ""
        case .reuse: engine.isResumed ? "r" : "."
        case .verdict:
            if peer == nil { "NONE" } else { engine.distrust.map { "FAILED:\($0)" } ?? "SUCCESS" }
        case .code: "\(engine.verifyCode)"
        case .hasPeer: peer == nil ? "0" : "1"
        case .peerSubject: peer?.subject ?? ""
        case .peerSubjectLine: peer?.subjectLine ?? ""
        case .peerCommonName: peer?.commonName ?? ""
        case .peerIssuer: peer?.issuer ?? ""
        case .peerIssuerLine: peer?.issuerLine ?? ""
        case .peerSerial: peer?.serial.lowercased() ?? ""
        case .peerLargeSerial: peer?.serial ?? ""
        case .peerFingerprint: peer?.fingerprint ?? ""
        case .peerOldFingerprint: peer?.oldFingerprint ?? ""
        case .peerLargeFingerprint: peer?.oldFingerprint.uppercased() ?? ""
        case .peerDomains: Self.joined(peer?.domains)
        case .peerURIs: Self.joined(peer?.uris)
        case .peerMails: Self.joined(peer?.mails)
        case .peerAddresses: Self.joined(peer?.addresses)
        case .peerCertificate: HTTPTarget.encode(engine.peerText ?? "")
        case .peerChain: HTTPTarget.encode(engine.peerChainText ?? "")
        case .ownSubject: own?.subject ?? ""
        case .ownDomains: Self.joined(own?.domains)
        case .ownURIs: Self.joined(own?.uris)
        }
    }

    private static func joined(_ names: [String]?) -> String {
        names?.joined(separator: ",") ?? ""
    }
}
