import Basics
import Proxying

extension FuzzSubject {
    /// Paths of requests.
    ///
    /// The form of a form is itself, no dots go above the root, and the query stays.
    public static let path = FuzzSubject(name: "Path") { input in
        for normalizes in [false, true] {
            for merges in [false, true] {
                for slashes in [EscapedSlashes.keep, .reject, .unescape, .redirect] {
                    let form = PathForm(
                        normalizes: normalizes,
                        mergesSlashes: merges,
                        escapedSlashes: slashes
                    )
                    if let text = wrong(form, input, normalizes, merges) { return text }
                }
            }
        }
        return nil
    }

    private static func wrong(
        _ form: PathForm,
        _ input: [UInt8],
        _ normalizes: Bool,
        _ merges: Bool
    ) -> String? {
        var buffer = ByteBuffer()
        let verdict = form.apply(input.span, into: &buffer)
        guard verdict == .changed || verdict == .redirect else { return nil }
        let made = Array(copying: buffer.readable)
        let text = String(decoding: made, as: UTF8.self)
        if made.first != UInt8(ascii: "/") { return "no path: \(text)" }
        let query = made.drop { $0 != 0x3F }
        if query != input.drop(while: { $0 != 0x3F }) { return "another query: \(text)" }
        let path = made.prefix { $0 != 0x3F }
        let segments = path.split(separator: 0x2F).map { String(decoding: $0, as: UTF8.self) }
        if normalizes, segments.contains(where: { $0 == "." || $0 == ".." }) {
            return "dots are left: \(text)"
        }
        if merges, zip(path, path.dropFirst()).contains(where: { $0 == 0x2F && $1 == 0x2F }) {
            return "slashes are left: \(text)"
        }
        return nil
    }
}
