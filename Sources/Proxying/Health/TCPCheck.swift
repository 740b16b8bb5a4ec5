internal import Basics
internal import Reactor

/// Connects, sends bytes and expects others, in their order but with anything between them.
///
/// With nothing to expect, a connection (and its TLS handshake) is enough.
@MainLoop final class TCPCheck: HealthCheck {
    private let target: CheckTarget
    private let send: [UInt8]
    private let expect: [[UInt8]]
    /// What an answer may have before the last expected byte.
    private static let answerMaximum = 64 * 1024

    init(_ target: CheckTarget, send: [UInt8], expect: [[UInt8]]) {
        self.target = target
        self.send = send
        self.expect = expect
    }

    func run(deadline: Instant) async -> CheckOutcome {
        do throws(Failure) {
            let stream = try await HealthChecks.open(target, deadline: deadline)
            defer { stream.close() }
            if !send.isEmpty { try await stream.write(send, deadline: deadline) }
            var received: [UInt8] = []
            while !Self.matches(received, expect) {
                let more = try await stream.read(upTo: 16 * 1024, deadline: deadline)
                received += more
                if more.isEmpty || received.count > Self.answerMaximum {
                    return .refused("the answer is not the expected one")
                }
            }
            return .success
        } catch {
            return CheckOutcome(error)
        }
    }

    func close() {}

    /// Whether the expected bytes follow one another in what was received.
    nonisolated static func matches(_ received: [UInt8], _ expect: [[UInt8]]) -> Bool {
        var rest = received[...]
        for wanted in expect where !wanted.isEmpty {
            guard let place = rest.firstRange(of: wanted) else { return false }
            rest = rest[place.upperBound...]
        }
        return true
    }
}
