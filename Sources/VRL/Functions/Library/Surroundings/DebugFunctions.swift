import Basics
import Records

/// `log` and the assertions.
enum DebugFunctions {
    static let all: [Function] = [log, assert, assertEqual]

    private static let levels = ["trace", "debug", "info", "warn", "error"]

    private static let log = Function(
        "log",
        [
            Parameter("value", .any), .optional("level", .bytes, isStatic: true),
            .optional("rate_limit_secs", .integer),
        ],
        outcome: { _ in .init(TypeInfo(.null)) },
        check: { known throws(FunctionError) in try known.choose(1, levels, "level") },
        prepare: { _ in
            // Each call of a script counts for itself.
            var last: Timestamp?
            return { arguments, surroundings throws(FunctionError) in
                let pause = Int64(clamping: try arguments.integer(2, or: 1))
                let now = surroundings.now()
                if pause > 0, let last, now >= last, (now - last) < .seconds(pause) { return .null }
                last = now
                return try write(arguments, surroundings)
            }
        },
        body: .plain(write)
    )

    private static func write(
        _ arguments: Arguments,
        _ surroundings: Surroundings
    ) throws(FunctionError) -> Value {
        let level = try arguments.text(1, or: "info")
        let value = try arguments.value(0)
        surroundings.log(
            levels.contains(level) ? level : "info",
            value.string ?? Shown.text(of: value)
        )
        return .null
    }

    private static let assert = Function(
        "assert",
        [Parameter("condition", .boolean), .optional("message", .bytes)],
        .boolean,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        guard try arguments.boolean(0) else {
            throw FunctionError(try arguments.text(1, or: "assertion failed"))
        }
        return .boolean(true)
    }

    private static let assertEqual = Function(
        "assert_eq",
        [Parameter("left", .any), Parameter("right", .any), .optional("message", .bytes)],
        .boolean,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let (left, right) = try (arguments.value(0), arguments.value(1))
        guard left == right else {
            if arguments.has(2) { throw FunctionError(try arguments.text(2)) }
            throw FunctionError(
                "assertion failed: \(Shown.text(of: left)) == \(Shown.text(of: right))"
            )
        }
        return .boolean(true)
    }
}
