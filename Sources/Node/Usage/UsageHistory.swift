internal import Basics

/// How much something has used up to a moment.
struct UsageSample: Sendable, Hashable {
    /// When it was taken.
    var moment: Instant
    /// The processor time used since its start, in nanoseconds.
    var processorNanoseconds: Int
    /// The memory that it needs now, in bytes.
    var memoryBytes: Int
}

/// What something uses: the processor's share over a window, and memory.
public struct UsageFigures: Sendable, Hashable {
    /// Processor time in each second, in nanoseconds: 500,000,000 is half a processor.
    public var nanocores: Int
    /// The memory that it needs (without files that could be read again), in bytes.
    public var memoryBytes: Int
    /// Over which time the processor's share was taken.
    public var window: Duration

    /// Makes figures.
    public init(nanocores: Int, memoryBytes: Int, window: Duration) {
        self.nanocores = nanocores
        self.memoryBytes = memoryBytes
        self.window = window
    }
}

/// The last samples of everything that is measured, by name.
///
/// A share of a processor is what two samples differ by: a new one and the youngest that is old enough.
/// What was never sampled before is measured from its own start.
struct UsageHistory: Sendable, Hashable {
    /// How old a sample must be, so that a share is no accident.
    static let ageMinimum = Duration.seconds(1)

    private var samples: [String: [UsageSample]] = [:]

    /// Takes in a sample, and gives what it and those before it say.
    ///
    /// - Parameters:
    ///   - name: What was measured.
    ///   - sample: What was found now.
    ///   - start: When it began to use anything.
    /// - Returns: Its share of a processor since the youngest sample that is old enough, and its memory.
    mutating func figures(
        of name: String,
        _ sample: UsageSample,
        since start: Instant
    ) -> UsageFigures {
        var known = samples[name] ?? []
        // Time that runs backwards is something new under an old name.
        if let last = known.last, last.processorNanoseconds > sample.processorNanoseconds {
            known = []
        }
        let base =
            known.last { sample.moment - $0.moment >= Self.ageMinimum }
            ?? UsageSample(moment: start, processorNanoseconds: 0, memoryBytes: 0)
        let window = max(sample.moment - base.moment, .milliseconds(1))
        let used = max(0, sample.processorNanoseconds - base.processorNanoseconds)
        if known.last.map({ sample.moment - $0.moment >= Self.ageMinimum }) ?? true {
            samples[name] = Array((known + [sample]).suffix(2))
        }
        return UsageFigures(
            nanocores: Int(Double(used) / window.inSeconds),
            memoryBytes: sample.memoryBytes,
            window: window
        )
    }

    /// Forgets everything that is not among these.
    mutating func keep(_ names: Set<String>) {
        samples = samples.filter { names.contains($0.key) }
    }
}
