import Basics
import Records

/// A line that is put together of parts, prepared for writing it again and again.
struct LinePieces: Sendable {
    private enum Piece: Sendable {
        case literal([UInt8])
        case time(TimePattern)
        /// A field's text as it is, without these bytes at its ends.
        case field(String, trimming: [UInt8])
        /// A field's text as a JSON string; without its quotes if the parts around do not have them.
        case escaped(String, trimming: [UInt8], hasQuotes: Bool)
    }

    private var pieces: [Piece] = []

    /// Prepares a line.
    init(_ parts: [TemplatePiece]) {
        for (place, part) in parts.enumerated() {
            switch part {
            case .literal(let text):
                var bytes = Array(text.utf8)
                if place > 0, Self.isQuoted(parts, place - 1) { bytes.removeFirst() }
                if place + 1 < parts.count, Self.isQuoted(parts, place + 1) { bytes.removeLast() }
                if !bytes.isEmpty { pieces.append(.literal(bytes)) }
            case .time(let format, _): pieces.append(.time(TimePattern(format)))
            case .field(let name, let isEscaped, let trimming):
                let blanks = Array(trimming.utf8)
                let hasQuotes = Self.isQuoted(parts, place)
                pieces.append(
                    isEscaped
                        ? .escaped(name, trimming: blanks, hasQuotes: hasQuotes)
                        : .field(name, trimming: blanks)
                )
            }
        }
    }

    /// Whether an escaped field stands between two quotes, which are then written with it.
    private static func isQuoted(_ parts: [TemplatePiece], _ place: Int) -> Bool {
        guard case .field(_, isEscaped: true, _) = parts[place], place > 0, place + 1 < parts.count,
            case .literal(let before) = parts[place - 1], before.utf8.last == 0x22,
            case .literal(let after) = parts[place + 1], after.utf8.first == 0x22
        else { return false }
        // A lone quote between two fields can go with one of them only.
        if after.utf8.count == 1, place + 2 < parts.count { return false }
        return before.utf8.count > 1 || place == 1
    }

    /// Appends the line of a record; fields that are missing are empty.
    mutating func append(_ event: inout Event, _ json: JSONText, to output: inout [UInt8]) {
        for place in pieces.indices {
            switch pieces[place] {
            case .literal(let bytes): output.append(contentsOf: bytes)
            case .time(var pattern):
                // Taken out while it is changed, so that what it keeps is not copied.
                pieces[place] = .literal([])
                pattern.append(event.time, to: &output)
                pieces[place] = .time(pattern)
            case .field(let name, let blanks):
                Self.withText(of: name, &event, blanks) { output.append($0) }
            case .escaped(let name, let blanks, let hasQuotes):
                let start = output.count
                Self.withText(of: name, &event, blanks) { json.append(text: $0, to: &output) }
                if !hasQuotes {
                    output.removeLast()
                    output.remove(at: start)
                }
            }
        }
    }

    /// Lends a field's text; an empty one if there is no field.
    private static func withText(
        of name: String,
        _ event: inout Event,
        _ blanks: [UInt8],
        _ body: (Span<UInt8>) -> Void
    ) {
        if case .line(let line) = event.body, line.frame.key == name {
            body(trimmed(line.span, blanks))
            return
        }
        var text: [UInt8] = []
        if let value = event.fields[name] { ValueText.append(value, to: &text) }
        body(trimmed(text.span, blanks))
    }

    @_lifetime(copy text)
    private static func trimmed(_ text: Span<UInt8>, _ blanks: [UInt8]) -> Span<UInt8> {
        guard !blanks.isEmpty else { return text }
        var (start, end) = (0, text.count)
        while start < end, blanks.contains(text[start]) { start += 1 }
        while end > start, blanks.contains(text[end - 1]) { end -= 1 }
        return text.extracting(start..<end)
    }
}
