internal import Basics
public import Records

/// A conversation in VRL: each line is a script that knows the variables of the lines before.
public final class REPL {
    /// What is said at the beginning.
    public static let banner = """
        VRL, the Vector Remap Language. Type an expression; the event is "." and starts as {}.
        Commands: help, help functions, next and prev (events of --input), exit.

        """
    /// What is shown before a line is typed.
    public static let prompt = "$ "

    /// Whether the conversation is over.
    public private(set) var isOver = false
    private let library: [String: Function]
    private let surroundings: Surroundings
    private var events: [(event: Value, metadata: Value)]
    private var place = 0
    private var state = TypeState(event: .anyObject, metadata: .anyObject)
    private var numbers: [String: Int] = [:]
    private var variables: [Value] = []

    /// Begins a conversation.
    ///
    /// - Parameters:
    ///   - events: The events to look at; an empty one if there are none.
    ///   - surroundings: What scripts may ask of the world.
    ///   - library: The functions that they may call.
    public init(
        events: [Value],
        _ surroundings: Surroundings,
        library: [String: Function] = FunctionLibrary.functions
    ) {
        let events = events.isEmpty ? [.object([:])] : events
        self.events = events.map { ($0, .object([:])) }
        self.surroundings = surroundings
        self.library = library
    }

    /// Answers a line.
    public func answer(_ line: String) -> String {
        switch line.trimmingSpace() {
        case "": return ""
        case "exit", "quit":
            isOver = true
            return ""
        case "help": return Self.banner
        case "help functions", "help funcs", "help fs":
            return library.keys.sorted().joined(separator: "\n") + "\n"
        case "next": return move(1)
        case "prev": return move(-1)
        default: return run(line)
        }
    }

    private func move(_ distance: Int) -> String {
        place = min(max(place + distance, 0), events.count - 1)
        return events[place].event.vrl + "\n"
    }

    private func run(_ line: String) -> String {
        let source = Array(line.utf8)
        func refused(_ diagnostics: [Diagnostic]) -> String {
            DiagnosticText(source: line, name: "").render(diagnostics)
        }
        var compiler = Compiler(source: source, library: library)
        compiler.numbers = numbers
        compiler.variableCount = variables.count
        var next = state
        let made: Compiled?
        do throws(SyntaxError) {
            made = compiler.compile(root: try Parser.parse(source), &next)
        } catch {
            return refused([error.diagnostic])
        }
        guard let made else {
            return refused(compiler.diagnostics.filter { $0.severity == .error })
        }
        let new = compiler.variableCount - variables.count
        var machine = Machine(
            event: events[place].event,
            metadata: events[place].metadata,
            variables: variables + [Value](repeating: .null, count: new)
        )
        let answer: String
        do throws(Interrupt) {
            answer = try made.code.run(&machine, surroundings).vrl
        } catch {
            switch error {
            case .returned(let value): answer = value.vrl
            case .broke, .continued: answer = Value.null.vrl
            case .aborted(let message): answer = message ?? "aborted"
            case .failed(let message, _), .exhausted(let message, _): answer = message
            }
        }
        state = next
        numbers = compiler.numbers
        variables = machine.variables
        events[place] = (machine.event, machine.metadata)
        return answer + "\n"
    }
}
