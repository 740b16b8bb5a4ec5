internal import Basics
internal import PodModel

/// What the API shows of a container, before it is spelled out.
enum ContainerView: Sendable, Hashable {
    case running
    case terminated(ContainerExit)
    /// `last` is the exit of the run before, if there was one.
    case waiting(last: ContainerExit?)
}

extension PodMachine {
    /// The view of a container (semantics section 4).
    ///
    /// A container is shown running only when it is up: while `postStart` runs, the kubelet's worker is
    /// blocked and the old status stands. One that has ended is shown waiting only if it will be run
    /// again and something is known to hold that up.
    func view(_ index: Int) -> ContainerView {
        let record = records[index]
        switch record.state {
        case .running where record.isUp || stage != .syncing: return .running
        case .running, .created: return .waiting(last: record.previous?.exit)
        case .absent: return .waiting(last: (record.ended ?? record.previous)?.exit)
        case .exited: break
        }
        guard let exit = record.ended?.exit else { return .waiting(last: record.previous?.exit) }
        if stage == .syncing, record.error != nil, shouldRun(index) { return .waiting(last: exit) }
        return .terminated(exit)
    }
}
