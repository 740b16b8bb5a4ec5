package import Basics
import Formats
package import Reactor
import Security
import System

/// Where AWS's keys come from, in the order in which AWS's tools look: the configuration, the environment, a web
/// identity, the shared file, the container's address, the instance.
@MainLoop package final class AWSCredentialSource {
    private let given: AWSSignature.Credentials?
    private let region: String
    private let environment: @Sendable (String) -> String?
    private let clock: @Sendable () -> Timestamp
    private var kept: (keys: AWSSignature.Credentials, until: Instant?)?
    private static let timeout = Duration.seconds(5)
    /// How long keys are used at least, whatever their end and the clock say.
    private static let leastLife = Duration.seconds(60)

    /// Looks for keys.
    ///
    /// - Parameters:
    ///   - given: Keys of the configuration.
    ///   - region: The region, for the service that gives keys for web identities.
    ///   - environment: Variables by their names.
    ///   - clock: The time of day, which the ends of keys are compared with.
    package init(
        _ given: AWSSignature.Credentials?,
        region: String,
        environment: @escaping @Sendable (String) -> String? = { Environment.value($0) },
        clock: @escaping @Sendable () -> Timestamp = { Loop.main.moment.wall }
    ) {
        self.given = given
        self.region = region
        self.environment = environment
        self.clock = clock
    }

    /// The keys; nil if there are none anywhere.
    ///
    /// Keys that end are asked for again five minutes before; how long that is does not change when the clock
    /// is set meanwhile.
    /// - Throws: When a place that should give keys does not.
    package func credentials() async throws(Failure) -> AWSSignature.Credentials? {
        if let given { return given }
        if let kept, kept.until.map({ Loop.main.now < $0 }) ?? true { return kept.keys }
        let found = try await look()
        let now = Moment(instant: Loop.main.now, wall: clock())
        kept = found.map { found in
            let life = found.until.map { max($0 - now.wall - .seconds(300), Self.leastLife) }
            return (found.keys, life.map { now.instant + $0 })
        }
        return found?.keys
    }

    /// The keys were refused: they are asked for again.
    package func doubt() {
        kept = nil
    }

    private typealias Found = (keys: AWSSignature.Credentials, until: Timestamp?)

    private func look() async throws(Failure) -> Found? {
        if let key = environment("AWS_ACCESS_KEY_ID"),
            let secret = environment("AWS_SECRET_ACCESS_KEY")
        {
            let token = environment("AWS_SESSION_TOKEN")
            return (.init(accessKey: key, secretKey: secret, sessionToken: token), nil)
        }
        if let file = environment("AWS_WEB_IDENTITY_TOKEN_FILE"),
            let role = environment("AWS_ROLE_ARN")
        {
            return try await webIdentity(file, role)
        }
        if let found = sharedFile() { return found }
        if let url = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            return try await container(url)
        }
        if let path = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            return try await container("http://169.254.170.2" + path)
        }
        if environment("AWS_EC2_METADATA_DISABLED") == "true" { return nil }
        return try await instance()
    }

    /// `~/.aws/credentials`.
    private func sharedFile() -> Found? {
        let path =
            environment("AWS_SHARED_CREDENTIALS_FILE")
            ?? environment("HOME").map { $0 + "/.aws/credentials" }
        guard let path, let text = try? Files.text(path) else { return nil }
        return Self.profile(environment("AWS_PROFILE") ?? "default", in: text).map { ($0, nil) }
    }

    /// The keys of a profile in the shared file's text.
    package static func profile(_ name: String, in text: String) -> AWSSignature.Credentials? {
        var values: [String: String] = [:]
        var isWanted = false
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: "=", maxSplits: 1).map { Self.trimmed($0) }
            if words.count == 1, words[0].hasPrefix("["), words[0].hasSuffix("]") {
                isWanted = Self.trimmed(words[0].dropFirst().dropLast()) == name
            } else if isWanted, words.count == 2, !words[0].hasPrefix("#") {
                values[words[0]] = words[1]
            }
        }
        guard let key = values["aws_access_key_id"], let secret = values["aws_secret_access_key"]
        else { return nil }
        return .init(accessKey: key, secretKey: secret, sessionToken: values["aws_session_token"])
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var rest = text[...]
        while rest.first == " " || rest.first == "\t" { rest = rest.dropFirst() }
        while rest.last == " " || rest.last == "\t" || rest.last == "\r" { rest = rest.dropLast() }
        return String(rest)
    }

    // MARK: Asking

    private func ask(
        _ method: String,
        _ endpoint: HTTPEndpoint,
        _ target: String,
        _ headers: HTTPHeaders = [:],
        body: [UInt8] = []
    ) async throws(Failure) -> (status: Int, text: [UInt8]) {
        let client = try await HTTPClient.connect(endpoint, timeout: Self.timeout)
        defer { client.close() }
        let response = try await client.request(
            method,
            target,
            headers: headers,
            body: body,
            timeout: Self.timeout
        )
        return (response.status, try await response.collect(limit: 1 << 20, timeout: Self.timeout))
    }

    private func refused(_ who: String, _ status: Int) -> Failure {
        Failure(.unavailable, "cannot get AWS's keys from \(who)", cause: "HTTP status \(status)")
    }

    /// Keys of a JSON text as containers and instances get it.
    package static func keys(_ text: [UInt8]) -> (
        keys: AWSSignature.Credentials, until: Timestamp?
    )? {
        guard let json = try? JSON.parse(text), let key = json["AccessKeyId"]?.string,
            let secret = json["SecretAccessKey"]?.string
        else { return nil }
        let end = json["Expiration"]?.string.flatMap { Timestamp(rfc3339: $0) }
        return (.init(accessKey: key, secretKey: secret, sessionToken: json["Token"]?.string), end)
    }

    private func webIdentity(_ file: String, _ role: String) async throws(Failure) -> Found? {
        let token: String
        do throws(SystemError) {
            token = Self.trimmed(try Files.text(file).filter { !$0.isNewline })
        } catch {
            throw Failure("cannot read the web identity", error)
        }
        let session = environment("AWS_ROLE_SESSION_NAME") ?? "companion"
        let target = HTTPTarget.target(
            "/",
            query: [
                ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"),
                ("RoleArn", role), ("RoleSessionName", session), ("WebIdentityToken", token),
            ]
        )
        let endpoint = HTTPEndpoint.tcp(
            host: "sts.\(region).amazonaws.com",
            port: 443,
            tls: .init()
        )
        let (status, text) = try await ask("POST", endpoint, target)
        guard status == 200, let found = Self.stsKeys(text) else { throw refused("STS", status) }
        return found
    }

    /// Keys of STS's XML.
    package static func stsKeys(_ text: [UInt8]) -> (
        keys: AWSSignature.Credentials, until: Timestamp?
    )? {
        let xml = String(decoding: text, as: UTF8.self)
        func element(_ name: String) -> String? {
            guard let open = xml.firstRange(of: "<\(name)>"),
                let close = xml[open.upperBound...].firstRange(of: "</\(name)>")
            else { return nil }
            return trimmed(xml[open.upperBound..<close.lowerBound].filter { !$0.isNewline })
        }
        guard let key = element("AccessKeyId"), let secret = element("SecretAccessKey") else {
            return nil
        }
        let end = element("Expiration").flatMap { Timestamp(rfc3339: $0) }
        let token = element("SessionToken")
        return (.init(accessKey: key, secretKey: secret, sessionToken: token), end)
    }

    private func container(_ url: String) async throws(Failure) -> Found? {
        var rest = url[...]
        let isSecure = rest.hasPrefix("https://")
        guard isSecure || rest.hasPrefix("http://") else {
            throw Failure(.invalid, "cannot get AWS's keys", cause: "\(url) is no address")
        }
        rest = rest.dropFirst(isSecure ? 8 : 7)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let parts = rest[..<slash].split(separator: ":")
        guard let host = parts.first else {
            throw Failure(.invalid, "cannot get AWS's keys", cause: "\(url) is no address")
        }
        let port = parts.count > 1 ? UInt16(parts[1]) ?? 80 : isSecure ? 443 : 80
        var headers = HTTPHeaders()
        if let file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
            let token = try? Files.text(file)
        {
            headers["Authorization"] = Self.trimmed(token.filter { !$0.isNewline })
        } else if let token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            headers["Authorization"] = token
        }
        let endpoint = HTTPEndpoint.tcp(
            host: String(host),
            port: port,
            tls: isSecure ? .init() : nil
        )
        let target = slash < rest.endIndex ? String(rest[slash...]) : "/"
        let (status, text) = try await ask("GET", endpoint, target, headers)
        guard status == 200, let found = Self.keys(text) else { throw refused(url, status) }
        return found
    }

    /// The instance's metadata, version 2.
    private func instance() async throws(Failure) -> Found? {
        let endpoint = HTTPEndpoint.tcp(host: "169.254.169.254", port: 80)
        let life: HTTPHeaders = ["X-aws-ec2-metadata-token-ttl-seconds": "300"]
        let (status, token) = try await ask("PUT", endpoint, "/latest/api/token", life)
        guard status == 200 else { throw refused("the instance's metadata", status) }
        let key: HTTPHeaders = [
            "X-aws-ec2-metadata-token": String(decoding: token, as: UTF8.self)
        ]
        let path = "/latest/meta-data/iam/security-credentials/"
        let (found, name) = try await ask("GET", endpoint, path, key)
        guard found == 200,
            let role = String(decoding: name, as: UTF8.self).split(separator: "\n").first
        else { throw refused("the instance's metadata", found) }
        let (last, text) = try await ask("GET", endpoint, path + role, key)
        guard last == 200, let keys = Self.keys(text) else {
            throw refused("the instance's metadata", last)
        }
        return keys
    }
}
