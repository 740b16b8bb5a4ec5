import Basics
import Formats
import Reactor
import Security
import System

/// How the roles of a file become works.
@MainLoop struct RunMakers {
    /// Every role of the program.
    let roles: [Role]
    /// Where configurations that stand in the file are laid for the roles to read.
    let directory: String

    /// Reads the file.
    ///
    /// - Throws: `invalid` with all that is wrong with it, `notFound` if it cannot be read.
    func read(_ path: String, _ files: FileAccess) throws(Failure) -> RunFile {
        guard let bytes = files.read(path) else {
            throw Failure(
                .notFound,
                "cannot read the file of roles \(path)",
                remedy: "is it mounted, and may this user read it?"
            )
        }
        do throws(ConfigurationErrors) {
            var file = try RunFile.read(bytes, name: path, roles: roles.map(\.name))
            for place in file.entries.indices {
                file.entries[place].rereadsConfiguration =
                    has(.rereadsConfiguration, file.entries[place])
            }
            return file
        } catch {
            throw Failure(.invalid, error.errors.map(\.description).joined(separator: "\n"))
        }
    }

    /// Among how many roles of a file the memory of the process is shared.
    func parts(of file: RunFile) -> Int {
        max(1, file.entries.count { has(.fillsMemory, $0) })
    }

    private func has(_ trait: Role.Trait, _ entry: RunFile.Entry) -> Bool {
        roles.first { $0.name == entry.role }?.traits.contains(trait) ?? false
    }

    /// Makes the work of a role.
    ///
    /// - Throws: Why its words cannot be understood, or why it cannot run beside others.
    func make(
        _ entry: RunFile.Entry,
        _ surroundings: WorkSurroundings
    ) throws(Failure) -> any RoleWork {
        let (role, make) = try role(of: entry)
        return try make(try invocation(entry, role), role.name, surroundings)
    }

    /// Lays the new configuration of a role that goes on.
    func configure(_ entry: RunFile.Entry) throws(Failure) {
        if let text = entry.configuration { _ = try lay(text, for: entry.name) }
    }

    /// Looks for what is wrong with a role's words and configuration.
    ///
    /// - Parameters:
    ///   - entry: The role.
    ///   - environment: The variables of the process.
    /// - Returns: The role's own exit code; 0 if it has nothing to check.
    /// - Throws: `invalid` with the place in the file, for words that cannot be understood or do not belong here.
    func check(
        _ entry: RunFile.Entry,
        _ environment: [String: String]
    ) throws(Failure) -> Int32 {
        let (role, _) = try role(of: entry)
        let invocation = try invocation(entry, role)
        guard let check = role.check else { return 0 }
        do throws(Failure) {
            return try check(invocation, role.name, entry.variables(environment))
        } catch {
            throw entry.failure("\(error)")
        }
    }

    /// Where a role that is in order would listen.
    ///
    /// - Throws: `invalid` with the place in the file, if it is not in order.
    func listeners(
        _ entry: RunFile.Entry,
        _ environment: [String: String]
    ) throws(Failure) -> [RoleListener] {
        let (role, _) = try role(of: entry)
        guard let listeners = role.listeners else { return [] }
        let invocation = try invocation(entry, role)
        do throws(Failure) {
            return try listeners(invocation, role.name, entry.variables(environment))
        } catch {
            throw entry.failure("\(error)")
        }
    }

    /// What tells one file from another.
    func digest(of file: RunFile) -> String {
        SHA256.hexadecimal(of: Array("\(file.entries)".utf8))
    }

    private func role(of entry: RunFile.Entry) throws(Failure) -> (Role, Role.Make) {
        guard let role = roles.first(where: { $0.name == entry.role }) else {
            throw entry.failure("there is no role \(entry.role)")
        }
        guard let make = role.make else {
            throw entry.failure(
                "the role \(role.name) does not run beside others",
                "give it a container of its own"
            )
        }
        return (role, make)
    }

    private func invocation(
        _ entry: RunFile.Entry,
        _ role: Role
    ) throws(Failure) -> Invocation {
        var words = try role.translate(role.name, entry.args)
        if let text = entry.configuration {
            guard role.spec.options.contains(where: { $0.name == "config" }) else {
                throw entry.failure(
                    "the role \(role.name) takes no configuration in the file",
                    "say what it shall do in args"
                )
            }
            words = ["--config", try lay(text, for: entry.name)] + words
        }
        let parser = CommandParser(
            CommandSpec("companion", summary: "", subcommands: [role.spec])
        )
        let outcome: CommandParser.Outcome
        do throws(CommandParser.UsageError) {
            outcome = try parser.parse([role.name] + words)
        } catch {
            throw entry.failure("\(error)")
        }
        guard case .run(let invocation) = outcome else {
            throw entry.failure("--help is no word for a role of a file")
        }
        guard invocation.path.count == 1 else {
            throw entry.failure(
                "\(invocation.path.joined(separator: " ")) does not run beside others"
            )
        }
        for own in ["admin", "log-level", "log-format", "grace", "memory-budget", "check"]
        where invocation.text(own) != nil {
            throw entry.failure("--\(own) belongs to the process", "give it to companion run")
        }
        return invocation
    }

    /// Lays a configuration where the role can read it; one that is the same stays untouched.
    private func lay(_ text: String, for name: String) throws(Failure) -> String {
        let path = directory + "/" + name + ".yaml"
        do throws(SystemError) {
            try Files.makeDirectories(directory, mode: 0o700)
            let bytes = Array(text.utf8)
            if (try? Files.read(path)) != bytes { try Files.writeAtomically(path, bytes) }
            return path
        } catch {
            throw Failure(
                "cannot write the configuration of role \(name)",
                error,
                remedy: "name a directory that can be written with --state"
            )
        }
    }
}

extension RunFile.Entry {
    /// The variables of the process, and its own.
    fileprivate func variables(_ environment: [String: String]) -> [String: String] {
        environment.merging(self.environment) { _, own in own }
    }

    /// What is wrong with it, with its place.
    fileprivate func failure(_ what: String, _ remedy: String = "") -> Failure {
        Failure(.invalid, "\(place.finding(.error, what, remedy))")
    }
}
