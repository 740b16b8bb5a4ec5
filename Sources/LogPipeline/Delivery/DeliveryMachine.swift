import Basics

/// Decides what a sink sends and when: a state machine without I/O, clock and randomness of its own.
///
/// Records are put into a batch (`select`, `filling`, `filled`); batches are closed by bytes, number and
/// time; requests are opened (`send`), and what comes of them is handed in. Every record ends once, by
/// `delivered` or `rejected`; until then it counts as buffered.
struct DeliveryMachine<Load: Cargo>: Sendable {
    private struct Filling: Sendable {
        var load: Load
        var since: Instant
    }

    private struct Grave: Sendable {
        var parcel: Parcel
        var reasons: [ItemVerdict]
        var isOpen: Bool
    }

    let settings: DeliverySettings
    private(set) var actions: [Action] = []
    private(set) var tally = Tally()
    /// The batch that records are put into, and its partition.
    var filling = Load()
    private(set) var key: [UInt8] = []
    private var fillingSince: Instant?
    private var aside: [[UInt8]: Filling] = [:]
    /// Closed batches in order, and those that wait for another attempt.
    private var ready = ParcelQueue<Parcel>()
    private var waiting: [Parcel] = []
    private var open: [Int: Parcel] = [:]
    private var graves: [Int: Grave] = [:]
    private var nextID = 0
    private var failuresInRow = 0
    /// Nothing is sent before this.
    private var gate = Instant(nanoseconds: .min)
    private var deadline: Instant?
    private var random: UInt64
    /// Bytes in closed batches, sent or not.
    private var closedBytes = 0
    private var asideBytes = 0
    private(set) var isOver = false
    /// Whether more will come although nobody hands records in: a buffer on disk has some.
    var expectsMore = false
    /// Why the last request failed; nil after one that did not.
    private(set) var trouble: String?

    /// Begins empty; the jitter of pauses is made from the seed.
    init(_ settings: DeliverySettings, seed: UInt64) {
        self.settings = settings
        random = seed
    }

    // MARK: What is there

    /// Bytes that wait or are under way.
    var bytes: Int { closedBytes + asideBytes + filling.size }
    /// Records in closed batches: what is still being filled does not count.
    private var closedRecords: Int {
        tally.buffered - filling.count - aside.values.reduce(0) { $0 + $1.load.count }
    }
    /// Whether sources are to wait.
    var isFull: Bool {
        bytes >= settings.memory || settings.recordMaximum.map { closedRecords >= $0 } ?? false
    }
    /// Whether there is room again after it was full.
    var hasRoom: Bool {
        bytes < settings.memory - settings.memory / 4
            && settings.recordMaximum.map { closedRecords <= $0 - max($0 / 4, 1) } ?? true
    }
    /// How many requests are open.
    var openCount: Int { open.count }
    /// How many batches wait for another attempt.
    var waitingCount: Int { waiting.count }
    /// Whether the other side is being tried with one request at a time.
    var isBroken: Bool { failuresInRow >= settings.breakerAfter }
    /// Whether nothing is left.
    var isEmpty: Bool {
        filling.count == 0 && aside.isEmpty && ready.isEmpty && waiting.isEmpty && open.isEmpty
            && graves.isEmpty
    }

    // MARK: Records come

    /// Chooses the partition that the next records belong to.
    @inline(__always)
    mutating func select(_ key: [UInt8], at now: Instant) {
        if key != self.key { change(to: key, at: now) }
    }

    private mutating func change(to key: [UInt8], at now: Instant) {
        if filling.count > 0 {
            asideBytes += filling.size
            aside[self.key] = Filling(load: filling, since: fillingSince ?? now)
        }
        self.key = key
        if let other = aside.removeValue(forKey: key) {
            asideBytes -= other.load.size
            filling = other.load
            fillingSince = other.since
        } else {
            filling = Load()
            fillingSince = nil
        }
        if aside.count >= settings.partitionMaximum,
            let oldest = aside.min(by: { $0.value.since < $1.value.since })
        {
            close(aside: oldest.key)
        }
    }

    /// Notes that records were added to `filling`; closes it if it is large enough.
    @inline(__always)
    mutating func filled(_ count: Int, at now: Instant) {
        tally.received += count
        if fillingSince == nil { fillingSince = now }
        if isLarge { close(at: now) }
    }

