package import Basics
package import HTTP

/// The lines of one access log, compiled: a text with commands, or a JSON object.
package final class LogLine {
    private struct Member {
        /// `,"key":`, escaped, with what opens the objects that begin before it.
        var key: [UInt8]
        var value: CommandText
        var isSingle: Bool
        var isNumber: Bool
        /// What closes the objects that end after it.
        var closing: [UInt8]
    }

    private enum Form {
        case text(CommandText)
        case json([Member])
    }

    private let form: Form
    private let minimumStatus: Int
    private let filter: AccessLogFilter?

    package init(
        _ settings: AccessLogSettings,
        hostname: String = "",
        environment: (String) -> String? = { _ in nil }
    ) throws(Failure) {
        minimumStatus = settings.minimumStatus ?? 0
        filter = settings.filter
        switch settings.format {
        case .text(let text):
            form = .text(
                try CommandText(text, hostname: hostname, environment: environment)
            )
        case .json(let members):
            var compiled: [Member] = []
            var opening = ByteBuffer()
            opening.append("{")
            try Self.compile(members, hostname, environment, &opening, &compiled)
            form = .json(compiled)
        }
    }

    /// Adds the members of an object; `opening` is what stands before the first of them.
    private static func compile(
        _ members: [AccessLogSettings.JSONMember],
        _ hostname: String,
        _ environment: (String) -> String?,
        _ opening: inout ByteBuffer,
        _ compiled: inout [Member]
    ) throws(Failure) {
        for (index, member) in members.enumerated() {
            if index > 0 { opening.append(",") }
            opening.append("\"")
            let name = Array(member.key.utf8)
            opening.append(json: name.span)
            opening.append("\":")
            if let inner = member.members {
                opening.append("{")
                let count = compiled.count
                try compile(inner, hostname, environment, &opening, &compiled)
                if compiled.count == count {
                    opening.append("}")
                } else {
                    compiled[compiled.count - 1].closing.append(UInt8(ascii: "}"))
                }
                continue
            }
            let value = try CommandText(
                member.value,
                hostname: hostname,
                environment: environment
            )
            let (isSingle, isNumber) = value.single
            compiled.append(
                Member(
                    key: Array(copying: opening.readable),
                    value: value,
                    isSingle: isSingle,
                    isNumber: isNumber,
                    closing: []
                )
            )
            opening.removeAll()
        }
    }

    /// Whether a request with this status is written.
    func isWanted(status: Int, _ facts: borrowing some AccessFacts) -> Bool {
        guard status >= minimumStatus else { return false }
        return filter?.passes(status: status, facts) ?? true
    }

    /// Writes a line; `scratch` is empty before and after.
    package func write(
        _ record: AccessRecord,
        request: borrowing RequestHead,
        response: borrowing ResponseHead,
        trailers: borrowing HeaderBlock,
        scratch: inout ByteBuffer,
        into buffer: inout ByteBuffer
    ) {
        write(
            facts: record,
            request: request,
            response: response,
            trailers: trailers,
            scratch: &scratch,
            into: &buffer
        )
    }

    /// Writes a line; `scratch` is empty before and after.
    func write(
        facts record: some AccessFacts,
        request: borrowing RequestHead,
        response: borrowing ResponseHead,
        trailers: borrowing HeaderBlock,
        scratch: inout ByteBuffer,
        into buffer: inout ByteBuffer
    ) {
        switch form {
        case .text(let text):
            _ = Unretained(text).lend {
                $0.write(
                    record,
                    request: request,
                    response: response,
                    trailers: trailers,
                    into: &buffer
                )
            }
        case .json(let members):
            if members.isEmpty { buffer.append("{") }
            for index in members.indices {
                let key = members[index].key
                buffer.append(key.span)
                let isKnown = members[index].value.write(
                    record,
                    request: request,
                    response: response,
                    trailers: trailers,
                    into: &scratch
                )
                if members[index].isSingle && !isKnown {
                    buffer.append("null")
                } else if members[index].isNumber {
                    buffer.append(scratch.readable)
                } else {
                    buffer.append(byte: UInt8(ascii: "\""))
                    buffer.append(json: scratch.readable)
                    buffer.append(byte: UInt8(ascii: "\""))
                }
                scratch.removeAll()
                let closing = members[index].closing
                buffer.append(closing.span)
            }
            buffer.append("}\n")
        }
    }
}

extension AccessLogFilter {
    /// Whether a request is written.
    func passes(status: Int, _ facts: borrowing some AccessFacts) -> Bool {
        switch self {
        case .status(let comparison, let number): return comparison.passes(status, number)
        case .duration(let comparison, let number):
            return comparison.passes(Int(facts.end / 1_000_000), number)
        case .notHealthCheck:
            return !["health_check_ok", "health_check_failed"].contains("\(facts.details)")
        case .flagged: return !facts.flags.isEmpty
        case .all(let filters):
            for filter in filters where !filter.passes(status: status, facts) { return false }
            return true
        case .any(let filters):
            for filter in filters where filter.passes(status: status, facts) { return true }
            return false
        }
    }
}

extension AccessLogFilter.Comparison {
    fileprivate func passes(_ number: Int, _ other: Int) -> Bool {
        switch self {
        case .equal: number == other
        case .atLeast: number >= other
        case .atMost: number <= other
        case .notEqual: number != other
        }
    }
}

extension ByteBuffer {
    /// Appends bytes as the inside of a JSON string; what is not UTF-8 becomes U+FFFD.
    mutating func append(json bytes: Span<UInt8>) {
        var index = 0
        var plain = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x20 && byte < 0x80 && byte != 0x22 && byte != 0x5C {
                index += 1
                continue
            }
            let length = byte < 0x80 ? 0 : bytes.lengthOfScalar(at: index)
            if length > 0 {
                index += length
                continue
            }
            append(bytes.extracting(plain..<index))
            switch byte {
            case 0x22: append("\\\"")
            case 0x5C: append("\\\\")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0x80...: append("\u{FFFD}")
            default:
                append("\\u00")
                append(byte: byte < 16 ? 0x30 : 0x31)
                append(hexadecimal: UInt(byte & 15))
            }
            index += 1
            plain = index
        }
        append(bytes.extracting(plain..<bytes.count))
    }
}

extension Span<UInt8> {
    /// The bytes of a scalar of UTF-8 beyond ASCII, or 0 if there is none (RFC 3629).
    fileprivate func lengthOfScalar(at index: Int) -> Int {
        func next(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            index + offset < count && range.contains(self[index + offset])
        }
        switch self[index] {
        case 0xC2...0xDF: return next(1) ? 2 : 0
        case 0xE0: return next(1, 0xA0...0xBF) && next(2) ? 3 : 0
        case 0xED: return next(1, 0x80...0x9F) && next(2) ? 3 : 0
        case 0xE1...0xEF: return next(1) && next(2) ? 3 : 0
        case 0xF0: return next(1, 0x90...0xBF) && next(2) && next(3) ? 4 : 0
        case 0xF1...0xF3: return next(1) && next(2) && next(3) ? 4 : 0
        case 0xF4: return next(1, 0x80...0x8F) && next(2) && next(3) ? 4 : 0
        default: return 0
        }
    }
}
