/// The rules that are always there for stack traces, under Fluent Bit's names.
enum BuiltInStates {
    static let names = ["docker", "cri", "java", "python", "go", "ruby"]

    static func rules(_ name: String) -> [MultilineRule.State]? {
        switch name {
        case "java": java
        case "python": python
        case "go": go
        case "ruby": ruby
        default: nil
        }
    }

    private static func rule(
        _ from: String...,
        pattern: String,
        next: String
    ) -> MultilineRule.State {
        MultilineRule.State(from: from, pattern: pattern, next: next)
    }

    /// Also C#'s, and JavaScript's.
    private static let java = [
        // A line may end behind the name of the exception.
        rule(
            "start_state",
            "java_start_exception",
            pattern: #".(?:Exception|Error|Throwable|V8 errors stack trace)(?:[:\r\n]|$)"#,
            next: "java_after_exception"
        ),
        rule(
            "java_after_exception",
            pattern: #"^[\t ]*nested exception is:[\t ]*"#,
            next: "java_start_exception"
        ),
        rule("java_after_exception", pattern: #"^[\r\n]*$"#, next: "java_after_exception"),
        rule("java_after_exception", "java", pattern: #"^[\t ]+(?:eval )?at "#, next: "java"),
        rule(
            "java_after_exception",
            "java",
            pattern: #"^[\t ]+--- End of inner exception stack trace ---$"#,
            next: "java"
        ),
        rule(
            "java_after_exception",
            "java",
            pattern:
                #"^--- End of stack trace from previous location where exception was thrown ---$"#,
            next: "java"
        ),
        rule(
            "java_after_exception",
            "java",
            pattern: #"^[\t ]*(?:Caused by|Suppressed):"#,
            next: "java_after_exception"
        ),
        rule(
            "java_after_exception",
            "java",
            pattern: #"^[\t ]*\.\.\. \d+ (?:more|common frames omitted)"#,
            next: "java"
        ),
    ]

    private static let python = [
        rule("start_state", pattern: #"^Traceback \(most recent call last\):$"#, next: "python"),
        rule("python", pattern: #"^[\t ]+File "#, next: "python_code"),
        rule("python_code", pattern: #"[^\t ]"#, next: "python"),
        rule("python", pattern: #"^(?:[^\s.():]+\.)*[^\s.():]+:"#, next: "start_state"),
    ]

    private static let go = [
        rule("start_state", pattern: #"\bpanic: "#, next: "go_after_panic"),
        rule("start_state", pattern: #"http: panic serving"#, next: "go_goroutine"),
        rule(
            "go_after_panic",
            "go_after_signal",
            "go_frame_1",
            pattern: #"^$"#,
            next: "go_goroutine"
        ),
        rule("go_after_panic", pattern: #"^\[signal "#, next: "go_after_signal"),
        rule("go_goroutine", pattern: #"^goroutine \d+ \[[^\]]+\]:$"#, next: "go_frame_1"),
        rule(
            "go_frame_1",
            pattern: #"^(?:[^\s.:]+\.)*[^\s.():]+\(|^created by "#,
            next: "go_frame_2"
        ),
        rule("go_frame_2", pattern: #"^\s"#, next: "go_frame_1"),
    ]

    private static let ruby = [
        rule(
            "start_state",
            "ruby_start_exception",
            pattern: #"^.+:\d+:in\s+.*"#,
            next: "ruby_after_exception"
        ),
        rule(
            "ruby_after_exception",
            "ruby",
            pattern: #"^\s+from\s+.*:\d+:in\s+.*"#,
            next: "ruby"
        ),
    ]
}
