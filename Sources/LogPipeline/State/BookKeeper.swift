public import Basics
public import Reactor

/// Writes the books down, so that they go on after an end of whatever kind.
///
/// Books are written before positions. A kill between the two makes records come twice, and the books say so;
/// the other way round records would be delivered of which the books know nothing.
@MainLoop public final class BookKeeper {
    /// How long a change waits at most.
    public static let interval = Duration.seconds(1)
    /// Under which name they are kept, beside sources.
    static let name = ""

    private let books: Books
    private let store: any Checkpoints
    private let journal: Journal
    private var saved: [String: Int64] = [:]
    private var alarm: Alarm?
    private var isFailing = false

    /// Takes the books; nothing is written yet.
    ///
    /// - Parameters:
    ///   - books: What is written down.
    ///   - store: Where.
    ///   - journal: What is told.
    public init(_ books: Books, store: any Checkpoints, journal: Journal) {
        self.books = books
        self.store = store
        self.journal = journal
    }

    /// What an earlier run left; nil if there is nothing, or nothing that can be believed.
    public var earlier: Accounts? {
        do throws(Failure) {
            let numbers = try store.account(source: Self.name)
            if numbers.isEmpty { return nil }
            if let accounts = Accounts(numbers: numbers) { return accounts }
            journal.warning("the accounts of earlier runs do not balance: they begin anew")
        } catch {
            journal.warning("the accounts begin anew: \(error)")
        }
        return nil
    }

    /// Something changed: it is written down soon.
    public func touch() {
        guard alarm == nil else { return }
        alarm = Alarm(at: Loop.main.now + Self.interval) { [weak self] in
            guard let self else { return }
            alarm = nil
            save()
            // Ends of records do not come here.
            if books.buffered > 0 || isFailing { touch() }
        }
    }

    /// Writes down what changed.
    public func save() {
        let numbers = books.now.numbers
        let changed = numbers.filter { saved[$0.key] != $0.value }
        guard !changed.isEmpty else { return }
        do throws(Failure) {
            try store.save(source: Self.name, changed: [], forgotten: [], account: changed)
            saved = numbers
            if isFailing { journal.info("the accounts are written down again") }
            isFailing = false
        } catch {
            if !isFailing { journal.warning("the accounts are kept in memory only: \(error)") }
            isFailing = true
        }
    }

    /// Writes down what changed, for the last time.
    public func close() {
        alarm = nil
        save()
    }
}
