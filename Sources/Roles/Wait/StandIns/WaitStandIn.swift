import Basics
import Reactor
import System

/// The programs that `companion wait` stands for.
@MainLoop enum WaitStandIn {
    /// Their names.
    nonisolated static let programs = [
        "nc", "netcat", "pg_isready", "wait-for-it.sh", "wait-for-it", "wait-for", "dockerize",
        "sh", "bash",
    ]

    /// What a program writes, and where: tests take it instead of the descriptors.
    struct Voice {
        var output: @MainLoop (String) -> Void = { Console.write($0) }
        var errors: @MainLoop (String) -> Void = { text in
            try? Descriptors.writeAll(2, Array(text.utf8))
        }
    }

    /// What a program came to.
    enum Ending: Hashable {
        case code(Int32)
        /// It becomes this program.
        case becomes([String])
    }

    /// Is a program until it ends.
    static func run(
        _ name: String,
        _ words: [String],
        environment: [String: String],
        isCheck: Bool
    ) async throws(Failure) -> Int32 {
        let voice = Voice()
        let ending: Ending
        switch name {
        case "nc", "netcat":
            ending = await Netcat.run(words, isCheck: isCheck, voice)
        case "pg_isready":
            ending = await PgIsReady.run(words, environment, isCheck: isCheck, voice)
        case "wait-for-it.sh", "wait-for-it":
            ending = try await WaitForIt.run(.vishnubob, name, words, isCheck: isCheck, voice)
        case "wait-for":
            ending = try await WaitForIt.run(.eficode, name, words, isCheck: isCheck, voice)
        case "dockerize":
            ending = try await Dockerize.run(words, isCheck: isCheck, voice)
        default:
            let line = [name] + words
            ending = try await ShellRun.run(line, environment, isCheck: isCheck, voice)
        }
        switch ending {
        case .code(let code): return code
        case .becomes(let command): return Successor.become(command, says: name)
        }
    }
}

/// A wait that a signal ends: as process 1 nothing else would.
@MainLoop struct Interruptible {
    private let signals: SignalWatch
    private let listening: Task<Int32?, Never>

    /// Listens for SIGTERM and SIGINT.
    init() throws(Failure) {
        let watch = try SignalWatch([15, 2])
        signals = watch
        listening = Task { @MainLoop in try? await watch.next() }
    }

    /// Does something; a signal cancels it.
    ///
    /// - Returns: Its result, or the signal.
    func run<Result: Sendable>(
        _ body: @escaping @MainLoop () async -> Result
    ) async -> (result: Result?, signal: Int32?) {
        let work = Task { @MainLoop in await body() }
        let guardian = Task { @MainLoop [listening] () -> Int32? in
            let number = await listening.value
            if number != nil { work.cancel() }
            return number
        }
        let result = await work.value
        signals.close()
        let number = await guardian.value
        return number == nil ? (result, nil) : (nil, number)
    }
}
