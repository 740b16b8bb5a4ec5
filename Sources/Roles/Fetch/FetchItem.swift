import Basics
import HTTP
import Security

/// Something that is fetched, and where it goes.
struct FetchItem: Sendable {
    /// Where it comes from.
    enum Source: Sendable, Hashable {
        /// HTTP or HTTPS.
        case web(WebAddress)
        /// A file here.
        case file(String)
        /// A secret of Vault: `vault:MOUNT/PATH#KEY`.
        case vault(mount: String, path: String, key: String?)
        /// A tree of a git repository: `git:URL#REF:PATH`.
        case git(repository: String, reference: String, path: String)
        /// An object: `s3://BUCKET/KEY`.
        case s3(bucket: String, key: String)
        /// A layer of an artifact: `oci://REGISTRY/REPOSITORY:TAG#TITLE`.
        case oci(OCIReference)
    }

    /// What is made of packed content.
    enum Packing: String, Sendable, Hashable, CaseIterable {
        /// Nothing: it stays as it is.
        case none
        /// gzip is unpacked.
        case gzip
        /// Zstandard is unpacked.
        case zstd
        /// A tar archive, packed by gzip, Zstandard or not, becomes a directory.
        case tar
    }

    /// How the pairs of a secret are written.
    enum SecretForm: String, Sendable, Hashable, CaseIterable {
        /// An object of JSON.
        case json
        /// Lines `NAME='value'`.
        case env
        /// The only value as it is; with one key this is always so.
        case raw
    }

    var source: Source
    /// The file, or the directory for a tree; `-` is standard output.
    var target: String
    /// What the content must be.
    var checksum: Checksum?
    /// Where a list of checksums is.
    var checksumList: WebAddress?
    /// The name in that list; the address's last part if nil.
    var checksumName: String?
    /// What is made of packed content.
    var packing = Packing.none
    /// How many leading directories of an archive are left out.
    var strip = 0
    /// A pointer (RFC 6901) to the value that becomes the content.
    var pick: String?
    /// What the content is put into.
    var template: JSONTemplate?
    /// What the template is called: its file, or its place in the configuration.
    var templateName = "the template"
    /// How a secret is written.
    var form = SecretForm.json
    /// The permission bits; those of an archive's files are the archive's own.
    var mode: UInt32 = 0o644
    var user: UInt32?
    var group: UInt32?

    /// Whether a directory is made.
    var isTree: Bool {
        if case .git = source { return true }
        return packing == .tar
    }

    /// The source as it is told: without user, password and fragment.
    var name: String {
        switch source {
        case .web(let address): "\(address)"
        case .file(let path): path
        case .vault(let mount, let path, let key):
            "vault:\(mount)/\(path)" + (key.map { "#" + $0 } ?? "")
        case .git(let repository, let reference, let path):
            "git:\(Self.withoutUser(repository))#\(reference)" + (path.isEmpty ? "" : ":" + path)
        case .s3(let bucket, let key): "s3://\(bucket)/\(key)"
        case .oci(let reference): "\(reference)"
        }
    }

    static func withoutUser(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let sign = rest[..<end].lastIndex(of: "@") else { return url }
        return String(url[..<scheme.upperBound] + rest[rest.index(after: sign)...])
    }

    /// The last part of the source's name, which is what the file is called if nobody says otherwise.
    var lastName: String? {
        let path: String
        switch source {
        case .web(let address): path = HTTPTarget.decode(address.path) ?? address.path
        case .file(let file): path = file
        case .vault(_, let secret, let key): path = key ?? secret
        case .git(let repository, _, let inside): path = inside.isEmpty ? repository : inside
        case .s3(_, let key): path = key
        case .oci(let reference): path = reference.title ?? reference.repository
        }
        guard !path.hasSuffix("/"), let last = path.split(separator: "/").last, last != "..",
            last != "."
        else { return nil }
        return last.hasSuffix(".git") ? String(last.dropLast(4)) : String(last)
    }
}

extension FetchItem.Source {
    /// Reads where something comes from.
    ///
    /// - Throws: `invalid` with what is missing.
    init(_ text: String) throws(Failure) {
        let scheme = text.prefix { $0 != ":" }
        let rest = text.dropFirst(scheme.count + 1)
        switch scheme {
        case "file":
            let path = rest.hasPrefix("//") ? rest.dropFirst(2) : rest
            guard !path.isEmpty else { throw Self.bad(text, "it names no file", "file:/etc/x") }
            self = .file(String(path))
        case "vault": self = try Self.vault(text, rest.drop { $0 == "/" })
        case "git", "git+https", "git+http", "git+ssh", "git+file":
            self = try Self.git(text)
        case "s3":
            let parts = rest.drop { $0 == "/" }.split(separator: "/", maxSplits: 1)
            guard parts.count == 2 else {
                throw Self.bad(text, "it names no bucket and key", "s3://bucket/path/key")
            }
            self = .s3(bucket: String(parts[0]), key: String(parts[1]))
        case "oci", "oci+http": self = .oci(try OCIReference(text))
        default: self = .web(try WebAddress(text))
        }
    }

    private static func bad(_ text: String, _ why: String, _ example: String) -> Failure {
        let shown = text.prefix { $0 != "#" && $0 != "@" }
        return Failure(
            .invalid,
            "cannot read the address \"\(shown)\"",
            cause: why,
            remedy: "write \(example)"
        )
    }

    private static func vault(_ text: String, _ rest: Substring) throws(Failure) -> Self {
        let parts = rest.split(separator: "#", maxSplits: 1)
        let path = parts.first?.split(separator: "/", maxSplits: 1) ?? []
        guard path.count == 2, !path[1].isEmpty else {
            throw bad(text, "it names no mount and path", "vault:secret/app/database#password")
        }
        return .vault(
            mount: String(path[0]),
            path: String(path[1]),
            key: parts.count > 1 ? String(parts[1]) : nil
        )
    }

    private static func git(_ text: String) throws(Failure) -> Self {
        var url = text[...]
        if url.hasPrefix("git+") {
            url = url.dropFirst(4)
        } else if !url.hasPrefix("git://") {
            url = url.dropFirst(4)
        }
        let parts = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let place = parts.count > 1 ? parts[1] : "HEAD"
        let words = place.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let reference = words.first.map(String.init) ?? "HEAD"
        let path = words.count > 1 ? words[1].split(separator: "/").joined(separator: "/") : ""
        // What begins with a dash would be an option of git.
        guard let repository = parts.first, !repository.isEmpty, !repository.hasPrefix("-"),
            !reference.hasPrefix("-"), !path.split(separator: "/").contains("..")
        else {
            throw bad(text, "it names no repository", "git:https://host/repo.git#main:path")
        }
        return .git(
            repository: String(repository),
            reference: reference.isEmpty ? "HEAD" : reference,
            path: path
        )
    }
}
