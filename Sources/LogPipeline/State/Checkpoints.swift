public import Basics
public import Reactor

/// Where positions are kept.
@MainLoop public protocol Checkpoints: AnyObject {
    /// What is known of a source's files.
    ///
    /// - Throws: When it cannot be read.
    func load(source: String) throws(Failure) -> [Checkpoint]
    /// Numbers that were kept with the positions: the books of a run before.
    ///
    /// - Throws: When they cannot be read.
    func account(source: String) throws(Failure) -> [String: Int64]
    /// Keeps positions and numbers, all or nothing.
    ///
    /// - Parameters:
    ///   - source: The source's name.
    ///   - changed: Positions that are other ones now.
    ///   - forgotten: Rows that are no longer wanted.
    ///   - account: Numbers; those that are there already are replaced.
    /// - Throws: When it cannot be written; nothing has changed then.
    func save(
        source: String,
        changed: [Checkpoint],
        forgotten: [Int64],
        account: [String: Int64]
    ) throws(Failure)
    /// Where they are kept, for people; nil if they go with the program.
    var place: String? { get }
}

/// Positions that go with the program.
@MainLoop public final class MemoryCheckpoints: Checkpoints {
    private var rows: [String: [Int64: Checkpoint]] = [:]
    private var accounts: [String: [String: Int64]] = [:]

    /// Begins empty.
    public init() {}

    /// Nowhere.
    public var place: String? { nil }

    /// What is known of a source's files.
    public func load(source: String) -> [Checkpoint] {
        rows[source, default: [:]].values.sorted { $0.row < $1.row }
    }

    /// Numbers that were kept with the positions.
    public func account(source: String) -> [String: Int64] {
        accounts[source, default: [:]]
    }

    /// Keeps positions and numbers.
    public func save(
        source: String,
        changed: [Checkpoint],
        forgotten: [Int64],
        account: [String: Int64]
    ) {
        for checkpoint in changed { rows[source, default: [:]][checkpoint.row] = checkpoint }
        for row in forgotten { rows[source, default: [:]][row] = nil }
        accounts[source, default: [:]].merge(account) { _, new in new }
    }
}
