internal import Basics

/// Reads kubectl's JSONPath templates.
struct JSONPathParser {
    private let text: [Character]
    private var place = 0

    init(_ text: String) {
        self.text = Array(text)
    }

    // MARK: Template

    mutating func template() throws(FormatError) -> [JSONPath.Segment] {
        let segments = try segments(inRange: false)
        guard place == text.count else { throw error("\"end\" without \"range\"") }
        return segments
    }

    /// Segments up to the end of the text, or up to and with `{end}` inside of a range.
    private mutating func segments(inRange: Bool) throws(FormatError) -> [JSONPath.Segment] {
        var segments: [JSONPath.Segment] = []
        var literal = ""
        while let character = current {
            guard character == "{" else {
                literal.append(character)
                place += 1
                continue
            }
            if !literal.isEmpty { segments.append(.text(literal)) }
            literal = ""
            let start = place
            place += 1
            skipBlanks()
            if take(word: "end") {
                try expect("}")
                if inRange { return segments }
                place = start
                throw error("\"end\" without \"range\"")
            }
            if take(word: "range") {
                skipBlanks()
                let nodes = try path(until: "}")
                try expect("}")
                segments.append(.range(nodes, try self.segments(inRange: true)))
            } else {
                segments += try action()
            }
        }
        if inRange { throw error("\"range\" without \"end\"") }
        if !literal.isEmpty { segments.append(.text(literal)) }
        return segments
    }

    /// What stands in braces: texts and paths, one after the other.
    private mutating func action() throws(FormatError) -> [JSONPath.Segment] {
        var segments: [JSONPath.Segment] = []
        while true {
            skipBlanks()
            if current == "}" {
                place += 1
                return segments
            }
            if current == "\"" || current == "'" {
                segments.append(.text(try quoted()))
            } else {
                segments.append(.expression(try path(until: "}")))
            }
        }
    }

    // MARK: Paths

    /// A path up to a blank or `end`, which is left in place.
    private mutating func path(until end: Character?) throws(FormatError) -> [JSONPath.Node] {
        var nodes: [JSONPath.Node] = []
        while let character = current, character != end, !character.isWhitespace {
            switch character {
            case "$":
                nodes.append(.root)
                place += 1
            case "@":
                nodes.append(.current)
                place += 1
            case ".":
                place += 1
                if current == "." {
                    nodes.append(.recursive)
                    if next == "[" || next == "*" { place += 1 }
                } else if current == nil || current == end || current == "[" {
                    nodes.append(.current)
                } else {
                    nodes.append(try field())
                }
            case "*":
                nodes.append(.wildcard)
                place += 1
            case "[": nodes.append(try brackets())
            default:
                guard nodes.isEmpty else { throw error("\"\(character)\" is not expected here") }
                nodes.append(try field())
            }
        }
        guard !nodes.isEmpty else { throw error("a path is expected") }
        return nodes
    }

    private mutating func field() throws(FormatError) -> JSONPath.Node {
        var key = ""
        while let character = current, !" \t\n{}[]()=!<>,.'\"$@".contains(character) {
            if character == "\\", let escaped = next {
                key.append(escaped)
                place += 2
            } else {
                key.append(character)
                place += 1
            }
        }
        guard !key.isEmpty else { throw error("a field name is expected") }
        return key == "*" ? .wildcard : .field(key)
    }

