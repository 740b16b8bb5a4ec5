public import Basics
public import Reactor

/// A client's connection to the streams of a container's own program.
///
/// Several may be attached at a time; each sees all output from its start on, and what they write goes to
/// the same standard input. A client that falls too far behind is given up, so that neither the others
/// nor the program nor its log wait for it.
@MainLoop public final class AttachSession {
    /// A piece of output.
    public enum Output: Sendable, Hashable {
        /// From standard output, or from the terminal.
        case stdout([UInt8])
        /// From standard error.
        case stderr([UInt8])
    }

    /// Whether output was lost because the client took it too slowly; it gets no more then.
    public private(set) var hasFallenBehind = false
    private let hub: AttachHub
    private let hasInput: Bool
    private let pieces = AsyncQueue<Output>(capacity: pieceLimit)

    /// How many pieces of at most 8 KiB wait for the client.
    public static let pieceLimit = 2048

    init(_ hub: AttachHub, hasInput: Bool) {
        self.hub = hub
        self.hasInput = hasInput
    }

    isolated deinit {
        hub.leave(ObjectIdentifier(self), hadInput: hasInput)
    }

    /// The next piece of output; `nil` when the container has ended, or after `detach`.
    public func nextOutput() async -> Output? {
        await pieces.next()
    }

    /// Writes to the program's standard input; returns when it was taken.
    ///
    /// - Throws: `unavailable` if the container has ended.
    public func write(_ bytes: [UInt8]) async throws(Failure) {
        guard hasInput else { return }
        try await hub.write(bytes)
    }

    /// Ends the input of this client: with `stdinOnce` the program's input ends, else it stays open.
    public func closeInput() {
        if hasInput { hub.endInput() }
    }

    /// Sets the size of the container's terminal; without one nothing happens.
    public func resize(rows: UInt16, columns: UInt16) {
        hub.resize(rows: rows, columns: columns)
    }

    /// Leaves; the program runs on.
    public func detach() {
        hub.leave(ObjectIdentifier(self), hadInput: hasInput)
        pieces.finish()
    }

    /// Takes a piece of output.
    ///
    /// - Returns: Whether more is to come.
    func take(_ output: Output) -> Bool {
        if pieces.send(output) { return true }
        hasFallenBehind = true
        pieces.finish()
        return false
    }

    /// The container has ended.
    func end() { pieces.finish() }
}
