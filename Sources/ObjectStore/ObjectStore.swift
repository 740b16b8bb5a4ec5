public import Basics
public import Formats
public import Reactor

/// The API objects of one node: in memory for reading, in SQLite so that they survive.
///
/// Objects are JSON trees; fields that nobody knows are kept. Every change has a resource version
/// from one counter that never goes back, also over restarts. A change is written first and takes
/// effect in memory only then, so a full disk loses nothing that was acknowledged.
///
/// Ownership: all of it belongs to the event loop. A write costs one SQLite transaction (tens of
/// microseconds, no fsync but at checkpoints).
@MainLoop public final class ObjectStore {
    /// The resource version of the last change.
    public private(set) var version: Int64
    let file: ObjectFile
    private let clock: () -> Timestamp
    private var objects: [String: [ObjectKey: JSON]] = [:]
    private var keys: [String: ObjectKey] = [:]
    private var index = OwnerIndex()
    private var twins = ObjectTwins()
    /// Who keeps account of objects that are removed.
    public weak var bookkeeper: (any Bookkeeper)?
    private var log: ChangeLog
    private var watches = WatchTable()

    private let path: String
    private var commitsSinceCheckpoint = 0
    private var isCheckpointing = false

    /// How many changes the write-ahead log collects before it is moved into the file.
    private static let checkpointEvery = 500

    /// The most events that wait for one watcher before it is ended.
    public static let watchCapacity = 4096

    /// Opens the store, or creates it with mode 0600.
    ///
    /// - Parameters:
    ///   - path: the file, or `:memory:` for a store that ends with the process.
    ///   - clock: the wall clock for creation and deletion times.
    /// - Throws: why the file cannot be used, and what to do.
    public init(
        path: String,
        clock: @escaping () -> Timestamp = { Loop.main.moment.wall }
    ) throws(Failure) {
        self.clock = clock
        self.path = path
        file = try ObjectFile(path: path)
        version = try file.version()
        log = ChangeLog(since: version)
        for row in try file.objects() {
            guard let read = try? JSON.parse(row.json) else {
                throw Failure(
                    .unavailable,
                    "the object store \(path) is damaged",
                    cause: "\(row.key) is no JSON",
                    remedy: "restore the file from a copy, or move it away to begin empty"
                )
            }
            let object = twins.compact(read)
            objects[row.key.resource, default: [:]][row.key] = object
            index.change(row.key, from: nil, to: object)
            keys[Self.uid(of: object)] = row.key
        }
    }

    // MARK: Reading

    /// An object; `nil` if there is none of that name.
    public func get(_ key: ObjectKey) -> JSON? {
        objects[key.resource]?[key]
    }

    /// An object by its UID.
    public func get(uid: String) -> JSON? {
        keys[uid].flatMap(get)
    }

    /// Where the object of a UID is.
    public func key(uid: String) -> ObjectKey? {
        keys[uid]
    }

    /// All objects that match, in the order of their namespaces and names.
    public func list(_ query: ObjectQuery) -> [JSON] {
        entries(query).map(\.object)
    }

    /// All objects that match with their keys, in the order of resource, namespace and name.
    public func entries(_ query: ObjectQuery) -> [(key: ObjectKey, object: JSON)] {
        if let namespace = query.namespace {
            let resources = query.resource.map { [$0] } ?? Array(objects.keys)
            let keys = resources.reduce(into: Set<ObjectKey>()) { all, resource in
                all.formUnion(index.members(resource, in: namespace))
            }
            return entries(keys).filter { query.matches($0.key, $0.object) }
        }
        let tables = query.resource.map { [objects[$0] ?? [:]] } ?? Array(objects.values)
        return tables.flatMap { table in
            table.filter { query.matches($0.key, $0.value) }.map { ($0.key, $0.value) }
        }.sorted { $0.0 < $1.0 }
    }

    private func entries(_ keys: Set<ObjectKey>) -> [(key: ObjectKey, object: JSON)] {
        keys.sorted().compactMap { key in get(key).map { (key, $0) } }
    }

    /// The UIDs of the objects that name an owner of that UID.
    public func dependents(of uid: String) -> Set<String> {
        index.dependents(of: uid)
    }

    /// The objects of a resource that name an owner of that UID, in the order of their names.
    public func entries(
        _ resource: String,
        ownedBy uid: String
    ) -> [(key: ObjectKey, object: JSON)] {
        entries(Set(index.dependents(of: uid).compactMap(key)).filter { $0.resource == resource })
    }

    /// The pods, replica sets or revisions of a namespace that nobody controls, by their names.
    public func uncontrolled(
        _ resource: String,
        in namespace: String
    ) -> [(key: ObjectKey, object: JSON)] {
        entries(index.free(resource, in: namespace))
    }

