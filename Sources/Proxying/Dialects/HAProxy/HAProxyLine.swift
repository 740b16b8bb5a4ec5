import Formats

/// A line of HAProxy's configuration: words after quotes, escapes and the environment.
struct HAProxyLine {
    /// A word.
    struct Word {
        var text: String
        var position: Position
    }

    var words: [Word]
    var file: String

    /// The first word.
    var name: String { words.first?.text ?? "" }
    var texts: [String] { words.map(\.text) }
    var position: Position { words.first?.position ?? .start }
    var place: Place { Place(file, position, name) }

    /// The text of a word, the name being the first; `nil` if there are fewer.
    subscript(index: Int) -> String? { words.indices.contains(index) ? words[index].text : nil }

    /// The place of a word.
    func place(of index: Int) -> Place {
        Place(file, words.indices.contains(index) ? words[index].position : position, name)
    }

    /// The words after some.
    func rest(_ index: Int) -> [String] { words.dropFirst(index).map(\.text) }

    /// What comes after a word.
    func value(after word: String) -> String? {
        words.firstIndex { $0.text == word }.flatMap { self[$0 + 1] }
    }
}

/// A section: `frontend web` and the lines below it.
struct HAProxySection {
    var kind: String
    var name: String
    var head: HAProxyLine
    /// Its own lines.
    var lines: [HAProxyLine]
    /// The lines of the `defaults` that hold for it.
    var defaults: [HAProxyLine]

    /// The last line of a name, else the defaults'.
    func one(_ name: String) -> HAProxyLine? {
        lines.last { $0.name == name } ?? defaults.last { $0.name == name }
    }

    /// The last line of two words, such as `timeout connect`.
    func one(_ name: String, _ second: String) -> HAProxyLine? {
        lines.last { $0.name == name && $0[1] == second }
            ?? defaults.last { $0.name == name && $0[1] == second }
    }

    /// The section's own lines of a name.
    func own(_ names: String...) -> [HAProxyLine] { lines.filter { names.contains($0.name) } }

    /// The lines of a name, the defaults' first.
    func all(_ name: String) -> [HAProxyLine] { (defaults + lines).filter { $0.name == name } }

    /// The line that switches an option on; `nil` if none does, or a later one switches it off.
    func option(_ name: String) -> HAProxyLine? {
        for line in (defaults + lines).reversed() {
            if line.name == "option", line[1] == name { return line }
            if line.name == "no", line[1] == "option", line[2] == name { return nil }
        }
        return nil
    }

    var isHTTP: Bool { one("mode")?[1] == "http" }
}

/// Reads lines into words and sections.
struct HAProxyParser {
    let file: String
    let log: FindingLog
    /// Variables for `"${NAME}"`; `setenv` adds to them.
    var environment: [String: String]

    private static let kinds: Set<String> = [
        "global", "defaults", "frontend", "backend", "listen", "resolvers", "userlist", "peers",
        "mailers", "program", "http-errors", "cache", "ring", "log-forward", "fcgi-app",
        "crt-store",
        "traces", "acme", "log-profile",
    ]

    mutating func sections(_ bytes: [UInt8]) -> [HAProxySection] {
        let text = String(decoding: bytes, as: UTF8.self)
        var sections: [HAProxySection] = []
        var defaults: [HAProxyLine] = []
        var named: [String: [HAProxyLine]] = [:]
        func close() {
            guard let last = sections.last, last.kind == "defaults" else { return }
            defaults = last.defaults + last.lines
            named[last.name] = defaults
        }
        let rows = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (number, row) in rows.enumerated() {
            let line = HAProxyLine(words: words(row, line: number + 1), file: file)
            guard let first = line.words.first else { continue }
            if Self.kinds.contains(first.text) {
                close()
                var base = first.text == "defaults" ? [] : defaults
                if let from = line.value(after: "from") {
                    if let known = named[from] {
                        base = known
                    } else {
                        log.error(line.place, "there are no defaults \"\(from)\"")
                    }
                }
                let isProxy = ["frontend", "backend", "listen", "defaults"].contains(first.text)
                sections.append(
                    HAProxySection(
                        kind: first.text,
                        name: line[1] ?? "",
                        head: line,
                        lines: [],
                        defaults: isProxy ? base : []
                    )
                )
                continue
            }
            guard let index = sections.indices.last else {
                if first.text != ".notice" {
                    log.error(
                        line.place,
                        "it stands before the first section",
                        "write it below global, frontend or the like"
                    )
                }
                continue
            }
            sections[index].lines.append(line)
            if sections[index].kind == "global", ["setenv", "presetenv"].contains(first.text),
                let name = line[1], let value = line[2],
                first.text == "setenv" || environment[name] == nil
            {
                environment[name] = value
            }
        }
        return sections
    }

