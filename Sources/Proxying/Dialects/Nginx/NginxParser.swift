import Formats

/// Reads nginx's words, quotes, escapes, blocks and comments.
struct NginxParser {
    /// The deepest nesting of blocks.
    static let depthMaximum = 32

    private let bytes: [UInt8]
    private let file: String
    private let log: FindingLog
    private var index = 0
    private var line = 1
    private var lineStart = 0
    /// How far the columns of the line were counted, and how many there are up to there.
    private var counted = (index: 0, columns: 0)
    /// How many bytes were looked at to tell places: no more than there are, however many places.
    private(set) var countedBytes = 0

    init(_ bytes: [UInt8], file: String, log: FindingLog) {
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        self.file = file
        self.log = log
    }

    private enum Token {
        case word(NginxDirective.Argument, Position)
        case semicolon, open(Position), close(Position), end
    }

    /// The directives of the file; what can be read of it if there are errors.
    mutating func directives() -> [NginxDirective] { block(depth: 0, opened: nil) }

    private mutating func block(depth: Int, opened: Position?) -> [NginxDirective] {
        var directives: [NginxDirective] = []
        var words: [(NginxDirective.Argument, Position)] = []
        func directive(_ block: [NginxDirective]?) -> NginxDirective? {
            guard let first = words.first else { return nil }
            return NginxDirective(
                name: first.0.text,
                arguments: words.dropFirst().map(\.0),
                block: block,
                file: file,
                position: first.1
            )
        }
        while true {
            switch token() {
            case .word(let word, let position): words.append((word, position))
            case .semicolon:
                if let directive = directive(nil) {
                    directives.append(directive)
                } else {
                    log.error(Place(file, position), "unexpected \";\"", "remove it")
                }
                words = []
            case .open(let position):
                guard depth < Self.depthMaximum else {
                    log.error(Place(file, position), "blocks are nested too deeply")
                    index = bytes.count
                    return directives
                }
                let inner = block(depth: depth + 1, opened: position)
                if let directive = directive(inner) {
                    directives.append(directive)
                } else {
                    log.error(Place(file, position), "unexpected \"{\"")
                }
                words = []
            case .close(let position):
                if let (word, start) = words.first {
                    log.error(
                        Place(file, start, word.text),
                        "the directive does not end before the \"}\"",
                        "put a semicolon at its end"
                    )
                }
                if opened == nil {
                    log.error(Place(file, position), "unexpected \"}\"", "remove it")
                    words = []
                    continue
                }
                return directives
            case .end:
                if let (word, start) = words.first {
                    log.error(
                        Place(file, start, word.text),
                        "the file ends before the directive does",
                        "put a semicolon at its end"
                    )
                }
                if let opened {
                    log.error(
                        Place(file, opened),
                        "the file ends before this block does",
                        "close it with \"}\""
                    )
                }
                return directives
            }
        }
    }

    private var position: Position {
        mutating get {
            if counted.index < lineStart { counted = (lineStart, 0) }
            let end = min(index, bytes.count)
            if counted.index < end {
                // Columns count characters, not bytes.
                counted.columns += bytes[counted.index..<end].count { $0 & 0xC0 != 0x80 }
                countedBytes += end - counted.index
                counted.index = end
            }
            return Position(line: line, column: counted.columns + 1)
        }
    }

    private mutating func advance() {
        if bytes[index] == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        index += 1
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private mutating func token() -> Token {
        while index < bytes.count {
            if Self.isSpace(bytes[index]) {
                advance()
            } else if bytes[index] == UInt8(ascii: "#") {
                while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
            } else {
                break
            }
        }
        guard index < bytes.count else { return .end }
        let start = position
        switch bytes[index] {
        case UInt8(ascii: ";"):
            index += 1
            return .semicolon
        case UInt8(ascii: "{"):
            index += 1
            return .open(start)
        case UInt8(ascii: "}"):
            index += 1
            return .close(start)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return quoted(start)
        default: return plain(start)
        }
    }

    private mutating func quoted(_ start: Position) -> Token {
        let quote = bytes[index]
        index += 1
        var text: [UInt8] = []
        while index < bytes.count, bytes[index] != quote {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count {
                text += escaped()
            } else {
                text.append(bytes[index])
                advance()
            }
        }
        guard index < bytes.count else {
            log.error(Place(file, start), "the text does not end", "close its quotes")
            return .end
        }
        index += 1
        if index < bytes.count {
            let next = bytes[index]
            let ends =
                Self.isSpace(next) || next == UInt8(ascii: ";") || next == UInt8(ascii: "{")
                || next == UInt8(ascii: ")")
            if !ends {
                log.error(
                    Place(file, position),
                    "unexpected \"\(Character(Unicode.Scalar(next)))\" after the quotes",
                    "put a blank or a semicolon there"
                )
            }
        }
        return .word(.init(text: String(decoding: text, as: UTF8.self), isQuoted: true), start)
    }

    private mutating func plain(_ start: Position) -> Token {
        var text: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            if Self.isSpace(byte) || byte == UInt8(ascii: ";") { break }
            if byte == UInt8(ascii: "{") {
                // `${name}` is a variable.
                guard text.last == UInt8(ascii: "$") else { break }
                while index < bytes.count, bytes[index] != UInt8(ascii: "}"),
                    !Self.isSpace(bytes[index])
                {
                    text.append(bytes[index])
                    index += 1
                }
                continue
            }
            if byte == UInt8(ascii: "\\"), index + 1 < bytes.count {
                text += escaped()
            } else {
                text.append(byte)
                index += 1
            }
        }
        return .word(.init(text: String(decoding: text, as: UTF8.self), isQuoted: false), start)
    }

    /// A backslash and what follows; one before an ordinary character stays, for regular expressions.
    private mutating func escaped() -> [UInt8] {
        let next = bytes[index + 1]
        index += 1
        defer { advance() }
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): return [next]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "n"): return [0x0A]
        default: return [UInt8(ascii: "\\"), next]
        }
    }
}
