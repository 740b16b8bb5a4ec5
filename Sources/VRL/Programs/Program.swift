internal import Basics
internal import Formats
public import Records

/// A script of the Vector Remap Language, ready to run.
///
/// Owned and used by one thread: it keeps room for values between runs, so that a run that was made once
/// allocates nothing but the values it makes.
public final class Program {
    /// The longest script, in bytes.
    public static let sourceMaximum = 1 << 20

    /// The script.
    public let source: String
    /// What the script is called in texts.
    public let name: String
    /// The zone of times that name none, for whoever makes `Surroundings` for it.
    public let zone: String
    /// What is probably not as it was meant.
    public let warnings: [Diagnostic]
    /// The type of its value.
    public let type: TypeInfo
    /// What is known of the event after it.
    public let eventType: TypeInfo
    private let code: Expression
    private var variables: [Value]

    /// Compiles a script.
    ///
    /// - Parameters:
    ///   - source: The script, at most `sourceMaximum` bytes.
    ///   - name: What it is called in texts, a file's name for instance.
    ///   - library: The functions that it may call.
    ///   - event: What is known of events; any map if nothing is.
    ///   - zone: The zone of times that name none.
    ///   - readOnly: What it may read but not change.
    /// - Throws: Every mistake that was found.
    public init(
        compiling source: String,
        name: String = "",
        library: [String: Function] = FunctionLibrary.functions,
        event: TypeInfo = TypeInfo(.object),
        zone: String = "local",
        readOnly: [ReadOnlyPath] = []
    ) throws(CompileError) {
        let bytes = Array(source.utf8)
        func refused(_ diagnostics: [Diagnostic]) -> CompileError {
            CompileError(diagnostics: diagnostics, source: source, name: name)
        }
        guard bytes.count <= Self.sourceMaximum else {
            throw refused([
                Diagnostic(
                    code: 210,
                    message: "the script is longer than \(Self.sourceMaximum) bytes"
                )
            ])
        }
        let syntax: [Syntax]
        do throws(SyntaxError) {
            syntax = try Parser.parse(bytes)
        } catch {
            throw refused([error.diagnostic])
        }
        var compiler = Compiler(source: bytes, library: library, readOnly: readOnly)
        var state = TypeState(event: event, metadata: .anyObject)
        guard let made = compiler.compile(root: syntax, &state) else {
            throw refused(compiler.diagnostics.filter { $0.severity == .error })
        }
        self.source = source
        self.name = name
        self.zone = zone
        warnings =
            compiler.diagnostics
            + UnusedCode.warnings(syntax) { [compiler] in compiler.text($0) }
        type = made.type.union(compiler.returned)
        eventType = state.event
        code = made.code
        variables = [Value](repeating: .null, count: compiler.variableCount)
    }

    /// Runs the script on an event.
    ///
    /// - Parameters:
    ///   - event: The event, `.`; after an error it is as the script left it.
    ///   - metadata: What is beside the event, `%`.
    ///   - surroundings: What the script may ask of the world.
    /// - Returns: The value of the script's last expression, or of its `return`.
    /// - Throws: An `abort`, an error of a call with `!`, or a limit that was reached.
    public func run(
        _ event: inout Value,
        metadata: inout Value,
        _ surroundings: Surroundings
    ) throws(RunError) -> Value {
        var machine = Machine(event: .null, metadata: .null, variables: [])
        swap(&machine.event, &event)
        swap(&machine.metadata, &metadata)
        swap(&machine.variables, &variables)
        defer {
            swap(&machine.event, &event)
            swap(&machine.metadata, &metadata)
            for number in machine.variables.indices { machine.variables[number] = .null }
            swap(&machine.variables, &variables)
        }
        do throws(Interrupt) {
            return try code.run(&machine, surroundings)
        } catch {
            switch error {
            case .returned(let value): return value
            case .broke, .continued: return .null
            case .aborted(let message): throw .aborted(message)
            case .failed(let message, let offset), .exhausted(let message, let offset):
                throw .failed(message, at: SourceLines.position(of: offset, in: source))
            }
        }
    }

    /// Runs the script on an event, for what it does to it.
    ///
    /// - Throws: What `run` throws.
    public func change(
        _ event: inout Value,
        metadata: inout Value,
        _ surroundings: Surroundings
    ) throws(RunError) {
        _ = try run(&event, metadata: &metadata, surroundings)
    }

    /// The warnings with the lines of the script that they are in; empty if there are none.
    public var warningText: String {
        warnings.isEmpty ? "" : DiagnosticText(source: source, name: name).render(warnings)
    }
}
