import Basics
import Records
import VRL

/// VRL: any bytes compile or are refused with a place, and what compiles runs within its limits.
public func fuzzVRL(_ bytes: [UInt8]) {
    let source = String(decoding: bytes, as: UTF8.self)
    let program: Program
    do throws(CompileError) {
        program = try Program(compiling: source)
    } catch {
        precondition(!error.diagnostics.isEmpty, "a refusal without a reason")
        precondition(!error.description.isEmpty, "a refusal without a text")
        for label in error.diagnostics.flatMap(\.labels) {
            precondition(
                label.span.lowerBound >= 0 && label.span.upperBound <= source.utf8.count + 1,
                "a mistake out of bounds"
            )
        }
        return
    }
    _ = program.warningText
    let surroundings = Surroundings(
        now: { Timestamp(nanoseconds: 1_700_000_000_000_000_000) },
        environment: { _ in nil },
        hostname: { "host" },
        random: { [UInt8](repeating: 7, count: min(max($0, 0), 1 << 16)) },
        zone: "UTC",
        log: { _, _ in }
    )
    let first = run(program, surroundings)
    // What is kept between runs must not show.
    precondition(run(program, surroundings) == first, "a second run ends otherwise")
}

private func run(_ program: Program, _ surroundings: Surroundings) -> [String] {
    var event = Value.object([
        "message": .text("2024-01-02T03:04:05 INFO hello"), "a": .integer(1),
        "b": .array([.null, .float(1.5), .object(["c": .text("x")])]),
    ])
    var metadata = Value.object([:])
    let outcome: String
    do throws(RunError) {
        outcome = "\(try program.run(&event, metadata: &metadata, surroundings))"
    } catch {
        outcome = "\(error)"
    }
    return [outcome, "\(event)", "\(metadata)"]
}
