import Basics
import Testing

@testable import Proxying

@Suite struct PathFormTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var path: String
        var expected: String
        var verdict = PathForm.Verdict.changed
        var normalizes = true
        var merges = false
        var slashes = EscapedSlashes.keep
        var testDescription: String { path }
    }

    private static func same(_ path: String) -> Row {
        Row(path: path, expected: "", verdict: .unchanged)
    }

    static let rows: [Row] = [
        same("/"), same("/a/b?c"), same("/a%2Fb"), same("/a%20b"), same("/a%zz"), same("/a%2"),
        same("/a.b/..c/.d"), same("*"), same("/a//b"), same("/..."), same("/a?/../b"),
        Row(path: "/a/../b", expected: "/b"), Row(path: "/a/./b", expected: "/a/b"),
        Row(path: "/../a", expected: "/a"), Row(path: "/..", expected: "/"),
        Row(path: "/a/..", expected: "/"), Row(path: "/a/.", expected: "/a/"),
        Row(path: "/a/b/../../c?d=/../e", expected: "/c?d=/../e"),
        Row(path: "/%41%2e%7E", expected: "/A.~"), Row(path: "/a/%2E%2e/b", expected: "/b"),
        Row(path: "/a\\b\\..\\c", expected: "/a/c"), Row(path: "/./../.", expected: "/"),
        Row(path: "/a//../b", expected: "/a/b"),
        Row(path: "/a//b///c", expected: "/a/b/c", merges: true),
        Row(path: "//", expected: "/", merges: true),
        Row(path: "/a//../b", expected: "/b", merges: true),
        Row(path: "/a//b?c//d", expected: "/a/b?c//d", normalizes: false, merges: true),
        Row(path: "/a/../b", expected: "", verdict: .unchanged, normalizes: false, merges: true),
        Row(path: "/a%2Fb", expected: "", verdict: .refused, slashes: .reject),
        Row(path: "/a%00", expected: "", verdict: .refused), same("/a?%00"),
        Row(path: "/a%00", expected: "", verdict: .unchanged, normalizes: false),
        Row(path: "/a%5cb", expected: "", verdict: .refused, slashes: .reject),
        Row(path: "/a?%2F", expected: "", verdict: .unchanged, slashes: .reject),
        Row(path: "/a%2fb", expected: "/a/b", slashes: .unescape),
        Row(path: "/a%2f..%2Fb", expected: "/b", slashes: .unescape),
        Row(path: "/a%5Cb", expected: "/a/b", slashes: .unescape),
        Row(path: "/a%2fb?x", expected: "/a/b?x", verdict: .redirect, slashes: .redirect),
        Row(path: "/a/../b", expected: "/b", slashes: .redirect),
    ]

    @Test(arguments: rows) func `a path gets its form`(_ row: Row) {
        let form = PathForm(
            normalizes: row.normalizes,
            mergesSlashes: row.merges,
            escapedSlashes: row.slashes
        )
        var buffer = ByteBuffer()
        let verdict = form.apply(Array(row.path.utf8).span, into: &buffer)
        #expect(verdict == row.verdict)
        if verdict == .changed || verdict == .redirect {
            #expect(String(copying: buffer.readable) == row.expected)
        }
    }

    @Test func `no path leads above the root, and forms are stable`() {
        let seed: UInt64 = 31
        var random = RandomSource(seed: seed)
        let parts = ["/", "/", ".", "..", "a", "%2e", "%2f", "%5C", "\\", "b%", "?", "%41"]
        for round in 0..<20_000 {
            let path =
                "/"
                + (0..<random.below(10)).map { _ in parts[random.below(parts.count)] }
                .joined()
            let form = PathForm(
                normalizes: true,
                mergesSlashes: random.below(2) == 0,
                escapedSlashes: random.below(2) == 0 ? .unescape : .keep
            )
            var buffer = ByteBuffer()
            let verdict = form.apply(Array(path.utf8).span, into: &buffer)
            let text = verdict == .unchanged ? path : String(copying: buffer.readable)
            let bare = text.prefix { $0 != "?" }
            #expect(text.hasPrefix("/"), "seed \(seed) round \(round) \(path)")
            let segments = bare.split(separator: "/")
            #expect(!segments.contains(".."), "seed \(seed) round \(round) \(path)")
            #expect(!segments.contains("."), "seed \(seed) round \(round) \(path)")
            var again = ByteBuffer()
            let second = form.apply(Array(text.utf8).span, into: &again)
            if form.escapedSlashes == .keep {
                let end = second == .unchanged ? text : String(copying: again.readable)
                #expect(end == text, "seed \(seed) round \(round) \(path)")
            }
        }
    }
}
