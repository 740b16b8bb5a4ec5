import Formats
import LogPipeline
import Testing

@Suite("Mistakes in configurations for logs") struct MistakeTests {
    static let all = DialectCase.all("Mistakes")

    @Test(arguments: all)
    func `are said with their place`(_ configuration: DialectCase) {
        let outline = configuration.outline()
        #expect(outline == configuration.expected, "\(outline.joined(separator: "\n"))")
    }

    @Test(arguments: all)
    func `are one line each, with a file`(_ configuration: DialectCase) throws {
        let error = #expect(throws: ConfigurationErrors.self) {
            try LogConfigurations.read(
                Array(configuration.files[0].text.utf8),
                name: configuration.files[0].name,
                surroundings: configuration.surroundings
            )
        }
        for finding in try #require(error).findings {
            #expect(!finding.description.contains("\n"))
            #expect(!finding.file.isEmpty)
            #expect(!finding.what.hasSuffix("."))
        }
    }

    @Test func `unknown keys are warnings to who is lenient`() throws {
        let text = "[INPUT]\n  Name dummy\n  Colour red\n[OUTPUT]\n  Name stdout\n  Match *\n"
        var surroundings = LogSurroundings()
        #expect(throws: ConfigurationErrors.self) {
            try LogConfigurations.read(Array(text.utf8), name: "a.conf", surroundings: surroundings)
        }
        surroundings.isLenient = true
        let result = try LogConfigurations.read(
            Array(text.utf8),
            name: "a.conf",
            surroundings: surroundings
        )
        #expect(result.configuration.sinks.count == 1)
        #expect(
            result.warnings.map(\.description) == ["a.conf:3:3: the key \"Colour\" is not known"]
        )
    }
}
