/// Why a script cannot run: every mistake that was found in it.
public struct CompileError: Error, Sendable, CustomStringConvertible {
    /// The mistakes in order; not empty.
    public var diagnostics: [Diagnostic]
    /// The script.
    public var source: String
    /// What the script is called in texts, a file's name for instance.
    public var name: String

    /// The mistakes with the lines of the script that they are in, as VRL shows them.
    public var description: String {
        DiagnosticText(source: source, name: name).render(diagnostics)
    }
}
