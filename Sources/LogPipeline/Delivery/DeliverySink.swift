import Basics
import Reactor
import Records

/// A sink that collects records in batches and delivers them through a carrier.
///
/// The machine decides, this does what it says: it runs requests, settles receipts, keeps the accounts,
/// writes dead letters and sets alarms.
@MainLoop final class DeliverySink<Courier: Carrier>: Sink {
    let id: String
    let carrier: Courier
    private let books: Books
    private let deadLetters: (any DeadLetters)?
    private let whenFull: BufferSettings.WhenFull
    private var machine: DeliveryMachine<RecordLoad>
    private var isSingle = true
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var alarm: Alarm?
    private var alarmTime: Instant?
    private var isRunning = false
    private var isEnding = false
    private var wasFull = false
    private var onRoom: (@MainLoop () -> Void)?
    private let ended = AsyncQueue<Bool>(capacity: 1)
    private var shown = DeliveryMachine<RecordLoad>.Tally()
    private var burialTrouble: String?
    private var news: DeliveryNews
    private let clock: WallClock
    /// The buffer on disk, if there is one.
    let spool: Spool?
    private var refusals = RecordEncoder(Encoding(.json))

    /// Makes a sink.
    ///
    /// - Parameters:
    ///   - id: Its name.
    ///   - carrier: What sends.
    ///   - settings: How it delivers.
    ///   - whenFull: What is done when the memory is full.
    ///   - spool: The buffer on disk; nil for none.
    ///   - books: The accounts.
    ///   - deadLetters: Where refused records go; nil: they are counted only.
    ///   - seed: What the jitter of pauses is made from.
    ///   - journal: Where it tells that deliveries fail.
    ///   - clock: What dead letters are dated with.
    init(
        id: String,
        carrier: Courier,
        settings: DeliverySettings,
        whenFull: BufferSettings.WhenFull = .block,
        spool: Spool? = nil,
        books: Books,
        deadLetters: (any DeadLetters)?,
        seed: UInt64,
        journal: Journal = .silent,
        clock: WallClock = .machine
    ) {
        self.id = id
        news = DeliveryNews(id: id, journal: journal)
        self.clock = clock
        self.carrier = carrier
        self.whenFull = whenFull
        self.spool = spool
        self.books = books
        self.deadLetters = deadLetters
        machine = DeliveryMachine(settings, seed: seed)
        spool?.onSafe = { units in books.sink(id) { $0.stored += Int64(units) } }
    }

    /// What happened so far, in records of the sink.
    var tally: DeliveryMachine<RecordLoad>.Tally { machine.tally }
    /// Requests that are open.
    var openRequests: Int { tasks.count }
    /// Bytes in memory.
    var bytes: Int { machine.bytes }

    var isFull: Bool {
        guard whenFull == .block else { return false }
        if let spool { return spool.isFull }
        return machine.isFull
    }

    var trouble: String? { machine.trouble ?? burialTrouble ?? spool?.trouble }

    // MARK: Records come

    func accept(_ events: consuming [Event], at moment: Moment) {
        if let spool {
            accept(events, into: spool, at: moment)
            return
        }
        if whenFull == .dropNewest, machine.isFull {
            drop(events)
            return
        }
        var received = 0
        var events = consume events
        for place in events.indices {
            received += events[place].receipt.count
            let key = carrier.partition(of: &events[place])
            machine.select(key, at: moment.instant)
            let start = machine.filling.bytes.count
            let refusal = carrier.append(&events[place], at: moment, to: &machine.filling.bytes)
            if let refusal {
                machine.filling.bytes.removeLast(machine.filling.bytes.count - start)
                refuse(&events[place], refusal, at: moment)
                continue
            }
            machine.filling.seal(events[place].receipt, time: events[place].time)
            if machine.filling.size > machine.settings.batchBytes, machine.filling.count > 1 {
                // It would make the batch too large: it begins the next.
                let last = machine.filling.takeLast()
                machine.close(at: moment.instant)
                machine.filling = last
            }
            machine.filled(1, at: moment.instant)
        }
        books.sink(id) { $0.received += UInt64(received) }
        if whenFull == .dropOldest { dropOldest() }
        wasFull = wasFull || isFull
        if isRunning { pump(at: moment.instant) }
    }

