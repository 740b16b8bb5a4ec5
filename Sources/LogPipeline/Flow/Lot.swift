public import Reactor

/// Records that were read together, such as the lines of one piece of a file.
///
/// A source makes one for each piece it reads and is told when every record of it came to its end:
/// delivered, rejected or left out. Only then may it forget the piece (move a checkpoint, acknowledge).
@MainLoop public final class Lot {
    /// Who is told; it outlives its lots' records.
    private let owner: any LotOwner
    /// What the source knows it by: a place in a file, a number of a message.
    public let mark: Int64
    /// What it belongs to in the source: a number of a file or connection.
    public let group: Int
    /// Records, and copies of them, that have not come to their end.
    public private(set) var pending: Int
    /// Where its open records are counted.
    var tally: Books.Tally?

    /// Makes a lot of so many records.
    public init(owner: any LotOwner, group: Int, mark: Int64, count: Int) {
        self.owner = owner
        self.group = group
        self.mark = mark
        pending = count
    }

    /// Notes that records of it were copied: so many more are to come to their end.
    public func expect(_ count: Int) {
        pending += count
        tally?.open += count
    }

    /// Notes that so many records came to their end; the owner is told of the last.
    public func settle(_ count: Int) {
        guard count > 0, pending > 0 else { return }
        let ended = min(count, pending)
        pending -= ended
        tally?.open -= ended
        if pending <= 0 { owner.settled(self) }
    }
}

/// Who makes lots.
@MainLoop public protocol LotOwner: AnyObject {
    /// Every record of a lot came to its end.
    func settled(_ lot: Lot)
}
