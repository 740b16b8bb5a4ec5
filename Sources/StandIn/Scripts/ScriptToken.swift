/// A piece of a shell's command line.
enum ScriptToken: Hashable, Sendable {
    /// A word, its quotes taken off; not plain if a variable or a command is part of it.
    case word(String, isPlain: Bool)
    /// `;`, a line's end, `&&`, `||`, `|`, `&`, `(`, `)`.
    case sign(String)
    /// `>`, `>>`, `<` with the number before it; the next word is its file.
    case redirect(String)

    /// The text of a word.
    var text: String? { if case .word(let text, _) = self { text } else { nil } }
}

/// Takes a script apart as a shell does, as far as helpers' scripts go.
struct ScriptLexer {
    /// The longest script that is read, in bytes.
    static let limit = 65_536

    private let bytes: [UInt8]
    private var place = 0
    private var tokens: [ScriptToken] = []

    private init(_ text: String) { bytes = Array(text.utf8) }

    /// The tokens of a script; `nil` for one that is too long, has a document in it (`<<`) or ends within
    /// quotes.
    static func tokens(_ script: String) -> [ScriptToken]? {
        guard script.utf8.count <= limit else { return nil }
        var lexer = ScriptLexer(script)
        return lexer.run() ? lexer.tokens : nil
    }

    private mutating func run() -> Bool {
        while place < bytes.count {
            let byte = bytes[place]
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): place += 1
            case UInt8(ascii: "\n"), UInt8(ascii: ";"):
                tokens.append(.sign(";"))
                place += 1
            case UInt8(ascii: "#"):
                while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { place += 1 }
            case UInt8(ascii: "&"), UInt8(ascii: "|"):
                let isDouble = place + 1 < bytes.count && bytes[place + 1] == byte
                let sign = String(decoding: [byte], as: UTF8.self)
                tokens.append(.sign(isDouble ? sign + sign : sign))
                place += isDouble ? 2 : 1
            case UInt8(ascii: "("), UInt8(ascii: ")"):
                tokens.append(.sign(String(decoding: [byte], as: UTF8.self)))
                place += 1
            case UInt8(ascii: "<"), UInt8(ascii: ">"):
                guard redirect("") else { return false }
            default: guard word() else { return false }
            }
        }
        return true
    }

    private mutating func redirect(_ number: String) -> Bool {
        let byte = bytes[place]
        place += 1
        var sign = number + String(decoding: [byte], as: UTF8.self)
        if place < bytes.count, bytes[place] == byte {
            if byte == UInt8(ascii: "<") { return false }
            sign += ">"
            place += 1
        }
        if place < bytes.count, bytes[place] == UInt8(ascii: "&") {
            sign += "&"
            place += 1
        }
        tokens.append(.redirect(sign))
        return true
    }

    private mutating func word() -> Bool {
        var text: [UInt8] = []
        var isPlain = true
        var isQuoted = false
        loop: while place < bytes.count {
            let byte = bytes[place]
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"),
                UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("),
                UInt8(ascii: ")"):
                break loop
            case UInt8(ascii: "<"), UInt8(ascii: ">"):
                if !isQuoted, !text.isEmpty, text.allSatisfy({ (0x30...0x39).contains($0) }) {
                    return redirect(String(decoding: text, as: UTF8.self))
                }
                break loop
            case UInt8(ascii: "'"):
                isQuoted = true
                guard let end = bytes[(place + 1)...].firstIndex(of: byte) else { return false }
                text += bytes[(place + 1)..<end]
                place = end + 1
            case UInt8(ascii: "\""):
                isQuoted = true
                guard quoted(&text, &isPlain) else { return false }
            case UInt8(ascii: "\\"):
                place += 1
                guard place < bytes.count else { break loop }
                if bytes[place] != UInt8(ascii: "\n") { text.append(bytes[place]) }
                place += 1
            case UInt8(ascii: "$"), UInt8(ascii: "`"):
                isPlain = false
                guard substitution(&text) else { return false }
            default:
                text.append(byte)
                place += 1
            }
        }
        tokens.append(.word(String(decoding: text, as: UTF8.self), isPlain: isPlain))
        return true
    }

    /// A text between double quotes.
    private mutating func quoted(_ text: inout [UInt8], _ isPlain: inout Bool) -> Bool {
        place += 1
        while place < bytes.count {
            let byte = bytes[place]
            switch byte {
            case UInt8(ascii: "\""):
                place += 1
                return true
            case UInt8(ascii: "\\") where place + 1 < bytes.count:
                let next = bytes[place + 1]
                if !"\"\\$`\n".utf8.contains(next) { text.append(byte) }
                if next != UInt8(ascii: "\n") { text.append(next) }
                place += 2
            case UInt8(ascii: "$"), UInt8(ascii: "`"):
                isPlain = false
                guard substitution(&text) else { return false }
            default:
                text.append(byte)
                place += 1
            }
        }
        return false
    }

    /// A variable or a command in a word, kept as it is written.
    private mutating func substitution(_ text: inout [UInt8]) -> Bool {
        let start = place
        let opening = bytes[place]
        place += 1
        var end = place
        if opening == UInt8(ascii: "`") {
            guard let close = bytes[place...].firstIndex(of: opening) else { return false }
            end = close + 1
        } else if place < bytes.count, "({".utf8.contains(bytes[place]) {
            let open = bytes[place]
            let close = open == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "}")
            var depth = 0
            repeat {
                guard end < bytes.count else { return false }
                if bytes[end] == open { depth += 1 }
                if bytes[end] == close { depth -= 1 }
                end += 1
            } while depth > 0
        }
        text += bytes[start..<end]
        place = end
        return true
    }
}
