import Basics
public import Formats

/// Reads configurations of every language into the one form.
public enum ConfigurationReader {
    /// The most bytes of a configuration.
    public static let bytesMaximum = 16 << 20

    /// What was read, and what should be said about it.
    public struct Result: Sendable, Hashable {
        /// The configuration.
        public var configuration: ProxyConfiguration
        /// The language that it was written in.
        public var dialect: Dialect
        /// What has no effect, or another one than the writer may think; warnings only.
        public var warnings: [ConfigurationFinding]
    }

    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - bytes: The file's bytes.
    ///   - name: The file's name, for messages and to guess the language.
    ///   - dialect: The language; `nil` guesses it.
    ///   - options: How to read.
    /// - Returns: The configuration, and the warnings.
    /// - Throws: Everything that is wrong with it, and the warnings.
    public static func read(
        _ bytes: [UInt8],
        name: String,
        dialect: Dialect? = nil,
        options: ReadingOptions = ReadingOptions()
    ) throws(ConfigurationErrors) -> Result {
        let log = FindingLog(isLenient: options.isLenient)
        guard bytes.count <= bytesMaximum else {
            log.error(Place(name, nil), "it is larger than \(bytesMaximum >> 20) MiB")
            throw ConfigurationErrors(log.sorted)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let dialect = dialect ?? Dialect.guess(text: text, name: name) else {
            log.error(
                Place(name, nil),
                "it is not plain which language this is",
                "name it: \(Dialect.allCases.map(\.rawValue).joined(separator: ", "))"
            )
            throw ConfigurationErrors(log.sorted)
        }
        var options = options
        if options.baseDirectory.isEmpty {
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            options.baseDirectory = parts.dropLast().joined(separator: "/")
        }
        let configuration: ProxyConfiguration? =
            switch dialect {
            case .envoy:
                tree(bytes, name, .protobuf, log).map { fields in
                    EnvoyReader(log: log, options: options).read(fields)
                }
            case .own:
                tree(bytes, name, .plain, log).map { fields in
                    OwnReader(log: log, options: options).read(fields)
                }
            case .nginx: NginxReader(log: log, options: options).read(bytes, file: name)
            case .haproxy: HAProxyReader(log: log, options: options).read(bytes, file: name)
            }
        guard let configuration, !log.hasErrors else { throw ConfigurationErrors(log.sorted) }
        return Result(configuration: configuration, dialect: dialect, warnings: log.sorted)
    }

    /// The root of the one document in a YAML or JSON text.
    private static func tree(
        _ bytes: [UInt8],
        _ name: String,
        _ style: Node.Style,
        _ log: FindingLog
    ) -> Fields? {
        do throws(FormatError) {
            let trees = try YAML.documents(in: bytes)
            guard let tree = trees.first else {
                log.error(Place(name, nil), "the file is empty")
                return nil
            }
            if trees.count > 1 {
                log.error(
                    Place(name, trees[1].position),
                    "one document is expected",
                    "remove the --- and what follows"
                )
            }
            return Node(tree: tree, path: FieldPath(), file: name, style: style, log: log).fields()
        } catch {
            log.error(Place(name, error.position), error.what, error.remedy)
            return nil
        }
    }
}
