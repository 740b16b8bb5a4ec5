internal import LogPipeline

/// How much sinks may hold so that the program stays within the memory that its container is given.
enum LogsBudget {
    /// What the program takes without records, all roles' code and tables included.
    private static let base = 12 << 20
    /// What a sink must have to deliver at all.
    private static let least = 256 << 10

    /// Narrows buffers in memory down, all in proportion; half of what is free is left for what is on its way.
    ///
    /// - Parameters:
    ///   - limit: The process's limit in bytes; nil for none.
    ///   - parts: Among how many works of the process it is shared.
    ///   - configuration: What is narrowed.
    static func apply(_ limit: Int?, parts: Int = 1, to configuration: inout LogConfiguration) {
        guard let limit else { return }
        let usable = max(0, limit - base) / 2 / max(1, parts)
        let wanted = configuration.sinks.reduce(0) { $0 + $1.buffer.memory }
        guard wanted > usable else { return }
        for place in configuration.sinks.indices {
            let own = configuration.sinks[place].buffer.memory
            let share = max(least, usable / 1024 * (own / 1024) / max(1, wanted / 1024) * 1024)
            configuration.sinks[place].buffer.memory = min(own, share)
            configuration.sinks[place].batch.bytes =
                min(configuration.sinks[place].batch.bytes, max(64 << 10, share / 2))
        }
    }
}
