import Basics
import Formats
import HTTP
import Proxying

extension FuzzSubject {
    /// Formats of access logs, and a request whose path and fields are the rest of the input after a
    /// zero byte.
    ///
    /// A line in JSON is JSON whatever the request says, and one line.
    public static let logLine = FuzzSubject(name: "LogLine") { input in
        let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        let format = String(decoding: parts[0], as: UTF8.self)
        let said = parts.count > 1 ? Array(parts[1]) : Array("/a\"b\\c\u{1F980}".utf8) + [0xFF, 7]
        var request = RequestHead()
        request.setMethod(.get)
        request.setPath(said.span)
        request.setAuthority(said.span)
        let name = Array("x".utf8)
        request.fields.append(name: name.span, value: said.span)
        request.fields.append(.userAgent, value: said.span)
        var response = ResponseHead()
        response.status = 200
        let record = AccessRecord()
        let trailers = HeaderBlock()
        let members: [AccessLogSettings.JSONMember] = [
            .init(key: "f", value: format), .init(key: format, value: "%REQ(X)%"),
        ]
        for form in [AccessLogSettings.Format.text(format), .json(members)] {
            let settings = AccessLogSettings(sink: .standardOutput, format: form)
            guard let line = try? LogLine(settings, environment: { $0 == "HOME" ? "/" : nil })
            else { continue }
            var scratch = ByteBuffer()
            var buffer = ByteBuffer()
            line.write(
                record,
                request: request,
                response: response,
                trailers: trailers,
                scratch: &scratch,
                into: &buffer
            )
            if !scratch.isEmpty { return "the scratch is not empty" }
            guard case .json = form else { continue }
            let written = Array(copying: buffer.readable)
            if written.dropLast().contains(10) || written.last != 10 { return "not one line" }
            if (try? JSON.parse(written, limits: FormatLimits())) == nil, format != "f" {
                return "no JSON: \(String(decoding: written, as: UTF8.self))"
            }
        }
        return nil
    }
}
