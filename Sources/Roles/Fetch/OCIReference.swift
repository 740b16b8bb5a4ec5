import Basics

/// The name of an artifact in a registry: `oci://registry:5000/some/repository:tag#title`.
///
/// `@sha256:…` in place of the tag names the bytes themselves; `oci+http` asks without TLS.
struct OCIReference: Sendable, Hashable, CustomStringConvertible {
    var registry: String
    var repository: String
    /// A tag, or a digest with its algorithm.
    var reference: String
    /// The layer: a title, or a media type; the only layer if nil.
    var title: String?
    var isSecure: Bool

    /// Whether the reference is a digest.
    var isDigest: Bool { reference.contains(":") }

    var description: String {
        "oci://\(registry)/\(repository)\(isDigest ? "@" : ":")\(reference)"
            + (title.map { "#" + $0 } ?? "")
    }

    /// Reads a name.
    ///
    /// - Throws: `invalid` with what is missing.
    init(_ text: String) throws(Failure) {
        isSecure = !text.hasPrefix("oci+http:")
        var rest = text[...]
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        if let mark = rest.firstIndex(of: "#") {
            title = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        var reference = "latest"
        if let at = rest.lastIndex(of: "@") {
            reference = String(rest[rest.index(after: at)...])
            rest = rest[..<at]
        } else if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            reference = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        let parts = rest.split(separator: "/", maxSplits: 1)
        let isName = { (byte: UInt8) in
            switch byte {
            case 0x30...0x39, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F: true
            default: false
            }
        }
        guard parts.count == 2, parts[1].utf8.allSatisfy(isName), !reference.isEmpty,
            title?.isEmpty != true, !reference.contains(":") || (try? Checksum(reference)) != nil
        else {
            throw Failure(
                .invalid,
                "cannot read the address \"\(text)\"",
                cause: "it names no registry, repository and tag",
                remedy: "write oci://registry/repository:tag#title"
            )
        }
        self.reference = reference
        registry = String(parts[0])
        repository = String(parts[1])
    }
}
