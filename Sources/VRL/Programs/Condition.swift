public import Records

/// A script that decides: its value must be true or false.
public struct Condition {
    /// The script.
    public let program: Program

    /// Compiles a condition, as Vector's `filter` and `route` take it.
    ///
    /// - Throws: Every mistake that was found; a value that is not always a boolean is one.
    public init(
        compiling source: String,
        name: String = "",
        library: [String: Function] = FunctionLibrary.functions,
        event: TypeInfo = TypeInfo(.object),
        zone: String = "local"
    ) throws(CompileError) {
        let program = try Program(
            compiling: source,
            name: name,
            library: library,
            event: event,
            zone: zone
        )
        guard program.type.kinds.isSubset(of: .boolean) else {
            let all = 0..<source.utf8.count
            let diagnostic = Diagnostic(
                code: 102,
                message: "non-boolean predicate",
                labels: [
                    .primary("this condition must resolve to a boolean", all),
                    .context("instead it resolves to \(program.type.kinds.text)", all),
                ],
                notes: ["hint: compare the value with another, as in .level == \"error\""]
            )
            throw CompileError(diagnostics: [diagnostic], source: source, name: name)
        }
        self.program = program
    }

    /// Whether an event fulfils the condition.
    ///
    /// What the script does to the event is undone; one that aborts or fails does not let it through.
    public func holds(for event: Value, metadata: Value, _ surroundings: Surroundings) -> Bool {
        var event = event
        var metadata = metadata
        return (try? program.run(&event, metadata: &metadata, surroundings)) == .boolean(true)
    }
}
