import Basics
import Reactor
import Records

/// How many records are due: so many in a span of time, the first at once.
struct SampleClock: Sendable {
    private let rate: Int
    /// The span, in nanoseconds.
    private let span: Int
    private let count: Int?
    private var start: Instant?
    private var sent = 0

    init(rate: Int, interval: Duration? = nil, count: Int?) {
        self.rate = interval == nil ? max(1, rate) : 1
        span = interval.map { Int(max($0.nanoseconds, 1)) } ?? 1_000_000_000
        self.count = count
    }

    /// Whether all were made.
    var isDone: Bool { count.map { sent >= $0 } ?? false }

    /// How many are to be made now, and when to ask again.
    mutating func due(at now: Instant, limit: Int = 1000) -> (count: Int, next: Instant) {
        let start = start ?? now
        self.start = start
        let elapsed = max(0, now.nanoseconds(since: start))
        let (spans, rest) = Int(elapsed).quotientAndRemainder(dividingBy: span)
        let total = spans * rate + rest * rate / span + 1
        var amount = min(total - sent, limit)
        if let count { amount = min(amount, count - sent) }
        sent += max(0, amount)
        if total > sent { return (max(0, amount), now) }
        let next = sent / rate * span + sent % rate * span / rate
        // Not more often than every 10 ms: records of high rates come in groups.
        return (max(0, amount), max(start + .nanoseconds(Int64(next)), now + .milliseconds(10)))
    }
}

/// The same records again and again.
@MainLoop final class SampleSource: Source {
    let id: String
    private let tagText: String
    private let records: [Fields]
    private let timeKey: String?
    private var clock: SampleClock
    private let owner = QuietOwner()
    private var place = 0
    private var pause: Task<Void, Never>?
    private var isFinishing = false

    init(id: String, tag: String, settings: SampleSettings, hostName: String = "localhost") {
        self.id = id
        tagText = tag
        timeKey = settings.timeKey
        var records = settings.records.isEmpty ? [["message": .text("dummy")]] : settings.records
        if let key = settings.hostKey {
            for place in records.indices { records[place].update(key, .text(hostName)) }
        }
        self.records = records
        clock = SampleClock(
            rate: settings.rate,
            interval: settings.interval,
            count: settings.count
        )
    }

    func run(into intake: any Intake) async throws(Failure) {
        while !isFinishing && !clock.isDone {
            try await intake.room()
            let moment = intake.clock.moment
            let (count, next) = clock.due(at: moment.instant)
            if count > 0 { make(count, moment, intake) }
            if clock.isDone { return }
            await sleep(until: next)
            if Task.isCancelled { throw Failure(.cancelled, "the source \(id) was cancelled") }
        }
    }

    func finish(by deadline: Instant) {
        isFinishing = true
        pause?.cancel()
    }

    func close() async {}

    private func sleep(until instant: Instant) async {
        let task = Task { @MainLoop in
            _ = try? await Loop.main.sleep(until: instant)
        }
        pause = task
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func make(_ count: Int, _ moment: Moment, _ intake: any Intake) {
        let receipt = Receipt(owner.lot(of: count))
        let tag = intake.tag(tagText)
        var events: [Event] = []
        events.reserveCapacity(count)
        for _ in 0..<count {
            var fields = records[place % records.count]
            place += 1
            if let timeKey { fields.update(timeKey, .timestamp(moment.wall)) }
            events.append(Event(.fields(fields), time: moment.wall, tag: tag, receipt: receipt))
        }
        intake.take(events, bytes: 0)
    }
}
