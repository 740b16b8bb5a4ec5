package import Basics
import Formats

extension WebAddress {
    /// The value of `Authorization` for a user and a password (RFC 7617).
    package static func basic(_ user: String, _ password: String) -> String {
        "Basic " + Base64.encode(Array((user + ":" + password).utf8))
    }

    /// The address that a reference means from here (RFC 3986 section 5.2): `Location` of a redirect.
    ///
    /// User and password are those of the reference only.
    /// - Throws: `invalid` if the reference is no address of HTTP.
    package func resolving(_ reference: String) throws(Failure) -> WebAddress {
        let scheme = reference.prefix { $0.isLetter || $0.isNumber || "+-.".contains($0) }
        if !scheme.isEmpty, reference.dropFirst(scheme.count).hasPrefix(":") {
            guard reference.dropFirst(scheme.count).hasPrefix("://") else {
                throw Failure(
                    .invalid,
                    "cannot follow the address of another kind",
                    cause: "its scheme is \"\(scheme)\", not http or https"
                )
            }
            return try WebAddress(reference)
        }
        if reference.hasPrefix("//") {
            return try WebAddress((isSecure ? "https:" : "http:") + reference)
        }
        var text = reference.prefix { $0 != "#" }
        var found = self
        found.user = nil
        found.password = nil
        if text.isEmpty { return found }
        let query = text.firstIndex(of: "?").map { String(text[$0...]) } ?? ""
        text = text.prefix { $0 != "?" }
        var path = self.path
        if text.hasPrefix("/") {
            path = String(text)
        } else if !text.isEmpty {
            let end = path.lastIndex(of: "/") ?? path.startIndex
            path = path[..<end] + "/" + text
        }
        let base = "http://host" + Self.withoutDots(path) + query
        found.target = try WebAddress(base).target
        return found
    }

    /// A path without `.` and `..` (RFC 3986 section 5.2.4).
    static func withoutDots(_ path: String) -> String {
        var kept: [Substring] = []
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            switch part {
            case ".": if isLast { kept.append("") }
            case "..":
                if !kept.isEmpty { kept.removeLast() }
                if isLast { kept.append("") }
            default: kept.append(part)
            }
        }
        return "/" + kept.joined(separator: "/")
    }
}
