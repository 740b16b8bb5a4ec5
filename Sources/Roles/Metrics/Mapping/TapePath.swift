/// The way from a value of JSON to others below it.
///
/// Either a JSON Pointer (RFC 6901: `/requests/total`, `~1` is a slash), in which `*` stands for every
/// child, or a path like JSONPath's: `$.servers[*].load`, `.a['b c'][0]`, `..name`,
/// `[?(@.state=="up")]`.
/// Negative indices count from the end.
package struct TapePath: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        case key([UInt8])
        case index(Int)
        /// A key of an object, or an index of an array.
        case either([UInt8], Int)
        case every
        case descend
        case filter(path: [Step], isEqual: Bool, value: Value?)
    }

    enum Value: Sendable, Hashable {
        case text([UInt8])
        case number(Double)
        case truth(Bool)
        case null
    }

    let steps: [Step]
    /// How it was written.
    package let text: String

    /// Reads a path; an empty one, `$` and `.` are the value itself.
    ///
    /// - Throws: What is wrong with it.
    package init(_ text: String) throws(ReadProblem) {
        self.text = text
        if text.hasPrefix("/") {
            steps = try Self.pointer(text)
        } else {
            var reader = TapePathReader(text)
            steps = try reader.whole()
        }
    }

    private static func pointer(_ text: String) throws(ReadProblem) -> [Step] {
        var steps: [Step] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let key = part.replacing("~1", with: "/").replacing("~0", with: "~")
            if key == "*" {
                steps.append(.every)
            } else if let index = Int(key), index >= 0, String(index) == key {
                steps.append(.either(Array(key.utf8), index))
            } else {
                steps.append(.key(Array(key.utf8)))
            }
        }
        return steps
    }

    /// The tokens that it leads to from a value, in order; at most so many.
    func find(_ start: Int, in tape: JSONTape, maximum: Int = .max) -> [Int] {
        Self.find(steps[...], start, tape, maximum)
    }

    private static func find(
        _ steps: ArraySlice<Step>,
        _ start: Int,
        _ tape: JSONTape,
        _ maximum: Int
    ) -> [Int] {
        var found = [start]
        for step in steps {
            var next: [Int] = []
            for index in found where next.count < maximum { take(step, index, tape, &next) }
            found = next
        }
        return found
    }

    private static func take(_ step: Step, _ index: Int, _ tape: JSONTape, _ next: inout [Int]) {
        switch step {
        case .key(let key):
            if let member = tape.member(index, key) { next.append(member) }
        case .index(let number):
            if let element = element(number, of: index, tape) { next.append(element) }
        case .either(let key, let number):
            if let found = tape.member(index, key) ?? element(number, of: index, tape) {
                next.append(found)
            }
        case .every: next += children(index, tape)
        case .descend:
            next.append(index)
            for child in children(index, tape) { take(.descend, child, tape, &next) }
        case .filter(let path, let isEqual, let value):
            for child in children(index, tape) {
                let found = find(path[...], child, tape, .max)
                guard let value else {
                    if !found.isEmpty { next.append(child) }
                    continue
                }
                if found.contains(where: { matches($0, value, tape) }) == isEqual {
                    next.append(child)
                }
            }
        }
    }

    private static func element(_ number: Int, of index: Int, _ tape: JSONTape) -> Int? {
        guard tape.tokens[index].kind == .array else { return nil }
        if number < 0 {
            let all = children(index, tape)
            return all.count + number >= 0 ? all[all.count + number] : nil
        }
        var place = index + 1
        var count = 0
        while place < Int(tape.tokens[index].next) {
            if count == number { return place }
            place = Int(tape.tokens[place].next)
            count += 1
        }
        return nil
    }

    static func children(_ index: Int, _ tape: JSONTape) -> [Int] {
        let token = tape.tokens[index]
        guard token.kind == .object || token.kind == .array else { return [] }
        var found: [Int] = []
        var place = index + 1
        while place < Int(token.next) {
            if token.kind == .object { place += 1 }
            found.append(place)
            place = Int(tape.tokens[place].next)
        }
        return found
    }

    private static func matches(_ index: Int, _ value: Value, _ tape: JSONTape) -> Bool {
        switch (value, tape.tokens[index].kind) {
        case (.text(let text), .string), (.text(let text), .escapedString):
            tape.text(index) == text
        case (.number(let number), .number): tape.number(index) == number
        case (.truth(let truth), .yes): truth
        case (.truth(let truth), .no): !truth
        case (.null, .null): true
        default: false
        }
    }
}

