/// The files of a directory as Vector's `--config-dir` takes them.
///
/// Files of the directory itself are whole configurations; those below `sources`, `transforms`, `sinks`,
/// `enrichment_tables` and `tests` are one component each, named as the file. Files of other kinds than TOML, YAML
/// and JSON are left out.
public enum VectorDirectory {
    private static let folders = ["sources", "transforms", "sinks", "enrichment_tables", "tests"]

    /// The files of a directory; empty if there are none or it cannot be read.
    public static func texts(_ directory: String, _ surroundings: LogSurroundings) -> [LogText] {
        var texts = files(directory, surroundings).map { LogText(name: $0.path, bytes: $0.bytes) }
        for folder in folders {
            for file in files(directory + "/" + folder, surroundings) {
                var text = LogText(name: file.path, bytes: file.bytes)
                text.part = [folder, file.name]
                texts.append(text)
            }
        }
        return texts
    }

    private static func files(
        _ directory: String,
        _ surroundings: LogSurroundings
    ) -> [(path: String, name: String, bytes: [UInt8])] {
        surroundings.listDirectory(directory).compactMap { name in
            guard !name.hasPrefix("."), let dot = name.lastIndex(of: "."),
                ["toml", "yaml", "yml", "json"].contains(name[name.index(after: dot)...]),
                let bytes = surroundings.readFile(directory + "/" + name)
            else { return nil }
            return (directory + "/" + name, String(name[..<dot]), bytes)
        }
    }
}
