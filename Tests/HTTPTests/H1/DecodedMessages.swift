@testable import HTTP

/// Everything a decoder produced, with the pieces of each body joined.
struct DecodedMessages: Equatable, CustomStringConvertible {
    var requests: [ReceivedRequest] = []
    var responses: [ReceivedResponse] = []
    var bodies: [[UInt8]] = []
    var trailers: [HTTPHeaders] = []
    var violation: ProtocolViolation?

    var description: String {
        "\(requests) \(responses) \(bodies.map { String(decoding: $0, as: UTF8.self) }) "
            + "\(trailers) \(violation.map { "\($0)" } ?? "")"
    }

    /// Decodes pieces; `ends` tells that the connection is closed after them.
    static func decode(
        _ pieces: [[UInt8]],
        as role: MessageDecoder.Role,
        method: String = "GET",
        limits: HTTPLimits = HTTPLimits(),
        ends: Bool = false
    ) -> Self {
        var decoder = MessageDecoder(role, limits: limits)
        decoder.requestMethod = method
        var output = Self()
        do {
            for piece in pieces {
                decoder.append(piece)
                while let event = try decoder.next() { output.take(event) }
            }
            if ends, let event = try decoder.finish() { output.take(event) }
        } catch {
            output.violation = error
        }
        return output
    }

    private mutating func take(_ event: MessageDecoder.Event) {
        switch event {
        case .request(let head):
            requests.append(head)
            bodies.append([])
        case .response(let head):
            responses.append(head)
            bodies.append([])
        case .body(let piece): bodies[bodies.count - 1] += piece
        case .end(let fields): trailers.append(fields)
        }
    }

    func body(_ index: Int) -> String { String(decoding: bodies[index], as: UTF8.self) }
}
