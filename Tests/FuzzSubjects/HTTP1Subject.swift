import Basics
import HTTP

extension FuzzSubject {
    /// Requests and responses of HTTP/1.
    ///
    /// Any cut gives the same as the whole, and what is written again is read as the same.
    public static let http1 = FuzzSubject(name: "HTTP1") { input in
        let limits = HeadLimits(bytes: 512, fields: 16)
        let requests = WireTranscript.requests([input], limits: limits)
        let responses = WireTranscript.responses([input], limits: limits)
        for pieces in cuts(input) {
            let again = WireTranscript.requests(pieces, limits: limits)
            if again != requests { return "requests \(pieces.map(\.count)): \(again), \(requests)" }
            let other = WireTranscript.responses(pieces, limits: limits)
            if other != responses {
                return "responses \(pieces.map(\.count)): \(other), \(responses)"
            }
        }
        return rewriteRequest(input) ?? rewriteResponse(input, to: .get)
            ?? rewriteResponse(input, to: .head)
    }

    private static func rewriteRequest(_ input: [UInt8]) -> String? {
        var decoder = HeadDecoder()
        var head = RequestHead()
        guard (try? decoder.request(input.span, into: &head)) != nil else { return nil }
        var buffer = ByteBuffer()
        HeadEncoder().request(head, into: &buffer)
        let written = text(buffer.readable)
        let before = essence(head)
        do {
            guard try decoder.request(buffer.readable, into: &head) == buffer.count else {
                return "another length: \(written)"
            }
        } catch {
            return "\(error.reason): \(written)"
        }
        let after = essence(head)
        return before == after ? nil : "\(before) was written as \(after)"
    }

    private static func rewriteResponse(_ input: [UInt8], to method: HTTPMethod) -> String? {
        var decoder = HeadDecoder()
        var head = ResponseHead()
        guard (try? decoder.response(input.span, to: method, into: &head)) != nil else {
            return nil
        }
        var buffer = ByteBuffer()
        HeadEncoder().response(head, into: &buffer)
        let written = text(buffer.readable)
        let before = "\(head.status) \(head.framing) \(essence(head.fields))"
        do {
            guard try decoder.response(buffer.readable, to: method, into: &head) == buffer.count
            else { return "another length: \(written)" }
        } catch {
            return "\(error.reason): \(written)"
        }
        let after = "\(head.status) \(head.framing) \(essence(head.fields))"
        return before == after ? nil : "\(before) was written as \(after)"
    }

    private static func essence(_ head: borrowing RequestHead) -> String {
        "\(text(head.methodName)) \(text(head.authority)) \(text(head.path)) \(head.framing) "
            + essence(head.fields)
    }

    /// What is not about the connection.
    private static func essence(_ fields: borrowing HeaderBlock) -> String {
        var lines: [String] = []
        for index in 0..<fields.count {
            switch fields.id(index) {
            case .contentLength, .transferEncoding, .connection: continue
            default: lines.append("\(text(fields.name(index)))=\(text(fields.value(index)))")
            }
        }
        return lines.joined(separator: "|")
    }
}
