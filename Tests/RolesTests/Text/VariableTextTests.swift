import Formats
import Testing

@testable import Roles

@Suite("Texts with variables") struct VariableTextTests {
    static let values = ["A": "one", "EMPTY": "", "B_2": "two"]

    private func fill(_ text: String, _ style: VariableText.Style = .both) throws -> String {
        let bytes = try VariableText(Array(text.utf8), style: style).filled { Self.values[$0] }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            ("", ""), ("plain $host and $1", "plain $host and $1"), ("x$(A)y", "xoney"),
            ("${A}${B_2}", "onetwo"), ("${NO:-d}", "d"), ("${EMPTY:-d}", "d"), ("${EMPTY-d}", ""),
            ("${A:-d}", "one"), ("${NO:-}", ""), ("${A:+yes}", "yes"), ("${NO:+yes}", ""),
            ("${EMPTY+yes}", "yes"), ("$$(A) $${A}", "$(A) ${A}"), ("$$", "$$"), ("$", "$"),
            ("$(", "$("), ("${", "${"), ("${}", "${}"), ("$()", "$()"), ("${A", "${A"),
            ("$(A", "$(A"), ("${A b}", "${A b}"), ("${1}", "${1}"), ("${A:}", "${A:}"),
            ("${A\n}", "${A\n}"), ("ü$(A)ü", "üoneü"), ("${NO:-a:b/c}", "a:b/c"),
        ]
    )
    func `places are filled and everything else stays`(_ text: String, _ wanted: String) throws {
        #expect(try fill(text) == wanted)
    }

    @Test(
        arguments: [
            (VariableText.Style.parentheses, "one ${A}"), (.braces, "$(A) one"),
            (.both, "one one"), (.none, "$(A) ${A}"),
        ]
    )
    func `a style has its own places only`(_ style: VariableText.Style, _ wanted: String) throws {
        #expect(try fill("$(A) ${A}", style) == wanted)
    }

    @Test(
        arguments: [
            ("a\nb ${NO}", 2, 3, "NO"), ("$(NO)", 1, 1, "NO"), ("ü ${EMPTY:?say}", 1, 3, "say"),
            ("${NO?}", 1, 1, "is not set"),
        ]
    )
    func `what is not set is told with its place`(
        _ text: String,
        _ line: Int,
        _ column: Int,
        _ word: String
    ) throws {
        let error = #expect(throws: FormatError.self) { try fill(text) }
        #expect(error?.position == Position(line: line, column: column))
        #expect(error?.what.contains(word) == true)
    }

    @Test func `only the variables that are meant are filled`() throws {
        let text = VariableText(Array("$(A) ${host} ${B_2}".utf8))
        #expect(text.names == ["A", "host", "B_2"])
        let bytes = try text.filled(only: ["A"]) { Self.values[$0] }
        #expect(String(decoding: bytes, as: UTF8.self) == "one ${host} ${B_2}")
    }

    @Test func `every cut of a text is a text, and bytes that are no UTF-8 stay`() throws {
        let whole = Array("a${A:-x}$(B_2)\u{e9}$${A}${A:?m}".utf8) + [0xFF, 0xC3]
        for end in 0...whole.count {
            let cut = Array(whole[..<end])
            let text = VariableText(cut)
            // Filled with its own places, it is the same again.
            var again: [UInt8] = []
            for piece in text.pieces {
                switch piece {
                case .literal(let bytes): again += bytes
                case .place(let place): again += place.text
                }
            }
            let escapes = "$${".utf8.count - "${".utf8.count
            #expect(again.count == cut.count || again.count + escapes == cut.count)
        }
    }
}

@Suite("Words of a command") struct CommandWordsTests {
    @Test(
        arguments: [
            ("nginx -t", ["nginx", "-t"]), ("  a   b\t", ["a", "b"]),
            ("a 'b c' \"d e\"", ["a", "b c", "d e"]), ("a\\ b", ["a b"]), ("''", [""]),
            ("sh -c 'kill -HUP $(cat x)'", ["sh", "-c", "kill -HUP $(cat x)"]),
            ("a\"b\"'c'", ["abc"]), ("\"a\\\"b\"", ["a\"b"]), ("check {}", ["check", "{}"]),
        ]
    )
    func `words are parted as a shell parts them`(_ text: String, _ wanted: [String]) throws {
        #expect(try CommandWords.of(text) == wanted)
    }

    @Test(
        arguments: [
            "", "   ", "a | b", "a > b", "a; b", "a && b", "$HOME/x", "a `b`", "'open", "\"open",
            "a\\", "a *", "\"$x\"", "# x",
        ]
    )
    func `what only a shell could do is refused`(_ text: String) {
        #expect(throws: FormatError.self) { try CommandWords.of(text) }
    }
}
