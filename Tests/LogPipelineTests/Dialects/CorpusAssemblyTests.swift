import Basics
import Reactor
import Testing

@testable import LogPipeline

/// Configurations of the corpora as pipelines: scripts compile, patterns are patterns, inlets lead somewhere.
@MainLoop @Suite("Corpora as pipelines") struct CorpusAssemblyTests {
    @MainLoop private final class Idle: Source, Sink {
        let id: String
        let isFull = false
        let trouble: String? = nil

        init(_ id: String) {
            self.id = id
        }

        func run(into intake: any Intake) async throws(Failure) {}
        func run(onRoom: @escaping @MainLoop () -> Void) async throws(Failure) {}
        func accept(_ events: [Event], at moment: Moment) {}
        func finish(by deadline: Instant) {}
        func close() async {}
    }

    @Test(arguments: DialectCase.all("Vector") + DialectCase.all("Own"))
    func `what is taken can be put together`(_ configuration: DialectCase) throws {
        let read = try? LogConfigurations.read(
            Array(configuration.files[0].text.utf8),
            name: configuration.name,
            surroundings: configuration.surroundings
        )
        guard let read else { return }
        let assembly = Assembly(journal: .silent, environment: { _ in nil })
        let pipeline = try assembly.pipeline(
            read.configuration,
            source: { Idle($0.id) },
            sink: { Idle($0.id) }
        )
        #expect(pipeline.sources.count == read.configuration.sources.count)
    }
}
