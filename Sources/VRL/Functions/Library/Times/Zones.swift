import Records
import Synchronization
import System

/// The zone that a call asked for last, which is mostly asked for again.
///
/// Used by one thread.
final class UsualZone {
    private var name: String?
    private var zone: Zone?

    /// A zone of the database, or `local`.
    func named(_ name: String) -> Zone? {
        if self.name != name {
            self.name = name
            zone = Zones.named(name)
        }
        return zone
    }
}

/// The time zones that scripts name, read once.
enum Zones {
    private static let store = Mutex<[String: Zone]>([:])
    /// The largest file of a zone that is read.
    private static let sizeMaximum = 1 << 20

    /// A zone of the database, or `local`.
    static func named(_ name: String) -> Zone? {
        store.withLock { store in
            if let zone = store[name] { return zone }
            let read = { (path: String) in try? Files.read(path, limit: sizeMaximum) }
            let zone = name == "local" ? Zone.local(read: read) : Zone(named: name, read: read)
            if let zone, store.count < 1024 { store[name] = zone }
            return zone
        }
    }
}
