import Records
import TestKit
import Testing
import VRL

/// What memory a warm script asks for, at most.
///
/// These are builds that are not optimised: closures and copies ask for some that an optimised build does
/// without. `bench-scripts` knows the numbers of those.
@Suite struct AllocationTests {
    private static let regex = #"r'^(?P<time>\S+) (?P<level>\w+) (?P<text>.*)$'"#

    /// Scripts, and pieces of memory for a run after the first ones.
    static let works: [(script: String, pieces: Int)] = [
        ("true", 0), (".a = 1", 10), (".a = .b", 16), ("a = 1; .a = a", 11),
        (".count = to_int!(.digits)", 8), (".ratio = to_float!(.ratio_text)", 17),
        (".ok = to_bool!(.truth)", 18), (".ok = exists(.nothing)", 22),
        (".old = del(.digits); .digits = .old", 40),
        ("if .level == \"warn\" || .count == 2 { .a = 1 } else { .a = 2 }", 14),
        (".n = int!(.count) + 1; .n = .n / 2", 36), (".m = match(string!(.line), r'hello')", 25),
        (".when = parse_timestamp!(.stamp, \"%Y-%m-%dT%H:%M:%S\")", 20),
        (".up = upcase(string!(.level))", 18), (".up = downcase(string!(.level))", 17),
        (".x = parse_regex!(.line, \(regex))", 35), (". |= parse_regex!(.line, \(regex))", 50),
        ("for x in [1, 2, 3] { .n = x }", 33), (".x, err = to_int(.digits); .e = err", 30),
        (".joined = string!(.level) + string!(.digits)", 21),
        (".x = parse_json!(.json)", 33),
    ]

    @Test(arguments: works)
    func `a warm script asks for no more memory than it did`(
        work: (script: String, pieces: Int)
    ) throws {
        let program = try Program(compiling: work.script, zone: "UTC")
        var event = Value.object([
            "level": .text("warning"), "count": .integer(3), "digits": .text("42"),
            "ratio_text": .text("1.5"), "truth": .text("true"), "b": .integer(2),
            "stamp": .text("2024-01-02T03:04:05"), "json": .text(#"{"a":"one","b":"two"}"#),
            "line": .text("2024-01-02T03:04:05 INFO hello world, this is a message"),
        ])
        var metadata = Value.object([:])
        func run() throws { try program.change(&event, metadata: &metadata, Call.surroundings) }
        for _ in 0..<5 { try run() }
        let count = try Allocations.count {
            for _ in 0..<100 { try run() }
        }
        #expect(count <= work.pieces * 100, "\(Double(count) / 100) for each run")
    }
}
