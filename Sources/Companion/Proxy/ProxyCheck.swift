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

    /// Where the listeners of a configuration are.
    ///
    /// - Throws: `invalid` if the configuration would be refused.
    static func listeners(
        _ options: ProxyOptions,
        _ environment: [String: String]
    ) throws(Failure) -> [RoleListener] {
        do throws(LoadingError) {
            let source = ConfigurationSource(options: options)
            let loaded = try source.load(FileAccess().surroundings(environment))
            return loaded.configuration.listeners.map(\.address).filter { !$0.isPath }
                .map { RoleListener(ListenAddress(host: $0.host, port: $0.port)) }
        } catch {
            throw Failure(.invalid, "the configuration is refused", cause: error.text)
        }
    }
}
