/// The forms of names, each as a rule that answers with the API server's complaints.
enum NameRules {
    /// RFC 1123 label: container, volume and host names.
    static func label(_ text: String) -> [String] {
        var complaints = longest(text, 63)
        if !isLabel(text) {
            complaints.append(
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or"
                    + " '-', and must start and end with an alphanumeric character (e.g. 'my-name',"
                    + "  or '123-abc', regex used for validation is"
                    + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            )
        }
        return complaints
    }

    /// RFC 1035 label: the names of services.
    static func domainLabel(_ text: String) -> [String] {
        var complaints = longest(text, 63)
        if !isLabel(text) || text.utf8.first.map(isDigit) ?? true {
            complaints.append(
                "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start"
                    + " with an alphabetic character, and end with an alphanumeric character (e.g."
                    + " 'my-name',  or 'abc-123', regex used for validation is"
                    + " '[a-z]([-a-z0-9]*[a-z0-9])?')"
            )
        }
        return complaints
    }

    /// RFC 1123 subdomain: the names of most objects.
    static func subdomain(_ text: String) -> [String] {
        var complaints = longest(text, 253)
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if !parts.allSatisfy({ isLabel($0) }) {
            complaints.append(
                "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters,"
                    + " '-' or '.', and must start and end with an alphanumeric character (e.g."
                    + " 'example.com', regex used for validation is"
                    + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            )
        }
        return complaints
    }

    /// A name that is a segment of a path, as roles have it.
    static func pathSegment(_ text: String) -> [String] {
        if text == "." || text == ".." { return ["may not be '\(text)'"] }
        return ["/", "%"].filter { text.contains($0) }.map { "may not contain '\($0)'" }
    }

    /// A search domain: like a subdomain, with underscores, and a dot at the end or alone.
    static func searchDomain(_ text: String) -> [String] {
        if text == "." { return [] }
        let bare = text.hasSuffix(".") ? String(text.dropLast()) : text
        return subdomain(String(bare.map { $0 == "_" ? "x" : $0 }))
    }

    /// The key of a label: an optional prefix and a name.
    static func qualified(_ text: String) -> [String] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let name = parts.last else {
            return [
                "a qualified name " + consistsOf + " with an optional DNS subdomain prefix and '/'"
                    + " (e.g. 'example.com/MyName')"
            ]
        }
        var complaints: [String] = []
        if parts.count == 2 {
            if parts[0].isEmpty {
                complaints.append("prefix part must be non-empty")
            } else {
                complaints += subdomain(parts[0]).map { "prefix part " + $0 }
            }
        }
        if name.isEmpty { complaints.append("name part must be non-empty") }
        complaints += longest(name, 63).map { "name part " + $0 }
        if !isQualifiedPart(name) { complaints.append("name part " + consistsOf) }
        return complaints
    }

    private static let consistsOf =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an"
        + " alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for"
        + " validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

    /// The value of a label.
    static func labelValue(_ text: String) -> [String] {
        var complaints = longest(text, 63)
        if !text.isEmpty, !isQualifiedPart(text) {
            complaints.append(
                "a valid label must be an empty string or consist of alphanumeric characters, '-',"
                    + " '_' or '.', and must start and end with an alphanumeric character (e.g."
                    + " 'MyValue',  or 'my_value',  or '12345', regex used for validation is"
                    + " '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            )
        }
        return complaints
    }

    /// A port's name, as IANA names services.
    static func port(_ text: String) -> [String] {
        var complaints: [String] = []
        let bytes = Array(text.utf8)
        if bytes.count > 15 { complaints.append("must be no more than 15 characters") }
        if bytes.isEmpty || !bytes.allSatisfy({ isLower($0) || isDigit($0) || $0 == dash }) {
            complaints.append(
                "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
            )
        }
        if !bytes.contains(where: isLower) {
            complaints.append("must contain at least one letter (a-z)")
        }
        if zip(bytes, bytes.dropFirst()).contains(where: { $0 == dash && $1 == dash }) {
            complaints.append("must not contain consecutive hyphens")
        }
        if bytes.first == dash || bytes.last == dash {
            complaints.append("must not begin or end with a hyphen")
        }
        return complaints
    }

    /// An environment variable's name: printable ASCII without `=`.
    static func variable(_ text: String) -> [String] {
        let isValid = !text.isEmpty && text.utf8.allSatisfy { (32...126).contains($0) && $0 != 61 }
        return isValid
            ? []
            : [
                "a valid environment variable name must consist only of printable ASCII characters"
                    + " other than '='"
            ]
    }

    /// The key of a ConfigMap or Secret.
    static func configKey(_ text: String) -> [String] {
        var complaints = longest(text, 253)
        let isValid =
            !text.isEmpty
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == dash || $0 == 95 || $0 == 46 }
        if !isValid {
            complaints.append(
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g."
                    + " 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is"
                    + " '[-._a-zA-Z0-9]+')"
            )
        }
        if text == "." {
            complaints.append("must not be '.'")
        } else if text == ".." {
            complaints.append("must not be '..'")
        } else if text.hasPrefix("..") {
            complaints.append("must not start with '..'")
        }
        return complaints
    }

    /// The name of an HTTP header.
    static func header(_ text: String) -> [String] {
        let isValid =
            !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == dash }
        return isValid
            ? []
            : [
                "a valid HTTP header must consist of alphanumeric characters or '-' (e.g."
                    + " 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"
            ]
    }

    /// The name of a kernel parameter, with dots or slashes.
    static func sysctl(_ text: String) -> [String] {
        let segments = text.split(
            omittingEmptySubsequences: false,
            whereSeparator: { $0 == "." || $0 == "/" }
        )
        let isValid =
            text.utf8.count <= 253
            && segments.allSatisfy { segment in
                let bytes = Array(segment.utf8)
                guard let first = bytes.first, let last = bytes.last else { return false }
                return bytes.allSatisfy { isLower($0) || isDigit($0) || $0 == dash || $0 == 95 }
                    && first != dash && first != 95 && last != dash && last != 95
            }
        return isValid
            ? []
            : [
                "must have at most 253 characters and match regex"
                    + " ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
            ]
    }

    private static func longest(_ text: String, _ most: Int) -> [String] {
        text.utf8.count > most ? ["must be no more than \(most) bytes"] : []
    }

    private static let dash = UInt8(ascii: "-")

    private static func isLower(_ byte: UInt8) -> Bool { (97...122).contains(byte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLower(byte) || isDigit(byte) || (65...90).contains(byte)
    }

    private static func isLabel(_ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8)
        return !bytes.isEmpty && bytes.first != dash && bytes.last != dash
            && bytes.allSatisfy { isLower($0) || isDigit($0) || $0 == dash }
    }

    private static func isQualifiedPart(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == dash || $0 == 95 || $0 == 46 }
    }
}
