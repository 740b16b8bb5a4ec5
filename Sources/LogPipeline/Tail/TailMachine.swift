internal import Basics

/// The rules of following files: which content is which, what is read next, what is let go of.
///
/// It touches no file. It is told what was seen, and says what to do.
struct TailMachine: Sendable {
    /// Something to do.
    enum Action: Sendable, Hashable {
        /// Open a path, then call `opened` or `refused`.
        case open(Int, path: String)
        /// Look at an open file, then call `visit`.
        case visit(Int, Int32)
        /// Close a file if its path still leads to it, then call `released`; else tell what the path leads to.
        case release(Int, Int32, path: String)
        /// Close a file.
        case close(Int, Int32)
        /// Look for a file that lost its name in a directory, then call `searched`.
        case search(Int, directory: String)
        /// Remove a file, if it still is the same and has the same size.
        case remove(Int, path: String)
        /// Tell the user.
        case warn(String)
    }

    /// How long a file that was not seen again is remembered.
    static let remembered = Duration.seconds(7 * 86_400)
    /// Records in a lot at most.
    static let recordsMaximum = 1_000

    var rules: TailRules
    var numbers = TailNumbers()
    var files: [Int: TrackedFile] = [:]
    var paths: [String: Int] = [:]
    var keys: [FileKey: Int] = [:]
    /// Checkpoints of files that were not seen in this run, or that have no name here any more.
    var known: [FileKey: Checkpoint] = [:]
    private var inodes: [UInt64: [FileKey]] = [:]
    private var ready: [Int] = []
    private var readyHead = 0
    private var actions: [Action] = []
    var gone: Set<Int> = []
    private var retrying: Set<Int> = []
    var dirty: Set<Int> = []
    /// Contents whose copies are to be sought.
    var seeks: [Int] = []
    /// The content that had a path before, if it has no name now.
    var formers: [String: Int] = [:]
    private var parting: [Checkpoint] = []
    private var forgotten: Set<Int64> = []
    private var lastID = 0
    private var lastRow: Int64 = 0
    private var openCount = 0
    /// Files in the order in which they were opened; some may be closed by now.
    var opens: [Int] = []
    private var opensHead = 0
    var now: Moment
    private let began: Moment
    private(set) var isFirstLook = true
    private(set) var isFinishing = false

    init(_ rules: TailRules, checkpoints: [Checkpoint], at now: Moment) {
        self.rules = rules
        self.now = now
        began = now
        for checkpoint in checkpoints {
            lastRow = max(lastRow, checkpoint.row)
            // Of two for one place the younger holds.
            if let other = known[checkpoint.key] {
                let (old, young) =
                    other.row < checkpoint.row ? (other, checkpoint) : (checkpoint, other)
                forgotten.insert(old.row)
                known[checkpoint.key] = young
            } else {
                known[checkpoint.key] = checkpoint
                inodes[checkpoint.key.inode, default: []].append(checkpoint.key)
            }
        }
    }

    // MARK: The rows

    /// What changed since the last call and is to be written down.
    mutating func takeChanges() -> (changed: [Checkpoint], forgotten: [Int64]) {
        var changed = parting
        for id in dirty {
            if let file = files[id], !file.isOver { changed.append(file.checkpoint(at: now.wall)) }
        }
        let gone = Array(forgotten)
        parting = []
        dirty = []
        forgotten = []
        return (changed, gone)
    }

    /// All that is known: for a store that begins anew.
    func all() -> [Checkpoint] {
        files.values.filter { !$0.isOver }.map { $0.checkpoint(at: now.wall) } + known.values
    }

    /// Makes a content's entry.
    mutating func make(_ key: FileKey, path: String, row: Int64?, look: FileLook) -> TrackedFile {
        lastID += 1
        if row == nil { lastRow += 1 }
        dirty.insert(lastID)
        return TrackedFile(
            id: lastID,
            row: row ?? lastRow,
            key: key,
            path: path,
            place: .init(position: 0),
            scanned: 0,
            size: look.size,
            modified: look.modified,
            links: look.links,
            settled: .init(position: 0),
            quietSince: now.instant
        )
    }

    /// The checkpoint that a file may belong to; it is no longer known afterwards.
    mutating func takeKnown(_ key: FileKey, path: String) -> Checkpoint? {
        if let exact = known.removeValue(forKey: key) { return exact }
        for other in inodes[key.inode] ?? [] {
            guard let found = known[other], found.path == path || other.device == 0 else {
                continue
            }
            known[other] = nil
            return found
        }
        return nil
    }

    mutating func forget(row: Int64) {
        forgotten.insert(row)
    }

