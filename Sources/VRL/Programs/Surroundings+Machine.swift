internal import Basics
internal import System

extension Surroundings {
    /// The world of this machine: its clock, environment, name and randomness.
    ///
    /// `zone` is that of times that name none; `log` writes a line of the function of that name: level
    /// and text.
    public static func machine(
        zone: String = "local",
        log: @escaping @Sendable (String, String) -> Void
    ) -> Self {
        Self(
            now: { Clocks.wall },
            environment: { Environment.value($0) },
            hostname: { Host.hostname },
            random: { Random.bytes($0) },
            zone: zone,
            log: log
        )
    }
}
