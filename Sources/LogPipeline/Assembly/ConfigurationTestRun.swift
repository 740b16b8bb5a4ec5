public import Basics
public import Reactor
public import Records
internal import VRL

/// Runs the tests that a configuration brings along (Vector's `[[tests]]`).
///
/// Each test has a pipeline of its own with the configuration's transforms alone; nothing is read or sent.
@MainLoop public struct ConfigurationTestRun {
    /// What became of a test.
    public struct Outcome: Sendable {
        /// The test.
        public var test: ConfigurationTest
        /// What was not as it should be, a sentence each.
        public var failures: [String] = []
        /// What came out where the test only wants to see it, by the output's name.
        public var shown: [(name: String, records: [Fields])] = []
        /// Whether all was as it should be.
        public var isPassed: Bool { failures.isEmpty }
    }

    private let configuration: LogConfiguration
    private let assembly: Assembly
    private let scripts: Scripts

    /// Prepares to run a configuration's tests.
    ///
    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - journal: For what stages remark.
    ///   - environment: A variable of the environment.
    public init(
        _ configuration: LogConfiguration,
        journal: Journal,
        environment: @escaping @Sendable (String) -> String?
    ) {
        self.configuration = configuration
        assembly = Assembly(journal: journal, environment: environment)
        scripts = Scripts(
            zone: configuration.service.zone,
            environment: environment,
            journal: journal
        )
    }

    /// Runs every test.
    ///
    /// - Parameter moment: The time of the records, and of the stages.
    /// - Returns: What became of each, in the configuration's order.
    public func outcomes(at moment: Moment) -> [Outcome] {
        configuration.tests.map { test in
            do throws(Failure) {
                return try outcome(of: test, at: moment)
            } catch {
                return Outcome(test: test, failures: ["\(error)"])
            }
        }
    }

    private func outcome(
        of test: ConfigurationTest,
        at moment: Moment
    ) throws(Failure) -> Outcome {
        let pipeline = try pipeline()
        var found: [String: [Event]] = [:]
        pipeline.graph.onPass = { name, events in found[name, default: []] += events }
        let owner = IdleSource("test")
        for input in test.inputs {
            let fields = try fields(of: input.record, at: moment)
            let lot = Lot(owner: owner, group: 0, mark: 0, count: 1)
            let event = Event(
                .fields(fields),
                time: moment.wall,
                tag: TagTable().tag(input.stage),
                receipt: Receipt(lot)
            )
            let source = Self.source(input.stage)
            for (known, door) in pipeline.doors where known.id == source {
                pipeline.graph.put([event], from: door, at: moment)
            }
        }
        pipeline.graph.wake(at: moment, isLast: true)
        var outcome = Outcome(test: test)
        for output in test.outputs {
            try check(output, output.stages.flatMap { found[$0] ?? [] }, &outcome)
        }
        for name in test.silent {
            let count = found[name]?.count ?? 0
            if count > 0 {
                outcome.failures.append("\(name) should hand out nothing, but handed out \(count)")
            }
        }
        return outcome
    }

    /// The name of the source that stands before a transform.
    private static func source(_ stage: String) -> String { "test input of \(stage)" }

    /// The transforms, each with a source of its own besides what it takes in of the others.
    private func pipeline() throws(Failure) -> Pipeline {
        var alone = configuration
        alone.sinks = []
        let ids = Set(configuration.transforms.map(\.id))
        alone.sources = configuration.transforms.map {
            SourceSettings(id: Self.source($0.id), tag: $0.id, kind: .journal)
        }
        for index in alone.transforms.indices {
            let inputs = alone.transforms[index].inlet.from.filter { name in
                ids.contains(String(name.prefix { $0 != "." }))
            }
            alone.transforms[index].inlet.from = inputs + [Self.source(alone.transforms[index].id)]
        }
        return try assembly.pipeline(
            alone,
            source: { IdleSource($0.id) },
            sink: { (settings) throws(Failure) in
                throw Failure(.internalError, "there is no sink \(settings.id) in a test")
            }
        )
    }

    private func fields(
        of record: ConfigurationTest.Record,
        at moment: Moment
    ) throws(Failure) -> Fields {
        let isVector = configuration.service.tool == "vector"
        var fields = Fields()
        switch record {
        case .text(let text): fields[isVector ? "message" : "log"] = .text(text)
        case .fields(let own):
            if isVector { fields["message"] = .text("") }
            for entry in own.entries { fields[entry.key] = entry.value }
        case .script(let source, let name):
            let program = try scripts.compile(source, name: name, zone: nil)
            var event = Value.object(Fields())
            var metadata = Value.object(Fields())
            do throws(RunError) {
                try program.change(&event, metadata: &metadata, scripts.surroundings)
            } catch {
                throw Failure(.invalid, "\(name): the script of an input fails", cause: "\(error)")
            }
            if case .object(let own) = event { return own }
            throw Failure(.invalid, "\(name): the script of an input leaves no map")
        }
        if let key = configuration.service.timeField, fields[key] == nil {
            fields[key] = .timestamp(moment.wall)
        }
        return fields
    }

    /// Holds what came out against an output's conditions: each must hold for a record at least.
    private func check(
        _ output: ConfigurationTest.Output,
        _ events: [Event],
        _ outcome: inout Outcome
    ) throws(Failure) {
        let name = output.stages.joined(separator: ", ")
        let records = events.map { event in
            var event = event
            return (fields: event.fields, metadata: event.metadata ?? Fields())
        }
        if let count = output.count, count != records.count {
            outcome.failures.append("\(name) handed out \(records.count) records, not \(count)")
        }
        if records.isEmpty {
            if output.count != 0 { outcome.failures.append("\(name) handed out nothing") }
            return
        }
        if output.conditions.isEmpty, output.count == nil {
            outcome.shown.append((name, records.map(\.fields)))
        }
        for condition in output.conditions {
            if let why = try failure(of: condition, records) {
                outcome.failures.append("\(name): \(why)")
            }
        }
    }

    /// Why a condition holds for none of the records; nil if it holds for one.
    private func failure(
        of condition: LogPipeline.Condition,
        _ records: [(fields: Fields, metadata: Fields)]
    ) throws(Failure) -> String? {
        guard case .script(let source, let name) = condition else {
            return condition == .always(true) ? nil : "a condition never holds"
        }
        let compiled: VRL.Condition
        do throws(CompileError) {
            compiled = try VRL.Condition(compiling: source, name: name, zone: scripts.zone)
        } catch {
            throw Scripts.refused("condition", name, error)
        }
        var why = "it is false"
        for record in records {
            var event = Value.object(record.fields)
            var metadata = Value.object(record.metadata)
            do throws(RunError) {
                let value = try compiled.program.run(
                    &event,
                    metadata: &metadata,
                    scripts.surroundings
                )
                if value == .boolean(true) { return nil }
            } catch {
                why = "\(error)"
            }
        }
        return "the condition at \(name) does not hold: \(why)"
    }

    /// A source that gives nothing of its own.
    @MainLoop private final class IdleSource: Source, LotOwner {
        let id: String

        init(_ id: String) {
            self.id = id
        }

        func run(into intake: any Intake) async throws(Failure) {}
        func finish(by deadline: Instant) {}
        func close() async {}
        func settled(_ lot: Lot) {}
    }
}
