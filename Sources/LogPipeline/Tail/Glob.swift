/// A pattern for paths: `*`, `?`, `[..]`, `**`, `{a,b}`.
///
/// A backslash takes its meaning from the character after it. `*` and `?` fit no slash, and at the beginning of
/// a name no dot.
struct Glob: Sendable, Hashable {
    /// A part between slashes.
    enum Part: Sendable, Hashable {
        /// A name as it is.
        case name(String)
        /// A pattern for one name.
        case pattern([UInt8])
        /// `**`: any number of directories.
        case any
    }

    /// How many patterns braces may make of one.
    static let alternativesMaximum = 1024

    let parts: [Part]
    let isAbsolute: Bool

    /// Reads one pattern without braces.
    init(_ text: [UInt8]) {
        isAbsolute = text.first == 0x2F
        parts = text.split(separator: 0x2F).map { part in
            if Array(part) == [0x2A, 0x2A] { return .any }
            let special: Set<UInt8> = [0x2A, 0x3F, 0x5B, 0x5C]
            if !part.contains(where: special.contains) {
                return .name(String(decoding: part, as: UTF8.self))
            }
            return .pattern(Array(part))
        }
    }

    /// Reads a pattern; braces make several of it.
    static func parse(_ text: String) -> [Glob] {
        braces(Array(text.utf8)).map(Glob.init)
    }

    /// Whether a path fits.
    func fits(_ path: String) -> Bool {
        let names = path.utf8.split(separator: 0x2F).map { Array($0) }
        guard (path.utf8.first == 0x2F) == isAbsolute else { return false }
        return fits(names[...], parts[...])
    }

    private func fits(_ names: ArraySlice<[UInt8]>, _ parts: ArraySlice<Part>) -> Bool {
        guard let part = parts.first else { return names.isEmpty }
        if part == .any {
            let rest = parts.dropFirst()
            for start in names.startIndex...names.endIndex {
                if fits(names[start...], rest) { return true }
                if start < names.endIndex && names[start].first == 0x2E { return false }
            }
            return false
        }
        guard let name = names.first, Self.fits(name, part) else { return false }
        return fits(names.dropFirst(), parts.dropFirst())
    }

    /// Whether a name fits a part.
    static func fits(_ name: [UInt8], _ part: Part) -> Bool {
        switch part {
        case .name(let text): return Array(text.utf8) == name
        case .any: return true
        case .pattern(let pattern):
            if name.first == 0x2E && pattern.first != 0x2E { return false }
            return match(name.span, pattern.span, crossing: false)
        }
    }

    /// Whether a text fits a pattern; with `crossing` `*` fits slashes too, as in lists of what is left out.
    static func match(_ text: Span<UInt8>, _ pattern: Span<UInt8>, crossing: Bool) -> Bool {
        var (at, place) = (0, 0)
        // Where to go on when the rest after the last star does not fit.
        var (starPlace, starAt) = (-1, 0)
        while at < text.count {
            if place < pattern.count && pattern[place] == 0x2A {
                (starPlace, starAt) = (place, at)
                place += 1
                continue
            }
            if place < pattern.count,
                let next = single(text[at], pattern, place, crossing: crossing)
            {
                place = next
                at += 1
                continue
            }
            guard starPlace >= 0, crossing || text[starAt] != 0x2F else { return false }
            starAt += 1
            (at, place) = (starAt, starPlace + 1)
        }
        while place < pattern.count && pattern[place] == 0x2A { place += 1 }
        return place == pattern.count
    }

    /// Where the pattern goes on after one character that fits; nil if it does not.
    private static func single(
        _ byte: UInt8,
        _ pattern: Span<UInt8>,
        _ place: Int,
        crossing: Bool
    ) -> Int? {
        switch pattern[place] {
        case 0x3F: return byte == 0x2F && !crossing ? nil : place + 1
        case 0x5C where place + 1 < pattern.count:
            return pattern[place + 1] == byte ? place + 2 : nil
        case 0x5B:
            guard let (isIn, next) = set(byte, pattern, place) else {
                return byte == 0x5B ? place + 1 : nil
            }
            return isIn && (crossing || byte != 0x2F) ? next : nil
        case let literal: return literal == byte ? place + 1 : nil
        }
    }

    /// Whether a byte is in a set, and where the pattern goes on; nil if the bracket is not closed.
    private static func set(
        _ byte: UInt8,
        _ pattern: Span<UInt8>,
        _ place: Int
    ) -> (isIn: Bool, next: Int)? {
        var at = place + 1
        var isNegated = false
        if at < pattern.count && (pattern[at] == 0x21 || pattern[at] == 0x5E) {
            isNegated = true
            at += 1
        }
        var isIn = false
        let first = at
        while at < pattern.count && (pattern[at] != 0x5D || at == first) {
            let low = pattern[at]
            if at + 2 < pattern.count && pattern[at + 1] == 0x2D && pattern[at + 2] != 0x5D {
                if low <= byte && byte <= pattern[at + 2] { isIn = true }
                at += 3
            } else {
                if low == byte { isIn = true }
                at += 1
            }
        }
        guard at < pattern.count else { return nil }
        return (isIn != isNegated, at + 1)
    }

    /// All texts that braces stand for.
    static func braces(_ text: [UInt8]) -> [[UInt8]] {
        var done: [[UInt8]] = []
        var open = [text]
        while let next = open.popLast() {
            guard let (start, commas, end) = brace(next),
                done.count + open.count + commas.count < alternativesMaximum
            else {
                done.append(next)
                continue
            }
            let cuts = [start] + commas + [end]
            for (low, high) in zip(cuts, cuts.dropFirst()).reversed() {
                var text = Array(next[..<start])
                text += next[(low + 1)..<high]
                text += next[(end + 1)...]
                open.append(text)
            }
        }
        return done
    }

    /// The first brace that is closed and has commas: its beginning, its own commas and its end.
    private static func brace(_ text: [UInt8]) -> (start: Int, commas: [Int], end: Int)? {
        for start in text.indices where text[start] == 0x7B && !isEscaped(text, start) {
            var depth = 0
            var commas: [Int] = []
            for at in start..<text.count where !isEscaped(text, at) {
                switch text[at] {
                case 0x7B: depth += 1
                case 0x2C where depth == 1: commas.append(at)
                case 0x7D:
                    depth -= 1
                    if depth == 0 {
                        if commas.isEmpty { break }
                        return (start, commas, at)
                    }
                default: break
                }
                if depth == 0 { break }
            }
        }
        return nil
    }

    private static func isEscaped(_ text: [UInt8], _ at: Int) -> Bool {
        var count = 0
        while at - count > 0 && text[at - count - 1] == 0x5C { count += 1 }
        return count % 2 == 1
    }
}
