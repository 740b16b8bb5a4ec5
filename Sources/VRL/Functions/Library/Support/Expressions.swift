import Basics
import Formats
import Records
import Synchronization

/// The regular expressions that scripts use, compiled once.
///
/// Expressions are written as Rust's `regex` crate has them: over Unicode, `$` at the very end only.
/// Texts of ASCII take a shorter way that has the same results.
enum Expressions {
    /// How many are kept before all are compiled again.
    private static let roomMaximum = 4096

    private final class Compiled {
        var ascii: Pattern?
        var unicode: Pattern?
        /// What is in the way of compiling it.
        var mistake: Failure?
    }

    private static let store = Mutex<[String: Compiled]>([:])

    /// A group's name and number.
    typealias Name = PatternGroup

    /// Refuses an expression that cannot be read.
    static func check(_ text: String) throws(FunctionError) {
        do {
            _ = try Pattern(RustSyntax.translated(text), mode: .unicode)
        } catch {
            throw FunctionError(error.cause)
        }
    }

    /// The groups of an expression that have names, in the order of their numbers.
    static func names(of text: String) -> [Name] {
        (try? Pattern(RustSyntax.translated(text), mode: .unicode))?.names ?? []
    }

    /// How many groups an expression has.
    static func groupCount(of text: String) -> Int {
        (try? Pattern(RustSyntax.translated(text), mode: .unicode))?.groupCount ?? 0
    }

    /// Whether an expression is found in a text.
    static func isFound(_ text: String, in bytes: [UInt8]) -> Bool {
        store.withLock { store in
            pattern(text, for: bytes, &store)?.isFound(in: bytes.span) ?? false
        }
    }

    /// Where an expression and its groups stand at or after a place.
    static func ranges(_ text: String, in bytes: [UInt8], from start: Int = 0) -> [Range<Int>?]? {
        guard start <= bytes.count else { return nil }
        return store.withLock { store in
            pattern(text, for: bytes, &store)?.ranges(in: bytes.span, from: start)
        }
    }

    /// The groups with names, and where they and all others stand.
    static func match(_ text: String, in bytes: [UInt8]) -> ExpressionGroups? {
        store.withLock { store in
            guard let pattern = pattern(text, for: bytes, &store),
                let ranges = pattern.ranges(in: bytes.span)
            else { return nil }
            return (pattern.names, ranges)
        }
    }

    /// Every match from left to right, none over another, at most `limit`.
    static func matches(_ text: String, in bytes: [UInt8], limit: Int = .max) -> [[Range<Int>?]] {
        store.withLock { store in
            pattern(text, for: bytes, &store)?.matches(in: bytes, limit: limit) ?? []
        }
    }

    private static func pattern(
        _ text: String,
        for bytes: [UInt8],
        _ store: inout [String: Compiled]
    ) -> Pattern? {
        let compiled: Compiled
        if let found = store[text] {
            compiled = found
        } else {
            if store.count >= roomMaximum { store.removeAll() }
            compiled = Compiled()
            store[text] = compiled
        }
        let isASCII = bytes.span.isASCII
        if let pattern = isASCII ? compiled.ascii : compiled.unicode { return pattern }
        guard compiled.mistake == nil else { return nil }
        do {
            let syntax = RustSyntax.translated(text)
            let pattern = try Pattern(syntax, mode: isASCII ? .ascii : .unicode)
            if isASCII { compiled.ascii = pattern } else { compiled.unicode = pattern }
            return pattern
        } catch {
            compiled.mistake = error
            return nil
        }
    }
}

extension Span<UInt8> {
    /// Whether no byte is above 127.
    var isASCII: Bool {
        var seen: UInt8 = 0
        for index in indices { seen |= self[index] }
        return seen < 0x80
    }
}
