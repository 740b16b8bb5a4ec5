import Basics
import Formats
import HTTP
import Security

/// What answers must be like, beside what a target says itself.
struct CheckSettings: Sendable {
    /// Which statuses of HTTP will do.
    var statuses: [ClosedRange<Int>] = [200...399]
    /// A text that the body must hold.
    var body: String?
    /// An expression that the body must match; it was compiled once to see that it can be.
    var bodyPattern: String?
    /// The method.
    var method = "GET"
    /// Header fields.
    var headers: HTTPHeaders = [:]
    /// Whether redirections are followed.
    var follows = false
    /// Whom to trust, and what to show.
    var tls = TLSOptions()
    /// How long a certificate must still hold.
    var expiryMargin = Duration.zero
    /// The most bytes of a body that are looked at.
    static let bodyMaximum = 1 << 20
    /// The most redirections.
    static let redirectsMaximum = 10

    /// Reads statuses: `200`, `200-299`, `200-299,401`, `any`, `2xx`.
    ///
    /// - Throws: `invalid` for what is none.
    static func statuses(_ text: String) throws(Failure) -> [ClosedRange<Int>] {
        if text == "any" { return [100...999] }
        var found: [ClosedRange<Int>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            if part.count == 3, part.lowercased().hasSuffix("xx"),
                let hundreds = part.first?.wholeNumberValue, (1...9).contains(hundreds)
            {
                found.append(hundreds * 100...hundreds * 100 + 99)
            } else if (1...2).contains(ends.count), let low = Int(ends[0]),
                let high = Int(ends[ends.count - 1]), (100...999).contains(low), low <= high,
                high <= 999
            {
                found.append(low...high)
            } else {
                throw Failure(
                    .invalid,
                    "\"\(text)\" are no statuses",
                    remedy: "write 200, 200-299, 2xx, a list of them, or any"
                )
            }
        }
        return found
    }

    /// Reads a header field: `Name: value`.
    ///
    /// - Throws: `invalid` for what is none.
    static func header(_ text: String) throws(Failure) -> (name: String, value: String) {
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        let name = text[..<colon]
        let value = text[colon...].dropFirst().trimmingSpace()
        let isName =
            !name.isEmpty
            && name.utf8.allSatisfy {
                ($0 > 32 && $0 < 127) && !"()<>@,;:\\\"/[]?={}".utf8.contains($0)
            }
        guard colon < text.endIndex, isName, !value.utf8.contains(where: { $0 < 32 && $0 != 9 })
        else {
            throw Failure(.invalid, "a header field cannot be read", remedy: "write 'Name: value'")
        }
        return (String(name), value)
    }
}

/// What failures are called in one line of progress.
enum CheckReason {
    /// The shortest words that say why nobody could be reached.
    static func text(_ failure: Failure) -> String {
        if failure.code == .timedOut { return "no answer in time" }
        if failure.cause.isEmpty { return failure.what }
        if failure.cause == "no such host" { return "no such host" }
        // What OpenSSL says of bytes that are no record of TLS.
        if failure.cause.hasSuffix("wrong version number") { return "the server speaks no TLS" }
        // The kernel's words come last: `connect 10.0.0.1:80: Connection refused`.
        let parts = failure.cause.split(separator: ": ")
        guard let last = parts.last, parts.count > 1 else { return failure.cause }
        return last.prefix(1).lowercased() + last.dropFirst()
    }
}
