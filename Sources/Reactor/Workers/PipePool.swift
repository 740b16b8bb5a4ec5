internal import System

/// Empty pipes that relays borrow while bytes are on their way; owned by one worker.
public final class PipePool {
    /// A pipe: what goes into one end comes out of the other.
    public struct Pipe: Sendable, Hashable {
        /// Where bytes come out.
        public let reading: Int32
        /// Where bytes go in.
        public let writing: Int32
        /// How many bytes it holds at most.
        public let capacity: Int
    }

    /// The size that new pipes ask for, in bytes.
    public static let size: Int32 = 256 * 1024
    /// The most unused pipes that are kept.
    public let keepsMaximum: Int
    /// How many unused pipes are kept now.
    public var keptCount: Int { unused.count }
    private var unused: [Pipe] = []

    /// Makes a pool without pipes.
    public init(keepsMaximum: Int = 32) {
        self.keepsMaximum = keepsMaximum
    }

    deinit {
        for pipe in unused { Self.close(pipe) }
    }

    /// An empty pipe; `nil` if the process has no descriptors left.
    func take() -> Pipe? {
        if let pipe = unused.popLast() { return pipe }
        guard let ends = SocketIO.pipe() else { return nil }
        return Pipe(
            reading: ends.reading,
            writing: ends.writing,
            capacity: SocketIO.setPipeSize(ends.writing, Self.size)
        )
    }

    /// Takes a pipe back; one that is not empty is closed.
    func give(_ pipe: Pipe, isEmpty: Bool = true) {
        if isEmpty, unused.count < keepsMaximum {
            unused.append(pipe)
        } else {
            Self.close(pipe)
        }
    }

    private static func close(_ pipe: Pipe) {
        Descriptors.close(pipe.reading)
        Descriptors.close(pipe.writing)
    }
}
