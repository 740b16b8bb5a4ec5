/// An address of the web, read as the URL standard has it.
struct WebAddress {
    static let usualPorts: [String: UInt16] = [
        "http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21,
    ]

    var scheme: String
    var username = ""
    var password = ""
    var host: String?
    var port: UInt16?
    var path: String
    var query: String?
    var fragment: String?

    private static func refusal(_ reason: String) -> FunctionError {
        FunctionError("unable to parse url: \(reason)")
    }

    init(_ text: String) throws(FunctionError) {
        var rest = text.unicodeScalars.filter { ![0x09, 0x0A, 0x0D].contains($0.value) }[...]
        while let first = rest.first, first.value <= 0x20 { rest.removeFirst() }
        while let last = rest.last, last.value <= 0x20 { rest.removeLast() }
        guard let colon = rest.firstIndex(of: ":"), Self.isScheme(rest[..<colon]) else {
            throw Self.refusal("relative URL without a base")
        }
        scheme = String(String.UnicodeScalarView(rest[..<colon])).lowercased()
        path = ""
        let isSpecial = Self.usualPorts[scheme] != nil || scheme == "file"
        rest = rest[rest.index(after: colon)...]
        if let mark = rest.firstIndex(of: "#") {
            fragment = Self.encoded(rest[rest.index(after: mark)...], "FRAGMENT")
            rest = rest[..<mark]
        }
        if let mark = rest.firstIndex(of: "?") {
            query = Self.encoded(rest[rest.index(after: mark)...], isSpecial ? "SPECIAL" : "QUERY")
            rest = rest[..<mark]
        }
        let isSlash = { (scalar: Unicode.Scalar) in scalar == "/" || isSpecial && scalar == "\\" }
        let slashes = rest.prefix(while: isSlash).count
        if slashes >= 2 || (isSpecial && scheme != "file") {
            // Too many slashes are as two, of the schemes that people type.
            rest = rest.dropFirst(isSpecial && scheme != "file" ? slashes : 2)
            let end = rest.firstIndex(where: isSlash) ?? rest.endIndex
            try readAuthority(rest[..<end], isSpecial)
            rest = rest[end...]
        }
        path = Self.normalised(rest, isSpecial: isSpecial, isRooted: host != nil || slashes > 0)
    }

    private static func isScheme(_ text: Substring.UnicodeScalarView) -> Bool {
        guard let first = text.first, first.isASCII, first.properties.isAlphabetic else {
            return false
        }
        return text.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "+-.".unicodeScalars.contains(scalar))
        }
    }

    private static func encoded(_ text: Substring.UnicodeScalarView, _ set: String) -> String {
        let bytes = Array(String(String.UnicodeScalarView(text)).utf8)
        return String(decoding: Percent.encode(bytes, set), as: UTF8.self)
    }

    private mutating func readAuthority(
        _ text: Substring.UnicodeScalarView,
        _ isSpecial: Bool
    ) throws(FunctionError) {
        var name = text
        if let at = text.lastIndex(of: "@") {
            let user = text[..<at]
            let colon = user.firstIndex(of: ":")
            username = Self.encoded(user[..<(colon ?? user.endIndex)], "USERINFO")
            if let colon { password = Self.encoded(user[user.index(after: colon)...], "USERINFO") }
            name = text[text.index(after: at)...]
        }
        var portText: Substring.UnicodeScalarView?
        let bracket = name.lastIndex(of: "]")
        if let colon = name.lastIndex(of: ":"), bracket.map({ $0 < colon }) ?? true {
            portText = name[name.index(after: colon)...]
            name = name[..<colon]
        }
        if let portText, !portText.isEmpty {
            guard let number = UInt16(String(String.UnicodeScalarView(portText))),
                portText.first != "+"
            else { throw Self.refusal("invalid port number") }
            port = number
        }
        host = try Self.host(String(String.UnicodeScalarView(name)), isSpecial)
        if scheme == "file", host == "" { host = nil }
    }

    private static func host(_ name: String, _ isSpecial: Bool) throws(FunctionError) -> String {
        if name.hasPrefix("[") {
            guard name.hasSuffix("]"), let address = Address(String(name.dropFirst().dropLast())),
                address.isVersion6
            else { throw refusal("invalid IPv6 address") }
            return "[\(address.text)]"
        }
        guard isSpecial else { return name }
        let decoded = String(decoding: Percent.decode(Array(name.utf8)), as: UTF8.self)
        guard !decoded.isEmpty else { throw refusal("empty host") }
        guard let told = Punycode.asciiName(decoded) else {
            throw refusal("invalid international domain name")
        }
        let labels = told.split(separator: ".", omittingEmptySubsequences: false)
        let last = labels.last.flatMap { $0.isEmpty ? labels.dropLast().last : $0 } ?? ""
        guard !last.isEmpty, last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return told
        }
        guard let address = Address(told) else { throw refusal("invalid IPv4 address") }
        return address.text
    }

    private static func normalised(
        _ text: Substring.UnicodeScalarView,
        isSpecial: Bool,
        isRooted: Bool
    ) -> String {
        guard isRooted || isSpecial else { return encoded(text, "CONTROLS") }
        let isSlash = { (scalar: Unicode.Scalar) in scalar == "/" || isSpecial && scalar == "\\" }
        var segments = text.split(omittingEmptySubsequences: false, whereSeparator: isSlash).map {
            encoded($0, "PATH")
        }
        if segments.first == "" { segments.removeFirst() }
        var kept: [String] = []
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment.lowercased() {
            case ".", "%2e": if isLast { kept.append("") }
            case "..", ".%2e", "%2e.", "%2e%2e":
                _ = kept.popLast()
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        if kept.isEmpty, !isSpecial, text.isEmpty { return "" }
        return "/" + kept.joined(separator: "/")
    }
}
