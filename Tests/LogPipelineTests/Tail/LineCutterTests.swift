import Testing

@testable import LogPipeline

@Suite("Line cutter") struct LineCutterTests {
    /// Cuts a text, given in blocks of a size, as a reader does that keeps what is left.
    private func cut(
        _ bytes: [UInt8],
        block: Int = .max,
        isFinal: Bool = false,
        most: Int = 1_000,
        _ change: (inout TailSettings) -> Void = { _ in }
    ) -> (lines: [[UInt8]], counts: LineCutter.Counts, used: Int) {
        var settings = TailSettings(paths: [])
        settings.lineLimit = 20
        change(&settings)
        let cutter = LineCutter(settings)
        var (state, counts) = (LineCutter.State(), LineCutter.Counts())
        var lines: [[UInt8]] = []
        var used = 0
        var end = 0
        while end < bytes.count {
            end = min(bytes.count, end < Int.max - block ? end + block : bytes.count)
            let piece = Array(bytes[used..<end])
            var found: [LineCutter.Line] = []
            var start = 0
            repeat {
                found = []
                start = cutter.cut(
                    piece.span,
                    from: start,
                    isFinal: isFinal && end == bytes.count,
                    atMost: most,
                    state: &state,
                    counts: &counts,
                    into: &found
                )
                #expect(found.count <= most)
                lines += found.map { Array(piece[Int($0.start)..<Int($0.end)]) }
            } while !found.isEmpty
            used += start
        }
        return (lines, counts, used)
    }

