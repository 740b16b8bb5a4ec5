package import Basics
import Formats
import Security

/// AWS's signature, version 4, in header fields.
package enum AWSSignature {
    /// Who signs.
    package struct Credentials: Sendable, Hashable {
        /// The key's number.
        package var accessKey: String
        /// The key.
        package var secretKey: String
        /// The session's token, for keys that end.
        package var sessionToken: String?

        /// Puts them together.
        package init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
            self.accessKey = accessKey
            self.secretKey = secretKey
            self.sessionToken = sessionToken
        }
    }

    /// What is signed.
    package struct Subject: Sendable {
        /// The method.
        package var method: String
        /// The path as it is sent, encoded.
        package var path: String
        /// The query's pairs, not encoded.
        package var query: [(String, String)] = []
        /// Header fields, `Host` and `X-Amz-Date` among them.
        package var headers: [(String, String)]
        /// The hexadecimal SHA-256 of the body, or `UNSIGNED-PAYLOAD`.
        package var payload: String

        /// Puts it together.
        package init(
            method: String,
            path: String,
            query: [(String, String)] = [],
            headers: [(String, String)],
            payload: String
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.payload = payload
        }
    }

    /// Where and when it counts.
    package struct Scope: Sendable, Hashable {
        /// The region.
        package var region: String
        /// The service: `s3`, `es`, `aoss`.
        package var service: String
        /// The time.
        package var time: Timestamp

        /// Puts it together.
        package init(region: String, service: String, time: Timestamp) {
            self.region = region
            self.service = service
            self.time = time
        }

        /// `20150830T123600Z`.
        package var stamp: String { time.rfc3339.filter { $0 != "-" && $0 != ":" } }
        /// `20150830/us-east-1/service/aws4_request`.
        package var text: String {
            "\(stamp.prefix(8))/\(region)/\(service)/aws4_request"
        }
    }

    /// The value of `Authorization`.
    package static func authorization(
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
    package static func canonical(_ subject: Subject, encodesPath: Bool) -> (
        text: String, names: String
    ) {
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
    package static func encode(_ text: String, keepsSlashes: Bool = false) -> String {
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
}
