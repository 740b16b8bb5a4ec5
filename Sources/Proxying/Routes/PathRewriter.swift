internal import Basics
internal import Formats

/// How a path is rewritten, compiled; the query stays.
struct PathRewriter {
    private enum Kind {
        case keep
        case prefix([UInt8])
        case whole([UInt8])
        case regex(Pattern, [UInt8])
        case steps([PathRewriter])
    }

    private let kind: Kind

    init(_ rewrite: ForwardAction.PathRewrite) throws(Failure) {
        switch rewrite {
        case .keep: kind = .keep
        case .prefix(let text): kind = .prefix(Array(text.utf8))
        case .whole(let text): kind = .whole(Array(text.utf8))
        case .regex(let pattern, let substitution):
            kind = .regex(try Pattern(pattern), Array(substitution.utf8))
        case .steps(let rewrites):
            var steps: [Self] = []
            for rewrite in rewrites { steps.append(try Self(rewrite)) }
            kind = .steps(steps)
        }
    }

    /// Whether every path stays as it is.
    var isIdle: Bool { if case .keep = kind { true } else { false } }

    /// Writes the new path with its query into an empty buffer.
    ///
    /// - Returns: False if it stays as it is; nothing is written then.
    func write(
        _ path: Span<UInt8>,
        matchedLength: Int?,
        keepsQuery: Bool = true,
        into buffer: inout ByteBuffer
    ) -> Bool {
        // `OPTIONS *` has no path.
        if path.isEmpty || path[0] != UInt8(ascii: "/") { return false }
        let end = path.queryStart
        var hasQuery = false
        switch kind {
        case .keep:
            if keepsQuery || end == path.count { return false }
            buffer.append(path.extracting(0..<end))
        case .prefix(let text):
            buffer.append(text.span)
            buffer.append(path.extracting(min(end, matchedLength ?? end)..<end))
        case .whole(let text):
            buffer.append(text.span)
            // A path that brings a query of its own replaces that of the request.
            hasQuery = text.contains(UInt8(ascii: "?"))
        case .regex(let pattern, let substitution):
            let old = Array(copying: path.extracting(0..<end))
            let new = pattern.replacing(in: old, with: substitution)
            buffer.append(new.span)
        case .steps(let steps):
            var text = Array(copying: path.extracting(0..<end))
            for step in steps {
                var next = ByteBuffer()
                if step.write(text.span, matchedLength: nil, into: &next) {
                    text = Array(copying: next.readable)
                }
            }
            buffer.append(text.span)
            hasQuery = text.contains(UInt8(ascii: "?"))
        }
        if buffer.isEmpty || buffer.readable[0] != UInt8(ascii: "/") { mend(&buffer) }
        if keepsQuery && !hasQuery { buffer.append(path.extracting(end..<path.count)) }
        return true
    }

    /// A rewritten path without its first slash would be no path.
    private func mend(_ buffer: inout ByteBuffer) {
        let rest = Array(copying: buffer.readable)
        buffer.removeAll()
        buffer.append(byte: UInt8(ascii: "/"))
        buffer.append(rest.span)
    }
}
