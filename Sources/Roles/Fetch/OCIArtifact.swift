import Basics
import Formats
import HTTP
import Reactor
import Security
import System

/// Gets a layer of an artifact from a registry (OCI distribution specification).
@MainLoop struct OCIArtifact {
    /// A layer of a manifest.
    struct Layer: Sendable, Hashable {
        var mediaType: String
        var digest: String
        var size: Int
        /// The annotation `org.opencontainers.image.title`.
        var title: String?
    }

    private static let accepted = [
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.artifact.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ].joined(separator: ", ")
    private static let manifestMaximum = 4 << 20

    private let settings: FetchSettings
    private let reference: OCIReference
    private let deadline: Instant?

    /// Prepares to ask; nothing happens yet.
    init(_ settings: FetchSettings, _ reference: OCIReference, _ deadline: Instant?) {
        self.settings = settings
        self.reference = reference
        self.deadline = deadline
    }

    /// Writes the layer.
    ///
    /// - Throws: `content` if there is no such layer, or bytes are not what their digest says.
    func get(into content: FetchedContent) async throws(WebFailure) {
        var token: String?
        var name = reference.reference
        // An index leads to the manifest of a platform.
        for _ in 0..<3 {
            let bytes = try await manifest(name, &token)
            if name.contains(":") { try Self.verify(bytes, name, "the manifest") }
            guard let json = try? JSON.parse(bytes) else {
                throw WebFailure(.content, "the manifest of \(reference) is no JSON")
            }
            if let next = Self.platform(json) {
                name = next
                continue
            }
            let layer = try Self.choose(Self.layers(json), reference.title, "\(reference)")
            return try await blob(layer, token, into: content)
        }
        throw WebFailure(.content, "the manifests of \(reference) lead in circles")
    }

    // MARK: Manifests

    /// The digest of the manifest for this machine, if a document is an index.
    nonisolated static func platform(_ json: JSON) -> String? {
        guard let list = json["manifests"]?.array else { return nil }
        let machine = Host.architecture == "aarch64" ? "arm64" : "amd64"
        let own = list.first {
            $0["platform"]?["os"]?.string == "linux"
                && $0["platform"]?["architecture"]?.string == machine
        }
        return (own ?? list.first)?["digest"]?.string
    }

    /// The layers of a manifest, or the blobs of an artifact's.
    nonisolated static func layers(_ json: JSON) -> [Layer] {
        (json["layers"]?.array ?? json["blobs"]?.array ?? []).compactMap { element in
            guard let digest = element["digest"]?.string else { return nil }
            return Layer(
                mediaType: element["mediaType"]?.string ?? "",
                digest: digest,
                size: element["size"]?.int ?? 0,
                title: element["annotations"]?["org.opencontainers.image.title"]?.string
            )
        }
    }

    /// The layer of a title or media type, or the only one.
    nonisolated static func choose(
        _ layers: [Layer],
        _ title: String?,
        _ artifact: String
    ) throws(WebFailure) -> Layer {
        let fitting = title.map { name in
            let titled = layers.filter { $0.title == name }
            return titled.isEmpty ? layers.filter { $0.mediaType == name } : titled
        }
        let found = fitting ?? layers
        if found.count == 1 { return found[0] }
        let known = layers.map { $0.title ?? $0.mediaType }.joined(separator: ", ")
        throw WebFailure(
            .content,
            "\(artifact) has \(found.isEmpty ? "no" : "\(found.count)") such layers",
            cause: "it has \(known.isEmpty ? "none" : known)",
            remedy: "name one: …#title"
        )
    }

    nonisolated static func verify(
        _ bytes: [UInt8],
        _ digest: String,
        _ what: String
    ) throws(WebFailure) {
        guard let wanted = try? Checksum(digest) else {
            throw WebFailure(.content, "\(what) has a digest of an unknown kind")
        }
        let found = Checksum(wanted.algorithm, wanted.algorithm.digest(of: bytes))
        guard found == wanted else {
            throw WebFailure(
                .content,
                "\(what) is not what its digest says",
                cause: "it is \(found), not \(wanted)"
            )
        }
    }

    // MARK: Requests

    private func request(_ path: String, _ token: String?) throws(WebFailure) -> WebRequest {
        let scheme = reference.isSecure ? "https" : "http"
        // Docker's own registry has another name for requests.
        let host = reference.registry == "docker.io" ? "registry-1.docker.io" : reference.registry
        do throws(Failure) {
            let address = try WebAddress("\(scheme)://\(host)/v2/\(reference.repository)/\(path)")
            var request = settings.request(address, until: deadline)
            if let token { request.headers["Authorization"] = token }
            return request
        } catch {
            throw WebFailure(.address, error)
        }
    }

