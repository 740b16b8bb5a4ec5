internal import Roles

extension FileAccess {
    /// The machine as it is.
    var surroundings: ConfigurationSource.Surroundings {
        ConfigurationSource.Surroundings(
            environment: Self.environment,
            read: { self.read($0) },
            list: { self.list($0) }
        )
    }
}
