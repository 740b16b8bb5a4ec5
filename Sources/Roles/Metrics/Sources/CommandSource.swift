import Basics
import Reactor
import System

/// A program whose output is read, started each time.
@MainLoop final class CommandSource: MetricSource {
    private let words: [String]
    private let sizeLimit: Int

    init(_ words: [String], sizeLimit: Int) {
        self.words = words
        self.sizeLimit = sizeLimit
    }

    func read(
        limit: Int,
        deadline: Instant,
        isKnown: Bool
    ) async throws(Failure) -> SourceAnswer {
        let name = words.first ?? ""
        var command = Command(name, Array(words.dropFirst()))
        command.output = .capture(limit: sizeLimit)
        command.errors = .capture(limit: 4096)
        let ended = try await ChildProcess.run(command, deadline: deadline - Loop.main.now)
        guard ended.status.isSuccess else {
            let said = ended.errorText.split(separator: "\n").first.map(String.init) ?? ""
            throw Failure(
                .unavailable,
                "\(name) failed with \(ended.status)",
                cause: String(said.prefix(200))
            )
        }
        guard !ended.isTruncated else {
            throw Failure(
                .exhausted,
                "\(name) wrote too much",
                cause: "the limit is \(sizeLimit) bytes",
                remedy: "set body_limit"
            )
        }
        return .text(ended.output, contentType: "")
    }
}
