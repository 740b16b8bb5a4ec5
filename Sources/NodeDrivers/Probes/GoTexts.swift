import Basics
import HTTP

/// The words of Go's network errors and durations, which users and their tools know from events.
enum GoTexts {
    /// A duration in whole seconds: `1s`, `1m30s`, `1h0m0s`.
    static func duration(_ seconds: Int) -> String {
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
        if hours > 0 { return "\(hours)h\(minutes)m\(rest)s" }
        return minutes > 0 ? "\(minutes)m\(rest)s" : "\(rest)s"
    }

    /// Host and port, with brackets around an IPv6 address.
    static func join(_ host: String, _ port: UInt16) -> String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// A failed connection: `dial tcp 10.0.0.1:80: connect: connection refused`.
    static func dial(_ host: String, _ port: UInt16, _ failure: Failure) -> String {
        let address = join(host, port)
        switch failure.code {
        case .timedOut: return "dial tcp \(address): i/o timeout"
        case .notFound: return "dial tcp: lookup \(host): no such host"
        default: return "dial tcp \(address): connect: " + words(failure.cause)
        }
    }

    /// The last part of a cause, as Go writes the kernel's words: in lower case.
    static func words(_ cause: String) -> String {
        let last = cause.split(separator: ": ").last ?? Substring(cause)
        return last.prefix(1).lowercased() + last.dropFirst()
    }
}
