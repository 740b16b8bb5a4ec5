/// Reads a complete head: the start line and the field lines.
///
/// Requests are read strictly: an ambiguity between two readers is how requests are smuggled.
/// Responses are read as Go's client reads them, since a probe must judge a server as the kubelet
/// does: bare line feeds and folded lines are taken, contradictory lengths are not.
struct HeadParser {
    let limits: HTTPLimits
    let isStrict: Bool

    /// Reads the head of a request, without the empty line at its end.
    func request(_ block: ArraySlice<UInt8>) throws(ProtocolViolation) -> ReceivedRequest {
        var rest = block
        let line = try nextLine(&rest)
        let parts = line.split(
            separator: HTTPSyntax.space,
            omittingEmptySubsequences: false
        )
        guard parts.count == 3, let method = parts.first, let version = parts.last,
            !method.isEmpty, method.allSatisfy(HTTPSyntax.isToken),
            !parts[1].isEmpty, parts[1].allSatisfy(HTTPSyntax.isTarget)
        else { throw ProtocolViolation("malformed request line") }
        var head = ReceivedRequest(
            method: String(decoding: method, as: UTF8.self),
            target: String(decoding: parts[1], as: UTF8.self),
            minor: try minorVersion(version),
            headers: try fields(rest)
        )
        head.framing = try requestFraming(head)
        try checkHost(head)
        return head
    }

    /// Reads the head of a response, without the empty line at its end.
    func response(
        _ block: ArraySlice<UInt8>,
        toMethod method: String
    ) throws(ProtocolViolation) -> ReceivedResponse {
        var rest = block
        let line = try nextLine(&rest)
        let parts = line.split(
            separator: HTTPSyntax.space,
            maxSplits: 2,
            omittingEmptySubsequences: false
        )
        guard parts.count >= 2, let version = parts.first, parts[1].count == 3,
            let status = decimal(parts[1]), status >= 100
        else { throw ProtocolViolation("malformed status line") }
        var head = ReceivedResponse(
            status: status,
            reason: parts.count > 2 ? String(decoding: parts[2], as: UTF8.self) : "",
            minor: try minorVersion(version),
            headers: try fields(rest)
        )
        head.framing = try responseFraming(head, toMethod: method)
        return head
    }

    /// Reads field lines; used for trailer sections too.
    func fields(_ block: ArraySlice<UInt8>) throws(ProtocolViolation) -> HTTPHeaders {
        var headers: [(String, String)] = []
        var rest = block
        while !rest.isEmpty {
            let line = try nextLine(&rest)
            if let first = line.first, first == HTTPSyntax.space || first == HTTPSyntax.tab {
                guard !isStrict, let last = headers.indices.last else {
                    throw ProtocolViolation("folded header line")
                }
                headers[last].1 += " " + (try value(line[...]))
                continue
            }
            guard headers.count < limits.fields else {
                throw ProtocolViolation(431, "more than \(limits.fields) header fields")
            }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex
            else { throw ProtocolViolation("malformed header line") }
            let name = line[..<colon]
            guard name.allSatisfy(HTTPSyntax.isToken) else {
                throw ProtocolViolation("malformed header field name")
            }
            let text = try value(line[(colon + 1)...])
            headers.append((String(decoding: name, as: UTF8.self), text))
        }
        return HTTPHeaders(headers)
    }

    private func value(_ bytes: ArraySlice<UInt8>) throws(ProtocolViolation) -> String {
        guard bytes.allSatisfy(HTTPSyntax.isFieldValue) else {
            throw ProtocolViolation("control character in a header field")
        }
        let isBlank = { (byte: UInt8) in byte == HTTPSyntax.space || byte == HTTPSyntax.tab }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }),
            let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }

    /// Takes one line off the block; its end has been checked by the scanner, except for a bare CR.
    private func nextLine(
        _ rest: inout ArraySlice<UInt8>
    ) throws(ProtocolViolation) -> ArraySlice<UInt8> {
        let end = rest.firstIndex(of: HTTPSyntax.lineFeed) ?? rest.endIndex
        var line = rest[..<end]
        rest = end < rest.endIndex ? rest[(end + 1)...] : rest[end...]
        if line.last == HTTPSyntax.carriageReturn { line.removeLast() }
        guard !line.contains(HTTPSyntax.carriageReturn) else {
            throw ProtocolViolation("bare carriage return")
        }
        return line
    }

    private func minorVersion(_ text: ArraySlice<UInt8>) throws(ProtocolViolation) -> Int {
        let prefix = text.prefix(5)
        guard text.count == 8, prefix.elementsEqual("HTTP/".utf8) else {
            throw ProtocolViolation("malformed HTTP version")
        }
        let digits = text.dropFirst(5)
        if digits.elementsEqual("1.1".utf8) { return 1 }
        if digits.elementsEqual("1.0".utf8) { return 0 }
        throw ProtocolViolation(505, "unsupported HTTP version")
    }

    private func requestFraming(_ head: ReceivedRequest) throws(ProtocolViolation) -> BodyFraming {
        let lengths = head.headers.values("Content-Length")
        let codings = head.headers.values("Transfer-Encoding")
        if !codings.isEmpty {
            guard lengths.isEmpty else {
                throw ProtocolViolation("both Content-Length and Transfer-Encoding")
            }
            guard head.minor > 0 else {
                throw ProtocolViolation("Transfer-Encoding in an HTTP/1.0 request")
            }
            guard codings.count == 1, HTTPSyntax.equal(codings[0], "chunked") else {
                throw ProtocolViolation(501, "unsupported Transfer-Encoding")
            }
            return .chunked
        }
        guard let first = lengths.first else { return .none }
        guard lengths.count == 1 else { throw ProtocolViolation("repeated Content-Length") }
        let length = try contentLength(first)
        return length == 0 ? .none : .length(length)
    }

    private func responseFraming(
        _ head: ReceivedResponse,
        toMethod method: String
    ) throws(ProtocolViolation) -> BodyFraming {
        if method == "HEAD" || HTTPStatus.isBodiless(head.status) { return .none }
        let codings = head.headers.values("Transfer-Encoding")
        if !codings.isEmpty && head.minor > 0 {
            guard codings.count == 1, HTTPSyntax.equal(codings[0], "chunked") else {
                throw ProtocolViolation("unsupported Transfer-Encoding")
            }
            return .chunked
        }
        let lengths = head.headers.values("Content-Length")
        guard let first = lengths.first else { return .untilClose }
        guard lengths.allSatisfy({ $0 == first }) else {
            throw ProtocolViolation("contradictory Content-Length")
        }
        let length = try contentLength(first)
        return length == 0 ? .none : .length(length)
    }

    private func contentLength(_ text: String) throws(ProtocolViolation) -> Int {
        guard let length = decimal(Array(text.utf8)[...]) else {
            throw ProtocolViolation("malformed Content-Length")
        }
        return length
    }

    private func checkHost(_ head: ReceivedRequest) throws(ProtocolViolation) {
        let hosts = head.headers.values("Host")
        guard hosts.count <= 1, head.minor == 0 || hosts.count == 1 else {
            throw ProtocolViolation("not exactly one Host header field")
        }
        for host in hosts {
            let isPlain = host.utf8.allSatisfy { byte in
                HTTPSyntax.isTarget(byte) && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "@")
            }
            guard isPlain else { throw ProtocolViolation("malformed Host header field") }
        }
    }

    private func decimal(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 18 else { return nil }
        var value = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
