import Basics
import Reactor

/// What a reading of a source gave.
enum SourceAnswer: Sendable {
    /// A text, which is still to be read.
    case text([UInt8], contentType: String)
    /// Samples, and what could not be read.
    case samples(SampleSet, ReadReport)
}

/// Something that numbers can be read from.
@MainLoop protocol MetricSource: AnyObject {
    /// Reads it once.
    ///
    /// - Throws: Why there is nothing to be had.
    func read(limit: Int, deadline: Instant) async throws(Failure) -> SourceAnswer

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
