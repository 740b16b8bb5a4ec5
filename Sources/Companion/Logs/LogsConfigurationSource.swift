internal import Basics
internal import Formats
internal import LogPipeline
internal import Roles
internal import Security
internal import System

/// Where the configuration comes from, and how it is read, again and again.
struct LogsConfigurationSource: Sendable {
    /// Where configurations lie in images, with the language of the place.
    static let usualPlaces: [(path: String, dialect: LogDialect)] = [
        ("/etc/companion/logs.yaml", .own),
        ("/fluent-bit/etc/fluent-bit.conf", .fluentBit),
        ("/fluent-bit/etc/fluent-bit.yaml", .fluentBitYAML),
        ("/fluentd/etc/fluent.conf", .fluentd), ("/etc/fluent/fluent.conf", .fluentd),
        ("/etc/vector/vector.yaml", .vector), ("/etc/vector/vector.toml", .vector),
        ("/etc/vector/vector.json", .vector),
    ]

    var options: LogsOptions

    /// Reads the configuration.
    ///
    /// - Throws: what is wrong with it, or that there is none.
    func load(
        _ files: FileAccess,
        environment: [String: String]
    ) throws(LogLoadingError) -> LoadedLogs {
        let surroundings = LogSurroundings(
            isLenient: options.isLenient,
            environment: environment,
            hostname: Host.hostname,
            readOnlyMounts: Self.readOnlyMounts,
            readFile: { files.read($0) },
            listDirectory: { files.list($0) }
        )
        var loaded: LoadedLogs
        if !options.words.isEmpty {
            loaded = try derive("the command line") { () throws(ConfigurationErrors) in
                try LogConfigurations.read(command: options.words, surroundings: surroundings)
            }
        } else if !options.configs.isEmpty || !options.directories.isEmpty {
            loaded = try read(named(surroundings), options.fileDialect, surroundings)
        } else {
            loaded = try found(surroundings)
        }
        loaded.hash = files.hash(or: loaded.hash)
        if let state = options.state { loaded.configuration.service.directory = state }
        if let grace = options.grace { loaded.configuration.service.grace = grace }
        return loaded
    }

    private func named(_ surroundings: LogSurroundings) throws(LogLoadingError) -> [LogText] {
        var texts: [LogText] = []
        for path in options.configs {
            guard let bytes = surroundings.readFile(path) else {
                throw .failure(
                    Failure(
                        .notFound,
                        "cannot read the configuration \(path)",
                        remedy: "is it mounted, and may this user read it?"
                    )
                )
            }
            texts.append(LogText(name: path, bytes: bytes))
        }
        for directory in options.directories {
            let names = surroundings.listDirectory(directory).filter { name in
                [".toml", ".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
            }
            for name in names {
                let path = directory + "/" + name
                guard let bytes = surroundings.readFile(path) else { continue }
                texts.append(LogText(name: path, bytes: bytes))
            }
        }
        guard !texts.isEmpty else {
            throw .failure(
                Failure(
                    .notFound,
                    "there is no configuration in \(options.directories.joined(separator: ", "))",
                    remedy: "files end with .toml, .yaml, .yml or .json"
                )
            )
        }
        return texts
    }

    /// What is done when nothing was asked for.
    private func found(_ surroundings: LogSurroundings) throws(LogLoadingError) -> LoadedLogs {
        for (path, dialect) in Self.usualPlaces
        where options.dialect == nil || Self.isSameTool(options.dialect, dialect) {
            guard let bytes = surroundings.readFile(path) else { continue }
            var loaded = try read([LogText(name: path, bytes: bytes)], dialect, surroundings)
            loaded.configuration.notes.append("no configuration was named, so \(path) is taken")
            return loaded
        }
        return try derive("the environment") { () throws(ConfigurationErrors) in
            try LogConfigurations.read(
                environmentOf: options.dialect ?? .fluentBit,
                surroundings: surroundings
            )
        }
    }

    private static func isSameTool(_ one: LogDialect?, _ other: LogDialect) -> Bool {
        one == other || one == .fluentBit && other == .fluentBitYAML
    }

    private func read(
        _ texts: [LogText],
        _ dialect: LogDialect?,
        _ surroundings: LogSurroundings
    ) throws(LogLoadingError) -> LoadedLogs {
        try derive(texts.map(\.name).joined(separator: ", ")) {
            () throws(ConfigurationErrors) in
            try LogConfigurations.read(texts, dialect: dialect, surroundings: surroundings)
        }
    }

    private func derive(
        _ origin: String,
        _ body: () throws(ConfigurationErrors) -> LogConfigurations.Result
    ) throws(LogLoadingError) -> LoadedLogs {
        do throws(ConfigurationErrors) {
            let result = try body()
            return LoadedLogs(
                configuration: result.configuration,
                dialect: result.dialect,
                origin: origin,
                hash: SHA256.hexadecimal(of: Array(origin.utf8)),
                warnings: result.warnings
            )
        } catch {
            throw .findings(error)
        }
    }

    /// Directories that are mounted read-only, where somebody else writes.
    private static let readOnlyMounts: LogSurroundings.ReadOnlyMounts = {
        let text = (try? Files.text("/proc/self/mountinfo")) ?? ""
        let own = ["/proc", "/sys", "/dev", "/run/secrets", "/var/run/secrets", "/etc"]
        return MountTable(parsing: text).entries.lazy.filter { $0.options.contains("ro") }
            .map(\.target)
            .filter { path in
                path != "/" && !own.contains { path == $0 || path.hasPrefix($0 + "/") }
            }
    }
}

extension LogsOptions {
    /// The language of a file that was named: Fluent Bit's is told from its YAML by looking at it.
    var fileDialect: LogDialect? {
        switch dialect {
        case .fluentBit, .shell, .environment: nil
        case let other: other
        }
    }
}
