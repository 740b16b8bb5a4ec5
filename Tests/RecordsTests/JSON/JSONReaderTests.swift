import Basics
import LogFuzzSubjects
import Testing

@testable import Records

@Suite("JSON reader") struct JSONReaderTests {
    @Test(
        arguments: [
            ("null", Value.null), ("true", .boolean(true)), (" false\n", .boolean(false)),
            ("0", .integer(0)), ("-1", .integer(-1)), ("-0", .float(0)), ("1.0", .float(1)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .float(9_223_372_036_854_775_808)),
            ("-9223372036854775809", .float(-9_223_372_036_854_775_808)),
            ("123456789012345678901234567890", .float(1.2345678901234568e29)),
            ("1e3", .float(1000)), ("1E-2", .float(0.01)), ("0.1", .float(0.1)),
            ("-2.5e+1", .float(-25)),
            ("2.2250738585072014e-308", .float(.leastNormalMagnitude)),
            ("1e-400", .float(0)), (#""""#, .text("")),
            (#""a\"\\\/\b\f\n\r\t""#, .text("a\"\\/\u{8}\u{c}\n\r\t")),
            (#""\u00e4\ud83e\udd80""#, .text("ä🦀")), (#""\u0000x""#, .text("\0x")),
            ("\"ä🦀\"", .text("ä🦀")),
            ("[]", .array([])), ("[1, [2]]", .array([.integer(1), .array([.integer(2)])])),
            ("{}", .object([:])), (#"{"a":{"b":1}}"#, .object(["a": .object(["b": .integer(1)])])),
            (#"{"a":1,"b":2,"a":3}"#, .object(["a": .integer(3), "b": .integer(2)])),
        ] as [(String, Value)]
    )
    func `a text becomes a value`(_ text: String, _ value: Value) throws {
        #expect(try JSONReader.value(Array(text.utf8).span) == value)
    }

    // The words and places are serde_json's own.
    @Test(
        arguments: [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("x", "expected value at line 1 column 1"),
            ("nulx", "expected ident at line 1 column 4"),
            ("nul", "EOF while parsing a value at line 1 column 3"),
            ("[", "EOF while parsing a list at line 1 column 1"),
            ("[1", "EOF while parsing a list at line 1 column 2"),
            ("[1,", "EOF while parsing a value at line 1 column 3"),
            ("[1,]", "trailing comma at line 1 column 4"),
            ("[1 2]", "expected `,` or `]` at line 1 column 4"),
            ("{", "EOF while parsing an object at line 1 column 1"),
            ("{1", "key must be a string at line 1 column 2"),
            (#"{"a""#, "EOF while parsing an object at line 1 column 4"),
            (#"{"a" 1"#, "expected `:` at line 1 column 6"),
            (#"{"a":1 1"#, "expected `,` or `}` at line 1 column 8"),
            (#"{"a":1,}"#, "trailing comma at line 1 column 8"),
            ("01", "invalid number at line 1 column 2"),
            ("-", "EOF while parsing a value at line 1 column 1"),
            ("1.", "EOF while parsing a value at line 1 column 2"),
            ("1.x", "invalid number at line 1 column 3"),
            ("1ex", "invalid number at line 1 column 3"),
            ("1e999", "number out of range at line 1 column 5"),
            (#""a"#, "EOF while parsing a string at line 1 column 2"),
            (#""\x""#, "invalid escape at line 1 column 3"),
            (
                "\"\n\"",
                #"control character (\u0000-\u001F) found while parsing a string at line 2 column 0"#
            ),
            ("1\n 2", "trailing characters at line 2 column 2"),
        ] as [(String, String)]
    )
    func `what is no JSON is refused with the place`(_ text: String, _ words: String) {
        #expect {
            _ = try JSONReader.value(Array(text.utf8).span)
        } throws: { error in
            "\(error)" == words
        }
    }

    @Test func `bytes that are no UTF-8 are refused, replaced or kept`() throws {
        let bytes: [UInt8] = [0x22, 0x61, 0xFF, 0xE2, 0x82, 0x62, 0x22]
        #expect(throws: JSONMistake.self) { _ = try JSONReader.value(bytes.span) }
        #expect(try JSONReader.value(bytes.span, repair: .replace) == .text("a\u{FFFD}\u{FFFD}b"))
        let kept = try JSONReader.value(bytes.span, repair: .keep)
        #expect(kept == .bytes(Bytes([0x61, 0xFF, 0xE2, 0x82, 0x62])))
    }

    @Test(arguments: [#""\ud83e""#, #""\ud83e\u0041""#, #""\udd80""#])
    func `half of a pair is refused or replaced`(_ text: String) throws {
        let bytes = Array(text.utf8)
        #expect(throws: JSONMistake.self) { _ = try JSONReader.value(bytes.span) }
        guard case .bytes(let value) = try JSONReader.value(bytes.span, repair: .replace) else {
            Issue.record("no text")
            return
        }
        #expect(value.text.hasPrefix("\u{FFFD}"))
    }

    @Test func `values nest 127 levels deep and no deeper`() throws {
        let fits = String(repeating: "[", count: 127) + String(repeating: "]", count: 127)
        _ = try JSONReader.value(Array(fits.utf8).span)
        #expect(throws: JSONMistake.self) {
            _ = try JSONReader.value(Array("[\(fits)]".utf8).span)
        }
    }

    @Test func `a large map is read in one go and keeps its order`() throws {
        let names = (0..<20_000).map { "k\($0 % 15_000)" }
        let text = "{" + names.map { "\"\($0)\":\"\($0)\"" }.joined(separator: ",") + "}"
        let fields = try #require(try JSONReader.fields(Array(text.utf8).span))
        #expect(fields.count == 15_000)
        #expect(fields.entries[14_999].key == "k14999")
    }

    @Test func `several values stand one after another`() throws {
        let bytes = Array("{\"a\":1}{} \n[2]".utf8)
        var reader = JSONReader(bytes.span)
        #expect(try reader.next() == .object(["a": .integer(1)]))
        #expect(try reader.next() == .object([:]))
        #expect(reader.offset == 9)
        #expect(try reader.next() == .array([.integer(2)]))
        #expect(try reader.next() == nil)
    }
}