    private func manifest(
        _ name: String,
        _ token: inout String?
    ) async throws(WebFailure) -> [UInt8] {
        for attempt in 0..<2 {
            var request = try request("manifests/" + name, token)
            request.headers["Accept"] = Self.accepted
            let answer = try await WebClient.open(request)
            defer { answer.close() }
            if answer.response.status == 401, attempt == 0,
                let challenge = answer.response.headers["WWW-Authenticate"]
            {
                token = try await authorize(challenge)
                continue
            }
            guard answer.response.status < 300 else { throw try await Download.refusal(answer) }
            return try await answer.collect(Self.manifestMaximum)
        }
        throw WebFailure(.status(401), "the registry refuses its own token for \(reference)")
    }

    private func blob(
        _ layer: Layer,
        _ token: String?,
        into content: FetchedContent
    ) async throws(WebFailure) {
        guard let wanted = try? Checksum(layer.digest) else {
            throw WebFailure(.content, "the layer has a digest of an unknown kind")
        }
        let request = try request("blobs/" + layer.digest, token)
        let digest = RunningDigest(wanted.algorithm)
        let answer = try await WebClient.open(request)
        defer { answer.close() }
        guard answer.response.status < 300 else { throw try await Download.refusal(answer) }
        try await answer.read { (piece) throws(WebFailure) in
            digest.update(piece)
            try content.append(piece)
        }
        let found = Checksum(wanted.algorithm, digest.finish())
        guard found == wanted else {
            throw WebFailure(
                .content,
                "the layer of \(reference) is not what its digest says",
                cause: "it is \(found), not \(wanted)"
            )
        }
    }

    // MARK: Tokens

    private func authorize(_ challenge: String) async throws(WebFailure) -> String {
        let login =
            Self.login(reference.registry, settings.environment)
            ?? settings.user.map {
                WebAddress.basic($0, settings.password ?? "")
            }
        let (scheme, fields) = Self.challenge(challenge)
        if scheme == "basic" {
            guard let login else {
                throw WebFailure(
                    .status(401),
                    "the registry wants a login for \(reference)",
                    remedy: "mount a config.json at REGISTRY_AUTH_FILE, or give --user"
                )
            }
            return login
        }
        guard scheme == "bearer", let realm = fields["realm"] else {
            throw WebFailure(.status(401), "the registry asks for a login of an unknown kind")
        }
        var query: [(String, String)] = []
        if let service = fields["service"] { query.append(("service", service)) }
        query.append(("scope", fields["scope"] ?? "repository:\(reference.repository):pull"))
        do throws(Failure) {
            let address = try WebAddress(HTTPTarget.target(realm, query: query))
            var request = settings.request(address, until: deadline)
            if let login { request.headers["Authorization"] = login }
            let answer = try await open(request)
            guard let json = try? JSON.parse(answer),
                let token = json["token"]?.string ?? json["access_token"]?.string
            else { throw Failure(.unavailable, "the registry gave no token for \(reference)") }
            return "Bearer " + token
        } catch {
            throw WebFailure(.status(401), error)
        }
    }

    private func open(_ request: WebRequest) async throws(Failure) -> [UInt8] {
        do throws(WebFailure) {
            let answer = try await WebClient.open(request)
            defer { answer.close() }
            guard answer.response.status < 300 else { throw try await Download.refusal(answer) }
            return try await answer.collect(1 << 20)
        } catch {
            throw error.failure
        }
    }

    /// The scheme and fields of `WWW-Authenticate`: `Bearer realm="…",scope="…"`.
    nonisolated static func challenge(
        _ text: String
    ) -> (scheme: String, fields: [String: String]) {
        let scheme = text.prefix { $0 != " " }.lowercased()
        var fields: [String: String] = [:]
        var rest = text.dropFirst(scheme.count)
        while !rest.isEmpty {
            rest = rest.drop { $0 == " " || $0 == "," }
            let name = rest.prefix { $0 != "=" }
            rest = rest.dropFirst(name.count + 1)
            if rest.first == "\"" {
                let value = rest.dropFirst().prefix { $0 != "\"" }
                fields[name.lowercased()] = String(value)
                rest = rest.dropFirst(value.count + 2)
            } else {
                let value = rest.prefix { $0 != "," }
                if !name.isEmpty { fields[name.lowercased()] = String(value) }
                rest = rest.dropFirst(value.count)
            }
        }
        return (scheme, fields)
    }

    /// The login of a registry in the file that `docker login` writes.
    private static func login(_ registry: String, _ environment: [String: String]) -> String? {
        let home = environment["HOME"].map { $0 + "/.docker/config.json" }
        let folder = environment["DOCKER_CONFIG"].map { $0 + "/config.json" }
        guard let path = environment["REGISTRY_AUTH_FILE"] ?? folder ?? home,
            let bytes = try? Files.read(path, limit: 1 << 20),
            let list = (try? JSON.parse(bytes))?["auths"]
        else { return nil }
        let names =
            registry == "docker.io" ? ["https://index.docker.io/v1/", registry] : [registry]
        for name in names + ["https://" + registry] {
            guard let entry = list[name] else { continue }
            if let auth = entry["auth"]?.string, !auth.isEmpty { return "Basic " + auth }
            if let user = entry["username"]?.string {
                return WebAddress.basic(user, entry["password"]?.string ?? "")
            }
        }
        return nil
    }
}