    /// Whether the batch that is being filled has reached a limit.
    var isLarge: Bool {
        filling.size >= settings.batchBytes
            || settings.batchRecords.map { filling.count >= $0 } ?? false
    }

    /// Closes the batch that is being filled; more may follow in a new one.
    mutating func close(at now: Instant) {
        guard filling.count > 0 else { return }
        enqueue(key, filling)
        filling = Load()
        fillingSince = nil
    }

    private mutating func close(aside key: [UInt8]) {
        guard let other = aside.removeValue(forKey: key) else { return }
        asideBytes -= other.load.size
        enqueue(key, other.load)
    }

    private mutating func enqueue(_ key: [UInt8], _ load: Load) {
        closedBytes += load.size
        ready.append(parcel(key, load))
    }

    /// Gives up the oldest records that are not under way, to make room.
    ///
    /// - Returns: The records, which count as rejected; nil if all are under way.
    mutating func dropOldest() -> Load? {
        let oldest = waiting.indices.min { waiting[$0].place < waiting[$1].place }
        var load: Load?
        if let oldest, ready.first.map({ waiting[oldest].place < $0.place }) ?? true {
            load = waiting.remove(at: oldest).load
        } else if let first = ready.popFirst() {
            load = first.load
        } else if let key = aside.min(by: { $0.value.since < $1.value.since })?.key {
            close(aside: key)
            load = ready.popFirst()?.load
        } else if filling.count > 0 {
            close(at: .zero)
            load = ready.popFirst()?.load
        }
        guard let load else { return nil }
        closedBytes -= load.size
        tally.rejected += load.count
        return load
    }

    // MARK: Answers come

    /// Takes what came of a request.
    mutating func answered(_ id: Int, _ answer: DeliveryAnswer, at now: Instant) {
        guard var parcel = open.removeValue(forKey: id) else { return }
        switch answer {
        case .delivered:
            succeeded()
            closedBytes -= parcel.load.size
            tally.delivered += parcel.load.count
            actions.append(.delivered(parcel.load, nil))
        case .partly(let verdicts):
            succeeded()
            sort(parcel, verdicts, at: now)
        case .failed(let setback):
            tally.errors += 1
            if setback.isUncertain, !parcel.isUncertain {
                parcel.isUncertain = true
                tally.uncertain += parcel.load.count
            }
            if !setback.isUnreached { parcel.reached += 1 }
            trouble = setback.reason
            switch setback.remedy {
            case .reject:
                // The other side is there; it does not want these.
                failuresInRow = 0
                reject(parcel, Self.all(parcel, setback.reason, setback.code), at: now)
            case .split where parcel.load.count > 1: split(parcel)
            case .split: reject(parcel, Self.all(parcel, setback.reason, setback.code), at: now)
            case .retry:
                failuresInRow += 1
                repeatLater(parcel, setback, at: now)
            }
        }
        step(at: now)
    }

    private mutating func succeeded() {
        failuresInRow = 0
        gate = Instant(nanoseconds: .min)
        trouble = nil
    }

    private static func all(_ parcel: Parcel, _ reason: String, _ code: Int?) -> [ItemVerdict] {
        (0..<parcel.load.count).map {
            ItemVerdict(item: $0, isRetriable: false, reason: reason, code: code)
        }
    }

    /// Each record by what was said of it.
    private mutating func sort(_ parcel: Parcel, _ verdicts: [ItemVerdict], at now: Instant) {
        let count = parcel.load.count
        var byItem: [Int: ItemVerdict] = [:]
        for verdict in verdicts where (0..<count).contains(verdict.item) {
            byItem[verdict.item] = verdict
        }
        guard !byItem.isEmpty else {
            closedBytes -= parcel.load.size
            tally.delivered += count
            actions.append(.delivered(parcel.load, nil))
            return
        }
        var done: [Int] = []
        var again: [Int] = []
        var refused: [Int] = []
        var reasons: [ItemVerdict] = []
        for item in 0..<count {
            switch byItem[item] {
            case nil: done.append(item)
            case let verdict? where verdict.isRetriable: again.append(item)
            case var verdict?:
                verdict.item = refused.count
                refused.append(item)
                reasons.append(verdict)
            }
        }
        closedBytes -= parcel.load.size
        if !done.isEmpty {
            tally.delivered += done.count
            actions.append(.delivered(parcel.load, done))
        }
        if !refused.isEmpty {
            let load = parcel.load.picking(refused)
            closedBytes += load.size
            reject(self.parcel(parcel.key, load), reasons, at: now)
        }
        if !again.isEmpty {
            var rest = parcel
            rest.load = again.count == count ? parcel.load : parcel.load.picking(again)
            closedBytes += rest.load.size
            rest.reached += 1
            let first = byItem[again[0]]
            tally.errors += 1
            trouble = first?.reason
            repeatLater(
                rest,
                Setback(.retry, first?.reason ?? "refused for now", code: first?.code),
                at: now
            )
        }
    }

