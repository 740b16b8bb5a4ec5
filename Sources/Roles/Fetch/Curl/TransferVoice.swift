package import Reactor
import System

/// Where curl and wget write to, and how they end.
@MainLoop package struct TransferVoice {
    /// Takes what goes to standard output; false if it cannot be written.
    package var output: @MainLoop ([UInt8]) -> Bool = { (try? Descriptors.writeAll(1, $0)) != nil }
    /// Takes lines for standard error.
    package var note: @MainLoop (String) -> Void = { Console.note($0) }

    /// Standard output and standard error.
    package init() {}

    /// Runs a program until it is done, or a signal ends it.
    ///
    /// - Returns: The program's exit code, or 128 and the number of the signal.
    func run(_ name: String, _ body: @escaping @MainLoop () async -> Int32) async -> Int32 {
        guard let interruptible = try? Interruptible() else { return await body() }
        let (code, signal) = await interruptible.run(body)
        guard let signal else { return code ?? 1 }
        note("\(name): ended by a signal")
        return 128 + signal
    }
}