    private mutating func words(_ row: Substring, line: Int) -> [HAProxyLine.Word] {
        var words: [HAProxyLine.Word] = []
        let scalars = Array(row.unicodeScalars)
        var index = 0
        func position() -> Position { Position(line: line, column: index + 1) }
        while index < scalars.count {
            if scalars[index] == " " || scalars[index] == "\t" || scalars[index] == "\r" {
                index += 1
                continue
            }
            if scalars[index] == "#" { break }
            let start = position()
            var text = String.UnicodeScalarView()
            var quote: Unicode.Scalar?
            scan: while index < scalars.count {
                let scalar = scalars[index]
                switch (quote, scalar) {
                case (nil, " "), (nil, "\t"), (nil, "#"), (nil, "\r"): break scan
                case (nil, "\""), (nil, "'"):
                    quote = scalar
                    index += 1
                case ("\"", "\""), ("'", "'"):
                    quote = nil
                    index += 1
                case ("'", _):
                    text.append(scalar)
                    index += 1
                case (_, "\\"):
                    index += 1
                    guard index < scalars.count else { break scan }
                    if let escaped = Self.escape(scalars[index]) {
                        text.append(escaped)
                        index += 1
                    } else {
                        // Others are for whoever reads the word, as in `\1` and `\.`.
                        text.append("\\")
                    }
                case ("\"", "$"):
                    text += variable(scalars, &index, start).unicodeScalars
                default:
                    text.append(scalar)
                    index += 1
                }
            }
            if quote != nil {
                log.error(Place(file, start), "the text does not end", "close its quotes")
            }
            words.append(.init(text: String(text), position: start))
        }
        return words
    }

    /// What stands behind a backslash; `nil` if the backslash stays.
    private static func escape(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar {
        case "n": "\n"
        case "r": "\r"
        case "t": "\t"
        case " ", "\\", "#", "\"", "'", "$": scalar
        default: nil
        }
    }

    /// The value of `$NAME`, `${NAME}` or `${NAME-default}`.
    private mutating func variable(
        _ scalars: [Unicode.Scalar],
        _ index: inout Int,
        _ start: Position
    ) -> String {
        index += 1
        let isBraced = index < scalars.count && scalars[index] == "{"
        if isBraced { index += 1 }
        var name = ""
        while index < scalars.count,
            scalars[index].isASCII,
            scalars[index].properties.isAlphabetic || scalars[index] == "_"
                || ("0"..."9").contains(scalars[index])
        {
            name.unicodeScalars.append(scalars[index])
            index += 1
        }
        guard !name.isEmpty else { return isBraced ? "${" : "$" }
        var standard: String?
        if isBraced {
            if index < scalars.count, scalars[index] == "-" {
                standard = ""
                index += 1
            }
            while index < scalars.count, scalars[index] != "}" {
                standard?.unicodeScalars.append(scalars[index])
                index += 1
            }
            index += 1
        }
        if let value = environment[name] { return value }
        if standard == nil {
            log.warn(Place(file, start), "the variable \(name) is not set, so it is empty here")
        }
        return standard ?? ""
    }
}
