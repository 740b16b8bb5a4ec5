internal import Basics
internal import Reactor
internal import Records
internal import VRL

/// Runs a VRL script on each record, as Vector's `remap` does.
///
/// A record for which the script fails goes on as it came, leaves, or goes out by the door `dropped`, as the
/// settings say. A script that makes `.` a list makes a record of each item.
@MainLoop final class RemapStage: Stage {
    private let settings: RemapTransform
    private let program: Program
    private let surroundings: Surroundings
    private let timeField: String?
    private let journal: Journal
    private let id: String
    /// How many records the script failed for, and aborted for.
    private(set) var failures = (errors: 0, aborts: 0)
    private var lastRemark: Instant?

    /// Compiles the script.
    ///
    /// - Throws: `invalid` with the compiler's text.
    init(
        _ settings: RemapTransform,
        id: String,
        _ scripts: Scripts,
        timeField: String? = nil,
        journal: Journal
    ) throws(Failure) {
        self.settings = settings
        self.timeField = timeField
        self.id = id
        self.journal = journal
        program = try scripts.compile(settings.source, name: settings.name, zone: settings.zone)
        var surroundings = scripts.surroundings
        if let zone = settings.zone { surroundings.zone = zone }
        self.surroundings = surroundings
        if !program.warningText.isEmpty { journal.warning(program.warningText) }
    }

    /// What became of a record.
    private enum Outcome {
        case changed
        case list([Value])
        case failed(RunError)
    }

    func process(_ events: consuming [Event], at moment: Moment, into outlet: Outlet) {
        var events = consume events
        // Mostly each record goes on in its place, and all of them together.
        var isWhole = true
        for place in events.indices {
            let outcome = run(on: &events[place])
            if case .changed = outcome {
                if !isWhole { outlet.pass(events[place]) }
                continue
            }
            if isWhole {
                isWhole = false
                outlet.pass(Array(events[..<place]))
            }
            switch outcome {
            case .changed: break
            case .list(let items): hand(items, events[place], into: outlet)
            case .failed(let error): fail(events[place], error, at: moment, into: outlet)
            }
        }
        if isWhole { outlet.pass(events) }
    }

    private func run(on event: inout Event) -> Outcome {
        // What it was is kept only until the script changes it.
        let original = event.body
        var value = Value.object(event.takeFields())
        var metadata = Value.object(event.metadata ?? Fields())
        do throws(RunError) {
            try program.change(&value, metadata: &metadata, surroundings)
        } catch {
            event.body = original
            return .failed(error)
        }
        if case .object(let fields) = metadata, !fields.isEmpty { event.metadata = fields }
        switch value {
        case .array(let items): return .list(items)
        case .object(let fields):
            event.body = .fields(fields)
            takeTime(&event, fields)
        default: event.body = .fields(Self.fields(of: value))
        }
        return .changed
    }

    private func hand(_ items: [Value], _ event: Event, into outlet: Outlet) {
        if items.isEmpty { outlet.drop(event, .filtered) }
        for (place, item) in items.enumerated() {
            var copy = place + 1 < items.count ? outlet.copy(event) : event
            let fields = Self.fields(of: item)
            copy.body = .fields(fields)
            takeTime(&copy, fields)
            outlet.pass(copy)
        }
    }

    /// What a script makes of the time is the record's time for sinks.
    private func takeTime(_ event: inout Event, _ fields: Fields) {
        if let timeField, case .timestamp(let time)? = fields[timeField] { event.time = time }
    }

    private static func fields(of value: Value) -> Fields {
        if case .object(let fields) = value { return fields }
        return ["message": value]
    }

    private func fail(
        _ event: Event,
        _ error: RunError,
        at moment: Moment,
        into outlet: Outlet
    ) {
        var event = event
        let drops: Bool
        let kind: String
        switch error {
        case .aborted:
            failures.aborts += 1
            drops = settings.dropsOnAbort
            kind = "abort"
        case .failed:
            failures.errors += 1
            drops = settings.dropsOnError
            kind = "error"
        }
        remark(kind, error, at: moment)
        guard drops else {
            outlet.pass(event)
            return
        }
        guard settings.reroutesDropped else {
            outlet.drop(event, .failed)
            return
        }
        let dropped: Fields = [
            "reason": .text(kind), "message": .text("\(error)"), "component_id": .text(id),
            "component_type": .text("remap"), "component_kind": .text("transform"),
        ]
        var metadata = event.metadata ?? Fields()
        metadata.update("dropped", .object(dropped))
        event.fields.update("metadata", .object(["dropped": .object(dropped)]))
        event.metadata = metadata
        outlet.pass(event, by: "dropped")
    }

    /// Says what failed, every ten seconds at most.
    private func remark(_ kind: String, _ error: RunError, at moment: Moment) {
        if let last = lastRemark, moment.instant - last < .seconds(10) { return }
        lastRemark = moment.instant
        let total = failures.errors + failures.aborts
        let text =
            "\(id): the script ended with \(kind == "abort" ? "an abort" : "an error"): \(error)"
        journal.warning(text, ["so far": "\(total)"])
    }
}
