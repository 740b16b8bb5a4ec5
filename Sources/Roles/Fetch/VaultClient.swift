import Basics
import Formats
import HTTP
import Reactor
import System

/// Reads secrets from Vault's key-value stores, versions 1 and 2.
@MainLoop struct VaultClient {
    private let settings: FetchSettings
    private let vault: FetchSettings.Vault
    private let deadline: Instant?
    /// The most bytes of an answer.
    private static let answerMaximum = 8 << 20

    /// Prepares to ask; nothing happens yet.
    init(_ settings: FetchSettings, _ deadline: Instant?) {
        self.settings = settings
        vault = settings.vault
        self.deadline = deadline
    }

    /// The pairs of a secret.
    ///
    /// - Throws: `status` with what Vault says, in words for a sealed one, one that forbids and one that has nothing.
    func secret(_ mount: String, _ path: String) async throws(WebFailure) -> VaultSecret {
        let token = try await token()
        let version = try await version(mount, token)
        let parts = path.split(separator: "/").map { HTTPTarget.encode($0) }.joined(separator: "/")
        let place = HTTPTarget.encode(mount) + (version == 2 ? "/data/" : "/") + parts
        let what = "the secret \(mount)/\(path)"
        let answer = try await ask("GET", "/v1/" + place, token, what)
        guard let json = try? JSON.parse(answer), let secret = VaultSecret(json, version: version)
        else {
            throw WebFailure(
                .content,
                "cannot understand what Vault says about \(what)",
                cause: "there is no object \(version == 2 ? "data.data" : "data")",
                remedy: "give the right --vault-kv"
            )
        }
        return secret
    }

    private func version(_ mount: String, _ token: String) async throws(WebFailure) -> Int {
        if let version = vault.version { return version }
        let path = "/v1/sys/internal/ui/mounts/" + HTTPTarget.encode(mount)
        do throws(WebFailure) {
            let answer = try await ask("GET", path, token, "the store \(mount)")
            guard let json = try? JSON.parse(answer) else { return 2 }
            let options = json["data"]?["options"] ?? json["options"]
            return options?["version"]?.string == "1" || options == nil || options?.isNull == true
                ? 1 : 2
        } catch {
            // A token that may read one secret only may not ask; most stores are of version 2.
            guard [.status(403), .status(404)].contains(error.kind) else { throw error }
            return 2
        }
    }

    private func token() async throws(WebFailure) -> String {
        if let token = vault.token { return token }
        if let path = vault.tokenFile { return try text(of: path, "Vault's token") }
        guard let role = vault.role else {
            throw WebFailure(
                .read,
                "there is no token for Vault",
                remedy: "set VAULT_TOKEN, or give --vault-token-file or --vault-role"
            )
        }
        let account = try text(of: vault.accountFile, "the token of the service account")
        var body = JSONObject()
        body["role"] = .string(role)
        body["jwt"] = .string(account)
        let path = vault.login.split(separator: "/").map { HTTPTarget.encode($0) }
            .joined(separator: "/")
        let answer = try await ask(
            "POST",
            "/v1/auth/\(path)/login",
            nil,
            "the login of the role \(role)",
            Array(JSON.object(body).text().utf8)
        )
        guard let token = (try? JSON.parse(answer))?["auth"]?["client_token"]?.string else {
            throw WebFailure(.content, "Vault's login gave no token")
        }
        return token
    }

    private func text(of path: String, _ what: String) throws(WebFailure) -> String {
        do throws(SystemError) {
            return try Files.text(path, limit: 64 << 10).trimmingSpace()
        } catch {
            throw WebFailure(.read, Failure("cannot read \(what)", error))
        }
    }

