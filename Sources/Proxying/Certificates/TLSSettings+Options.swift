import Basics
import Formats
import Security

extension TLSParameters {
    /// The parameters in the words of `Security`.
    var choices: TLSChoices {
        TLSChoices(
            minimum: minimum.choice,
            maximum: maximum.choice,
            ciphers: ciphers,
            suites: suites,
            curves: curves,
            protocols: protocols
        )
    }
}

extension TLSVersion {
    fileprivate var choice: TLSChoices.Version {
        switch self {
        case .tls10: .tls10
        case .tls11: .tls11
        case .tls12: .tls12
        case .tls13: .tls13
        }
    }
}

extension StaplePolicy {
    /// The policy in the words of `Security`.
    var choice: TLSServerOptions.StaplePolicy {
        switch self {
        case .lenient: .lenient
        case .strict: .strict
        case .required: .required
        }
    }
}

extension TextMatch {
    /// The test of a certificate's names; an exact host also fits a wildcard of the certificate.
    func certificateTest() throws(Failure) -> TLSNameTest {
        let label = "\(self)"
        switch self {
        case .exact(let text, _):
            if text.utf8.contains(where: { ":/@".utf8.contains($0) }) {
                return TLSNameTest(label: label) { $0 == text }
            }
            return .host(text)
        case .prefix(let text, let ignoresCase):
            return Self.test(label, text, ignoresCase) { $0.starts(with: $1) }
        case .suffix(let text, let ignoresCase):
            return Self.test(label, text, ignoresCase) { $0.reversed().starts(with: $1.reversed()) }
        case .contains(let text, let ignoresCase):
            return Self.test(label, text, ignoresCase) { name, part in
                if part.isEmpty { return true }
                guard name.count >= part.count else { return false }
                return (0...name.count - part.count).contains {
                    name[$0..<$0 + part.count].elementsEqual(part)
                }
            }
        case .regex(let text):
            _ = try Pattern(text)
            // A compiled pattern belongs to one thread; handshakes with client certificates are few.
            return TLSNameTest(label: label) { name in
                guard let pattern = try? Pattern(text) else { return false }
                return pattern.matches(whole: Array(name.utf8).span)
            }
        }
    }

    private static func test(
        _ label: String,
        _ text: String,
        _ ignoresCase: Bool,
        _ fits: @escaping @Sendable ([UInt8], [UInt8]) -> Bool
    ) -> TLSNameTest {
        let wanted = bytes(text, ignoresCase)
        return TLSNameTest(label: label) { fits(bytes($0, ignoresCase), wanted) }
    }

    private static func bytes(_ text: String, _ folds: Bool) -> [UInt8] {
        text.utf8.map { byte in
            folds && (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        }
    }
}
