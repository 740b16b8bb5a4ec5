internal import Basics
internal import Formats
internal import HTTP

/// Which requests a route (or a rule) takes, compiled.
///
/// What most routes ask, the path, is looked at first and without a reference.
struct RequestTest {
    private enum Kind: UInt8 {
        case any
        case exact
        case prefix
        case separatedPrefix
        case regex
        case regexAnywhere
    }

    private struct More {
        var methods: [[UInt8]] = []
        var fields: [FieldTest] = []
        var query: [QueryTest] = []
        var isGRPC = false
        var sources: [AddressTest] = []
        var fraction = 1_000_000
    }

    private let kind: Kind
    private let isCaseSensitive: Bool
    private let text: [UInt8]
    private let pattern: Pattern?
    /// A bit for each known method; all if any method will do.
    private let methods: UInt16
    private let more: More?

    init(_ match: RouteMatch) throws(Failure) {
        isCaseSensitive = match.isCaseSensitive
        switch match.path {
        case .any: (kind, text, pattern) = (.any, [], nil)
        case .exact(let path): (kind, text, pattern) = (.exact, Array(path.utf8), nil)
        case .prefix(let path): (kind, text, pattern) = (.prefix, Array(path.utf8), nil)
        case .separatedPrefix(let path):
            (kind, text, pattern) = (.separatedPrefix, Array(path.utf8), nil)
        case .regex(let regex, let anywhere, let ignoresCase):
            text = []
            kind = anywhere ? .regexAnywhere : .regex
            pattern = try Pattern(regex, ignoresCase: ignoresCase || !match.isCaseSensitive)
        }
        var bits: UInt16 = 0
        var others: [[UInt8]] = []
        for name in match.methods {
            let bytes = Array(name.utf8)
            let method = HTTPMethod(bytes.span)
            if method == .other { others.append(bytes) } else { bits |= 1 << method.rawValue }
        }
        if !others.isEmpty { bits |= 1 << HTTPMethod.other.rawValue }
        methods = match.methods.isEmpty ? .max : bits
        var more = More(methods: others)
        for field in match.headers { more.fields.append(try FieldTest(field)) }
        for parameter in match.query { more.query.append(try QueryTest(parameter)) }
        more.isGRPC = match.isGRPC
        more.sources = match.sources.map { AddressTest($0) }
        more.fraction = match.fraction ?? 1_000_000
        let isPlain =
            others.isEmpty && more.fields.isEmpty && more.query.isEmpty && !more.isGRPC
            && more.sources.isEmpty && match.fraction == nil
        self.more = isPlain ? nil : more
    }

    /// How many bytes of the path are what was matched: the prefix, or all of it.
    var matchedLength: Int? {
        switch kind {
        case .any: 0
        case .prefix, .separatedPrefix: text.count
        case .exact, .regex, .regexAnywhere: nil
        }
    }

    /// Whether a request passes; `length` is that of its path without the query.
    func passes(
        _ head: borrowing RequestHead,
        pathLength length: Int,
        peer: PeerAddress,
        security: ConnectionSecurity? = nil,
        random: inout RandomSource
    ) -> Bool {
        if !passes(path: head.path.extracting(0..<length)) { return false }
        if methods >> UInt16(head.method.rawValue) & 1 == 0 { return false }
        if more == nil { return true }
        return passesMore(head, peer, security, &random)
    }

    /// Whether it asks what the TLS of the connection tells.
    var asksSecurity: Bool { more?.fields.contains { $0.fact != nil } ?? false }

    private func passes(path: Span<UInt8>) -> Bool {
        let ignoresCase = !isCaseSensitive
        switch kind {
        case .any: return true
        case .exact: return ignoresCase ? path.equalsFolded(text.span) : path.equals(text.span)
        case .prefix: return path.hasPrefix(text.span, ignoringCase: ignoresCase)
        case .separatedPrefix:
            return path.hasPrefix(text.span, ignoringCase: ignoresCase)
                && (path.count == text.count || path[text.count] == UInt8(ascii: "/"))
        case .regex: return pattern?.matches(whole: path) ?? false
        case .regexAnywhere: return pattern?.isFound(in: path) ?? false
        }
    }

    private func passesMore(
        _ head: borrowing RequestHead,
        _ peer: PeerAddress,
        _ security: ConnectionSecurity?,
        _ random: inout RandomSource
    ) -> Bool {
        guard let more else { return true }
        if !more.methods.isEmpty, head.method == .other {
            var found = false
            for name in more.methods where head.methodName.equals(name.span) { found = true }
            if !found { return false }
        }
        if more.isGRPC && !Self.isGRPC(head.fields) { return false }
        for field in more.fields where !field.passes(head, security) { return false }
        for parameter in more.query where !parameter.passes(head.path) { return false }
        if !more.sources.isEmpty {
            var found = false
            for source in more.sources where peer.isIn(source) { found = true }
            if !found { return false }
        }
        // Last, so that the share is one of those that would be taken.
        return random.passes(millionths: more.fraction)
    }

    /// Whether the content type is `application/grpc` or `application/grpc+...`.
    static func isGRPC(_ fields: borrowing HeaderBlock) -> Bool {
        guard let index = fields.first(.contentType) else { return false }
        let value = fields.value(index)
        let length = 16
        guard value.count >= length,
            value.extracting(0..<length).equalsFolded("application/grpc")
        else { return false }
        return value.count == length || value[length] == UInt8(ascii: "+")
    }
}