    private func refuse(_ event: inout Event, _ reason: String, at moment: Moment) {
        var load = RecordLoad()
        refusals.append(&event, to: &load.bytes)
        load.seal(event.receipt, time: event.time)
        let verdict = ItemVerdict(item: 0, isRetriable: false, reason: reason, code: nil)
        whole.insert(machine.refuse(load, [verdict], at: moment.instant))
    }

    /// Loads whose bytes are the records as they are, without what the carrier adds.
    private var whole: Set<Int> = []

    private func drop(_ events: [Event]) {
        var count = 0
        for event in events {
            count += event.receipt.count
            event.receipt.end()
        }
        books.note(made: 0, left: [.limited: count])
    }

    private func dropOldest() {
        while machine.isFull, let load = machine.dropOldest() {
            let units = load.units
            settle(load, nil)
            books.sink(id) { $0.rejected += UInt64(units) }
        }
    }

    private func accept(_ events: [Event], into spool: Spool, at moment: Moment) {
        if whenFull == .dropNewest, spool.isFull {
            drop(events)
            return
        }
        var received = 0
        var loads: [[UInt8]: RecordLoad] = [:]
        for var event in events {
            received += event.receipt.count
            let key = carrier.partition(of: &event)
            var load = loads.removeValue(forKey: key) ?? RecordLoad()
            let start = load.bytes.count
            if let refusal = carrier.append(&event, at: moment, to: &load.bytes) {
                load.bytes.removeLast(load.bytes.count - start)
                refuse(&event, refusal, at: moment)
            } else {
                load.seal(event.receipt, time: event.time)
            }
            loads[key] = load
        }
        books.sink(id) { $0.received += UInt64(received) }
        for (key, load) in loads where load.count > 0 { spool.append(load, partition: key) }
        if whenFull == .dropOldest {
            lose(spool.dropOldest())
        }
        wasFull = wasFull || isFull
        if isRunning { pump(at: moment.instant) }
    }

    /// Moves records from the buffer on disk into batches, as far as there is room in memory.
    private func refill(at now: Instant) {
        guard let spool else { return }
        while !machine.isFull, let (key, load) = spool.next() {
            machine.select(key, at: now)
            machine.filling.append(load)
            machine.filled(load.count, at: now)
        }
        machine.expectsMore = spool.hasUnread
        lose(spool.takeLost())
    }

    /// Counts what is gone from the buffer on disk without having been sent.
    private func lose(_ pieces: [Int]) {
        for units in pieces {
            books.sink(id) {
                $0.rejected += UInt64(units)
                $0.stored -= Int64(units)
            }
        }
    }

    // MARK: Running

    func run(onRoom: @escaping @MainLoop () -> Void) async throws(Failure) {
        self.onRoom = onRoom
        if let spool {
            let isNew = try await spool.open()
            if isNew { books.reconcile(id, stored: spool.restored) }
            spool.onRoom = { [weak self] in self?.pumpNow() }
        }
        try await carrier.open()
        isRunning = true
        pumpNow()
        if !machine.isOver { _ = await ended.next() }
        isRunning = false
        alarm = nil
        for task in tasks.values { task.cancel() }
        for task in Array(tasks.values) { await task.value }
        tasks = [:]
        await carrier.close()
        await spool?.close()
        if !machine.isOver { throw Failure(.cancelled, "cannot go on with \(id)") }
    }

    func finish(by deadline: Instant) {
        isEnding = true
        let now = Loop.main.now
        refill(at: now)
        machine.finish(by: deadline, at: now)
        pumpNow()
    }

    private func pumpNow() {
        pump(at: Loop.main.now)
    }

