/// What the fields of a head say about the end of the message and about the connection.
struct FramingFacts: Sendable {
    private var length: Int?
    private var hasCodings = false
    private var hosts = 0
    private var connection = ConnectionOptions()
    private var upgrade = UpgradeKind.none
    private var expectsContinue = false
    /// The authority came with the target, which counts more than `Host`.
    var hasAuthority = false
    var isFolded = false
    /// A response says both: chunks count, and the length must not be passed on.
    private(set) var isLengthIgnored = false

    /// Takes a field of a request in.
    ///
    /// - Returns: Whether it stays among the fields.
    @inline(__always)
    mutating func take(
        _ line: FieldLine,
        _ bytes: Span<UInt8>,
        of head: inout RequestHead
    ) throws(WireViolation) -> Bool {
        switch line.id {
        case .host:
            hosts += 1
            guard hosts == 1 else { throw WireViolation(.host) }
            let value = bytes.extracting(line.value)
            guard value.isEmpty || Authority.isValid(value) else {
                throw WireViolation(.authority)
            }
            if !hasAuthority { head.setAuthority(value) }
            return false
        case .contentLength:
            guard length == nil else { throw WireViolation(.contentLength) }
            length = try Self.length(bytes.extracting(line.value))
        case .transferEncoding: try takeCodings(bytes.extracting(line.value))
        case .connection: connection.take(bytes.extracting(line.value))
        case .expect:
            expectsContinue = bytes.extracting(line.value).equalsFolded("100-continue")
        case .upgrade: takeUpgrade(bytes.extracting(line.value))
        default: break
        }
        return true
    }

    /// Takes a field of a response in.
    @inline(__always)
    mutating func take(_ line: FieldLine, _ bytes: Span<UInt8>) throws(WireViolation) {
        switch line.id {
        case .contentLength:
            let value = try Self.length(bytes.extracting(line.value))
            guard length == nil || length == value else { throw WireViolation(.contentLength) }
            length = value
        case .transferEncoding: try takeCodings(bytes.extracting(line.value))
        case .connection: connection.take(bytes.extracting(line.value))
        default: break
        }
    }

    /// Decides on a request when all fields are known.
    func finish(_ head: inout RequestHead) throws(WireViolation) {
        let isModern = head.version != .http10
        guard hosts == 1 || !isModern else { throw WireViolation(.host) }
        head.framing = try framing(isModern)
        if head.method == .connect {
            // Its content has no meaning; two readers may look for it in different places.
            guard head.framing == .none || head.framing == .length(0) else {
                throw WireViolation(.body)
            }
            head.framing = .none
        }
        head.keepsAlive = connection.keepsAlive(isModern)
        head.expectsContinue =
            isModern && expectsContinue && head.framing != .none && head.framing != .length(0)
        if isModern && connection.hasUpgrade { head.upgrade = upgrade }
    }

    private func framing(_ isModern: Bool) throws(WireViolation) -> BodyFraming {
        if hasCodings {
            guard length == nil else { throw WireViolation(.bothLengths) }
            guard isModern else { throw WireViolation(.transferEncoding) }
            return .chunked
        }
        return length.map(BodyFraming.length) ?? .none
    }

    /// Decides on a response when all fields are known.
    mutating func finish(
        _ head: inout ResponseHead,
        to method: HTTPMethod
    ) throws(WireViolation) {
        let isModern = head.version != .http10
        guard !hasCodings || isModern else { throw WireViolation(.transferEncoding) }
        head.keepsAlive = connection.keepsAlive(isModern)
        let isTunnel = method == .connect && head.status / 100 == 2
        if method == .head || isTunnel || HTTPStatus.isBodiless(head.status) {
            head.framing = .none
        } else if hasCodings {
            head.framing = .chunked
        } else if let length {
            head.framing = .length(length)
        } else {
            head.framing = .untilClose
            head.keepsAlive = false
        }
        if hasCodings && length != nil {
            isLengthIgnored = true
            head.keepsAlive = false
        }
    }

    /// One coding is known, and it is said once.
    private mutating func takeCodings(_ value: Span<UInt8>) throws(WireViolation) {
        if !hasCodings && value.equalsFolded("chunked") {
            hasCodings = true
            return
        }
        var start = 0
        while start <= value.count {
            var end = start
            while end < value.count, value[end] != 0x2C { end &+= 1 }
            let coding = value.extracting(start..<end).trimmedBlanks()
            guard !coding.isEmpty else { throw WireViolation(.transferEncoding) }
            guard coding.equalsFolded("chunked") else { throw WireViolation(.transferCoding) }
            guard !hasCodings else { throw WireViolation(.transferEncoding) }
            hasCodings = true
            start = end &+ 1
        }
    }

    private mutating func takeUpgrade(_ value: Span<UInt8>) {
        if value.equalsFolded("websocket") {
            upgrade = .webSocket
        } else if !value.isEmpty && !value.equalsFolded("h2c") && !value.equalsFolded("h2") {
            upgrade = .other
        }
    }

    /// The value of a `Content-Length`: digits, and no more than fit.
    static func length(_ value: Span<UInt8>) throws(WireViolation) -> Int {
        guard !value.isEmpty else { throw WireViolation(.contentLength) }
        var length = 0
        for index in value.indices {
            guard value[index].isDigit else { throw WireViolation(.contentLength) }
            let (tens, isLarge) = length.multipliedReportingOverflow(by: 10)
            let (sum, isTooLarge) = tens.addingReportingOverflow(Int(value[index] &- 0x30))
            guard !isLarge, !isTooLarge else { throw WireViolation(.contentLength) }
            length = sum
        }
        return length
    }
}

/// What `Connection` says about the connection itself.
struct ConnectionOptions: Sendable {
    private var closes = false
    private var keeps = false
    private(set) var hasUpgrade = false

    mutating func take(_ value: Span<UInt8>) {
        var start = 0
        while start <= value.count {
            var end = start
            while end < value.count, value[end] != 0x2C { end &+= 1 }
            let text = value.extracting(start..<end).trimmedBlanks()
            let option = FoldedName(text)
            switch text.count {
            case 5: if option.matches("close") { closes = true }
            case 10: if option.matches("keep-alive") { keeps = true }
            case 7: if option.matches("upgrade") { hasUpgrade = true }
            default: break
            }
            start = end &+ 1
        }
    }

    func keepsAlive(_ isModern: Bool) -> Bool {
        !closes && (isModern || keeps)
    }
}