/// Reads a path like JSONPath's.
private struct TapePathReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// The path, which fills the text.
    mutating func whole() throws(ReadProblem) -> [TapePath.Step] {
        let steps = try path()
        guard place == bytes.count else { throw problem("the path ends before this") }
        return steps
    }

    private mutating func path() throws(ReadProblem) -> [TapePath.Step] {
        if place < bytes.count,
            bytes[place] == UInt8(ascii: "$") || bytes[place] == UInt8(ascii: "@")
        {
            place += 1
        }
        var steps: [TapePath.Step] = []
        while place < bytes.count, !isEnd { try step(&steps) }
        return steps
    }

    private var isEnd: Bool {
        switch bytes[place] {
        case UInt8(ascii: ")"), UInt8(ascii: "="), UInt8(ascii: "!"), 0x20: true
        default: false
        }
    }

    private mutating func step(_ steps: inout [TapePath.Step]) throws(ReadProblem) {
        switch bytes[place] {
        case UInt8(ascii: "."):
            place += 1
            if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
                place += 1
                steps.append(.descend)
            }
            guard place < bytes.count else {
                if steps.isEmpty { return }
                throw problem("it ends with a dot")
            }
            if bytes[place] != UInt8(ascii: "[") { try name(&steps) }
        case UInt8(ascii: "["): try bracket(&steps)
        default:
            guard steps.isEmpty else { throw problem("a dot is missing") }
            try name(&steps)
        }
    }

    private mutating func name(_ steps: inout [TapePath.Step]) throws(ReadProblem) {
        let start = place
        while place < bytes.count, bytes[place] != UInt8(ascii: "."),
            bytes[place] != UInt8(ascii: "["), !isEnd
        {
            place += 1
        }
        guard place > start else { throw problem("a name is missing") }
        let name = Array(bytes[start..<place])
        steps.append(name == Array("*".utf8) ? .every : .key(name))
    }

    private mutating func bracket(_ steps: inout [TapePath.Step]) throws(ReadProblem) {
        place += 1
        guard place < bytes.count else { throw problem("a bracket is not closed") }
        switch bytes[place] {
        case UInt8(ascii: "*"):
            place += 1
            steps.append(.every)
        case UInt8(ascii: "?"):
            place += 1
            try filter(&steps)
        case UInt8(ascii: "'"), UInt8(ascii: "\""): steps.append(.key(try quoted()))
        default:
            let start = place
            while place < bytes.count, bytes[place] != UInt8(ascii: "]") { place += 1 }
            guard let number = DecimalNumber.integer(bytes, start..<place) else {
                throw problem("between brackets stand an index, *, a key in quotes or ?(...)")
            }
            steps.append(.index(number))
        }
        guard place < bytes.count, bytes[place] == UInt8(ascii: "]") else {
            throw problem("a bracket is not closed")
        }
        place += 1
    }

    private mutating func quoted() throws(ReadProblem) -> [UInt8] {
        let quote = bytes[place]
        place += 1
        var text: [UInt8] = []
        while place < bytes.count, bytes[place] != quote {
            if bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count { place += 1 }
            text.append(bytes[place])
            place += 1
        }
        guard place < bytes.count else { throw problem("a quote is not closed") }
        place += 1
        return text
    }

    private mutating func filter(_ steps: inout [TapePath.Step]) throws(ReadProblem) {
        guard place + 1 < bytes.count, bytes[place] == UInt8(ascii: "("),
            bytes[place + 1] == UInt8(ascii: "@")
        else { throw problem("a filter is written ?(@.name==\"value\")") }
        place += 1
        let path = try path()
        skipBlanks()
        var isEqual = true
        var value: TapePath.Value?
        if place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "="), bytes[place] != 0x29 {
            isEqual = bytes[place] == UInt8(ascii: "=")
            place += 2
            skipBlanks()
            value = try self.value()
            skipBlanks()
        }
        guard place < bytes.count, bytes[place] == UInt8(ascii: ")") else {
            throw problem("a filter compares with == or != and ends with )")
        }
        place += 1
        steps.append(.filter(path: path, isEqual: isEqual, value: value))
    }

    private mutating func value() throws(ReadProblem) -> TapePath.Value {
        guard place < bytes.count else { throw problem("a value is missing") }
        if bytes[place] == UInt8(ascii: "'") || bytes[place] == UInt8(ascii: "\"") {
            return .text(try quoted())
        }
        let start = place
        while place < bytes.count, bytes[place] != UInt8(ascii: ")"), bytes[place] != 0x20 {
            place += 1
        }
        switch bytes.text(start..<place) {
        case "true": return .truth(true)
        case "false": return .truth(false)
        case "null": return .null
        default: break
        }
        guard let number = DecimalNumber.parse(bytes, start..<place) else {
            throw problem("a value is a text in quotes, a number, true, false or null")
        }
        return .number(number)
    }

    private mutating func skipBlanks() {
        while place < bytes.count, bytes[place] == 0x20 { place += 1 }
    }

    private func problem(_ what: String) -> ReadProblem {
        let text = String(decoding: bytes, as: UTF8.self)
        return ReadProblem(
            "the path \"\(text)\" is not understood at its byte \(place + 1): \(what)"
        )
    }
}