    /// Lets go of a content for good; one that has names elsewhere is remembered.
    mutating func retire(_ id: Int) {
        guard let file = files.removeValue(forKey: id) else { return }
        if let descriptor = file.descriptor { close(id, descriptor) }
        if keys[file.key] == id { keys[file.key] = nil }
        if formers[file.path] == id { formers[file.path] = nil }
        gone.remove(id)
        retrying.remove(id)
        dirty.remove(id)
        if file.links > 0 && !file.isLost && known.count < rules.knownMaximum {
            let checkpoint = file.checkpoint(at: now.wall)
            remember(checkpoint)
        } else {
            forgotten.insert(file.row)
        }
    }

    /// Keeps in mind what has no name here.
    mutating func remember(_ checkpoint: Checkpoint) {
        known[checkpoint.key] = checkpoint
        parting.append(checkpoint)
    }

    // MARK: What is next

    /// What to do next; nil: nothing until something is seen or `nextWake` comes.
    mutating func next(at now: Moment) -> Action? {
        self.now = now
        if !actions.isEmpty { return actions.removeFirst() }
        // What waits for others is put behind them once.
        var patience = ready.count - readyHead
        while let id = pop() {
            guard let file = files[id], !file.isOver else { continue }
            if patience > 0, let before = predecessor(of: id) {
                patience -= 1
                enqueue(before, atFront: true)
                enqueue(id)
                continue
            }
            if let descriptor = file.descriptor { return .visit(id, descriptor) }
            if let path = file.names.first ?? file.hiding {
                // Files without a name cannot be closed: if all are such, the limit is passed.
                guard openCount >= rules.openMaximum, let victim = victim() else {
                    return .open(id, path: path)
                }
                enqueue(id, atFront: true)
                guard let open = files[victim]?.descriptor, let name = files[victim]?.names.first
                else { continue }
                return .release(victim, open, path: name)
            }
            if !file.isLost { return .search(id, directory: Self.parent(of: file.path)) }
            tryRetire(id)
            if !actions.isEmpty { return actions.removeFirst() }
        }
        return nil
    }

    /// Whether there is nothing to do now.
    var isIdle: Bool { readyHead == ready.count && actions.isEmpty }

    /// When `wake` is to be called.
    var nextWake: Instant? {
        var soonest: Instant?
        func consider(_ instant: Instant) {
            if soonest.map({ instant < $0 }) ?? true { soonest = instant }
        }
        for id in gone {
            if let file = files[id], isDue(file, at: .init(nanoseconds: .max)) {
                consider(file.quietSince + rules.rotateWait)
            }
        }
        for id in retrying {
            if let instant = files[id]?.retryAt { consider(instant) }
        }
        return soonest
    }

    /// Time has passed.
    mutating func wake(at now: Moment) {
        self.now = now
        for id in gone {
            if let file = files[id], isDue(file, at: now.instant) { enqueue(id) }
        }
        for id in retrying where files[id]?.retryAt.map({ $0 <= now.instant }) ?? true {
            retrying.remove(id)
            files[id]?.retryAt = nil
            enqueue(id)
        }
        guard let wait = rules.removeAfter else { return }
        for (id, file) in files where file.quietSince + wait <= now.instant {
            let isDone = file.place.position > 0 && file.unread == 0 && file.pending.isEmpty
            if isDone && !file.isOver && !file.isQueued, let path = file.names.first {
                files[id]?.quietSince = now.instant
                actions.append(.remove(id, path: path))
            }
        }
    }

    /// Whether a gone file has something to be done at an instant.
    private func isDue(_ file: TrackedFile, at instant: Instant) -> Bool {
        !file.isQueued && (file.pending.isEmpty || file.unread > 0)
            && file.retryAt == nil && file.quietSince + rules.rotateWait <= instant
    }

    mutating func enqueue(_ id: Int, atFront: Bool = false) {
        guard let place = files.index(forKey: id), !files.values[place].isQueued else { return }
        files.values[place].isQueued = true
        if atFront && readyHead > 0 {
            readyHead -= 1
            ready[readyHead] = id
        } else if atFront {
            ready.insert(id, at: 0)
        } else {
            ready.append(id)
        }
    }

    private mutating func pop() -> Int? {
        guard readyHead < ready.count else { return nil }
        let id = ready[readyHead]
        readyHead += 1
        if readyHead == ready.count {
            ready.removeAll(keepingCapacity: ready.capacity <= 1024)
            readyHead = 0
        } else if readyHead > 1024 && readyHead * 2 > ready.count {
            ready.removeFirst(readyHead)
            readyHead = 0
        }
        files[id]?.isQueued = false
        return id
    }

    // MARK: Open files

