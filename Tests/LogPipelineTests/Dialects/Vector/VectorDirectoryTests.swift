import Formats
import Testing

@testable import LogPipeline

@Suite("Vector: several files") struct VectorDirectoryTests {
    private static let files: [String: String] = [
        "/c/vector.yaml": "data_dir: /d\n", "/c/notes.txt": "no configuration",
        "/c/.hidden.toml": "[",
        "/c/sources/apache.toml": "type = \"file\"\ninclude = [\"/var/log/apache2/*.log\"]\n",
        "/c/transforms/parse.yaml": "type: remap\ninputs: [apache]\nsource: '.a = 1'\n",
        "/c/sinks/out.json":
            "{\"type\": \"console\", \"inputs\": [\"parse\"], \"encoding\": {\"codec\": \"json\"}}",
        "/c/tests/one.toml":
            "no_outputs_from = [\"parse\"]\ninputs = [{insert_at = \"parse\", value = \"x\"}]\n",
    ]

    private func surroundings(_ files: [String: String]) -> LogSurroundings {
        LogSurroundings(
            readFile: { path in files[path].map { Array($0.utf8) } },
            listDirectory: { directory in
                files.keys.compactMap { path in
                    guard path.hasPrefix(directory + "/") else { return nil }
                    let rest = path.dropFirst(directory.count + 1)
                    return rest.contains("/") ? nil : String(rest)
                }.sorted()
            }
        )
    }

    @Test func `a directory has a component in each file of its folders`() throws {
        let surroundings = surroundings(Self.files)
        let texts = VectorDirectory.texts("/c", surroundings)
        #expect(texts.map(\.name).count == 5)
        let configuration = try LogConfigurations.read(
            texts,
            dialect: .vector,
            surroundings: surroundings
        ).configuration
        #expect(configuration.service.directory == "/d")
        #expect(configuration.sources.map(\.id) == ["apache"])
        #expect(configuration.sources[0].place == "/c/sources/apache.toml:1")
        #expect(configuration.transforms.map(\.inlet.from) == [["apache"]])
        #expect(configuration.sinks.map(\.inlet.from) == [["parse"]])
        #expect(configuration.tests.map(\.name) == ["test at /c/tests/one.toml:1"])
        #expect(configuration.tests[0].silent == ["parse"])
    }

    @Test func `files are one configuration together`() throws {
        let first = LogText(name: "a.toml", bytes: Array("[sources.in]\ntype = \"stdin\"".utf8))
        let second = LogText(
            name: "b.yaml",
            bytes: Array("sinks: {out: {type: blackhole, inputs: ['*']}}".utf8)
        )
        let configuration = try LogConfigurations.read([first, second]).configuration
        #expect(configuration.sinks.map(\.inlet.from) == [["in"]])
    }

    @Test(arguments: [
        (
            "[sources.in]\ntype = \"stdin\"", "[sources.in]\ntype = \"stdin\"",
            "another component with the name"
        ),
        ("data_dir = \"/a\"", "data_dir = \"/b\"", "another file says \"/a\""),
    ])
    func `what stands in two files is refused`(first: String, second: String, word: String) {
        let texts = [
            LogText(name: "a.toml", bytes: Array(first.utf8)),
            LogText(name: "b.toml", bytes: Array(second.utf8)),
        ]
        #expect {
            try LogConfigurations.read(texts, dialect: .vector)
        } throws: {
            ($0 as? ConfigurationErrors)?.description.contains(word) == true
        }
    }
}
