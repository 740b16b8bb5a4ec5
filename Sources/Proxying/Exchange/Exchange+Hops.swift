import Basics
import HTTP

/// How far a request may go (RFC 9110 section 7.6.2).
extension Exchange {
    /// Counts `Max-Forwards` of OPTIONS and TRACE down.
    ///
    /// - Returns: Whether the request goes on; if not, it is answered here as at its end.
    func countHop() -> Bool {
        guard request.method == .options || request.method == .trace,
            let index = request.fields.first(.maxForwards),
            let count = Self.number(request.fields.value(index))
        else { return true }
        guard count > 0 else {
            if request.method == .options {
                reply(200, "", "max_forwards")
            } else {
                // The reflection of a request could show fields that scripts must not see.
                reply(501, "TRACE is not supported", "max_forwards")
            }
            return false
        }
        var digits = ByteBuffer()
        digits.append(decimal: count - 1)
        request.fields.set(.maxForwards, value: digits.readable)
        return true
    }

    /// A number of at most nine digits.
    private static func number(_ text: Span<UInt8>) -> Int? {
        guard (1...9).contains(text.count) else { return nil }
        var number = 0
        for index in text.indices {
            guard (0x30...0x39).contains(text[index]) else { return nil }
            number = number * 10 + Int(text[index] &- 0x30)
        }
        return number
    }
}