    private func texts(
        _ text: String,
        block: Int = .max,
        isFinal: Bool = false,
        _ change: (inout TailSettings) -> Void = { _ in }
    ) -> [String] {
        cut(Array(text.utf8), block: block, isFinal: isFinal, change).lines.map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test(arguments: [
        ("", []), ("a", []), ("a\n", ["a"]), ("a\nb", ["a"]), ("\n\n", ["", ""]),
        ("a\r\nb\r\n", ["a", "b"]), ("\r\n", [""]), ("a\rb\n", ["a\rb"]), ("a\r\r\n", ["a\r"]),
        ("\u{FEFF}a\n\u{FEFF}b\n", ["a", "\u{FEFF}b"]), ("\0\0\0a\n\0b\n", ["a", "\0b"]),
        ("\0\0\0", []),
    ])
    func `lines end at line feeds`(_ text: String, _ lines: [String]) {
        for block in [1, 2, 3, 5, Int.max] {
            #expect(texts(text, block: block) == lines, "blocks of \(block)")
        }
    }

    @Test func `the rest is a line only at the end`() {
        #expect(texts("a\nbc", isFinal: true) == ["a", "bc"])
        #expect(texts("a\nbc\r", isFinal: true) == ["a", "bc"])
        #expect(texts("a\n", isFinal: true) == ["a"])
        #expect(cut(Array("a\nbc".utf8)).used == 2)
    }

    @Test func `empty lines are left out if asked`() {
        #expect(texts("\na\n\r\n\nb\n") { $0.skipsEmpty = true } == ["a", "b"])
    }

    @Test func `a line of just the limit is whole`() {
        let line = String(repeating: "x", count: 20)
        for end in ["\n", "\r\n"] { #expect(texts(line + end) == [line]) }
    }

    @Test(arguments: [1, 3, 7, 21, 22, 23, 50, Int.max])
    func `a longer line is split`(_ block: Int) {
        let line = String(repeating: "x", count: 50)
        let (lines, counts, _) = cut(Array((line + "\nz\n").utf8), block: block)
        #expect(lines.map(\.count) == [20, 20, 10, 1])
        #expect(counts.split == 2 && counts.bytesSkipped == 0)
    }

    @Test(arguments: [1, 3, 7, 21, 22, 23, 50, Int.max])
    func `a longer line is skipped`(_ block: Int) {
        let text = "a\n" + String(repeating: "x", count: 50) + "\nz\n"
        let (lines, counts, _) = cut(Array(text.utf8), block: block) { $0.longLines = .skip }
        #expect(lines.map(\.count) == [1, 1])
        #expect(counts.skipped == 1 && counts.bytesSkipped == 50)
    }

    @Test(arguments: [1, 3, 7, 21, 22, 23, 50, Int.max])
    func `a longer line is truncated`(_ block: Int) {
        let text = "a\n" + String(repeating: "x", count: 50) + "\nz\n"
        let (lines, counts, _) = cut(Array(text.utf8), block: block) { $0.longLines = .truncate }
        #expect(lines.map(\.count) == [1, 20, 1])
        #expect(counts.truncated == 1 && counts.bytesSkipped == 30)
    }

    @Test func `a character is not cut`() {
        let line = String(repeating: "x", count: 19) + "é" + String(repeating: "y", count: 5)
        #expect(texts(line + "\n") == [String(line.prefix(19)), "éyyyyy"])
        // What is no UTF-8 is cut at the limit.
        let (lines, _, _) = cut([UInt8](repeating: 0x80, count: 30) + [10])
        #expect(lines.map(\.count) == [20, 10])
    }

    @Test(arguments: [1, 2, 3, 7, Int.max])
    func `a delimiter may have several bytes`(_ block: Int) {
        let lines = texts("a||b|c||\nd||", block: block) { $0.delimiter = Array("||".utf8) }
        #expect(lines == ["a", "b|c", "\nd"])
    }

    @Test(arguments: [1, 2, 3, 5, Int.max], ["utf-16le", "utf-16be"])
    func `wide characters are cut at their own line feeds`(_ block: Int, _ name: String) {
        // U+0A0A and U+010A hold the byte 10, and so do two units that lie side by side.
        let text = "a\u{0A0A}\u{010A}\r\n\u{0A00}b\n"
        let units = text.utf16.flatMap { unit in
            name == "utf-16be"
                ? [UInt8(unit >> 8), UInt8(unit & 255)] : [UInt8(unit & 255), UInt8(unit >> 8)]
        }
        let mark: [UInt8] = name == "utf-16be" ? [0xFE, 0xFF] : [0xFF, 0xFE]
        let (lines, _, used) = cut(mark + units, block: block) { $0.encoding = name }
        #expect(used == units.count + 2)
        let encoding = TextEncoding(name)
        let decoded = lines.map { line in
            var places = [LineCutter.Line(start: 0, end: Int32(line.count))]
            return String(decoding: encoding?.decode(line.span, &places) ?? [], as: UTF8.self)
        }
        #expect(decoded == ["a\u{0A0A}\u{010A}", "\u{0A00}b"])
    }

    @Test(arguments: [
        ("latin1", [0x61, 0xE9, 0xFF], "aéÿ"),
        ("utf-16le", [0x3D, 0xD8, 0x00, 0xDE], "😀"),
        ("utf-16be", [0xD8, 0x3D, 0xDE, 0x00, 0x00, 0x61], "😀a"),
        ("utf-16le", [0x3D, 0xD8, 0x61, 0x00, 0x00, 0xDE], "\u{FFFD}a\u{FFFD}"),
        ("utf-16le", [0x61, 0x00, 0x62], "a\u{FFFD}"),
        ("utf-8", [0x61, 0xC3, 0xA9], "aé"),
    ])
    func `character sets become UTF-8`(_ name: String, _ bytes: [UInt8], _ text: String) throws {
        let encoding = try #require(TextEncoding(name))
        var places = [LineCutter.Line(start: 0, end: Int32(bytes.count))]
        #expect(encoding.decode(bytes.span, &places) == Array(text.utf8))
        #expect(places.first?.end == Int32(text.utf8.count))
    }

    @Test func `unknown character sets are refused`() {
        #expect(TextEncoding("ebcdic") == nil)
        #expect(TextEncoding("UTF-8") == .utf8 && TextEncoding("ISO-8859-1") == .latin1)
    }

    @Test func `a piece holds so many lines at most`() {
        let text = String(repeating: "ab\n", count: 25)
        let (lines, _, used) = cut(Array(text.utf8), most: 4)
        #expect(lines.count == 25 && used == 75)
    }
}
