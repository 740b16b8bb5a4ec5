internal import Basics
internal import Formats
public import HTTP
internal import ObjectStore
public import Reactor

/// The body of a watch's answer: what its plan says, in the form that the client wants.
///
/// It has no task and holds nothing but references to objects and events: what is sent is written when
/// the client takes it, and an event once for all clients that want it in the same form.
@MainLoop public final class WatchFeed: BodySupply {
    private let watch: ObjectWatch
    private var plan: WatchPlan<JSON, ObjectEvent>
    private var form: EventForm
    private let seconds: Int
    private let metrics: APIMetrics
    private let version: @MainLoop () -> Int64
    private var alarm: Alarm?
    private var isCounted = false

    init(
        _ watch: ObjectWatch,
        _ plan: WatchPlan<JSON, ObjectEvent>,
        _ form: EventForm,
        seconds: Int,
        metrics: APIMetrics,
        version: @escaping @MainLoop () -> Int64
    ) {
        self.watch = watch
        self.plan = plan
        self.form = form
        self.seconds = seconds
        self.metrics = metrics
        self.version = version
    }

    /// Shows objects in a version beside the stored one.
    func show(in version: String, _ form: @escaping (JSON) -> JSON) {
        self.form.show(in: version, form)
    }

    /// Begins to tell of changes, and to count the time after which the watch ends.
    public func begin(_ wake: @escaping @MainLoop () -> Void) {
        metrics.watches.add(1)
        isCounted = true
        watch.onChange(wake)
        guard seconds > 0 else { return }
        alarm = Alarm(at: Loop.main.now + .seconds(min(seconds, 86400))) { [watch] in
            watch.cancel()
        }
    }

    /// The next line.
    public func next() -> BodyPiece {
        switch plan.next(take) {
        case .opening(let object): return piece(form.line("ADDED", object, now: now))
        case .opened(let version):
            return piece(form.bookmark(version: version, endsInitial: true))
        case .event(let event):
            let framed = event.bytes(in: form.name) {
                BodyChunk(form.line(event, now: now)).framed
            }
            form.noteSent()
            return .chunk(BodyChunk(framed: framed))
        case .expired:
            metrics.expiredWatches.increment()
            return piece(EventForm.expiredLine)
        case .bookmark: return piece(form.bookmark(version: version()))
        case .wait: return .later
        case .over: return .end
        }
    }

    /// Ends the watch.
    public func close() {
        alarm = nil
        watch.cancel()
        guard isCounted else { return }
        isCounted = false
        metrics.watches.add(-1)
    }

    private var now: Timestamp { Loop.main.moment.wall }

    private func piece(_ line: [UInt8]) -> BodyPiece { .chunk(BodyChunk(line)) }

    private func take() -> WatchPlan<JSON, ObjectEvent>.Taken {
        if let event = watch.nextIfThere() { return .event(event) }
        return watch.isOver ? .end(isExpired: watch.isExpired) : .none
    }
}
