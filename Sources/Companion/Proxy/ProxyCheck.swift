internal import Basics
internal import Formats
internal import Proxying
internal import Reactor
internal import Roles

/// `companion proxy --check`: says everything that is wrong with a configuration.
@MainLoop enum ProxyCheck {
    /// Checks and prints.
    ///
    /// - Returns: 0 if the configuration would be taken, 1 if not.
    static func run(_ options: ProxyOptions, _ environment: [String: String]) -> Int32 {
        let files = FileAccess()
        do throws(LoadingError) {
            let loaded = try ConfigurationSource(options: options).load(
                files.surroundings(environment)
            )
            var problems: [String] = []
            do throws(Failure) {
                try ProxyServer.check(loaded.configuration)
            } catch {
                problems.append("error: \(loaded.origin): \(error)")
            }
            for finding in loaded.warnings {
                Console.line("\(finding.gravity.rawValue): \(finding)")
            }
            for sentence in loaded.sentences { Console.line("note: \(sentence)") }
            for problem in problems { Console.line(problem) }
            guard problems.isEmpty else { return 1 }
            let listeners = loaded.configuration.listeners.count
            let clusters = loaded.configuration.clusters.count
            let language = loaded.dialect.map { " (\($0.rawValue))" } ?? ""
            Console.line(
                "\(loaded.origin)\(language): good; \(listeners) listeners, \(clusters) clusters,"
                    + " sha256 \(files.hash(or: loaded.hash))"
            )
            return 0
        } catch {
            Console.line(error.text)
            return 1
        }
    }
}
