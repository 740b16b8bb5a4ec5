internal import Roles

extension FileAccess {
    /// The machine as it is, with these variables.
    func surroundings(_ environment: [String: String]) -> ConfigurationSource.Surroundings {
        ConfigurationSource.Surroundings(
            environment: environment,
            read: { self.read($0) },
            list: { self.list($0) }
        )
    }
}
