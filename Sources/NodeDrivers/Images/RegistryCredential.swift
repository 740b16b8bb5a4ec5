internal import Formats

/// A login for the registries and repositories that match a pattern.
public struct RegistryCredential: Sendable, Hashable {
    /// What the pull secret names: `registry.example.com`, `*.example.com:5000/team`, a full URL.
    public var pattern: String
    /// The user's name.
    public var user: String
    /// The password or token.
    public var password: String

    /// Makes a login.
    public init(pattern: String, user: String, password: String) {
        self.pattern = pattern
        self.user = user
        self.password = password
    }

    /// Whether the login is meant for a repository, with the kubelet's rules.
    ///
    /// Each dot-separated label of the host may hold `*` and `?`; the number of labels and the port
    /// must agree; a path in the pattern must lead the repository's path.
    func matches(_ reference: ImageReference) -> Bool {
        let (host, path) = place
        var wanted = reference.host
        // Docker Hub goes by several names in these files.
        if ["index.docker.io", "docker.io", "registry-1.docker.io"].contains(host) {
            return wanted == "docker.io" && (path.isEmpty || leads(path, reference.path))
        }
        var pattern = host
        let (port, wantedPort) = (cutPort(&pattern), cutPort(&wanted))
        guard port == wantedPort else { return false }
        let labels = pattern.split(separator: ".", omittingEmptySubsequences: false)
        let parts = wanted.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count == parts.count, zip(labels, parts).allSatisfy(globMatches) else {
            return false
        }
        return path.isEmpty || leads(path, reference.path)
    }

    /// The pattern without scheme, in two parts; Docker's `/v1/` and `/v2/` are no paths.
    var place: (host: String, path: String) {
        var text = pattern[...]
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            text = text.dropFirst(scheme.count)
        }
        while text.hasSuffix("/") { text = text.dropLast() }
        guard let slash = text.firstIndex(of: "/") else { return (String(text), "") }
        let path = String(text[text.index(after: slash)...])
        return (String(text[..<slash]), path == "v1" || path == "v2" ? "" : path)
    }

    private func leads(_ prefix: String, _ path: String) -> Bool {
        path == prefix || path.hasPrefix(prefix + "/")
    }

    private func cutPort(_ host: inout String) -> String {
        guard let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") else { return "" }
        let port = String(host[host.index(after: colon)...])
        host = String(host[..<colon])
        return port
    }
}

/// A secret that holds logins, as `imagePullSecrets` names it.
public struct PullSecret: Sendable, Hashable {
    /// The secret's name, for messages.
    public var name: String
    /// The logins in it.
    public var credentials: [RegistryCredential]

    /// Makes a pull secret of known logins.
    public init(name: String, credentials: [RegistryCredential]) {
        self.name = name
        self.credentials = credentials
    }

    /// Reads the data of a secret of type `kubernetes.io/dockerconfigjson` or `.../dockercfg`.
    ///
    /// `data` is the decoded value of `.dockerconfigjson` or `.dockercfg`. Nil if it is neither form.
    public init?(name: String, type: String, data: [UInt8]) {
        guard let json = try? JSON.parse(data) else { return nil }
        switch type {
        case "kubernetes.io/dockerconfigjson":
            guard let auths = json["auths"]?.object else { return nil }
            self.init(name: name, entries: auths)
        case "kubernetes.io/dockercfg":
            guard let auths = json.object else { return nil }
            self.init(name: name, entries: auths)
        default:
            return nil
        }
    }

    private init(name: String, entries: JSONObject) {
        self.name = name
        credentials = entries.members.compactMap { pattern, entry in
            if let text = entry["auth"]?.string, !text.isEmpty,
                let bytes = Base64.decode(text)
            {
                let pair = String(decoding: bytes, as: UTF8.self)
                guard let colon = pair.firstIndex(of: ":") else { return nil }
                let password = pair[pair.index(after: colon)...].prefix { $0 != "\0" }
                return RegistryCredential(
                    pattern: pattern,
                    user: String(pair[..<colon]),
                    password: String(password)
                )
            }
            guard let user = entry["username"]?.string, let password = entry["password"]?.string
            else { return nil }
            return RegistryCredential(pattern: pattern, user: user, password: password)
        }
    }
}

extension [PullSecret] {
    /// The logins meant for a repository, each once, the most particular pattern first.
    func credentials(for reference: ImageReference) -> [RegistryCredential] {
        var found: [RegistryCredential] = []
        for credential in flatMap(\.credentials) where credential.matches(reference) {
            let isKnown = found.contains {
                $0.user == credential.user && $0.password == credential.password
            }
            if !isKnown { found.append(credential) }
        }
        return found.enumerated().sorted { left, right in
            let (first, second) = (left.element.place.path.count, right.element.place.path.count)
            return first == second ? left.offset < right.offset : first > second
        }.map(\.element)
    }
}

/// Whether a text matches a pattern of `*` (any run) and `?` (any one character).
func globMatches(_ pattern: Substring, _ text: Substring) -> Bool {
    var (pattern, text) = (pattern, text)
    var retry: (pattern: Substring, text: Substring)?
    while true {
        if pattern.first == "*" {
            pattern = pattern.dropFirst()
            retry = (pattern, text)
        } else if let character = text.first,
            pattern.first == "?" || pattern.first == character
        {
            (pattern, text) = (pattern.dropFirst(), text.dropFirst())
        } else if text.isEmpty, pattern.isEmpty {
            return true
        } else if let again = retry, !again.text.isEmpty {
            (pattern, text) = (again.pattern, again.text.dropFirst())
            retry = (pattern, text)
        } else {
            return false
        }
    }
}
