import Basics
import Formats
import System

/// The files that pass between the engine and the OCI runtime for one program in a container; they go
/// with the last reference.
final class ExecFiles: Sendable {
    /// Where the runtime writes the number of the program's process.
    let pid: String
    /// What the runtime is to run.
    let process: String

    /// Writes the container's own process with other arguments: the program gets the user with all
    /// groups, capabilities, privileges, working directory and variables of the container.
    ///
    /// Without such a file crun would run it as root in `/`.
    init(
        _ directory: String,
        name: String,
        own: JSON,
        arguments: [String],
        hasTerminal: Bool
    ) throws(Failure) {
        pid = directory + "/" + name + ".pid"
        process = directory + "/" + name + ".json"
        var description = own
        description["args"] = .array(arguments.map { .string($0) })
        description["terminal"] = .bool(hasTerminal)
        if hasTerminal {
            let others = (own["env"]?.array ?? []).filter { $0.string?.hasPrefix("TERM=") != true }
            description["env"] = .array(others + ["TERM=xterm"])
        }
        do throws(SystemError) {
            try Files.write(process, description.bytes(), mode: 0o600)
        } catch {
            throw Failure("cannot describe the program to the OCI runtime", error)
        }
    }

    deinit {
        try? Files.remove(pid)
        try? Files.remove(process)
    }
}
