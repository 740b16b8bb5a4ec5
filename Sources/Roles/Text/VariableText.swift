package import Formats

/// A text with places for variables, as configurations are prepared with.
///
/// `$(NAME)` as Kubernetes and Prometheus' reloader write it; `${NAME}`, `${NAME:-default}`, `${NAME-default}`,
/// `${NAME:+text}` and `${NAME:?message}` as a shell does. `$$(` and `$${` stand for `$(` and `${` themselves.
/// What is no place stays as it is, `$host` of nginx too. Bytes that are no UTF-8 stay untouched.
package struct VariableText: Sendable, Hashable {
    /// Which places there are.
    package enum Style: String, Sendable, Hashable, CaseIterable {
        /// `$(NAME)`.
        case parentheses
        /// `${NAME}` with its variations.
        case braces
        /// Both.
        case both
        /// None: the text is copied.
        case none
    }

    /// Something of a text.
    enum Piece: Sendable, Hashable {
        case literal([UInt8])
        case place(Place)
    }

    /// A place for a variable.
    struct Place: Sendable, Hashable {
        /// What is done with the value.
        enum Rule: Sendable, Hashable {
            /// It must be set.
            case required
            /// `-` and `:-`.
            case standard(String)
            /// `+` and `:+`.
            case instead(String)
            /// `?` and `:?`.
            case demanded(String)
        }

        var name: String
        var rule: Rule
        /// Whether an empty value counts as none (`:`).
        var emptyIsNone: Bool
        /// As it is written.
        var text: [UInt8]
        var position: Position
    }

    let pieces: [Piece]
    /// The variables that it names, each once, in order.
    package let names: [String]
    /// The longest name, in bytes.
    static let nameMaximum = 256

    /// Reads a text; any bytes are one.
    package init(_ bytes: [UInt8], style: Style = .both) {
        var reader = Reader(bytes: bytes, style: style)
        pieces = reader.read()
        var names: [String] = []
        for case .place(let place) in pieces where !names.contains(place.name) {
            names.append(place.name)
        }
        self.names = names
    }

    /// Fills it.
    ///
    /// - Parameters:
    ///   - only: The variables that are meant; places of others stay as they are. `nil` means all.
    ///   - value: The value of a variable.
    /// - Returns: The text.
    /// - Throws: Where the first variable stands that is not set and has no default.
    package func filled(
        only: Set<String>? = nil,
        _ value: (String) -> String?
    ) throws(FormatError) -> [UInt8] {
        var output: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .literal(let bytes): output += bytes
            case .place(let place):
                if let only, !only.contains(place.name) {
                    output += place.text
                } else {
                    output += Array(try Self.content(of: place, value(place.name)).utf8)
                }
            }
        }
        return output
    }

    private static func content(
        of place: Place,
        _ given: String?
    ) throws(FormatError) -> String {
        let value = place.emptyIsNone && given?.isEmpty == true ? nil : given
        switch place.rule {
        case .standard(let text): return value ?? text
        case .instead(let text): return value == nil ? "" : text
        case .required, .demanded:
            if let value { return value }
            var why = "is not set"
            if case .demanded(let message) = place.rule, !message.isEmpty { why = message }
            throw FormatError(
                "the variable \(place.name): \(why)",
                remedy: "set it in the container's env, or write ${\(place.name):-default}",
                at: place.position
            )
        }
    }
}

/// Cuts a text into pieces.
private struct Reader {
    let bytes: [UInt8]
    let style: VariableText.Style
    private var at = 0
    private var line = 1
    private var column = 1
    private var counted = 0
    private var literal: [UInt8] = []
    private var pieces: [VariableText.Piece] = []

    init(bytes: [UInt8], style: VariableText.Style) {
        self.bytes = bytes
        self.style = style
    }

    mutating func read() -> [VariableText.Piece] {
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "$"), dollar() { continue }
            literal.append(byte)
            at += 1
            if byte == 0x0A { (line, column, counted) = (line + 1, 1, at) }
        }
        flush()
        return pieces
    }

    private mutating func flush() {
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        literal = []
    }

    /// Whether a bracket opens a place in this style.
    private func opens(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("): style == .parentheses || style == .both
        case UInt8(ascii: "{"): style == .braces || style == .both
        default: false
        }
    }

    /// Takes what begins with a dollar; false if it is only that.
    private mutating func dollar() -> Bool {
        guard at + 1 < bytes.count else { return false }
        if bytes[at + 1] == UInt8(ascii: "$"), at + 2 < bytes.count, opens(bytes[at + 2]) {
            literal += [bytes[at], bytes[at + 2]]
            at += 3
            return true
        }
        guard opens(bytes[at + 1]) else { return false }
        let isBrace = bytes[at + 1] == UInt8(ascii: "{")
        let start = at + 2
        var end = start
        while end < bytes.count, isNameByte(bytes[end]) { end += 1 }
        guard end > start, end - start <= VariableText.nameMaximum, end < bytes.count,
            !isBrace || !(0x30...0x39).contains(bytes[start])
        else { return false }
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        guard isBrace else {
            guard bytes[end] == UInt8(ascii: ")") else { return false }
            add(name, .required, false, upTo: end + 1)
            return true
        }
        if bytes[end] == UInt8(ascii: "}") {
            add(name, .required, false, upTo: end + 1)
            return true
        }
        var sign = end
        let isColon = bytes[end] == UInt8(ascii: ":")
        if isColon { sign += 1 }
        guard sign < bytes.count,
            let close = bytes[sign...].firstIndex(where: { $0 == UInt8(ascii: "}") || $0 == 0x0A }),
            bytes[close] == UInt8(ascii: "}")
        else { return false }
        let text = String(decoding: bytes[(sign + 1)..<max(close, sign + 1)], as: UTF8.self)
        switch bytes[sign] {
        case UInt8(ascii: "-"): add(name, .standard(text), isColon, upTo: close + 1)
        case UInt8(ascii: "+"): add(name, .instead(text), isColon, upTo: close + 1)
        case UInt8(ascii: "?"): add(name, .demanded(text), isColon, upTo: close + 1)
        default: return false
        }
        return true
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        default: false
        }
    }

    private mutating func add(
        _ name: String,
        _ rule: VariableText.Place.Rule,
        _ emptyIsNone: Bool,
        upTo end: Int
    ) {
        flush()
        let text = Array(bytes[at..<end])
        // Bytes that continue a scalar are none of their own.
        column += bytes[counted..<at].count { $0 & 0xC0 != 0x80 }
        counted = at
        pieces.append(
            .place(
                VariableText.Place(
                    name: name,
                    rule: rule,
                    emptyIsNone: emptyIsNone,
                    text: text,
                    position: Position(line: line, column: column)
                )
            )
        )
        at = end
    }
}
