package import Basics
package import Reactor

/// A role of the companion: what a helper container does in a pod.
@MainLoop package struct Role {
    /// Turns the words of a program that a role stands for into the role's own.
    ///
    /// It throws `invalid` with what is wrong, under the names that were used.
    package typealias Translation =
        @MainLoop (_ program: String, _ words: [String]) throws(Failure) -> [String]
    /// Takes a role until it ends; the result is the exit code.
    package typealias Run =
        @MainLoop (Invocation, _ program: String) async throws(Failure) -> Int32
    /// Makes the work of a role that can share a process with others.
    package typealias Make =
        @MainLoop (Invocation, _ program: String, WorkSurroundings) throws(Failure) -> any RoleWork

    /// Says what is wrong with a command line and what it names; the result is the exit code.
    package typealias Check =
        @MainLoop (
            Invocation, _ program: String, _ environment: [String: String]
        ) throws(Failure) -> Int32
    /// Says where a role with this command line would listen beside others, admin pages aside.
    package typealias Listeners =
        @MainLoop (
            Invocation, _ program: String, _ environment: [String: String]
        ) throws(Failure) -> [RoleListener]
    /// How a role's work behaves beside others.
    package enum Trait: Sendable, Hashable {
        /// It fills memory with what it carries, and has a part of the process's budget.
        case fillsMemory
        /// `RoleWork.reload` reads the file of `--config` again.
        case rereadsConfiguration
    }

    /// The word that asks for it.
    package let name: String
    /// Names of programs that it stands for.
    package let programs: [String]
    /// Its command line.
    package let spec: CommandSpec
    /// Turns the words of a program that it stands for into its own.
    package let translate: Translation
    /// Takes the role until it ends; the result is the exit code.
    package let run: Run
    /// Makes its work beside others; `nil` for a role that only runs by itself, once.
    package let make: Make?
    /// Checks what it would be given beside others; `nil` if its words are all there is.
    package let check: Check?
    /// Where it would listen beside others; `nil` for a role that never does.
    package let listeners: Listeners?
    /// How its work behaves beside others.
    package let traits: Set<Trait>

    /// Declares a role that runs as it likes.
    package init(
        name: String,
        programs: [String] = [],
        spec: CommandSpec,
        traits: Set<Trait> = [],
        translate: @escaping Translation = { _, words throws(Failure) in words },
        check: Check? = nil,
        listeners: Listeners? = nil,
        make: Make? = nil,
        run: @escaping Run
    ) {
        self.check = check
        self.listeners = listeners
        self.traits = traits
        self.name = name
        self.programs = programs
        self.spec = spec
        self.translate = translate
        self.make = make
        self.run = run
    }

    /// Declares a role whose work a `RoleProcess` does.
    ///
    /// - Parameters:
    ///   - name: The word that asks for it.
    ///   - programs: Names of programs that it stands for.
    ///   - spec: Its command line, with `ProcessOptions.specs` among the options.
    ///   - port: Where its admin pages are if nobody says anything else.
    ///   - traits: How its work behaves beside others.
    ///   - translate: Turns the words of those programs into its own.
    ///   - check: What `--check` does; the result is the exit code.
    ///   - listeners: Where it would listen beside others.
    ///   - make: Makes the work.
    package init(
        name: String,
        programs: [String] = [],
        spec: CommandSpec,
        port: UInt16,
        traits: Set<Trait> = [],
        translate: @escaping Translation = { _, words throws(Failure) in words },
        check: @escaping Check,
        listeners: Listeners? = nil,
        make: @escaping Make
    ) {
        self.init(
            name: name,
            programs: programs,
            spec: spec,
            traits: traits,
            translate: translate,
            check: check,
            listeners: listeners,
            make: make
        ) { invocation, program throws(Failure) in
            if invocation.flag("check") {
                return try check(invocation, program, FileAccess.environment)
            }
            let options = try ProcessOptions(invocation, port: port)
            let process = RoleProcess(name: name, options)
            return try await process.run(make(invocation, program, process.surroundings))
        }
    }
}
