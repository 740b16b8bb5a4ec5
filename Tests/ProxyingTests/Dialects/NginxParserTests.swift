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

    /// What finding directives costs, for each byte of a file with so many parts.
    private static func looks(_ count: Int, _ text: (Int) -> String) throws -> Double {
        let log = FindingLog(isLenient: false)
        let reader = NginxReader(log: log, options: ReadingOptions())
        let whole = text(count)
        let configuration = reader.read(Array(whole.utf8), file: "f")
        #expect(!log.hasErrors && !configuration.listeners.isEmpty)
        return Double(reader.looks.count) / Double(whole.utf8.count)
    }

    private static func locations(_ count: Int) -> String {
        "events {} http { server { listen 80;\n"
            + (0..<count).map {
                "location /\(10_000 + $0) { proxy_pass http://127.0.0.1:9000; }\n"
            }
            .joined() + "} }\n"
    }

    private static func servers(_ count: Int) -> String {
        "events {} http {\n"
            + (0..<count).map {
                "server { listen 80; server_name a\(10_000 + $0).test; return 200; }\n"
            }
            .joined() + "}\n"
    }

    private static func settings(_ count: Int) -> String {
        "events {} http { server { listen 80;\n"
            + (0..<count).map { "set $v\(10_000 + $0) \"$host\";\n" }.joined()
            + "location / { proxy_pass http://127.0.0.1:9000; } } }\n"
    }

    @Test(arguments: ["locations", "servers", "settings"])
    func `finding directives costs as much in long files as in short ones`(
        kind: String
    ) throws {
        let make = ["locations": Self.locations, "servers": Self.servers][kind] ?? Self.settings
        let short = try Self.looks(20, make)
        #expect(try Self.looks(500, make) <= short * 1.1)
    }

    @Test func `a text begins with one of a set`() {
        let set = PrefixSet(["/a/", "/b", "/a/b/"])
        for (text, isCovered) in [
            ("/a/", true), ("/a", false), ("/bc", true), ("/", false), ("/a/b/c", true),
            ("", false), ("/ä/", false),
        ] {
            #expect(set.cover(text) == isCovered, "\(text)")
        }
    }
}
