import Glibc
import Synchronization

/// A program under test: started without a shell, in a process group of its own, its output kept
/// in files so that it can never block on a full pipe.
///
/// The program and everything left in its process group is killed when the value is released.
public final class TestProgram: Sendable {
    /// The process ID, which is also the ID of its process group.
    public let pid: Int32
    /// The command line, for messages.
    public let commandLine: String
    private let folder: TemporaryDirectory
    private let ending = Mutex<Ending?>(nil)

    /// How a program ended.
    public enum Ending: Sendable, Equatable {
        /// It exited with this code.
        case exited(Int32)
        /// This signal ended it.
        case signalled(Int32)
    }

    /// A program that has ended, and what it wrote.
    public struct Result: Sendable {
        /// How it ended.
        public let ending: Ending
        /// Its standard output.
        public let output: String
        /// Its standard error.
        public let errors: String

        /// Whether it exited with code 0.
        public var succeeded: Bool { ending == .exited(0) }
        /// Its exit code, or 128 + the signal.
        public var code: Int32 {
            switch ending {
            case .exited(let code): code
            case .signalled(let number): 128 + number
            }
        }
    }

    /// A program that could not be started, or did not end in time.
    public struct Problem: Error, CustomStringConvertible {
        /// What happened, with what the program wrote so far.
        public let description: String

        /// Makes a problem.
        public init(description: String) { self.description = description }
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - path: The program: a path, or a name that is searched in `PATH`.
    ///   - arguments: Its arguments, without the name.
    ///   - environment: Variables set over those of the test.
    ///   - directory: Its working directory; that of the test if nil.
    ///   - input: Its standard input; empty if nil.
    /// - Throws: `Problem` if it cannot be started.
    public init(
        _ path: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        directory: String? = nil,
        input: String? = nil
    ) throws {
        folder = try TemporaryDirectory()
        commandLine = ([path] + arguments).joined(separator: " ")
        try folder.write(input ?? "", to: "input")
        try folder.write("", to: "output")
        try folder.write("", to: "errors")
        if let directory {
            let line = ["-C", directory, path] + arguments
            pid = try Self.spawn("/usr/bin/env", line, environment, folder)
        } else {
            pid = try Self.spawn(path, arguments, environment, folder)
        }
    }

    deinit {
        if ending.withLock({ $0 }) == nil {
            kill(-pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        }
    }

    /// What the program has written to its standard output so far.
    public var output: String { (try? folder.text(of: "output")) ?? "" }
    /// What the program has written to its standard error so far.
    public var errors: String { (try? folder.text(of: "errors")) ?? "" }

    /// Sends a signal to the program alone.
    public func signal(_ number: Int32) {
        ending.withLock { if $0 == nil { _ = kill(pid, number) } }
    }

    /// How the program ended, or `nil` while it runs.
    public func poll() -> Ending? {
        ending.withLock { ending in
            if let ending { return ending }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            let low = status & 0x7F
            ending = low == 0 ? .exited((status >> 8) & 0xFF) : .signalled(low)
            return ending
        }
    }

    /// Waits for the program's end.
    ///
    /// - Parameter limit: How long to wait; then the whole process group is killed.
    /// - Returns: How it ended and what it wrote.
    /// - Throws: `Problem` if it does not end in time.
    @discardableResult
    public func wait(within limit: Duration = .seconds(30)) async throws -> Result {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var pause = Duration.milliseconds(1)
        while true {
            if let ending = poll() {
                return Result(ending: ending, output: output, errors: errors)
            }
            guard clock.now < end else {
                _ = kill(-pid, SIGKILL)
                throw Problem(
                    description: "`\(commandLine)` ran longer than \(limit); output: \(output)"
                        + "; errors: \(errors)"
                )
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(20))
        }
    }

    /// Starts a program and waits for its end.
    ///
    /// - Parameters:
    ///   - path: The program: a path, or a name that is searched in `PATH`.
    ///   - arguments: Its arguments, without the name.
    ///   - environment: Variables set over those of the test.
    ///   - directory: Its working directory; that of the test if nil.
    ///   - input: Its standard input; empty if nil.
    ///   - limit: How long it may take.
    /// - Returns: How it ended and what it wrote.
    /// - Throws: `Problem` if it cannot be started or does not end in time.
    @discardableResult
    public static func run(
        _ path: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        directory: String? = nil,
        input: String? = nil,
        within limit: Duration = .seconds(30)
    ) async throws -> Result {
        let program = try TestProgram(
            path,
            arguments,
            environment: environment,
            directory: directory,
            input: input
        )
        return try await program.wait(within: limit)
    }

    private static func spawn(
        _ path: String,
        _ arguments: [String],
        _ environment: [String: String],
        _ folder: TemporaryDirectory
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, folder.file("input"), O_RDONLY, 0)
        let append = O_WRONLY | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 1, folder.file("output"), append, 0)
        posix_spawn_file_actions_addopen(&actions, 2, folder.file("errors"), append, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        argv.append(nil)
        var envp = inherited(without: Set(environment.keys))
        for (name, value) in environment { envp.append(strdup("\(name)=\(value)")) }
        envp.append(nil)
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: Int32 = 0
        let code = posix_spawnp(&pid, path, &actions, &attributes, argv, envp)
        guard code == 0 else {
            throw Problem(description: "cannot start \(path): \(String(cString: strerror(code)))")
        }
        return pid
    }

    private static func inherited(
        without replaced: Set<String>
    ) -> [UnsafeMutablePointer<CChar>?] {
        var copies: [UnsafeMutablePointer<CChar>?] = []
        var cursor = environ
        while let entry = cursor.pointee {
            let name = String(cString: entry).prefix { $0 != "=" }
            if !replaced.contains(String(name)) { copies.append(strdup(entry)) }
            cursor += 1
        }
        return copies
    }
}
