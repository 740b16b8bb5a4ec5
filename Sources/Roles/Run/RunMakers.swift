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
            return try RunFile.read(bytes, name: path, roles: roles.map(\.name))
        } catch {
            throw Failure(.invalid, "\(error)")
        }
    }

    /// Makes the work of a role.
    ///
    /// - Throws: Why its words cannot be understood, or why it cannot run beside others.
    func make(
        _ entry: RunFile.Entry,
        _ surroundings: WorkSurroundings
    ) throws(Failure) -> any RoleWork {
        let role = try role(of: entry)
        guard let make = role.make else {
            throw Failure(
                .invalid,
                "\(entry.place.short): the role \(role.name) does not run beside others",
                remedy: "give it a container of its own"
            )
        }
        return try make(try invocation(entry, role), role.name, surroundings)
    }

    /// Looks for what is wrong with a role's words and configuration.
    ///
    /// - Returns: The role's own exit code; 0 if it has nothing to check.
    func check(_ entry: RunFile.Entry) async throws(Failure) -> Int32 {
        let role = try role(of: entry)
        guard role.make != nil else {
            throw Failure(
                .invalid,
                "\(entry.place.short): the role \(role.name) does not run beside others",
                remedy: "give it a container of its own"
            )
        }
        guard role.spec.options.contains(where: { $0.name == "check" }) else {
            _ = try invocation(entry, role)
            return 0
        }
        return try await role.run(try invocation(entry, role, more: ["--check"]), role.name)
    }

    /// What tells one file from another.
    func digest(of file: RunFile) -> String {
        SHA256.hexadecimal(of: Array("\(file.entries)".utf8))
    }

    private func role(of entry: RunFile.Entry) throws(Failure) -> Role {
        guard let role = roles.first(where: { $0.name == entry.role }) else {
            throw Failure(.invalid, "\(entry.place.short): there is no role \(entry.role)")
        }
        return role
    }

    private func invocation(
        _ entry: RunFile.Entry,
        _ role: Role,
        more: [String] = []
    ) throws(Failure) -> Invocation {
        var words = role.translate(role.name, entry.args)
        if let text = entry.configuration {
            guard role.spec.options.contains(where: { $0.name == "config" }) else {
                throw Failure(
                    .invalid,
                    "\(entry.place.short): the role \(role.name) takes no configuration in the file",
                    remedy: "say what it shall do in args"
                )
            }
            words = ["--config", try lay(text, for: entry.name)] + words
        }
        // Behind -- words are the role's.
        let end = words.firstIndex(of: "--") ?? words.endIndex
        words.insert(contentsOf: more, at: end)
        let parser = CommandParser(
            CommandSpec("companion", summary: "", subcommands: [role.spec])
        )
        let outcome: CommandParser.Outcome
        do throws(CommandParser.UsageError) {
            outcome = try parser.parse([role.name] + words)
        } catch {
            throw Failure(.invalid, "\(entry.place.short): \(error)")
        }
        guard case .run(let invocation) = outcome else {
            throw Failure(.invalid, "\(entry.place.short): --help is no word for a role")
        }
        for own in ["admin", "log-level", "log-format", "grace"]
        where invocation.text(own) != nil {
            throw Failure(
                .invalid,
                "\(entry.place.short): --\(own) belongs to the process",
                remedy: "give it to companion run"
            )
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
