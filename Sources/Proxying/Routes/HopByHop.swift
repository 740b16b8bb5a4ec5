internal import Basics
internal import HTTP

/// The header fields that are about one connection and end there (RFC 9110, section 7.6.1).
enum HopByHop {
    /// Removes them, with those that `connection` names.
    ///
    /// `te: trailers` stays, as gRPC needs it. With `keepsUpgrade` an upgrade's field stays; `connection`
    /// goes in any case.
    static func remove(from fields: inout HeaderBlock, keepsUpgrade: Bool = false) {
        if fields.contains(.connection) { removeNamed(&fields) }
        fields.removeAll(.keepAlive)
        fields.removeAll(.proxyConnection)
        fields.removeAll(.http2Settings)
        fields.removeAll(.transferEncoding)
        if !keepsUpgrade { fields.removeAll(.upgrade) }
        if let index = fields.first(.te), !hasTrailers(fields.value(index)) {
            fields.removeAll(.te)
        } else if fields.contains(.te) {
            fields.set(.te, value: "trailers")
        }
    }

    private static func removeNamed(_ fields: inout HeaderBlock) {
        // A field names few others; more than this is not meant well and the rest stays.
        var budget = 32
        while let index = fields.first(.connection) {
            if isPlain(fields.value(index)) {
                fields.remove(at: index)
                continue
            }
            let value = Array(copying: fields.value(index))
            fields.remove(at: index)
            var start = 0
            while start < value.count && budget > 0 {
                let span = value.span
                let end = span.firstIndex(of: UInt8(ascii: ","), from: start) ?? value.count
                let name = span.extracting(start..<end).trimmed
                start = end + 1
                budget -= 1
                if name.isEmpty || isKept(HeaderID(name)) { continue }
                fields.removeAll(named: name)
            }
        }
    }

    /// Whether the value names no field, as nearly all do.
    private static func isPlain(_ value: Span<UInt8>) -> Bool {
        value.equalsFolded("keep-alive") || value.equalsFolded("close")
            || value.equalsFolded("upgrade")
    }

    /// What a client may not take away by naming it.
    private static func isKept(_ id: HeaderID) -> Bool {
        switch id {
        case .contentLength, .host, .upgrade, .te, .cookie, .authorization, .xForwardedFor,
            .xForwardedProto, .xForwardedHost, .xRequestID, .connection:
            true
        default: false
        }
    }

    private static func hasTrailers(_ value: Span<UInt8>) -> Bool {
        var start = 0
        while start < value.count {
            let end = value.firstIndex(of: UInt8(ascii: ","), from: start) ?? value.count
            let word = value.extracting(start..<end).trimmed
            if word.equalsFolded("trailers") { return true }
            start = end + 1
        }
        return false
    }
}
