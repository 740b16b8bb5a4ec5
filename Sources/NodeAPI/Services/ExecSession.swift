public import Basics
public import Reactor

/// A program that runs in a container for a client, or the container's own that a client has attached to.
@MainLoop public protocol ExecSession: AnyObject {
    /// Writes to its standard input; returns when it was taken.
    ///
    /// - Throws: that the program reads no more.
    func write(_ bytes: [UInt8]) async throws(Failure)

    /// Ends its standard input.
    func closeInput()

    /// Tells its terminal the size of the window.
    func resize(columns: Int, rows: Int)

    /// The next piece of output; `nil` when all output has ended.
    func nextOutput() async -> ExecOutput?

    /// How the program ended; waits for it.
    func result() async -> ExecResult

    /// The client has left: the program is hung up and killed; one that was only attached to runs on.
    func hangUp()
}

/// A piece of a program's output.
public enum ExecOutput: Sendable, Hashable {
    /// From standard output, or from the terminal.
    case stdout([UInt8])
    /// From standard error.
    case stderr([UInt8])
}

/// How a program ended.
public enum ExecResult: Sendable, Hashable {
    /// It exited with this code; 128 and the signal's number if a signal ended it.
    case exited(Int)
    /// It could not be started or watched, for this reason.
    case failed(String)
}