    private func ask(
        _ method: String,
        _ path: String,
        _ token: String?,
        _ what: String,
        _ body: [UInt8] = []
    ) async throws(WebFailure) -> [UInt8] {
        guard var address = vault.address else {
            throw WebFailure(
                .address,
                "nobody says where Vault is",
                remedy: "set VAULT_ADDR, or give --vault-addr"
            )
        }
        let base = address.path.hasSuffix("/") ? String(address.path.dropLast()) : address.path
        address.target = base + path
        var request = settings.request(address, until: deadline)
        request.method = method
        request.body = body
        if let token { request.headers["X-Vault-Token"] = token }
        if let namespace = vault.namespace { request.headers["X-Vault-Namespace"] = namespace }
        request.headers["X-Vault-Request"] = "true"
        let answer = try await WebClient.open(request)
        defer { answer.close() }
        let bytes = try await answer.collect(Self.answerMaximum)
        guard answer.response.status >= 300 else { return bytes }
        var failure = Self.refusal(answer.response.status, bytes, what)
        failure.retryAfter = WebDate.wait(
            answer.response.headers["Retry-After"],
            at: Loop.main.moment.wall
        )
        throw failure
    }

    /// What a status of Vault means.
    nonisolated static func refusal(
        _ status: Int,
        _ body: [UInt8],
        _ what: String
    ) -> WebFailure {
        let errors = (try? JSON.parse(body))?["errors"]?.array?.compactMap(\.string) ?? []
        let said = errors.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
            .joined(separator: "; ").trimmingSpace()
        let words = said.isEmpty ? "" : " and says \"\(said.prefix(300))\""
        let (why, remedy) =
            switch status {
            case 503: ("Vault is sealed, or in maintenance", "unseal it")
            case 403: ("Vault forbids it", "give the token's policy the capability read there")
            case 404: ("Vault has nothing there", "correct the path, or the version of the store")
            case 400: ("Vault does not understand the request", "")
            case 429: ("Vault is asked too often", "")
            case 472, 473: ("this Vault is a standby", "give the address of the active one")
            default: ("Vault cannot give it", "")
            }
        return WebFailure(
            .status(status),
            "cannot get \(what)",
            cause: "\(why) (status \(status))\(words)",
            remedy: remedy
        )
    }
}

/// The pairs of a secret.
struct VaultSecret: Sendable, Hashable {
    /// The object as it is.
    let object: JSONObject

    /// Takes them out of an answer.
    init?(_ json: JSON, version: Int) {
        let data = version == 2 ? json["data"]?["data"] : json["data"]
        guard let object = data?.object else { return nil }
        self.object = object
    }

    /// The secret as the content of a file.
    ///
    /// - Parameters:
    ///   - key: Only this one's value.
    ///   - form: How all pairs are written.
    /// - Returns: The bytes of the file.
    /// - Throws: `content` if there is no such key, or no single value.
    func text(_ key: String?, _ form: FetchItem.SecretForm) throws(WebFailure) -> [UInt8] {
        if let key {
            guard let value = object[key] else {
                let known = object.map(\.key).sorted().joined(separator: ", ")
                throw WebFailure(
                    .content,
                    "the secret has no key \"\(key)\"",
                    cause: "it has \(known.isEmpty ? "none" : known)"
                )
            }
            return Array((value.string ?? value.text()).utf8)
        }
        switch form {
        case .json: return Array((JSON.object(object).text(pretty: true) + "\n").utf8)
        case .raw:
            guard object.count == 1, let value = object.first(where: { _ in true })?.value else {
                throw WebFailure(
                    .content,
                    "the secret has \(object.count) values, not one",
                    remedy: "name the key: vault:mount/path#key"
                )
            }
            return Array((value.string ?? value.text()).utf8)
        case .env:
            var lines = ""
            for (key, value) in object.sorted(by: { $0.key < $1.key }) {
                let text = value.string ?? value.text()
                let name = key.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "_" }
                lines += String(name) + "='" + text.replacing("'", with: "'\\''") + "'\n"
            }
            return Array(lines.utf8)
        }
    }
}