    private func pump(at now: Instant) {
        guard isRunning, !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        refill(at: now)
        machine.wake(at: now)
        while true {
            let actions = machine.takeActions()
            if actions.isEmpty { break }
            for action in actions { perform(action, at: now) }
            refill(at: now)
            if spool != nil { machine.wake(at: now) }
        }
        report()
        if machine.isOver {
            ended.send(true)
            return
        }
        setAlarm()
        if wasFull, spool?.hasRoom ?? machine.hasRoom {
            wasFull = false
            onRoom?()
        }
    }

    private var isPumping = false

    private func setAlarm() {
        guard let wake = machine.nextWake else {
            alarm = nil
            alarmTime = nil
            return
        }
        guard alarmTime != wake else { return }
        alarmTime = wake
        alarm = Alarm(at: wake) { [weak self] in
            self?.alarmTime = nil
            self?.pumpNow()
        }
    }

    private func perform(_ action: DeliveryMachine<RecordLoad>.Action, at now: Instant) {
        switch action {
        case .send(let parcel):
            tasks[parcel.id] = Task { @MainLoop [weak self, carrier] in
                let answer = await carrier.carry(
                    parcel.load,
                    partition: parcel.key,
                    attempt: parcel.attempts
                )
                self?.answered(parcel.id, answer)
            }
        case .bury(let parcel, let reasons):
            tasks[parcel.id] = Task { @MainLoop [weak self] in
                await self?.bury(parcel, reasons)
            }
        case .delivered(let load, let items):
            let units = UInt64(load.units(of: items))
            let bytes = items.map { $0.reduce(0) { $0 + load[$1].count } } ?? load.bytes.count
            settle(load, items)
            books.sink(id) {
                $0.delivered += units
                $0.bytes += UInt64(bytes)
            }
        case .rejected(let load):
            let units = UInt64(load.units)
            settle(load, nil)
            books.sink(id) { $0.rejected += units }
        }
    }

    private func settle(_ load: RecordLoad, _ items: [Int]?) {
        for (frame, count, units) in load.end(items) {
            spool?.settle(frame: frame, count: count)
            books.sink(id) { $0.stored -= Int64(units) }
        }
    }

    private func answered(_ id: Int, _ answer: DeliveryAnswer) {
        guard tasks.removeValue(forKey: id) != nil, isRunning else { return }
        let now = Loop.main.now
        machine.answered(id, answer, at: now)
        switch answer {
        case .failed(let setback) where setback.remedy == .retry:
            news.note(trouble: setback.reason, at: now)
        case .failed: break
        case .delivered, .partly: news.note(trouble: nil, at: now)
        }
        pump(at: now)
    }

    /// Writes what the machine counted and the books do not have yet.
    private func report() {
        let tally = machine.tally
        guard tally != shown else { return }
        let (retried, errors) = (tally.retried - shown.retried, tally.errors - shown.errors)
        let uncertain = tally.uncertain - shown.uncertain
        books.sink(id) {
            $0.retried += UInt64(retried)
            $0.errors += UInt64(errors)
            $0.uncertain += UInt64(uncertain)
        }
        shown = tally
    }

    // MARK: Dead letters

    private func bury(
        _ parcel: DeliveryMachine<RecordLoad>.Parcel,
        _ reasons: [ItemVerdict]
    ) async {
        var isKept = true
        if let deadLetters {
            do throws(Failure) {
                let time = clock.wall
                for verdict in reasons {
                    let range = parcel.load[verdict.item]
                    let record =
                        whole.contains(parcel.id)
                        ? Array(parcel.load.bytes[range])
                        : carrier.document(range, in: parcel.load)
                    try deadLetters.keep(
                        record: record.span,
                        sink: id,
                        reason: verdict.reason,
                        code: verdict.code,
                        at: time
                    )
                }
                try await deadLetters.sync()
                burialTrouble = nil
            } catch {
                isKept = false
                burialTrouble = "\(error)"
            }
        }
        guard tasks.removeValue(forKey: parcel.id) != nil, isRunning else { return }
        if isKept { whole.remove(parcel.id) }
        let now = Loop.main.now
        if isKept, let reason = reasons.first?.reason {
            news.note(refused: reasons.count, reason: reason, at: now)
        }
        machine.buried(parcel.id, isKept: isKept, at: now)
        pump(at: now)
    }
}