    private mutating func parcel(_ key: [UInt8], _ load: Load) -> Parcel {
        defer { nextID += 1 }
        return Parcel(id: nextID, place: UInt64(nextID) << 32, key: key, load: load)
    }

    /// Halves a parcel that is too large; the order stays.
    private mutating func split(_ whole: Parcel) {
        let count = whole.load.count
        closedBytes -= whole.load.size
        var first = whole
        first.load = whole.load.picking(Array(0..<(count / 2)))
        first.span = whole.span / 2
        var second = parcel(whole.key, whole.load.picking(Array((count / 2)..<count)))
        second.place = whole.place + first.span
        second.span = first.span
        second.attempts = whole.attempts
        second.since = whole.since
        second.isUncertain = whole.isUncertain
        // It was not refused because of an outage, so it is no attempt.
        first.reached = max(0, whole.reached - 1)
        second.reached = first.reached
        closedBytes += first.load.size + second.load.size
        ready.insert(first, at: 0)
        ready.insert(second, at: 1)
    }

    private mutating func repeatLater(_ parcel: Parcel, _ setback: Setback, at now: Instant) {
        var parcel = parcel
        let retry = settings.retry
        let spent = now - (parcel.since ?? now)
        if let limit = retry.limit, parcel.reached > limit {
            let reason = "given up after \(parcel.reached) attempts: \(setback.reason)"
            return reject(parcel, Self.all(parcel, reason, setback.code), at: now)
        }
        if let timeout = retry.timeout, spent >= timeout {
            let reason = "given up after \(timeout.inSeconds) s: \(setback.reason)"
            return reject(parcel, Self.all(parcel, reason, setback.code), at: now)
        }
        var pause = pause(after: parcel.attempts)
        if let asked = setback.retryAfter {
            pause = max(pause, min(asked, settings.retryAfterMaximum))
            gate = max(gate, now + pause)
        }
        parcel.due = now + pause
        if isBroken { gate = max(gate, now + pause) }
        if deadline != nil { parcel.due = min(parcel.due, now + .seconds(1)) }
        waiting.append(parcel)
    }

    /// The pause after so many attempts.
    mutating func pause(after attempts: Int) -> Duration {
        let retry = settings.retry
        let first = max(0, Double(retry.initial.nanoseconds))
        let cap = max(first, Double(retry.cap.nanoseconds))
        var longest = first
        // Grown step by step, so that nothing overflows; the cap is reached soon.
        for _ in 0..<min(max(attempts - (retry.isFullyRandom ? 0 : 1), 0), 64) where longest < cap {
            longest *= max(retry.isFullyRandom ? 2 : retry.factor, 1)
        }
        longest = min(longest, cap)
        let share = Double(draw() >> 11) / Double(1 << 53)
        let nanoseconds =
            retry.isFullyRandom
            ? first + (longest - first) * share : longest * (0.875 + 0.25 * share)
        return .nanoseconds(Int64(min(nanoseconds, 9e18)))
    }

