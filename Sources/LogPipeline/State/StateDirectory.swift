public import Basics
public import Reactor
internal import System

/// Where a program keeps what must outlive it: positions, buffers, dead letters.
///
/// The first of these that can be written is taken: the configuration's directory, `COMPANION_STATE`,
/// `/var/lib/companion`. If none can, everything is kept in memory, and said so.
@MainLoop public final class StateDirectory {
    /// The usual place.
    public static let usual = "/var/lib/companion"

    /// The directory; nil if there is none.
    public let path: String?
    private let journal: Journal
    private let clock: WallClock
    private var stores: [String: any Checkpoints] = [:]

    /// Chooses a directory, and makes it if it is missing.
    ///
    /// - Parameters:
    ///   - configured: What the configuration says.
    ///   - environment: The value of `COMPANION_STATE`.
    ///   - usual: The place if neither says one.
    ///   - journal: What is told.
    ///   - clock: What positions are dated with that were taken over.
    public init(
        configured: String?,
        environment: String?,
        usual: String = StateDirectory.usual,
        journal: Journal,
        clock: WallClock = .machine
    ) {
        self.journal = journal
        self.clock = clock
        var reasons: [String] = []
        var chosen: String?
        for candidate in [configured, environment, usual] where chosen == nil {
            guard let candidate, !candidate.isEmpty else { continue }
            if let reason = Self.refusal(candidate) {
                reasons.append("\(candidate): \(reason)")
            } else {
                chosen = candidate
            }
        }
        path = chosen
        guard !reasons.isEmpty else { return }
        let list = reasons.joined(separator: ", ")
        if let chosen {
            if configured != nil { journal.warning("state is kept in \(chosen) (\(list))") }
        } else {
            journal.warning(
                "state is kept in memory and lost at the end (\(list)); "
                    + "mount a writable volume and name it in COMPANION_STATE"
            )
        }
    }

    /// Where positions are kept: the file that the configuration names (Fluent Bit's `DB`), nil for the usual one.
    ///
    /// A file that cannot be written is replaced by one of the same name in the directory, and that by memory.
    public func checkpoints(at file: String?) -> any Checkpoints {
        if let file {
            if let store = store(file) { return store }
            let name = file.split(separator: "/").last.map(String.init) ?? "positions.db"
            if let path, let store = store(path + "/" + name) {
                journal.warning("positions are kept in \(path)/\(name) instead of \(file)")
                return store
            }
        } else if let path, let store = store(path + "/positions.db") {
            return store
        }
        if let store = stores[""] { return store }
        let store = MemoryCheckpoints()
        stores[""] = store
        if path != nil || file != nil {
            journal.warning("positions are kept in memory: a restart begins anew")
        }
        return store
    }

    private func store(_ file: String) -> (any Checkpoints)? {
        if let store = stores[file] { return store }
        do throws(Failure) {
            let parent = TailMachine.parent(of: file)
            if !Files.exists(parent) { try? Files.makeDirectories(parent, mode: 0o700) }
            let store = try SQLiteCheckpoints(path: file, clock: clock) { [journal] in
                journal.warning($0)
            }
            stores[file] = store
            return store
        } catch {
            journal.warning("\(error)")
            return nil
        }
    }

    /// Why a directory cannot be used; nil if it can.
    private static func refusal(_ path: String) -> String? {
        do throws(SystemError) {
            try Files.makeDirectories(path, mode: 0o700)
            let probe = path + "/.probe-" + Random.hexadecimal(8)
            try Files.write(probe, [], mode: 0o600)
            try Files.remove(probe)
            return nil
        } catch {
            return SystemError.words(for: error.number)
        }
    }
}
