import Basics
import Formats
import Reactor

/// Sends the spans of a mailbox to a collector, as OTLP over HTTP in JSON, in batches.
///
/// A batch that the collector does not take now is tried again with longer and longer pauses; meanwhile
/// the mailbox fills, and drops what does not fit.
@MainLoop final class TraceExporter {
    /// Sends a body to the collector.
    ///
    /// - Returns: The status of the answer.
    typealias Send = ([UInt8]) async throws(Failure) -> Int
    /// What was sent and what was lost, to be counted.
    enum Count: Sendable, Equatable {
        case sent(Int)
        case dropped(Int)
        case failed
    }

    nonisolated let mailbox = SpanMailbox()
    let settings: TracingSettings
    private let send: Send
    private let counted: (Count) -> Void
    private let journal: Journal
    private var batch: (bytes: [UInt8], count: Int)?
    /// How often the batch was tried.
    private var tries = 0
    /// How often in a row something was not taken.
    private var failures = 0
    private let repeater = Repeater()
    /// The most spans of a batch.
    static let batchMaximum = 512
    /// How often a batch is tried.
    static let triesMaximum = 6
    private static let pause = Duration.seconds(1)
    private static let pauseMaximum = Duration.seconds(30)

    init(
        _ settings: TracingSettings,
        journal: Journal,
        send: @escaping Send,
        counted: @escaping (Count) -> Void
    ) {
        self.settings = settings
        self.journal = journal.with(["collector": settings.cluster])
        self.send = send
        self.counted = counted
    }

    func start() {
        repeater.start { [weak self] in await self?.step() }
    }

    func stop() {
        repeater.stop()
    }

    /// Sends a batch.
    ///
    /// - Returns: How long to wait before the next one.
    func step() async -> Duration {
        if batch == nil {
            let (bytes, count, dropped) = mailbox.take(atMost: Self.batchMaximum)
            if dropped > 0 { counted(.dropped(dropped)) }
            guard count > 0 else { return Self.pause }
            batch = (bytes, count)
            tries = 0
        }
        guard let (bytes, count) = batch else { return Self.pause }
        var problem: String
        do throws(Failure) {
            let status = try await send(Self.body(bytes, serviceName: settings.serviceName))
            if (200...299).contains(status) {
                counted(.sent(count))
                if failures > 0 { journal.info("the collector takes spans again") }
                failures = 0
                batch = nil
                // A full batch may not be the last one.
                return count == Self.batchMaximum ? .zero : Self.pause
            }
            problem = "status \(status)"
            // What is refused for good is not tried again.
            if ![429, 502, 503, 504].contains(status) { tries = Self.triesMaximum }
        } catch {
            if error.code == .cancelled { return Self.pause }
            problem = "\(error)"
        }
        counted(.failed)
        failures += 1
        tries += 1
        if failures == 1 { journal.warning("the collector does not take spans: \(problem)") }
        if tries >= Self.triesMaximum {
            counted(.dropped(count))
            batch = nil
        }
        return min(.seconds(1 << min(failures - 1, 5)), Self.pauseMaximum)
    }

    /// Sends what waits, once, before the program ends.
    func flush() async {
        stop()
        repeat { _ = await step() } while failures == 0 && batch != nil
    }

    /// A request of OTLP with spans that are JSON objects with commas between.
    nonisolated static func body(_ spans: [UInt8], serviceName: String) -> [UInt8] {
        let name = JSON.string(serviceName).text()
        let head = """
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":\
            {"stringValue":\(name)}}]},"scopeSpans":[{"scope":{"name":"companion"},"spans":[
            """
        return Array(head.utf8) + spans + Array("]}]}]}".utf8)
    }
}