    /// How many objects of a resource there are in a namespace.
    public func count(_ resource: String, in namespace: String) -> Int {
        index.members(resource, in: namespace).count
    }

    /// How many objects of a resource there are.
    public func count(_ resource: String) -> Int {
        objects[resource]?.count ?? 0
    }

    // MARK: Changing

    /// The wall clock's time in the form of API objects.
    var now: Timestamp { clock() }

    /// Writes an object under the next version, then shows it to readers and watchers.
    func commit(
        _ key: ObjectKey,
        _ object: JSON,
        ledger: JSON? = nil
    ) throws(StoreError) -> JSON {
        var object = object
        let next = version + 1
        object["metadata"]?["resourceVersion"] = .string(String(next))
        object = twins.compact(object)
        let text = object.bytes()
        let uid = Self.uid(of: object)
        try storing { () throws(Failure) in
            try file.put(
                key,
                text,
                version: next,
                ledger: ledger.map { (uid: uid, $0.bytes()) }
            )
        }
        let old = objects[key.resource, default: [:]].updateValue(object, forKey: key)
        keys[uid] = key
        index.change(key, from: old, to: object)
        publish(
            Change(key: key, old: old, new: object, last: object, text: text, version: next)
        )
        return object
    }

    /// Removes an object under the next version, and the ledger of its UID with it.
    func erase(_ key: ObjectKey, _ object: JSON) throws(StoreError) -> JSON {
        let next = version + 1
        let uid = Self.uid(of: object)
        var note = bookkeeper?.note(beforeRemoving: key, object)
        if let known = note, keys[known.uid] == nil { note = nil }
        try storing { () throws(Failure) in
            try file.remove(
                key,
                uid: uid,
                version: next,
                ledger: note.map { (uid: $0.uid, $0.ledger.bytes()) }
            )
        }
        if let note { bookkeeper?.noted(uid: note.uid, note.ledger) }
        index.change(key, from: object, to: nil)
        objects[key.resource]?[key] = nil
        keys[uid] = nil
        var last = object
        last["metadata"]?["resourceVersion"] = .string(String(next))
        publish(
            Change(
                key: key,
                old: object,
                new: nil,
                last: last,
                text: last.bytes(),
                version: next
            )
        )
        return last
    }

    private func publish(_ change: Change) {
        version = change.version
        commitsSinceCheckpoint += 1
        if commitsSinceCheckpoint >= Self.checkpointEvery { beginCheckpoint() }
        log.append(
            ChangeLog.Entry(
                key: change.key,
                old: change.old.map { ChangeLog.summary(of: $0).bytes() },
                new: change.new == nil ? nil : change.text,
                last: change.text,
                version: change.version
            )
        )
        for (event, watches) in watches.audience(of: change) {
            for watch in watches { watch.offer(event) }
        }
    }

    /// Lets a worker thread move the write-ahead log into the file; the loop goes on meanwhile.
    private func beginCheckpoint() {
        guard !isCheckpointing, path != ":memory:" else { return }
        isCheckpointing = true
        commitsSinceCheckpoint = 0
        Task { @MainLoop [path, weak self] in
            // A failure is no harm: the log grows, and SQLite moves it itself in the end.
            try? await Loop.main.offload { try ObjectFile.checkpoint(path) }
            self?.isCheckpointing = false
        }
    }

    func storing<Result>(_ body: () throws(Failure) -> Result) throws(StoreError) -> Result {
        do throws(Failure) { return try body() } catch { throw .storage(error) }
    }

    static func uid(of object: JSON) -> String {
        object["metadata"]?["uid"]?.string ?? ""
    }

    // MARK: Watching

    /// Begins to watch.
    ///
    /// - Parameters:
    ///   - query: what to watch.
    ///   - version: the resource version after which changes are wanted, as `list` was answered
    ///     with; `nil` for changes from now on.
    ///   - capacity: the most events that may wait for the watcher.
    /// - Throws: `StoreError.expired` if that version is too old, or from another store.
    /// - Returns: the watcher's end; the watch ends when it is cancelled or dropped.
    public func watch(
        _ query: ObjectQuery,
        since version: Int64? = nil,
        capacity: Int = watchCapacity
    ) throws(StoreError) -> ObjectWatch {
        let since = version ?? self.version
        guard since <= self.version, let missed = log.changes(after: since) else {
            throw .expired(requested: since, oldest: log.forgotten + 1)
        }
        let watch = ObjectWatch(query, store: self, capacity: capacity)
        for change in missed {
            if let event = change.event(for: query) { watch.offer(event) }
        }
        if watch.isExpired { throw .expired(requested: since, oldest: self.version) }
        watches.insert(watch)
        return watch
    }

    /// How many watchers there are.
    public var watchCount: Int { watches.count }

    func forget(_ watch: ObjectWatch) {
        watches.remove(watch)
    }
}
