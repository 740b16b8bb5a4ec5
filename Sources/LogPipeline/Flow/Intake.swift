public import Basics
public import Reactor

/// Where a source hands its records in.
@MainLoop public protocol Intake: AnyObject {
    /// Hands records in; they are counted as read.
    ///
    /// - Parameters:
    ///   - events: The records; each with a receipt of a lot of the source's.
    ///   - bytes: What they were on the other side.
    func take(_ events: consuming [Event], bytes: Int)
    /// Waits until there is room: no sink that the source's records come to is full.
    ///
    /// - Throws: `cancelled` when the source is to end.
    func room() async throws(Failure)
    /// Whether there is room now; sources that cannot wait use it to refuse (HTTP 429, no Forward ack).
    var hasRoom: Bool { get }
    /// Notes records that were read again, or bytes that made no record.
    func note(repeated: Int, skipped: Int)
    /// The tag of a text.
    func tag(_ text: String) -> Tag
    /// What records are dated with that say nothing of their time.
    var clock: WallClock { get }
}

/// Something that records come from.
@MainLoop public protocol Source: AnyObject {
    /// Its name in the configuration.
    var id: String { get }
    /// Whether what did not come to its end is read again after an end of the program: from a file, or because
    /// the other side sends again what was not confirmed.
    var readsAgain: Bool { get }
    /// Reads until it is told to finish.
    ///
    /// - Throws: What makes it unable to go on; it is started again after a pause.
    func run(into intake: any Intake) async throws(Failure)
    /// Nothing new is to be begun: what is there is read to its end (files), or what is open ends in order
    /// (connections); `run` returns afterwards. At the deadline it returns in any case.
    func finish(by deadline: Instant)
    /// Everything that was handed in came to its end or never will: state is written down, files are closed.
    func close() async
}

extension Source {
    /// Nothing is read again.
    public var readsAgain: Bool { false }
}
