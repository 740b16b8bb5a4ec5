public import Records

/// Runs a script on lines of JSON, as `vrl --input` does: pure, for the command to read and write around.
public struct EventLines {
    /// What came of one event.
    public struct Outcome: Sendable, Hashable {
        /// The value or the event as VRL shows it, or the error.
        public var text: String
        /// Whether the text is an error.
        public var isError: Bool
    }

    private let program: Program
    private let surroundings: Surroundings
    private let showsEvent: Bool

    /// Takes a script.
    ///
    /// - Parameters:
    ///   - program: The script.
    ///   - surroundings: What it may ask of the world.
    ///   - showsEvent: Whether the event is shown after it, not its value.
    public init(_ program: Program, _ surroundings: Surroundings, showsEvent: Bool) {
        self.program = program
        self.surroundings = surroundings
        self.showsEvent = showsEvent
    }

    /// Runs the script on one line.
    public func run(_ line: Span<UInt8>) -> Outcome {
        do throws(JSONMistake) {
            return run(try JSONReader.value(line))
        } catch {
            return Outcome(text: "parse error: \(error)", isError: true)
        }
    }

    /// Runs the script on one event.
    public func run(_ event: Value) -> Outcome {
        var event = event
        var metadata = Value.object([:])
        do throws(RunError) {
            let value = try program.run(&event, metadata: &metadata, surroundings)
            return Outcome(text: showsEvent ? event.vrl : value.vrl, isError: false)
        } catch {
            return Outcome(text: error.description, isError: true)
        }
    }
}
