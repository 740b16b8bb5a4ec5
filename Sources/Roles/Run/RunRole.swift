import Basics
package import Reactor

/// `companion run`: several roles in one process.
@MainLoop package enum RunRole {
    /// The role, for a program that has these roles.
    package static func role(_ roles: @escaping @MainLoop () -> [Role]) -> Role {
        @MainLoop func makers(_ invocation: Invocation) -> RunMakers {
            let state = invocation.text("state") ?? "/tmp/companion-run"
            return RunMakers(
                roles: roles().filter { $0.name != name },
                // Those that run may follow what lies in the other one.
                directory: invocation.flag("check") ? state + "/check" : state
            )
        }
        @MainLoop func file(_ invocation: Invocation) -> String {
            invocation.text("roles") ?? "/etc/companion/roles.yaml"
        }
        return Role(
            name: name,
            spec: spec,
            run: { invocation, _ throws(Failure) in
                let makers = makers(invocation)
                let options = try ProcessOptions(invocation, port: 9900)
                if invocation.flag("check") {
                    return check(file(invocation), makers, options)
                }
                let process = RoleProcess(name: name, options)
                return try await process.run(
                    RunWork(path: file(invocation), makers: makers, process.surroundings)
                )
            }
        )
    }

    private static let name = "run"

    /// Checks the file and every role in it.
    ///
    /// - Returns: 1 if anything is wrong.
    private static func check(
        _ path: String,
        _ makers: RunMakers,
        _ options: ProcessOptions
    ) -> Int32 {
        let file: RunFile
        do throws(Failure) {
            file = try makers.read(path, FileAccess())
        } catch {
            for line in "\(error)".split(separator: "\n") { Console.note("error: \(line)") }
            return 1
        }
        var worst: Int32 = 0
        var listeners = RunListeners(admin: options.adminAddress)
        for entry in file.entries {
            do throws(Failure) {
                let code = try makers.check(entry, FileAccess.environment)
                if code != 0 {
                    Console.note("error: role \(entry.name) of \(path) is not in order")
                }
                worst = max(worst, code)
                guard code == 0 else { continue }
                let wanted = try makers.listeners(entry, FileAccess.environment)
                for finding in listeners.take(wanted, for: entry) {
                    Console.note("error: \(finding)")
                    worst = max(worst, 1)
                }
            } catch {
                Console.note("error: \(error)")
                worst = max(worst, 1)
            }
        }
        if worst == 0 { Console.line("\(path): \(file.entries.count) roles are in order") }
        return worst
    }

    private static let spec = CommandSpec(
        "run",
        summary: "take several roles in one process",
        discussion: """
            The file lists roles with their words; it is watched. Those that feed others stand before those that are fed: at
            the end each role is asked when all behind it have ended. A role that fails is begun anew alone, after 1 s, twice
            as long each time up to 60 s, and after 1 s again when it has run for a minute.

            The budget of memory is shared by the roles that carry connections and records, proxy and logs.

            Pages of a role are at /roles/NAME/; /metrics has those of all, /readyz tells who is not ready.

            Exit codes: 0 success, also after SIGTERM; 1 failure, or --check found something; 2 a command line or a file
            that cannot be understood.
            """,
        options: [
            OptionSpec(
                "roles",
                "r",
                .text("FILE"),
                help: "the list of roles",
                byDefault: "/etc/companion/roles.yaml"
            ),
            OptionSpec(
                "state",
                nil,
                .text("DIR"),
                help: "where configurations that stand in the list are laid",
                byDefault: "/tmp/companion-run"
            ),
            MemoryShare.spec,
        ] + ProcessOptions.specs(port: 9900)
    )
}
