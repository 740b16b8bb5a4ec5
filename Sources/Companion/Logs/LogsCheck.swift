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
}
