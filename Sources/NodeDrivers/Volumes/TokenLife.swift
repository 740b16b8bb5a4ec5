import Basics
import Formats
import Security

/// From when to when a token holds, as its own claims say.
struct TokenLife: Sendable, Hashable {
    private let start: Int
    private let end: Int

    /// `nil` for what is no JSON web token with both times.
    init?(_ token: [UInt8]) {
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let part = Array(parts[1])
        let span = part.span
        guard let bytes = Base64URL.decode(span), let claims = try? JSON.parse(bytes),
            let start = claims["iat"]?.int, let end = claims["exp"]?.int, end > start
        else { return nil }
        self.start = start
        self.end = end
    }

    /// Whether it need not be made anew: not after four fifths of its life, nor after a day, as in
    /// the kubelet's token manager.
    func isFresh(at now: Timestamp) -> Bool {
        let age = Int(now.seconds) - start
        return age >= 0 && age < 86_400 && age * 5 < (end - start) * 4
    }
}
