internal import Reactor
internal import System

/// Gives memory back to the machine that the engine needed only for a while.
///
/// The start, a list of thousands of objects and a storm of changes leave free memory with malloc, and pages of
/// code in memory that run once. Every ten seconds the resident memory is looked at; what it has grown by since the
/// last time decides.
@MainLoop final class MemoryKeeper {
    private let repeater = Repeater()
    private var floor = 0

    private static let interval = Duration.seconds(10)
    /// Growth of fewer bytes is not worth the walk through malloc's lists and the faults afterwards.
    private static let growth = 4 << 20

    /// Begins to look, one interval from now on.
    func start() {
        var isFirst = true
        repeater.start { [weak self] in
            guard let self else { return nil }
            if !isFirst { look() }
            isFirst = false
            return Self.interval
        }
    }

    private func look() {
        guard Host.residentBytes - floor >= Self.growth else { return }
        Memory.settle()
        floor = Host.residentBytes
    }
}
