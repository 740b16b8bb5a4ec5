import Basics
import Formats
import Records
import Security

/// AWS's signature, version 4, in header fields.
enum AWSSignature {
    /// Who signs.
    struct Credentials: Sendable, Hashable {
        /// The key's number.
        var accessKey: String
        /// The key.
        var secretKey: String
        /// The session's token, for keys that end.
        var sessionToken: String?
    }

    /// What is signed.
    struct Subject: Sendable {
        /// The method.
        var method: String
        /// The path as it is sent, encoded.
        var path: String
        /// The query's pairs, not encoded.
        var query: [(String, String)] = []
        /// Header fields, `Host` and `X-Amz-Date` among them.
        var headers: [(String, String)]
        /// The hexadecimal SHA-256 of the body, or `UNSIGNED-PAYLOAD`.
        var payload: String
    }

    /// Where and when it counts.
    struct Scope: Sendable, Hashable {
        /// The region.
        var region: String
        /// The service: `s3`, `es`, `aoss`.
        var service: String
        /// The time.
        var time: Timestamp

        /// `20150830T123600Z`.
        var stamp: String { AWSSignature.text("%Y%m%dT%H%M%SZ", time) }
        /// `20150830/us-east-1/service/aws4_request`.
        var text: String {
            "\(AWSSignature.text("%Y%m%d", time))/\(region)/\(service)/aws4_request"
        }
    }

    /// The value of `Authorization`.
    static func authorization(
        _ subject: Subject,
        _ scope: Scope,
        _ credentials: Credentials
    ) -> String {
        let (request, names) = canonical(subject, encodesPath: scope.service != "s3")
        let text =
            "AWS4-HMAC-SHA256\n\(scope.stamp)\n\(scope.text)\n"
            + Digest.hexadecimal(Digest.sha256(request))
        var key = Array(("AWS4" + credentials.secretKey).utf8)
        for part in scope.text.split(separator: "/") {
            key = MessageAuthentication.sha256(key: key, message: Array(part.utf8))
        }
        let signature = MessageAuthentication.sha256(key: key, message: Array(text.utf8))
        return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope.text), "
            + "SignedHeaders=\(names), Signature=\(Digest.hexadecimal(signature))"
    }

    /// The request in its one writing, and the names of the fields that are signed.
    static func canonical(_ subject: Subject, encodesPath: Bool) -> (text: String, names: String) {
        // S3 takes the path as it is sent; the others encode it once more.
        let path =
            encodesPath
            ? subject.path.split(separator: "/", omittingEmptySubsequences: false)
                .map { encode(String($0)) }.joined(separator: "/")
            : subject.path
        let query = subject.query.map { (encode($0.0), encode($0.1)) }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
            .map { $0.0 + "=" + $0.1 }.joined(separator: "&")
        var fields: [String: [String]] = [:]
        for (name, value) in subject.headers {
            let words = value.split(separator: " ", omittingEmptySubsequences: true)
            fields[name.lowercased(), default: []].append(words.joined(separator: " "))
        }
        let sorted = fields.sorted { $0.key < $1.key }
        let lines = sorted.map { $0.key + ":" + $0.value.joined(separator: ",") + "\n" }.joined()
        let names = sorted.map(\.key).joined(separator: ";")
        let text =
            "\(subject.method)\n\(path.isEmpty ? "/" : path)\n\(query)\n\(lines)\n\(names)\n"
            + subject.payload
        return (text, names)
    }

    /// Percent-encodes everything but letters, digits and `-._~`.
    static func encode(_ text: String, keepsSlashes: Bool = false) -> String {
        var encoded: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E, 0x5F, 0x7E:
                encoded.append(byte)
            case 0x2F where keepsSlashes: encoded.append(byte)
            default: encoded += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func text(_ format: String, _ time: Timestamp) -> String {
        var pattern = TimePattern(format)
        var output: [UInt8] = []
        pattern.append(time, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}
