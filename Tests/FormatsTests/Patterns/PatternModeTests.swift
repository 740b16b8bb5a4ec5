import Basics
import Formats
import Testing

@Suite struct PatternModeTests {
    private func match(_ pattern: Pattern, _ text: String) -> [String?]? {
        let bytes = Array(text.utf8)
        return pattern.ranges(in: bytes.span).map { ranges in
            ranges.map { $0.map { String(decoding: bytes[$0], as: UTF8.self) } }
        }
    }

    @Test func `groups with names are known by number`() throws {
        let pattern = try Pattern(#"(?<b>\w)(x)(?P<a>\d)"#)
        #expect(
            pattern.names == [
                PatternGroup(name: "b", number: 1), PatternGroup(name: "a", number: 3),
            ]
        )
        #expect(try Pattern("(x)").names.isEmpty)
    }

    @Test(arguments: [
        (Pattern.Mode.bytes, "^.$", false), (.unicode, "^.$", true),
        (.bytes, "(?i)É", false), (.unicode, "(?i)É", true),
        (.bytes, #"^\w+$"#, false), (.unicode, #"^\w+$"#, true),
    ])
    func `characters are bytes or those of Unicode`(
        mode: Pattern.Mode,
        text: String,
        expected: Bool
    ) throws {
        let pattern = try Pattern(text, mode: mode)
        #expect((match(pattern, "é") != nil) == expected)
    }

    @Test(arguments: [(Pattern.Mode.bytes, true), (.ascii, false), (.unicode, false)])
    func `the end is the very end but for bytes`(mode: Pattern.Mode, expected: Bool) throws {
        let pattern = try Pattern("a$", mode: mode)
        #expect((match(pattern, "a\n") != nil) == expected)
    }

    @Test func `what is no UTF-8 is stepped over`() throws {
        let bytes: [UInt8] = [0xFF, 0x61, 0xC3]
        #expect(try Pattern("a", mode: .unicode).ranges(in: bytes.span) == [1..<2])
        #expect(try Pattern("^.", mode: .unicode).ranges(in: bytes.span) == nil)
    }
}
