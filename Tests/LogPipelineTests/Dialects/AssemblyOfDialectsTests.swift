import Basics
import LogPipeline
import Reactor
import Testing

/// What the readers make is taken by what runs it: names, inlets, expressions, templates, parsers.
@MainLoop @Suite("Configurations of every language, put together") struct AssemblyOfDialectsTests {
    /// Puts a configuration together without its sources and sinks.
    private func assemble(_ configuration: LogConfiguration) throws(Failure) {
        let journal = Journal(level: .warning, isJSON: false, time: { "" }, write: { _ in })
        _ = try Trial(
            configuration,
            source: nil,
            tag: nil,
            environment: { _ in nil },
            journal: journal
        )
    }

    @Test(arguments: ["FluentBit", "Fluentd"])
    func `run as they are read`(_ folder: String) throws {
        var count = 0
        for file in DialectCase.all(folder) {
            let result = try? LogConfigurations.read(
                Array(file.files[0].text.utf8),
                name: file.files[0].name,
                surroundings: file.surroundings
            )
            guard let result else { continue }
            count += 1
            do throws(Failure) {
                try assemble(result.configuration)
            } catch {
                Issue.record("\(file.name): \(error)")
            }
        }
        #expect(count > 15)
    }

    @Test func `run without a file`() throws {
        for program in [LogDialect.fluentBit, .fluentd] {
            let result = try LogConfigurations.read(
                environmentOf: program,
                surroundings: LogSurroundings()
            )
            try assemble(result.configuration)
        }
        let shell = try LogConfigurations.read(command: ["sh", "-c", ShellReaderTests.loop])
        try assemble(shell.configuration)
    }
}
