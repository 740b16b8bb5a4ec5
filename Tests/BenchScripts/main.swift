import Basics
import CAllocations
import Glibc
import Records
import VRL

// Runs scripts on one event again and again: nanoseconds and pieces of memory for an event, the copy of
// the event included. `swift run -c release bench-scripts [NAME]`; it fails if a script asks for more
// memory than it may.

let text = Value.text("2024-01-02T03:04:05 INFO hello world, this is a message")
let line = Value.object([
    "message": text, "stream": .text("stdout"), "count": .text("3"), "file": .text("/var/log/a"),
])
let json = Value.object([
    "message": .text(
        #"{"time":"2024-01-02T03:04:05Z","level":"INFO","msg":"hello","status":"200","took":"1.5","ok":"true"}"#
    )
])

struct Work {
    var name: String
    var script: String
    var event: Value
    /// How many pieces of memory it may ask for.
    var pieces: Int
}

let works = [
    Work(name: "nothing", script: "true", event: line, pieces: 0),
    Work(name: "assign", script: ".a = 1", event: line, pieces: 1),
    Work(name: "overwrite", script: ".count = 1", event: line, pieces: 1),
    Work(name: "delete", script: "del(.file)", event: line, pieces: 1),
    Work(name: "rename", script: ".path = del(.file)", event: line, pieces: 1),
    Work(
        name: "choice",
        script: "if .stream == \"stdout\" { .level = \"info\" } else { .level = \"error\" }",
        event: line,
        pieces: 1
    ),
    Work(name: "convert", script: ".count = to_int!(.count)", event: line, pieces: 1),
    Work(name: "upcase", script: ".stream = upcase(string!(.stream))", event: line, pieces: 2),
    Work(
        name: "match",
        script: ".hit = match(string!(.message), r'hello')",
        event: line,
        pieces: 1
    ),
    Work(
        name: "parse_regex",
        script: ". = parse_regex!(.message, r'^(?P<time>\\S+) (?P<level>\\w+) (?P<text>.*)$')",
        event: line,
        pieces: 4
    ),
    Work(
        name: "remap regex",
        script: """
            . |= parse_regex!(.message, r'^(?P<time>\\S+) (?P<level>\\w+) (?P<text>.*)$')
            .time = parse_timestamp!(.time, "%Y-%m-%dT%H:%M:%S")
            .level = downcase!(.level)
            .count = to_int!(.count)
            .service = "web"
            del(.message)
            """,
        event: line,
        pieces: 6
    ),
    Work(name: "parse_json", script: ". = parse_json!(.message)", event: json, pieces: 10),
    Work(
        name: "remap json",
        script: """
            . = parse_json!(.message)
            .time = parse_timestamp!(.time, "%+")
            .level = downcase!(.level)
            .status = to_int!(.status)
            .took = to_float!(.took)
            .ok = to_bool!(.ok)
            """,
        event: json,
        pieces: 11
    ),
    Work(
        name: "loop",
        script: "n = 0\nfor x in [1, 2, 3, 4] { n = n + x }\n.n = n",
        event: line,
        pieces: 1
    ),
]

let surroundings = Surroundings(
    now: { Timestamp(nanoseconds: 0) },
    environment: { _ in nil },
    hostname: { nil },
    random: { _ in [] },
    zone: "UTC",
    log: { _, _ in }
)

/// Whether the script keeps to its memory.
func measure(_ work: Work) throws -> Bool {
    let program = try Program(compiling: work.script, zone: "UTC")
    var metadata = Value.object([:])
    func run(_ rounds: Int) throws {
        for _ in 0..<rounds {
            var event = work.event
            try program.change(&event, metadata: &metadata, surroundings)
        }
    }
    let rounds = 100_000
    var best = Duration.seconds(100)
    for _ in 0..<5 {
        let start = ContinuousClock.now
        try run(rounds)
        best = min(best, ContinuousClock.now - start)
    }
    let before = remora_test_allocations()
    try run(1000)
    let count = remora_test_allocations() - before
    let nanoseconds = best / rounds / .nanoseconds(1)
    let name = work.name + String(repeating: " ", count: max(0, 14 - work.name.utf8.count))
    let isFine = count <= work.pieces * 1000
    let verdict = isFine ? "" : "(more than \(work.pieces))"
    print(name, "\(Int(nanoseconds)) ns", "\(Double(count) / 1000) allocations", verdict)
    return isFine
}

var isFine = true
for work in works {
    if let wanted = CommandLine.arguments.dropFirst().first, wanted != work.name { continue }
    do {
        isFine = try measure(work) && isFine
    } catch {
        print(work.name, error)
        isFine = false
    }
}
if !isFine { exit(1) }