    /// A file was opened.
    mutating func opened(_ id: Int, _ descriptor: Int32, _ look: FileLook) {
        guard let file = files[id], !file.isOver, file.descriptor == nil else {
            actions.append(.close(id, descriptor))
            return
        }
        guard look.key == file.key, look.isFile else {
            actions.append(.close(id, descriptor))
            if file.hiding != nil {
                searched(id, nil)
            } else if let path = file.names.first {
                saw(path, look.isFile ? look : nil, at: now)
            }
            return
        }
        files[id]?.descriptor = descriptor
        openCount += 1
        opens.append(id)
        numbers.opened += 1
        enqueue(id, atFront: true)
    }

    /// Why a file could not be opened or read.
    enum Refusal: Sendable, Hashable {
        case missing
        case noDescriptors
        case other(String)
    }

    /// A file could not be opened.
    mutating func refused(_ id: Int, path: String, _ refusal: Refusal) {
        guard let file = files[id] else { return }
        switch refusal {
        case .missing where file.hiding != nil: searched(id, nil)
        case .missing: saw(path, nil, at: now)
        case .noDescriptors:
            numbers.errors += 1
            if openCount > 1 && rules.openMaximum >= openCount {
                rules.openMaximum = openCount - 1
                actions.append(
                    .warn("no descriptors are left: at most \(openCount - 1) files stay open")
                )
            }
            retry(id, after: .seconds(1))
        case .other(let text): trouble(id, text)
        }
    }

    /// A read failed: the file is opened again later.
    mutating func trouble(_ id: Int, _ text: String) {
        guard let file = files[id] else { return }
        numbers.errors += 1
        if !file.warned {
            files[id]?.warned = true
            actions.append(.warn("cannot read \(file.path): \(text)"))
        }
        if let descriptor = file.descriptor {
            files[id]?.descriptor = nil
            close(id, descriptor)
        }
        if file.isGone { searched(id, nil) } else { retry(id, after: .seconds(5)) }
    }

    private mutating func retry(_ id: Int, after wait: Duration) {
        files[id]?.retryAt = now.instant + wait
        retrying.insert(id)
    }

    /// The open file that can best be closed: it has a name by which it is found again, and nothing to read.
    ///
    /// Some of those that are open longest are looked at, so that thousands cost no more than a few.
    private mutating func victim() -> Int? {
        var second: Int?
        for _ in 0..<min(64, opens.count - opensHead) {
            let id = opens[opensHead]
            opensHead += 1
            if opensHead > 1024 && opensHead * 2 > opens.count {
                opens.removeFirst(opensHead)
                opensHead = 0
            }
            guard let index = files.index(forKey: id), files.values[index].descriptor != nil,
                !files.values[index].isOver
            else { continue }
            if !files.values[index].isGone {
                if !files.values[index].isQueued { return id }
                if second == nil { second = id }
            }
            opens.append(id)
        }
        return second
    }

    /// A file was closed so that another can be opened.
    mutating func released(_ id: Int) {
        files[id]?.descriptor = nil
        files[id]?.isHeadChecked = false
        openCount -= 1
        numbers.closed += 1
    }

    mutating func close(_ id: Int, _ descriptor: Int32) {
        openCount -= 1
        numbers.closed += 1
        actions.append(.close(id, descriptor))
    }

    /// A file was removed because it was read (`removeAfter`), or is another by now.
    mutating func removed(_ id: Int, path: String, _ isRemoved: Bool) {
        guard isRemoved else { return }
        numbers.removed += 1
        files[id]?.links = 0
        saw(path, nil, at: now)
    }

    // MARK: The end

    /// Every file is read to its present end, then there is nothing to do any more.
    mutating func finish(at now: Moment) {
        self.now = now
        isFinishing = true
        for (id, file) in files where !file.isOver && (file.descriptor != nil || file.unread > 0) {
            enqueue(id)
        }
    }

    /// The first look at all paths is over: what appears from now on is new.
    mutating func lookedAround() {
        isFirstLook = false
    }

    /// Forgets files that were looked for in vain, if that they were seen is long ago.
    mutating func forgetOld(_ missed: [FileKey], at now: Moment) {
        // Of positions of Fluent Bit's nobody knows the device, so they are not looked for.
        for key in missed + known.keys.filter({ $0.device == 0 }) {
            guard let checkpoint = known[key], now.wall - checkpoint.seen > Self.remembered else {
                continue
            }
            known[key] = nil
            forgotten.insert(checkpoint.row)
        }
    }

    /// The time of day by which files are old: one that appears while the clock is set forward is not.
    var earlierWall: Timestamp {
        min(now.wall, began.wall + (now.instant - began.instant))
    }

    /// The numbers as they are now.
    var facts: TailNumbers {
        var facts = numbers
        facts.open = openCount
        for file in files.values where !file.isOver {
            facts.files += 1
            facts.lag += file.unread
        }
        return facts
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }
}
