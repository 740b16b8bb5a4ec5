public import Basics
public import Reactor
internal import Records
internal import System
public import VRL

/// What scripts in a pipeline share: the surroundings and the zone.
@MainLoop public struct Scripts {
    /// The zone of times without one.
    public var zone: String
    /// What scripts may ask.
    public var surroundings: Surroundings

    /// Makes the real ones.
    ///
    /// - Parameters:
    ///   - zone: The zone of times without one: a name, `UTC` or `local`.
    ///   - environment: A variable of the environment.
    ///   - journal: For what scripts log.
    ///   - clock: What `now()` tells.
    public init(
        zone: String,
        environment: @escaping @Sendable (String) -> String?,
        journal: Journal,
        clock: WallClock = .machine
    ) {
        self.zone = zone
        surroundings = Surroundings(
            now: { clock.wall },
            environment: environment,
            hostname: { Host.hostname },
            random: { Random.bytes($0) },
            zone: zone,
            log: { level, text in
                switch level {
                case "error": journal.error(text)
                case "warn": journal.warning(text)
                case "info": journal.info(text)
                default: journal.debug(text)
                }
            }
        )
    }

    /// Compiles a script.
    ///
    /// - Throws: `invalid` with the compiler's text.
    func compile(_ source: String, name: String, zone: String?) throws(Failure) -> Program {
        do throws(CompileError) {
            return try Program(
                compiling: source,
                name: name,
                zone: zone ?? self.zone,
                readOnly: ReadOnlyPath("%vector", isRecursive: true).map { [$0] } ?? []
            )
        } catch {
            throw Self.refused("script", name, error)
        }
    }
}

extension Scripts {
    /// Why a script cannot run: where it stands in the configuration, and the places inside of it.
    static func refused(_ kind: String, _ name: String, _ error: CompileError) -> Failure {
        var error = error
        error.name = kind
        return Failure(.invalid, "\(name): the \(kind) does not compile", cause: "\(error)")
    }
}

/// A condition of the configuration, ready to be asked.
@MainLoop final class CompiledCondition {
    private enum Form {
        case always(Bool)
        case script(VRL.Condition)
    }

    private let form: Form
    private let surroundings: Surroundings

    /// Compiles a condition.
    ///
    /// - Throws: `invalid` with the compiler's text.
    init(_ condition: Condition, _ scripts: Scripts) throws(Failure) {
        surroundings = scripts.surroundings
        switch condition {
        case .always(let answer): form = .always(answer)
        case .script(let source, let name):
            do throws(CompileError) {
                form = .script(
                    try VRL.Condition(compiling: source, name: name, zone: scripts.zone)
                )
            } catch {
                throw Scripts.refused("condition", name, error)
            }
        }
    }

    /// Whether it holds for a record.
    func holds(for event: Event) -> Bool {
        switch form {
        case .always(let answer): return answer
        case .script(let condition):
            var event = event
            return condition.holds(
                for: .object(event.fields),
                metadata: .object(event.metadata ?? Fields()),
                surroundings
            )
        }
    }
}
