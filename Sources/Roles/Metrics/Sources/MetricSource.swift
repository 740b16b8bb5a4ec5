import Basics
import Reactor

/// What a reading of a source gave.
enum SourceAnswer: Sendable {
    /// A text, which is still to be read.
    case text([UInt8], contentType: String)
    /// Samples, and what could not be read.
    case samples(SampleSet, ReadReport)
    /// The answer before, in all.
    case same
    /// Other numbers for the samples of the answer before, in their order.
    case values([Double])
}

/// Something that numbers can be read from.
@MainLoop protocol MetricSource: AnyObject {
    /// Reads it once.
    ///
    /// - Parameters:
    ///   - limit: The most series.
    ///   - deadline: When to give up.
    ///   - isKnown: Whether the answer before is still known, so that `same` and `values` may follow it.
    /// - Returns: What it says.
    /// - Throws: Why there is nothing to be had.
    func read(
        limit: Int,
        deadline: Instant,
        isKnown: Bool
    ) async throws(Failure) -> SourceAnswer

    /// Takes in what is sent to it, until it is closed; returns at once for sources that are asked.
    func listen() async throws(Failure)

    /// Lets go of everything.
    func close()

    /// More about it for the metrics of the exporter.
    func tell(_ prefix: String, _ labels: LabelText, into set: inout SampleSet)
}

extension MetricSource {
    func listen() async throws(Failure) {}
    func close() {}
    func tell(_ prefix: String, _ labels: LabelText, into set: inout SampleSet) {}
}
