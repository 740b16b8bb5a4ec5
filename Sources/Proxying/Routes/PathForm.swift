package import Basics

/// How paths are brought into one form before they are matched.
package struct PathForm {
    /// What is done with a request.
    package enum Verdict: Equatable {
        /// The path may stay as it is.
        case unchanged
        /// The form is in the buffer.
        case changed
        /// The form is in the buffer, and the client is to be sent there.
        case redirect
        /// The path is refused.
        case refused
    }

    let normalizes: Bool
    let mergesSlashes: Bool
    let escapedSlashes: EscapedSlashes
    /// Whether a path that leads above the root is refused; else it stays at the root.
    let refusesAboveRoot: Bool

    package init(
        normalizes: Bool,
        mergesSlashes: Bool,
        escapedSlashes: EscapedSlashes,
        refusesAboveRoot: Bool = false
    ) {
        self.normalizes = normalizes
        self.mergesSlashes = mergesSlashes
        self.escapedSlashes = escapedSlashes
        self.refusesAboveRoot = refusesAboveRoot
    }

    init(_ settings: HTTPSettings) {
        self.init(
            normalizes: settings.normalizesPath,
            mergesSlashes: settings.mergesSlashes,
            escapedSlashes: settings.escapedSlashes,
            refusesAboveRoot: settings.refusesAboveRoot
        )
    }

    /// Whether every path stays as it is.
    var isIdle: Bool { !normalizes && !mergesSlashes && escapedSlashes == .keep }

    /// Writes the form of a path with its query into an empty buffer.
    package func apply(_ path: Span<UInt8>, into buffer: inout ByteBuffer) -> Verdict {
        if isIdle || path.isEmpty || path[0] != UInt8(ascii: "/") { return .unchanged }
        let end = path.queryStart
        if !mayChange(path.extracting(0..<end)) { return .unchanged }
        var hasEscapedSlash = false
        var segment = 0
        var index = 0
        while index < end {
            var byte = path[index]
            var length = 1
            if byte == UInt8(ascii: "%"), index + 2 < end,
                let upper = path[index + 1].hexadecimalDigit,
                let lower = path[index + 2].hexadecimalDigit
            {
                let value = upper << 4 | lower
                if value == UInt8(ascii: "/") || value == UInt8(ascii: "\\") {
                    if escapedSlashes == .reject { return .refused }
                    if escapedSlashes != .keep {
                        hasEscapedSlash = true
                        byte = value
                        length = 3
                    }
                } else if normalizes && value == 0 {
                    return .refused
                } else if normalizes && Self.isUnreserved(value) {
                    byte = value
                    length = 3
                }
            }
            index += length
            if normalizes && byte == UInt8(ascii: "\\") { byte = UInt8(ascii: "/") }
            if byte != UInt8(ascii: "/") {
                buffer.append(byte: byte)
                continue
            }
            if normalizes {
                if refusesAboveRoot, Self.isAboveRoot(buffer, segment) { return .refused }
                if Self.dropDots(&buffer, segment) {
                    segment = buffer.count
                    continue
                }
            }
            let isSlashBefore = !buffer.isEmpty && buffer.readable[buffer.count - 1] == byte
            if !(mergesSlashes && isSlashBefore) { buffer.append(byte: byte) }
            segment = buffer.count
        }
        if normalizes {
            if refusesAboveRoot, Self.isAboveRoot(buffer, segment) { return .refused }
            _ = Self.dropDots(&buffer, segment)
        }
        if buffer.isEmpty { buffer.append(byte: UInt8(ascii: "/")) }
        buffer.append(path.extracting(end..<path.count))
        if hasEscapedSlash && escapedSlashes == .redirect { return .redirect }
        return buffer.readable.elementsEqual(path) ? unchanged(&buffer) : .changed
    }

    private func unchanged(_ buffer: inout ByteBuffer) -> Verdict {
        buffer.removeAll()
        return .unchanged
    }

    /// Most paths have nothing that could change.
    private func mayChange(_ path: Span<UInt8>) -> Bool {
        var before: UInt8 = 0
        for index in path.indices {
            let byte = path[index]
            if byte == UInt8(ascii: "%") || byte == UInt8(ascii: "\\") { return true }
            if before == UInt8(ascii: "/"), byte == UInt8(ascii: ".") || byte == before {
                return true
            }
            before = byte
        }
        return false
    }

    /// Whether the last segment is `..` and nothing is before it that it could take away.
    private static func isAboveRoot(_ buffer: borrowing ByteBuffer, _ segment: Int) -> Bool {
        let dot = UInt8(ascii: ".")
        return segment == 1 && buffer.count == 3 && buffer.readable[1] == dot
            && buffer.readable[2] == dot
    }

    /// Takes a last segment of `.` or `..` off, and with `..` the one before.
    private static func dropDots(_ buffer: inout ByteBuffer, _ segment: Int) -> Bool {
        let length = buffer.count - segment
        if length < 1 || length > 2 || segment == 0 { return false }
        let dot = UInt8(ascii: ".")
        if buffer.readable[segment] != dot { return false }
        if length == 1 {
            buffer.retract(1)
            return true
        }
        if buffer.readable[segment + 1] != dot { return false }
        buffer.retract(2)
        // The slash before the dots, then the segment before that; the first slash stays.
        if buffer.count > 1 {
            buffer.retract(1)
            while buffer.readable[buffer.count - 1] != UInt8(ascii: "/") { buffer.retract(1) }
        }
        return true
    }

    /// Letters, digits, `-`, `.`, `_` and `~` (RFC 3986, section 2.3).
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        byte.folded &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x2D || byte == 0x2E
            || byte == 0x5F || byte == 0x7E
    }
}

extension Span<UInt8> {
    fileprivate func elementsEqual(_ other: Span<UInt8>) -> Bool {
        count == other.count && hasPrefix(other)
    }
}
