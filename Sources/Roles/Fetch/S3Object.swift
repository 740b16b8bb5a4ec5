import Basics
import HTTP
import Reactor
import Security
import System

/// Requests for objects of S3, signed.
@MainLoop enum S3Object {
    /// The request for an object.
    ///
    /// - Throws: `read` if there are no keys anywhere.
    static func request(
        _ bucket: String,
        _ key: String,
        _ fetcher: Fetcher,
        _ deadline: Instant?
    ) async throws(WebFailure) -> WebRequest {
        let settings = fetcher.settings
        var request = settings.request(try address(bucket, key, settings.s3), until: deadline)
        // A signature is good for one address only.
        request.redirects = 0
        guard !settings.s3.isAnonymous else { return request }
        let keys: AWSSignature.Credentials?
        do throws(Failure) {
            keys = try await fetcher.keys.credentials()
        } catch {
            throw .transport(error, .connect)
        }
        guard let keys else {
            throw WebFailure(
                .read,
                "there are no keys for s3://\(bucket)",
                remedy: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, give the pod a role, or "
                    + "--s3-anonymous"
            )
        }
        sign(&request, settings.s3.region, keys, at: Loop.main.moment.wall)
        return request
    }

    /// Where an object is.
    nonisolated static func address(
        _ bucket: String,
        _ key: String,
        _ settings: FetchSettings.S3
    ) throws(WebFailure) -> WebAddress {
        let path = AWSSignature.encode(key, keepsSlashes: true)
        do throws(Failure) {
            guard var found = settings.endpoint else {
                // A dot in the name fits no wildcard of the certificate.
                if bucket.contains(".") || settings.pathStyle == true {
                    return try WebAddress(
                        "https://s3.\(settings.region).amazonaws.com/\(bucket)/\(path)"
                    )
                }
                return try WebAddress(
                    "https://\(bucket).s3.\(settings.region).amazonaws.com/\(path)"
                )
            }
            let base = found.path.hasSuffix("/") ? String(found.path.dropLast()) : found.path
            if settings.pathStyle == false {
                found.host = bucket + "." + found.host
                found.target = base + "/" + path
            } else {
                found.target = base + "/" + bucket + "/" + path
            }
            return found
        } catch {
            throw WebFailure(.address, error)
        }
    }

    /// Signs a request without a body.
    nonisolated static func sign(
        _ request: inout WebRequest,
        _ region: String,
        _ keys: AWSSignature.Credentials,
        at time: Timestamp
    ) {
        let scope = AWSSignature.Scope(region: region, service: "s3", time: time)
        let payload = SHA256.hexadecimal(of: request.body)
        var signed = [
            ("Host", request.address.authority), ("X-Amz-Date", scope.stamp),
            ("X-Amz-Content-Sha256", payload),
        ]
        if let token = keys.sessionToken { signed.append(("X-Amz-Security-Token", token)) }
        let subject = AWSSignature.Subject(
            method: request.method,
            path: request.address.path,
            headers: signed,
            payload: payload
        )
        for (name, value) in signed.dropFirst() { request.headers[name] = value }
        request.headers["Authorization"] = AWSSignature.authorization(subject, scope, keys)
    }
}

extension Fetcher {
    /// Where Amazon's keys come from.
    func makeKeys() -> AWSCredentialSource {
        let variables = settings.environment
        return AWSCredentialSource(
            nil,
            region: settings.s3.region,
            environment: { variables[$0] }
        )
    }
}
