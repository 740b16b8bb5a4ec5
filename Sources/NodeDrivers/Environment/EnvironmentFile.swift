/// The file format that `valueFrom.fileKeyRef` reads: a subset of POSIX shell assignments.
///
/// One `NAME='value'` per entry; blank lines and lines that begin with `#` are skipped; leading
/// blanks are ignored; the value stands in single quotes, may span lines and is taken literally;
/// after the closing quote only blanks or a comment may follow. (kubelet: `pkg/kubelet/util/env`)
public enum EnvironmentFile {
    /// A line that is not an assignment of the accepted form.
    public struct FormatError: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is wrong.
        public var what: String
        /// The line, from 1.
        public var line: Int

        /// Makes an error from its parts.
        public init(what: String, line: Int) {
            self.what = what
            self.line = line
        }

        /// The sentence for the user.
        public var description: String {
            "invalid environment variable format at line \(line): \(what)"
        }
    }

    /// The largest file that is read, in bytes.
    public static let sizeLimit = 64 << 10

    /// The value of a key.
    ///
    /// Text behind the entry of that key is not looked at, as in the kubelet.
    ///
    /// - Parameters:
    ///   - key: The variable to look for.
    ///   - text: The content of the file.
    /// - Returns: The value of the first entry of that name, or nil if there is none.
    /// - Throws: `FormatError` for the first malformed line before the entry.
    public static func value(of key: String, in text: String) throws(FormatError) -> String? {
        var reader = Reader(bytes: Array(text.utf8))
        while let entry = try reader.nextEntry() {
            if entry.name == key { return entry.value }
        }
        return nil
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0
        var line = 1

        mutating func nextEntry() throws(FormatError) -> (name: String, value: String)? {
            skipBlankAndComment()
            guard index < bytes.count else { return nil }
            let name = try readName()
            return (name, try readValue())
        }

        mutating func skipBlankAndComment() {
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): index += 1
                case UInt8(ascii: "\n"):
                    index += 1
                    line += 1
                case UInt8(ascii: "#"): skipToLineEnd()
                default: return
                }
            }
        }

        mutating func skipToLineEnd() {
            while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
        }

        mutating func readName() throws(FormatError) -> String {
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "\n"),
                bytes[index] != UInt8(ascii: "=")
            {
                index += 1
            }
            guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else {
                throw FormatError(what: "there is no '='", line: line)
            }
            guard index > start else {
                throw FormatError(what: "there is no name before '='", line: line)
            }
            guard !isBlank(bytes[index - 1]) else {
                throw FormatError(what: "whitespace before '=' is not allowed", line: line)
            }
            let name = String(decoding: bytes[start..<index], as: UTF8.self)
            index += 1
            return name
        }

        mutating func readValue() throws(FormatError) -> String {
            let first = line
            guard index < bytes.count, bytes[index] == UInt8(ascii: "'") else {
                throw FormatError(what: "value must be enclosed in single quotes", line: first)
            }
            index += 1
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "'") {
                if bytes[index] == UInt8(ascii: "\n") { line += 1 }
                index += 1
            }
            guard index < bytes.count else {
                throw FormatError(what: "unclosed single quote", line: first)
            }
            let value = String(decoding: bytes[start..<index], as: UTF8.self)
            index += 1
            try finishLine()
            return value
        }

        mutating func finishLine() throws(FormatError) {
            let separated = index < bytes.count && isBlank(bytes[index])
            while index < bytes.count, isBlank(bytes[index]) { index += 1 }
            guard index < bytes.count, bytes[index] != UInt8(ascii: "\n") else { return }
            guard separated, bytes[index] == UInt8(ascii: "#") else {
                throw FormatError(what: "unexpected content after closing quote", line: line)
            }
            skipToLineEnd()
        }

        func isBlank(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
        }
    }
}
