/// The name of an image, as a manifest has it.
package struct StandInImage: Sendable, Hashable {
    /// All but tag and digest: `docker.io/library/busybox`.
    package let repository: String
    /// The last part of it: `busybox`.
    package let name: String
    /// The tag; `nil` if there is none.
    package let tag: String?

    /// Reads a name; any text is one.
    package init(_ text: String) {
        var rest = text.prefix { $0 != "@" }
        var tag: String?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        repository = String(rest)
        name = rest.split(separator: "/").last.map(String.init) ?? String(rest)
        self.tag = tag
    }
}
