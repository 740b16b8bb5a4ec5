import Basics
import HTTP
import Reactor

/// How the proxy's own answers are changed, compiled: the first rule for a status holds.
struct LocalReplies {
    private struct Rule {
        /// A mark for each status; empty is all.
        var statuses: [Bool]
        var status: Int?
        var body: CommandText?
        var form: LogLine?
        var contentType: [UInt8]
        var edits: HeaderEdits
    }

    private let rules: [Rule]

    init(_ settings: [LocalReplyRule]) throws(Failure) {
        var rules: [Rule] = []
        for setting in settings {
            var statuses: [Bool] = []
            if !setting.statuses.isEmpty {
                statuses = Array(repeating: false, count: 600)
                for status in setting.statuses where (0..<600).contains(status) {
                    statuses[status] = true
                }
            }
            var body: CommandText?
            if let text = setting.body { body = try CommandText(text, missing: "-") }
            var form: LogLine?
            if let format = setting.format {
                form = try LogLine(AccessLogSettings(sink: .standardOutput, format: format))
            }
            rules.append(
                Rule(
                    statuses: statuses,
                    status: setting.status,
                    body: body,
                    form: form,
                    contentType: Array(setting.contentType.utf8),
                    edits: try HeaderEdits(removals: [], additions: setting.headers)
                )
            )
        }
        self.rules = rules
    }

    /// Whether nothing is changed.
    var isEmpty: Bool { rules.isEmpty }

    /// Changes an answer whose body is in `kept`; `scratch` is empty before and after.
    func apply(to exchange: Exchange, scratch: inout ByteBuffer) {
        let status = exchange.response.status
        let found = rules.firstIndex { rule in
            rule.statuses.isEmpty
                || rule.statuses.indices.contains(status) && rule.statuses[status]
        }
        guard let found else { return }
        let rule = rules[found]
        if let status = rule.status { exchange.response.status = status }
        var record = exchange.record()
        record.status = exchange.response.status
        if let body = rule.body {
            body.write(
                record,
                request: exchange.request,
                response: exchange.response,
                trailers: exchange.trailers,
                into: &scratch
            )
            exchange.replaceReply(&scratch)
        }
        if let form = rule.form {
            record.localReply = exchange.replyBytes
            var inner = ByteBuffer()
            form.write(
                record,
                request: exchange.request,
                response: exchange.response,
                trailers: exchange.trailers,
                scratch: &inner,
                into: &scratch
            )
            exchange.replaceReply(&scratch)
        }
        if rule.body != nil || rule.form != nil {
            exchange.response.framing = .length(exchange.replyCount)
            exchange.response.fields.removeAll(.contentType)
            if exchange.replyCount > 0 {
                exchange.response.fields.append(.contentType, value: rule.contentType.span)
            }
        }
        if !rule.edits.isEmpty {
            rule.edits.apply(
                to: &exchange.response,
                request: exchange.request,
                record,
                scratch: &scratch
            )
        }
    }
}

extension Exchange {
    /// How long the body of an answer of the proxy's own is.
    var replyCount: Int { kept.count }

    /// The body of an answer of the proxy's own.
    var replyBytes: [UInt8] { Self.bytes(kept) }

    private static func bytes(_ buffer: borrowing ByteBuffer) -> [UInt8] {
        Array(copying: buffer.readable)
    }

    /// Gives an answer of the proxy's own another body, which is taken out of the buffer.
    func replaceReply(_ body: inout ByteBuffer) {
        dropKept()
        kept.borrow(from: proxy.worker.blocks)
        kept.append(body.readable)
        body.removeAll()
    }
}
