internal import Basics
internal import Formats
internal import LogPipeline
internal import Reactor
internal import Roles

/// `companion logs --check`: says everything that is wrong with a configuration.
@MainLoop enum LogsCheck {
    /// Checks and prints.
    ///
    /// - Returns: 0 if the configuration would be taken, 1 if not.
    static func run(_ options: LogsOptions, _ environment: [String: String]) -> Int32 {
        let files = FileAccess()
        do throws(LogLoadingError) {
            let loaded = try LogsConfigurationSource(options: options).load(
                files,
                environment: environment
            )
            for finding in loaded.warnings { Console.line("warning: \(finding)") }
            for note in loaded.configuration.notes { Console.line("note: \(note)") }
            do throws(Failure) {
                try PipelineParts.check(loaded.configuration)
            } catch {
                Console.line("error: \(error)")
                return 1
            }
            let count = loaded.configuration
            Console.line(
                "\(loaded.origin) (\(loaded.dialect.rawValue)): good; \(count.sources.count) sources,"
                    + " \(count.transforms.count) transforms, \(count.sinks.count) sinks,"
                    + " sha256 \(loaded.hash)"
            )
            return 0
        } catch {
            Console.line(error.text)
            return 1
        }
    }

    /// Where the sources of a configuration listen.
    ///
    /// - Throws: `invalid` if the configuration would be refused.
    static func listeners(
        _ options: LogsOptions,
        _ environment: [String: String]
    ) throws(Failure) -> [RoleListener] {
        do throws(LogLoadingError) {
            let source = LogsConfigurationSource(options: options)
            let loaded = try source.load(FileAccess(), environment: environment)
            return loaded.configuration.sources.compactMap { listener($0.kind) }
        } catch {
            throw Failure(.invalid, "the configuration is refused", cause: error.text)
        }
    }

    private static func listener(_ kind: SourceKind) -> RoleListener? {
        switch kind {
        case .http(let settings):
            RoleListener(ListenAddress(host: settings.host, port: settings.port))
        case .forward(let settings) where settings.unixPath == nil:
            RoleListener(ListenAddress(host: settings.host, port: settings.port))
        case .syslog(let settings): listener(settings.mode)
        case .socket(let settings): listener(settings.mode)
        case .forward, .tail, .standardInput, .sample, .command, .journal: nil
        }
    }

    private static func listener(_ mode: SocketMode) -> RoleListener? {
        switch mode {
        case .tcp(let host, let port): RoleListener(ListenAddress(host: host, port: port))
        case .udp(let host, let port): RoleListener(ListenAddress(host: host, port: port), .udp)
        case .unixStream, .unixDatagram: nil
        }
    }
}
