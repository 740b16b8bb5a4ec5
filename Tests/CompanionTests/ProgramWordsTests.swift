import Testing

@testable import Companion

@Suite("ProgramWords") struct ProgramWordsTests {
    static let table: [(program: String, words: String, ours: String)] = [
        ("nginx", "-g daemon_off; -c /etc/nginx/n.conf", "--config /etc/nginx/n.conf"),
        ("nginx", "-t -q", "--check"),
        ("haproxy", "-W -db -f /h.cfg", "--config /h.cfg"),
        ("haproxy", "-c -f /h.cfg", "--check --config /h.cfg"),
        ("envoy", "-c /e.yaml -l info --log-format %v", "-c /e.yaml -l info"),
        ("companion", "-g x", "-g x"),
    ]

    @Test(arguments: table.indices) func `the words of other programs become ours`(_ index: Int) {
        let row = Self.table[index]
        let words = row.words.split(separator: " ").map(String.init)
        #expect(ProgramWords.translate(row.program, words).joined(separator: " ") == row.ours)
    }
}
