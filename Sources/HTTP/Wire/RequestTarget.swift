/// The four forms of a request target (RFC 9112 section 3.2).
enum RequestTarget {
    static func read(
        _ target: Span<UInt8>,
        into head: inout RequestHead,
        _ facts: inout FramingFacts
    ) throws(WireViolation) {
        if head.method == .connect {
            guard Authority.hasPort(target) else { throw WireViolation(.target) }
            head.setAuthority(target)
            facts.hasAuthority = true
        } else if target[0] == 0x2F {
            head.setPath(target)
        } else if target[0] == 0x2A {
            guard target.count == 1, head.method == .options else { throw WireViolation(.target) }
            head.setPath(target)
        } else {
            try absolute(target, into: &head)
            facts.hasAuthority = true
        }
    }

    private static func absolute(
        _ target: Span<UInt8>,
        into head: inout RequestHead
    ) throws(WireViolation) {
        let start: Int
        if hasPrefix(target, "http://") {
            head.scheme = .http
            start = 7
        } else if hasPrefix(target, "https://") {
            head.scheme = .https
            start = 8
        } else {
            throw WireViolation(hasScheme(target) ? .scheme : .target)
        }
        var end = start
        while end < target.count, target[end] != 0x2F, target[end] != 0x3F { end &+= 1 }
        let authority = target.extracting(start..<end)
        guard Authority.isValid(authority) else { throw WireViolation(.authority) }
        head.setAuthority(authority)
        let path = target.extracting(end..<target.count)
        if path.isEmpty {
            head.pathText.set(head.method == .options ? "*" : "/")
        } else if path[0] == 0x3F {
            head.pathText.set("/")
            head.pathText.append(path)
        } else {
            head.pathText.set(path)
        }
    }

    private static func hasPrefix(_ target: Span<UInt8>, _ prefix: StaticString) -> Bool {
        let length = prefix.utf8CodeUnitCount
        return target.count > length && target.extracting(0..<length).equalsFolded(prefix)
    }

    private static func hasScheme(_ target: Span<UInt8>) -> Bool {
        var at = 0
        while at < target.count, target[at].isTokenByte { at &+= 1 }
        return at > 0 && at + 2 < target.count && target[at] == 0x3A && target[at + 1] == 0x2F
            && target[at + 2] == 0x2F
    }
}
