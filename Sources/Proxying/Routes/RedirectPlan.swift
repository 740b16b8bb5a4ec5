internal import Basics
internal import HTTP

/// Where a client is sent, compiled (Envoy's rules).
struct RedirectPlan {
    let status: Int
    private let scheme: [UInt8]?
    private let host: [UInt8]?
    private let port: UInt16?
    private let path: PathRewriter
    private let stripsQuery: Bool
    private let location: CommandText?

    init(_ action: RedirectAction, hostname: String = "") throws(Failure) {
        status = action.status
        scheme = action.scheme.map { Array($0.utf8) }
        host = action.host.map { Array($0.utf8) }
        port = action.port
        path = try PathRewriter(action.path)
        stripsQuery = action.stripsQuery
        if let text = action.location {
            location = try CommandText(text, missing: "", hostname: hostname)
        } else {
            location = nil
        }
    }

    /// The redirect of plain-text requests to HTTPS.
    static func toTLS() throws(Failure) -> Self {
        try Self(RedirectAction(scheme: "https"))
    }

    /// Writes the value of `location` into an empty buffer.
    func write(
        _ head: borrowing RequestHead,
        _ record: borrowing AccessRecord,
        matchedLength: Int?,
        scratch: inout ByteBuffer,
        into buffer: inout ByteBuffer
    ) {
        if let location {
            location.write(
                record,
                request: head,
                response: ResponseHead(),
                trailers: HeaderBlock(),
                into: &buffer
            )
            return
        }
        let isTLS = Self.isTLS(head, record)
        let old: StaticString = isTLS ? "https" : "http"
        if let scheme { buffer.append(scheme.span) } else { buffer.append(old) }
        buffer.append("://")
        let isNewTLS = scheme.map { $0.span.equalsFolded("https") } ?? isTLS
        if let host {
            buffer.append(host.span)
        } else {
            writeHost(head.authority, wasTLS: isTLS, isTLS: isNewTLS, into: &buffer)
        }
        if let port {
            buffer.append(byte: UInt8(ascii: ":"))
            buffer.append(decimal: Int(port))
        }
        let wasWritten = path.write(
            head.path,
            matchedLength: matchedLength,
            keepsQuery: !stripsQuery,
            into: &scratch
        )
        if wasWritten {
            buffer.append(scratch.readable)
            scratch.removeAll()
        } else {
            buffer.append(head.path)
        }
    }

    /// The host of the request; its port goes if another is given, or if it is the old scheme's own.
    private func writeHost(
        _ authority: Span<UInt8>,
        wasTLS: Bool,
        isTLS: Bool,
        into buffer: inout ByteBuffer
    ) {
        let text = authority.portOfAddress
        let number = RetryWishes.number(text)
        let isDefault = wasTLS != isTLS && number == (wasTLS ? 443 : 80)
        if text.isEmpty || !(port != nil || isDefault) {
            buffer.append(authority)
        } else {
            buffer.append(authority.extracting(0..<authority.count - text.count - 1))
        }
    }

    /// What the client speaks, as a trusted proxy in front says or the connection shows.
    private static func isTLS(
        _ head: borrowing RequestHead,
        _ record: borrowing AccessRecord
    ) -> Bool {
        if let index = head.fields.first(.xForwardedProto) {
            return head.fields.value(index).equalsFolded("https")
        }
        return record.isTLS
    }
}
