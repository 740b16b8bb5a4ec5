import Basics
import HTTP

extension FuzzSubject {
    /// Headers of the PROXY protocol.
    ///
    /// Bytes that come later change nothing, and what is written again is read as the same.
    public static let proxyHeader = FuzzSubject(name: "ProxyHeader") { input in
        let whole = outcome(input)
        for length in 0..<min(input.count, 300) {
            let part = outcome(Array(input[..<length]))
            if part != "incomplete" && part != whole { return "\(length): \(part), \(whole)" }
        }
        guard let found = try? ProxyHeader.decode(input.span) else { return nil }
        for hasChecksum in [false, true] {
            var buffer = ByteBuffer()
            found.header.encodeVersion2(hasChecksum: hasChecksum, into: &buffer)
            let again = try? ProxyHeader.decode(buffer.readable)
            if again?.header != found.header || again?.length != buffer.count {
                return "\(found.header) was written as \(String(describing: again))"
            }
        }
        return nil
    }

    private static func outcome(_ input: [UInt8]) -> String {
        do throws(ProxyViolation) {
            guard let found = try ProxyHeader.decode(input.span) else { return "incomplete" }
            return "\(found.header) \(found.length)"
        } catch {
            return "\(error)"
        }
    }
}
