import CLinux
import Glibc

/// How a process ended.
public enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    /// It ended by itself with an exit code.
    case exited(Int32)
    /// A signal ended it.
    case signalled(Int32)

    /// Whether it exited with code 0.
    public var isSuccess: Bool { self == .exited(0) }

    /// The code as a shell sees it: 128 and the number for a signal.
    public var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signalled(let number): 128 + number
        }
    }

    /// `exit code 3` or `killed by SIGTERM`.
    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let number): "killed by \(Signals.name(of: number))"
        }
    }
}

/// Starting, watching and reaping processes.
public enum Processes {
    /// Ends this process at once.
    public static func exit(_ code: Int32) -> Never {
        Glibc.exit(code)
    }

    /// Everything about a program to start; descriptors stay the caller's.
    public struct Program: Sendable {
        /// The file to execute.
        public var path: String
        /// All arguments, the program's own name first.
        public var arguments: [String]
        /// `KEY=value` texts; `nil` hands on this process's own.
        public var environment: [String]?
        /// The working directory; `nil` is this process's own.
        public var directory: String?
        /// The child's descriptors and where they come from; all others are closed in it.
        public var descriptors: [(child: Int32, parent: Int32)] = []
        /// A mount namespace to enter first.
        public var mountNamespace: Int32?
        /// Whether it leads a new session, away from the terminal.
        public var newSession = false
        /// A signal for the child when the thread that started it ends.
        public var parentDeathSignal: Int32?

        /// A program with all arguments, the program's own name first.
        public init(path: String, arguments: [String]) {
            self.path = path
            self.arguments = arguments
        }
    }

    /// A started child: its number, and a descriptor that the caller owns.
    public struct Child: Sendable {
        /// The process number.
        public var pid: Int32
        /// The pidfd: readable when the child has ended.
        public var descriptor: Int32
    }

    /// A child that has been reaped.
    public struct Ending: Sendable, Hashable {
        /// How it ended.
        public var status: ExitStatus
        /// The processor time that it and its reaped children used.
        public var processorTime: Duration
    }

    /// Starts a program; returns when it has been executed.
    ///
    /// - Throws: The error of the step that failed, with the path it is about. Nothing is left then.
    public static func start(_ program: Program) throws(SystemError) -> Child {
        var spawned = remora_spawned()
        let result = unsafe withStrings(program.arguments) { arguments in
            unsafe withStrings(program.environment ?? []) { environment in
                unsafe withOptionalString(program.directory) { directory in
                    unsafe program.path.withCString { path in
                        let raw = unsafe remora_program(
                            path: path,
                            arguments: arguments,
                            environment: program.environment == nil ? nil : environment,
                            directory: directory,
                            targets: nil,
                            sources: nil,
                            scratch: nil,
                            count: program.descriptors.count,
                            mount_namespace: program.mountNamespace ?? -1,
                            new_session: program.newSession ? 1 : 0,
                            parent_death_signal: program.parentDeathSignal ?? 0
                        )
                        return unsafe spawn(raw, program.descriptors, &spawned)
                    }
                }
            }
        }
        if result == 0 { return Child(pid: spawned.pid, descriptor: spawned.pidfd) }
        throw error(result, step: spawned.step, program)
    }

    /// A descriptor that becomes readable when a process, of any parent, has ended.
    ///
    /// - Throws: `ESRCH` if there is no such process.
    public static func watch(_ pid: Int32) throws(SystemError) -> Descriptor {
        Descriptor(adopting: try checked("pidfd_open", "\(pid)") { remora_pidfd_open(pid) })
    }

    /// Sends a signal to the process behind a pidfd, never to another one with its number.
    ///
    /// - Throws: `ESRCH` if it has ended, `EPERM`, `EINVAL`.
    public static func signal(_ descriptor: Int32, _ number: Int32) throws(SystemError) {
        try checked("pidfd_send_signal") { remora_pidfd_signal(descriptor, number) }
    }

    /// Reaps an ended child.
    ///
    /// - Throws: `EAGAIN` while it runs, `ECHILD` if it is no child of this process.
    public static func reap(_ descriptor: Int32) throws(SystemError) -> Ending {
        var ending = remora_ending()
        try checked("waitid") { unsafe remora_reap(descriptor, &ending) }
        return Ending(
            status: ending.signalled == 0 ? .exited(ending.value) : .signalled(ending.value),
            processorTime: .microseconds(ending.user_microseconds + ending.system_microseconds)
        )
    }

    /// The file that a program name means: itself with a slash, or the first hit in `PATH`.
    ///
    /// - Throws: `ENOENT` if no directory of `PATH` has it.
    public static func find(_ name: String, path: String? = nil) throws(SystemError) -> String {
        if name.contains("/") { return name }
        let usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let list = path ?? Environment.value("PATH") ?? usual
        for directory in list.split(separator: ":", omittingEmptySubsequences: true) {
            let file = "\(directory)/\(name)"
            if unsafe access(file, X_OK) == 0, !Files.isDirectory(file) { return file }
        }
        throw SystemError(ENOENT, "find", name)
    }

    private static func error(
        _ number: Int32,
        step: Int32,
        _ program: Program
    ) -> SystemError {
        switch UInt32(bitPattern: step) {
        case REMORA_SPAWN_SESSION.rawValue: SystemError(number, "setsid")
        case REMORA_SPAWN_DEATH_SIGNAL.rawValue: SystemError(number, "prctl")
        case REMORA_SPAWN_DESCRIPTORS.rawValue: SystemError(number, "dup")
        case REMORA_SPAWN_NAMESPACE.rawValue: SystemError(number, "setns")
        case REMORA_SPAWN_DIRECTORY.rawValue:
            SystemError(number, "chdir", program.directory ?? "")
        case REMORA_SPAWN_EXECUTE.rawValue: SystemError(number, "execve", program.path)
        default: SystemError(number, "clone")
        }
    }
}

private typealias Strings = UnsafePointer<UnsafeMutablePointer<CChar>?>

private func withStrings<Result>(_ texts: [String], _ body: (Strings?) -> Result) -> Result {
    var pointers = unsafe texts.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
}

private func withOptionalString<Result>(
    _ text: String?,
    _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
    guard let text else { return body(nil) }
    return unsafe text.withCString { unsafe body($0) }
}

private func spawn(
    _ program: remora_program,
    _ descriptors: [(child: Int32, parent: Int32)],
    _ spawned: inout remora_spawned
) -> Int32 {
    let targets = descriptors.map(\.child)
    let sources = descriptors.map(\.parent)
    var scratch = [Int32](repeating: -1, count: descriptors.count)
    return unsafe targets.withUnsafeBufferPointer { targets in
        unsafe sources.withUnsafeBufferPointer { sources in
            unsafe scratch.withUnsafeMutableBufferPointer { scratch in
                var program = unsafe program
                unsafe program.targets = targets.baseAddress
                unsafe program.sources = sources.baseAddress
                unsafe program.scratch = scratch.baseAddress
                return unsafe remora_spawn(&program, &spawned)
            }
        }
    }
}