    private mutating func brackets() throws(FormatError) -> JSONPath.Node {
        let start = place
        place += 1
        if current == "?" { return try filter() }
        var parts: [String] = [""]
        var quote: Character?
        while let character = current, quote != nil || character != "]" {
            if quote == nil, character == "," {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
            if character == quote {
                quote = nil
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
            }
            place += 1
        }
        guard current == "]" else {
            place = start
            throw error("the bracket is not closed")
        }
        place += 1
        var nodes: [[JSONPath.Node]] = []
        for part in parts { nodes.append([try bracket(part, at: start)]) }
        return nodes.count == 1 ? nodes[0][0] : .union(nodes)
    }

    /// What stands between brackets or commas: `*`, a quoted key, an index, a slice.
    private func bracket(_ part: String, at start: Int) throws(FormatError) -> JSONPath.Node {
        let part = part.trimmingSpace()
        if part == "*" { return .wildcard }
        if let quote = part.first, quote == "'" || quote == "\"", part.count > 1,
            part.last == quote
        {
            let inner = String(part.dropFirst().dropLast())
            var parser = JSONPathParser("." + inner)
            let path = (try? parser.path(until: nil)) ?? []
            return .bracketed(inner.filter { $0 != "\\" }, path)
        }
        let bounds = part.split(separator: ":", omittingEmptySubsequences: false)
            .map { $0.trimmingSpace() }
        let numbers = bounds.map { Int($0) }
        let isValid = zip(bounds, numbers).allSatisfy { $0.isEmpty ? bounds.count > 1 : $1 != nil }
        guard isValid, bounds.count <= 3, !part.isEmpty, numbers.count < 3 || numbers[2] ?? 1 > 0
        else {
            var copy = self
            copy.place = start
            throw copy.error("\"\(part)\" is no index, slice or quoted key")
        }
        return .slice(
            JSONPath.Slice(
                start: numbers[0],
                end: numbers.count > 1 ? numbers[1] : nil,
                step: numbers.count > 2 ? numbers[2] : nil,
                isIndex: numbers.count == 1
            )
        )
    }

    private mutating func filter() throws(FormatError) -> JSONPath.Node {
        place += 1
        try expect("(")
        let left = try operand()
        skipBlanks()
        var comparison: JSONPath.Comparison?
        var right: [JSONPath.Node] = []
        if current != ")" {
            let rest = String(text[place...].prefix(2))
            comparison = JSONPath.Comparison.allCases.first { rest.hasPrefix($0.rawValue) }
            guard let comparison else { throw error("a comparison such as == is expected") }
            place += comparison.rawValue.count
            right = try operand()
            skipBlanks()
        }
        try expect(")")
        try expect("]")
        return .filter(left, comparison, right)
    }

    private mutating func operand() throws(FormatError) -> [JSONPath.Node] {
        skipBlanks()
        guard let character = current else { throw error("the filter is not complete") }
        if character == "\"" || character == "'" { return [.literal(.string(try quoted()))] }
        if character == "-" || character == "+" || character.isNumber {
            let start = place
            while let digit = current, digit.isNumber || "+-.eE".contains(digit) { place += 1 }
            let number = String(text[start..<place])
            if let whole = Int64(number) { return [.literal(.int(whole))] }
            if let value = Double(number) { return [.literal(.double(value))] }
            throw error("\(number) is no number")
        }
        for (word, truth) in [("true", true), ("false", false)] where take(word: word) {
            return [.literal(.bool(truth))]
        }
        return try operandPath()
    }

    /// A path inside of a filter ends at a blank, a parenthesis or a comparison.
    private mutating func operandPath() throws(FormatError) -> [JSONPath.Node] {
        var end = place
        var depth = 0
        while end < text.count {
            if text[end] == "[" { depth += 1 }
            if text[end] == "]" { depth -= 1 }
            if depth == 0, ")=!<> ".contains(text[end]) { break }
            end += 1
        }
        var parser = JSONPathParser(String(text[place..<end]))
        let nodes = try parser.path(until: nil)
        place = end
        return nodes
    }

    // MARK: Characters

    private mutating func quoted() throws(FormatError) -> String {
        let start = place
        let quote = current
        place += 1
        var result = ""
        while let character = current {
            place += 1
            if character == quote { return result }
            if character == "\\", let escaped = current {
                place += 1
                let known: [Character: Character] = ["n": "\n", "t": "\t", "r": "\r"]
                result.append(known[escaped] ?? escaped)
            } else {
                result.append(character)
            }
        }
        place = start
        throw error("the quote is not closed")
    }

    private var current: Character? { place < text.count ? text[place] : nil }
    private var next: Character? { place + 1 < text.count ? text[place + 1] : nil }

    private mutating func skipBlanks() {
        while current?.isWhitespace == true { place += 1 }
    }

    private mutating func take(word: String) -> Bool {
        guard text[place...].starts(with: word) else { return false }
        let after = place + word.count
        if after < text.count, text[after].isLetter || text[after].isNumber { return false }
        place = after
        return true
    }

    private mutating func expect(_ character: Character) throws(FormatError) {
        skipBlanks()
        guard current == character else { throw error("\"\(character)\" is expected") }
        place += 1
    }

    private func error(_ what: String) -> FormatError {
        FormatError(
            "the JSONPath template cannot be read: \(what)",
            remedy: "write it like {.items[*].metadata.name}",
            at: Position(line: 1, column: place + 1)
        )
    }
}
