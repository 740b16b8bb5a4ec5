import Formats
import Testing

@testable import Proxying

/// Long inputs are read in linear time: each byte is looked at so many times, however many words there are.
@Suite struct NginxParserTests {
    private static func parse(
        _ text: String
    ) -> (steps: Int, bytes: Int, directives: [NginxDirective]) {
        let log = FindingLog(isLenient: false)
        let bytes = Array(text.utf8)
        var parser = NginxParser(bytes, file: "f", log: log)
        let directives = parser.directives()
        return (parser.countedBytes, bytes.count, directives)
    }

    @Test(arguments: [
        "a b; ", "a { b c; } ", "a;\n", "a \"x y\" 'z';", "# comment\na;", "\"äöü\" ${x} \\n;",
        "; ", "} ", "a {\n}\n", "word ", "\"open ",
    ])
    func `places cost no more than one look at each byte`(piece: String) {
        for count in [1, 1000, 20_000] {
            let read = Self.parse(String(repeating: piece, count: count))
            #expect(read.steps <= read.bytes)
        }
    }

    @Test func `columns are right although they are counted once`() {
        let text = "a b;  ä c \"x\ny\" d; e {\n f;\n\n} g;"
        let read = Self.parse(text)
        #expect(read.directives.map(\.name) == ["a", "ä", "e", "g"])
        let places = read.directives.map { ($0.position.line, $0.position.column) }
        #expect(places.map(\.0) == [1, 1, 2, 5])
        #expect(places.map(\.1) == [1, 7, 7, 3])
        let inner = read.directives[2].block?.first
        #expect(inner?.position.line == 3 && inner?.position.column == 2)
    }
}
