internal import Basics
internal import Reactor
internal import Roles
internal import System

/// From the words of the command line to an exit code.
@MainLoop enum Program {
    /// Runs the role that the program's name or the first word asks for.
    ///
    /// - Parameter words: The program's name first.
    /// - Returns: 0 for success, 1 for a failure, 2 for a command line that cannot be understood.
    static func run(_ words: [String]) async -> Int32 {
        let name = words.first.map(baseName) ?? "companion"
        let role = Role.all.first { $0.programs.contains(name) || $0.name == name }
        var rest = Array(words.dropFirst())
        if let role {
            do throws(Failure) {
                rest = [role.name] + (try role.translate(name, rest))
            } catch {
                Console.note("companion: \(error)")
                return 2
            }
        }
        let outcome: CommandParser.Outcome
        do {
            outcome = try CommandParser(CompanionCommand.program).parse(rest)
        } catch {
            Console.note("companion: \(error)")
            return 2
        }
        switch outcome {
        case .help(let text):
            Console.write(text)
            return 0
        case .run(let invocation):
            do throws(Failure) {
                return try await dispatch(invocation, as: name)
            } catch {
                Console.note("companion: \(error)")
                return error.code == .invalid ? 2 : 1
            }
        }
    }

    private static func dispatch(
        _ invocation: Invocation,
        as program: String
    ) async throws(Failure) -> Int32 {
        let name = invocation.path.first ?? ""
        if let role = Role.all.first(where: { $0.name == name }) {
            return try await role.run(invocation, program)
        }
        Console.line("companion \(CompanionCommand.version)")
        return 0
    }

    private static func baseName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
