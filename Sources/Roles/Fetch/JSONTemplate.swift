package import Formats

/// A text with places for values of a document: `${json:/data/user}`, `${env:NAME}`, `${text}`.
///
/// A pointer is RFC 6901's. Texts are put in as they are, everything else as JSON. `${json:/x:-default}` has a
/// default; `$${` is `${` itself.
package struct JSONTemplate: Sendable, Hashable {
    private enum Piece: Sendable, Hashable {
        case literal(String)
        case value(pointer: String, standard: String?, Position)
        case variable(String, standard: String?, Position)
        case whole
    }

    private let pieces: [Piece]

    /// Reads a template.
    ///
    /// - Throws: The place of what is no place for a value.
    package init(_ text: String) throws(FormatError) {
        var pieces: [Piece] = []
        var literal = ""
        var line = 1
        var column = 1
        var rest = text.unicodeScalars[...]
        func isNext(_ word: String) -> Bool { rest.starts(with: word.unicodeScalars) }
        func take(_ count: Int) {
            for _ in 0..<count {
                guard let scalar = rest.popFirst() else { return }
                (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
            }
        }
        while let scalar = rest.first {
            if isNext("$${") {
                literal += "${"
                take(3)
                continue
            }
            guard isNext("${") else {
                literal.unicodeScalars.append(scalar)
                take(1)
                continue
            }
            let place = Position(line: line, column: column)
            guard let end = rest.firstIndex(of: "}") else {
                throw FormatError("a ${ is not closed", at: place)
            }
            let inner = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
            if !literal.isEmpty { pieces.append(.literal(literal)) }
            literal = ""
            pieces.append(try Self.piece(inner, place))
            take(inner.unicodeScalars.count + 3)
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        self.pieces = pieces
    }

    private static func piece(_ inner: String, _ place: Position) throws(FormatError) -> Piece {
        if inner == "text" { return .whole }
        let parts = inner.firstRange(of: ":-")
        let name = parts.map { String(inner[..<$0.lowerBound]) } ?? inner
        let standard = parts.map { String(inner[$0.upperBound...]) }
        if name.hasPrefix("json:") {
            let pointer = String(name.dropFirst(5))
            guard pointer.isEmpty || pointer.hasPrefix("/") else {
                throw FormatError(
                    "the pointer \"\(pointer)\" does not begin with a slash",
                    remedy: "write ${json:/\(pointer)}",
                    at: place
                )
            }
            return .value(pointer: pointer, standard: standard, place)
        }
        if name.hasPrefix("env:"), name.count > 4 {
            return .variable(String(name.dropFirst(4)), standard: standard, place)
        }
        throw FormatError(
            "${\(inner.prefix(60))} is no place for a value",
            remedy: "write ${json:/pointer}, ${env:NAME}, ${text}, or $${ for the signs themselves",
            at: place
        )
    }

    /// Fills it.
    ///
    /// - Parameters:
    ///   - text: The whole document.
    ///   - variable: The value of a variable.
    /// - Returns: The text.
    /// - Throws: That the document is no JSON but values of it are wanted, or what is missing.
    package func filled(
        _ text: [UInt8],
        _ variable: (String) -> String?
    ) throws(FormatError) -> String {
        try filled(text, of: isAboutDocument ? try JSON.parse(text) : nil, variable)
    }

    /// Whether values of the document are wanted, so that it must be JSON.
    package var isAboutDocument: Bool {
        pieces.contains {
            if case .value = $0 { return true }
            return false
        }
    }

    /// Fills it with values of a document that has been read already.
    ///
    /// - Parameters:
    ///   - text: The whole document.
    ///   - document: The same, read.
    ///   - variable: The value of a variable.
    /// - Returns: The text.
    /// - Throws: What is missing, at its place in the template.
    package func filled(
        _ text: [UInt8],
        of document: JSON?,
        _ variable: (String) -> String?
    ) throws(FormatError) -> String {
        var output = ""
        for piece in pieces {
            switch piece {
            case .literal(let literal): output += literal
            case .whole: output += String(decoding: text, as: UTF8.self)
            case .variable(let name, let standard, let place):
                guard let value = variable(name) ?? standard else {
                    throw FormatError("the variable \(name) is not set", at: place)
                }
                output += value
            case .value(let pointer, let standard, let place):
                guard let found = document.flatMap({ Self.find(pointer, in: $0) }) else {
                    guard let standard else {
                        throw FormatError("the document has nothing at \(pointer)", at: place)
                    }
                    output += standard
                    continue
                }
                output += found.string ?? found.text()
            }
        }
        return output
    }

    /// What stands at a pointer (RFC 6901).
    package static func find(_ pointer: String, in document: JSON) -> JSON? {
        var value = document
        let steps = pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for step in steps {
            let name = step.replacing("~1", with: "/").replacing("~0", with: "~")
            if let elements = value.array {
                guard name == "0" || !name.hasPrefix("0"), let index = Int(name),
                    elements.indices.contains(index)
                else { return nil }
                value = elements[index]
            } else if let member = value[String(name)] {
                value = member
            } else {
                return nil
            }
        }
        return value
    }
}
