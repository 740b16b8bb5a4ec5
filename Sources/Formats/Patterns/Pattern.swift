public import Basics
import CPCRE2

/// A regular expression (PCRE2, compiled to machine code where the processor allows).
///
/// Matching is bounded: an expression that needs more than `stepsMaximum` steps does not match, so
/// that a hostile text cannot hold a thread. Owned and used by one thread.
@safe public final class Pattern {
    /// How many steps a match may take.
    public static let stepsMaximum: UInt32 = 1_000_000

    /// What the characters of a text are.
    public enum Mode: Sendable, Hashable {
        /// Bytes; `$` also stands before a line end at the end.
        case bytes
        /// Bytes that are ASCII; `$` stands at the very end.
        case ascii
        /// Unicode in UTF-8, for classes and cases as well; `$` stands at the very end. What is no UTF-8
        /// matches nothing.
        case unicode
    }

    /// The expression as it was written.
    public let text: String
    /// The groups that have names, in the order of their numbers.
    public let names: [PatternGroup]
    /// How many groups the expression has.
    public let groupCount: Int
    private let code: OpaquePointer
    private let found: OpaquePointer
    private let context: OpaquePointer

    /// Compiles an expression.
    ///
    /// - Throws: `invalid` with the position of the mistake.
    public init(
        _ text: String,
        ignoresCase: Bool = false,
        mode: Mode = .bytes
    ) throws(Failure) {
        var mistake: Int32 = 0
        var offset = 0
        var options: UInt32 =
            switch mode {
            case .bytes: PCRE2_NEVER_UTF
            case .ascii: PCRE2_NEVER_UTF | PCRE2_DOLLAR_ENDONLY
            case .unicode:
                PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY
            }
        if ignoresCase { options |= PCRE2_CASELESS }
        let bytes = Array(text.utf8)
        let compiled = unsafe pcre2_compile_8(bytes, bytes.count, options, &mistake, &offset, nil)
        guard let compiled = unsafe compiled else {
            throw Failure(
                .invalid,
                "the regular expression \"\(text)\" is not understood",
                cause: "\(Self.message(mistake)) at its character \(offset + 1)"
            )
        }
        // Without the compiler to machine code it is interpreted.
        _ = unsafe pcre2_jit_compile_8(compiled, PCRE2_JIT_COMPLETE)
        var groups: UInt32 = 0
        _ = unsafe pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_CAPTURECOUNT), &groups)
        guard let found = unsafe pcre2_match_data_create_from_pattern_8(compiled, nil),
            let context = unsafe pcre2_match_context_create_8(nil)
        else {
            unsafe pcre2_code_free_8(compiled)
            throw Failure(.exhausted, "cannot compile the expression \"\(text)\"")
        }
        _ = unsafe pcre2_set_match_limit_8(context, Self.stepsMaximum)
        self.text = text
        groupCount = Int(groups)
        names = unsafe Self.names(of: compiled)
        unsafe code = compiled
        unsafe self.found = found
        unsafe self.context = context
    }

    deinit {
        unsafe pcre2_match_context_free_8(context)
        unsafe pcre2_match_data_free_8(found)
        unsafe pcre2_code_free_8(code)
    }

    /// Whether the expression is found anywhere in a text.
    public func isFound(in bytes: Span<UInt8>) -> Bool {
        search(bytes, from: 0, options: 0)
    }

    /// Whether the expression fits a whole text.
    public func matches(whole bytes: Span<UInt8>) -> Bool {
        search(bytes, from: 0, options: PCRE2_ANCHORED | PCRE2_ENDANCHORED)
    }

    /// Where the expression and its groups stand in a text, at or after an offset.
    ///
    /// - Returns: The range of the match, then of each group (`nil` for one that took no part); `nil`
    ///   if there is no match.
    public func ranges(in bytes: Span<UInt8>, from start: Int = 0) -> [Range<Int>?]? {
        guard search(bytes, from: start, options: 0) else { return nil }
        guard let pairs = unsafe pcre2_get_ovector_pointer_8(found) else { return nil }
        return (0...groupCount).map { group in
            let lower = unsafe pairs[2 * group]
            let upper = unsafe pairs[2 * group + 1]
            // The offset of a group that took no part is the greatest size_t, -1 here.
            return lower < 0 || upper < lower ? nil : lower..<upper
        }
    }

    /// Looks for the expression in a text, at or after an offset; `range(of:)` tells where it and its
    /// groups stand, until the next search.
    public func find(in bytes: Span<UInt8>, from start: Int = 0) -> Bool {
        search(bytes, from: start, options: 0)
    }

    /// Where a group stands in the text that was searched last, 0 for the whole match.
    ///
    /// - Returns: nil for a group that took no part; only what follows a search that found something
    ///   means anything.
    public func range(of group: Int) -> Range<Int>? {
        guard group >= 0, group <= groupCount,
            let pairs = unsafe pcre2_get_ovector_pointer_8(found)
        else { return nil }
        let lower = unsafe pairs[2 * group]
        let upper = unsafe pairs[2 * group + 1]
        return lower < 0 || upper < lower ? nil : lower..<upper
    }

    /// A text in which every match is replaced; `\0` to `\9` in the substitution are the match and its
    /// groups, `\\` is a backslash.
    public func replacing(in bytes: [UInt8], with substitution: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var position = 0
        while position <= bytes.count, let ranges = ranges(in: bytes.span, from: position),
            let match = ranges.first ?? nil
        {
            result += bytes[position..<match.lowerBound]
            append(substitution, ranges, bytes, to: &result)
            if match.isEmpty {
                if match.lowerBound < bytes.count { result.append(bytes[match.lowerBound]) }
                position = match.upperBound + 1
            } else {
                position = match.upperBound
            }
        }
        if position < bytes.count { result += bytes[position...] }
        return result
    }

    private func append(
        _ substitution: [UInt8],
        _ ranges: [Range<Int>?],
        _ bytes: [UInt8],
        to result: inout [UInt8]
    ) {
        var isEscaped = false
        for byte in substitution {
            if isEscaped {
                isEscaped = false
                if (0x30...0x39).contains(byte) {
                    let group = Int(byte - 0x30)
                    if group < ranges.count, let range = ranges[group] { result += bytes[range] }
                } else {
                    result.append(byte)
                }
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                result.append(byte)
            }
        }
    }

    private func search(_ bytes: Span<UInt8>, from start: Int, options: UInt32) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            // An empty span has no address, and PCRE2 wants one.
            var nothing: UInt8 = 0
            return unsafe withUnsafePointer(to: &nothing) { empty in
                let text = unsafe buffer.baseAddress ?? empty
                return unsafe pcre2_match_8(
                    code,
                    text,
                    buffer.count,
                    start,
                    options,
                    found,
                    context
                ) > 0
            }
        }
    }

    private static func names(of code: OpaquePointer) -> [PatternGroup] {
        var count: UInt32 = 0
        var size: UInt32 = 0
        var table: UnsafePointer<UInt8>?
        _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
        _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &size)
        _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
        guard let table = unsafe table else { return [] }
        let groups = (0..<Int(count)).map { index in
            // Two bytes of the number, the name, and a zero.
            let entry = unsafe table + index * Int(size)
            let number = unsafe Int(entry[0]) << 8 | Int(entry[1])
            return unsafe PatternGroup(name: String(cString: entry + 2), number: number)
        }
        return groups.sorted { $0.number < $1.number }
    }

    private static func message(_ number: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        let count = unsafe pcre2_get_error_message_8(number, &text, text.count)
        return count > 0 ? String(decoding: text.prefix(Int(count)), as: UTF8.self) : "an error"
    }
}
