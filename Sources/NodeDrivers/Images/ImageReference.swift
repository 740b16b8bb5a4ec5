/// The full name of an image: `docker.io/library/busybox:1.36@sha256:...`.
///
/// The grammar is that of the distribution project (`distribution/reference`), including the short
/// names of Docker Hub: `busybox` is `docker.io/library/busybox:latest`.
public struct ImageReference: Sendable, Hashable, CustomStringConvertible {
    /// The registry's host and port.
    public let host: String
    /// The path of the repository in its registry.
    public let path: String
    /// The tag; nil only if there is a digest.
    public let tag: String?
    /// The digest, `sha256:` and 64 hexadecimal digits; nil if the image is named by its tag.
    public let digest: String?

    /// Reads a reference; nil if its form is wrong.
    public init?(_ text: String) {
        guard text.utf8.count <= 512 else { return nil }
        var rest = text[...]
        var digest: String?
        if let at = rest.firstIndex(of: "@") {
            digest = String(rest[rest.index(after: at)...])
            rest = rest[..<at]
            guard let digest, Self.isDigest(digest) else { return nil }
        }
        var tag: String?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
            guard let tag, Self.isTag(tag) else { return nil }
        }
        var host = "docker.io"
        if let slash = rest.firstIndex(of: "/"), Self.isHost(rest[..<slash]) {
            host = rest[..<slash] == "index.docker.io" ? host : String(rest[..<slash])
            rest = rest[rest.index(after: slash)...]
        }
        guard rest.utf8.count <= 255,
            rest.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(
                Self.isComponent
            )
        else { return nil }
        // 64 hexadecimal digits are an image ID, never a name.
        if host == "docker.io", rest.count == 64, rest.allSatisfy(\.isLowercaseHexDigit) {
            return nil
        }
        self.host = host
        path = host == "docker.io" && !rest.contains("/") ? "library/" + rest : String(rest)
        self.tag = tag ?? (digest == nil ? "latest" : nil)
        self.digest = digest
    }

    /// Host and path, without tag and digest.
    public var repository: String { host + "/" + path }

    /// The full spelling.
    public var description: String {
        repository + (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0 } ?? "")
    }

    /// What a registry is asked for: the digest if there is one, which then decides alone.
    var wanted: String {
        if let digest { return repository + "@" + digest }
        return repository + ":" + (tag ?? "latest")
    }

    /// Whether the registry is on this machine, where plain HTTP is no danger.
    var isOnLoopback: Bool {
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } : host.prefix { $0 != ":" }
        return name == "localhost" || name.hasPrefix("127.") || name == "[::1"
    }

    static func isDigest(_ text: String) -> Bool {
        text.hasPrefix("sha256:") && text.utf8.count == 71
            && text.dropFirst(7).allSatisfy(\.isLowercaseHexDigit)
    }

    private static func isTag(_ text: String) -> Bool {
        guard let first = text.first, text.utf8.count <= 128 else { return false }
        return first != "." && first != "-"
            && text.allSatisfy { $0.isNameCharacter || $0 == "." || $0 == "-" || $0 == "_" }
    }

    /// A first component is a host if it has a dot, a port or an upper-case letter, or is `localhost`.
    private static func isHost(_ text: Substring) -> Bool {
        if text.hasPrefix("[") { return text.contains("]") }
        guard text == "localhost" || text.contains(where: { ".:".contains($0) || $0.isUppercase })
        else { return false }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count <= 2 && !parts[0].isEmpty
            && parts[0].allSatisfy { $0.isNameCharacter || $0 == "." || $0 == "-" }
            && (parts.count == 1 || UInt16(parts[1]) != nil)
    }

    /// Lower-case words joined by `.`, `_`, `__` or any number of `-`.
    private static func isComponent(_ text: Substring) -> Bool {
        guard let first = text.first, let last = text.last, first.isLowercaseAlphanumeric,
            last.isLowercaseAlphanumeric
        else { return false }
        var run = ""
        for character in text {
            if character.isLowercaseAlphanumeric {
                guard ["", ".", "_", "__"].contains(run) || run.allSatisfy({ $0 == "-" }) else {
                    return false
                }
                run = ""
            } else if "._-".contains(character) {
                run.append(character)
            } else {
                return false
            }
        }
        return true
    }
}

extension Character {
    /// `0`-`9`, `a`-`f`.
    var isLowercaseHexDigit: Bool { ("0"..."9").contains(self) || ("a"..."f").contains(self) }
    /// `0`-`9`, `a`-`z`.
    fileprivate var isLowercaseAlphanumeric: Bool {
        ("0"..."9").contains(self) || ("a"..."z").contains(self)
    }
    /// `0`-`9`, `a`-`z`, `A`-`Z`.
    fileprivate var isNameCharacter: Bool {
        isLowercaseAlphanumeric || ("A"..."Z").contains(self)
    }
}