    /// SplitMix64.
    private mutating func draw() -> UInt64 {
        random &+= 0x9E37_79B9_7F4A_7C15
        var mixed = random
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    // MARK: Records are refused

    /// Takes records that cannot even be sent, with the reasons.
    ///
    /// - Returns: The number of the parcel that they make.
    mutating func refuse(_ load: Load, _ reasons: [ItemVerdict], at now: Instant) -> Int {
        tally.received += load.count
        closedBytes += load.size
        let parcel = parcel([], load)
        reject(parcel, reasons, at: now)
        return parcel.id
    }

    private mutating func reject(_ parcel: Parcel, _ reasons: [ItemVerdict], at now: Instant) {
        graves[parcel.id] = Grave(parcel: parcel, reasons: reasons, isOpen: true)
        actions.append(.bury(parcel, reasons))
    }

    /// Takes whether refused records are safe; those that are not are tried again.
    mutating func buried(_ id: Int, isKept: Bool, at now: Instant) {
        guard var grave = graves[id], grave.isOpen else { return }
        if isKept {
            graves[id] = nil
            closedBytes -= grave.parcel.load.size
            tally.rejected += grave.parcel.load.count
            actions.append(.rejected(grave.parcel.load))
        } else {
            grave.isOpen = false
            grave.parcel.attempts += 1
            grave.parcel.due = now + pause(after: grave.parcel.attempts)
            graves[id] = grave
        }
        step(at: now)
    }

    // MARK: Time passes

    /// Does what is due.
    mutating func wake(at now: Instant) {
        for id in graves.keys.sorted() {
            guard let grave = graves[id], !grave.isOpen, grave.parcel.due <= now else { continue }
            graves[id]?.isOpen = true
            actions.append(.bury(grave.parcel, grave.reasons))
        }
        step(at: now)
    }

    /// Nothing more comes: what is there is delivered without waiting for more, until the deadline.
    mutating func finish(by end: Instant, at now: Instant) {
        deadline = end
        close(at: now)
        for key in aside.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) { close(aside: key) }
        for place in waiting.indices { waiting[place].due = min(waiting[place].due, now) }
        gate = Instant(nanoseconds: .min)
        step(at: now)
    }

    /// Takes out what is to be done.
    mutating func takeActions() -> [Action] {
        defer { actions.removeAll(keepingCapacity: true) }
        return actions
    }

    private var limit: Int { settings.isOrdered || isBroken ? 1 : max(1, settings.concurrency) }

    private mutating func step(at now: Instant) {
        if let deadline {
            close(at: now)
            if isEmpty && !expectsMore || now >= deadline { isOver = true }
            if isOver { return }
        }
        while open.count < limit, now >= gate, let parcel = nextParcel(at: now) {
            send(parcel, at: now)
        }
    }

    private mutating func send(_ parcel: Parcel, at now: Instant) {
        var parcel = parcel
        parcel.attempts += 1
        if parcel.attempts > 1 { tally.retried += 1 }
        if parcel.since == nil { parcel.since = now }
        open[parcel.id] = parcel
        actions.append(.send(parcel))
    }

    /// The oldest parcel that may go now; batches that are old enough are closed for it.
    private mutating func nextParcel(at now: Instant) -> Parcel? {
        let oldest = waiting.indices.min { waiting[$0].place < waiting[$1].place }
        if settings.isOrdered, let oldest,
            ready.first.map({ waiting[oldest].place < $0.place }) ?? true
        {
            return waiting[oldest].due <= now ? waiting.remove(at: oldest) : nil
        }
        let due = waiting.indices.filter { waiting[$0].due <= now }
            .min { waiting[$0].place < waiting[$1].place }
        if let due { return waiting.remove(at: due) }
        if let first = ready.popFirst() { return first }
        // Nothing closed is left, so a batch goes that has waited long enough; while requests cannot be
        // sent it goes on growing instead.
        let wait = settings.batchWait
        if let since = fillingSince, filling.count > 0, now >= since + wait { close(at: now) }
        for (key, other) in aside where now >= other.since + wait { close(aside: key) }
        return ready.popFirst()
    }

    /// When `wake` is to be called next; nil if something else comes first.
    var nextWake: Instant? {
        var next: Instant?
        func consider(_ instant: Instant) {
            next = next.map { min($0, instant) } ?? instant
        }
        for grave in graves.values where !grave.isOpen { consider(grave.parcel.due) }
        if let deadline, !isOver { consider(deadline) }
        guard open.count < limit else { return next }
        let oldest = waiting.min { $0.place < $1.place }
        if settings.isOrdered, let oldest, ready.first.map({ oldest.place < $0.place }) ?? true {
            consider(max(oldest.due, gate))
            return next
        }
        if !ready.isEmpty { consider(gate) }
        for parcel in waiting { consider(max(parcel.due, gate)) }
        if let since = fillingSince, filling.count > 0 {
            consider(max(since + settings.batchWait, gate))
        }
        for other in aside.values { consider(max(other.since + settings.batchWait, gate)) }
        return next
    }
}
