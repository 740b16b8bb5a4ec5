public import Basics
public import Reactor
public import Records

/// A configuration run on lines without its sources and sinks: what each stage makes of them.
@MainLoop public final class Trial {
    /// What came out of a source or stage, or to a sink.
    public struct Step: Sendable {
        /// The name of the source, transform (with a door) or sink.
        public var name: String
        /// Whether it is a sink.
        public var isSink: Bool
        /// The tag.
        public var tag: String
        /// The time.
        public var time: Timestamp
        /// The record.
        public var record: Fields
    }

    @MainLoop private final class Recorder: Sink {
        let id: String
        let onEvents: @MainLoop (String, [Event]) -> Void
        let isFull = false
        let trouble: String? = nil

        init(_ id: String, _ onEvents: @escaping @MainLoop (String, [Event]) -> Void) {
            self.id = id
            self.onEvents = onEvents
        }

        func accept(_ events: [Event], at moment: Moment) {
            onEvents(id, events)
            for event in events { event.receipt.end() }
        }
        func run(onRoom: @escaping @MainLoop () -> Void) async throws(Failure) {}
        func finish(by deadline: Instant) {}
    }

    /// Sources and sinks that do nothing, for looking whether a configuration can be put together.
    @MainLoop struct Placeholders {
        func source(_ settings: SourceSettings) -> any Source { Nothing(settings.id) }
        func sink(_ settings: SinkSettings) -> any Sink { Recorder(settings.id) { _, _ in } }
    }

    @MainLoop private final class Nothing: Source, LotOwner {
        let id: String
        init(_ id: String) { self.id = id }
        func run(into intake: any Intake) async throws(Failure) {}
        func finish(by deadline: Instant) {}
        func close() async {}
        func settled(_ lot: Lot) {}
    }

    private let pipeline: Pipeline
    private let settings: SourceSettings
    private let owner = Nothing("trial")
    private let tags = TagTable()
    private let tag: String
    private let frame: LineFrame
    private var steps: [Step] = []

    /// Puts a configuration together.
    ///
    /// - Parameters:
    ///   - configuration: What is tried.
    ///   - source: The source that lines come from; nil for the first.
    ///   - tag: The tag of the records; nil for the source's.
    ///   - environment: A variable of the environment.
    ///   - journal: For what stages remark.
    /// - Throws: `invalid` if there is no such source, or something is wrong with the configuration.
    public init(
        _ configuration: LogConfiguration,
        source: String?,
        tag: String?,
        environment: @escaping @Sendable (String) -> String?,
        journal: Journal
    ) throws(Failure) {
        let found =
            source.map { name in configuration.sources.first { $0.id == name } }
            ?? configuration.sources.first
        guard let found else {
            let names = configuration.sources.map(\.id)
            throw Failure(
                .invalid,
                source.map { "there is no source \"\($0)\"" } ?? "there is no source",
                remedy: names.isEmpty ? "" : "there are: \(names.joined(separator: ", "))"
            )
        }
        settings = found
        self.tag = tag ?? (found.tag.isEmpty ? found.id : found.tag)
        frame = Self.frame(of: found)
        let assembly = Assembly(journal: journal, environment: environment)
        // Sinks tell an object that is not made yet.
        let relay = Relay()
        pipeline = try assembly.pipeline(
            configuration,
            source: { Nothing($0.id) },
            sink: { settings in Recorder(settings.id) { name, events in relay.take(name, events) } }
        )
        relay.trial = self
        pipeline.graph.onPass = { [weak self] name, events in
            guard !name.hasSuffix(".read") else { return }
            self?.note(name, events, isSink: false)
        }
    }

    @MainLoop private final class Relay {
        weak var trial: Trial?
        func take(_ name: String, _ events: [Event]) {
            trial?.note(name, events, isSink: true)
        }
    }

    /// Runs one line, as if it had been read alone and nothing came after it for a while.
    ///
    /// - Returns: What each stage made of it, in order.
    public func run(_ line: [UInt8]) -> [Step] {
        steps = []
        let moment = WallClock.machine.moment
        let lot = Lot(owner: owner, group: 0, mark: 0, count: 1)
        let event = Event(
            .line(LineText(line, 0..<line.count, frame: frame)),
            time: moment.wall,
            tag: tags.tag(tag),
            receipt: Receipt(lot)
        )
        for (source, door) in pipeline.doors where source.id == settings.id {
            pipeline.graph.put([event], from: door, at: moment)
        }
        return steps
    }

    /// Lets stages go what they keep: records of several lines, groups.
    ///
    /// - Returns: What became of it.
    public func finish() -> [Step] {
        steps = []
        pipeline.graph.wake(at: WallClock.machine.moment, isLast: true)
        return steps
    }

    private func note(_ name: String, _ events: [Event], isSink: Bool) {
        for event in events {
            var event = event
            steps.append(
                Step(
                    name: name,
                    isSink: isSink,
                    tag: event.tag.text,
                    time: event.time,
                    record: event.fields
                )
            )
        }
    }

    private static func frame(of source: SourceSettings) -> LineFrame {
        switch source.kind {
        case .tail(let tail): LineFrame(key: tail.key, added: tail.added)
        case .standardInput(let lines): LineFrame(key: lines.key, added: lines.added)
        case .socket(let socket): LineFrame(key: socket.lines.key, added: socket.lines.added)
        case .command(let command): LineFrame(key: command.lines.key, added: command.lines.added)
        case .http(let http): LineFrame(key: http.key)
        case .syslog, .forward, .sample, .journal: LineFrame(key: "message")
        }
    }
}
