internal import Basics
internal import NodeDrivers
internal import PodEngine
internal import PodModel
internal import Reactor
internal import System

/// What one container uses.
public struct ContainerUsage: Sendable, Hashable {
    /// The container's name.
    public var container: String
    /// What it uses.
    public var figures: UsageFigures
}

extension Node {
    /// What the running containers of a pod use; `nil` if there is no such pod, or nothing runs in it.
    public func usage(ofPod uid: String) -> [ContainerUsage]? {
        guard let worker = workers[uid] else { return nil }
        let status = worker.machine.status
        let statuses = status.initContainerStatuses + status.containerStatuses
        let found = statuses.compactMap { status -> ContainerUsage? in
            guard case .running(let running) = status.state,
                let (_, id) = worker.containerID(of: status.name),
                let usage = runtime.usage(id)
            else { return nil }
            let now = loop.moment
            let sample = UsageSample(
                moment: now.instant,
                processorNanoseconds: usage.processorNanoseconds,
                memoryBytes: usage.workingSetBytes
            )
            let age = running.startedAt.map { now.wall - $0 } ?? .seconds(1)
            let start = now.instant + (.zero - max(age, .milliseconds(1)))
            let figures = usages.figures(of: id, sample, since: start)
            return ContainerUsage(container: status.name, figures: figures)
        }
        return found.isEmpty ? nil : found
    }

    /// What the whole machine uses; `nil` if it cannot be told.
    public func usage() -> UsageFigures? {
        guard let processor = Host.processorNanoseconds, let memory = Host.memoryInUse else {
            return nil
        }
        let now = loop.now
        let sample = UsageSample(
            moment: now,
            processorNanoseconds: processor,
            memoryBytes: memory
        )
        return usages.figures(of: "", sample, since: now + (.zero - Host.uptime))
    }

    /// Takes a sample of everything, so that whoever asks next is told of the last seconds.
    func sampleUsage() {
        _ = usage()
        for uid in workers.keys { _ = usage(ofPod: uid) }
        let ids = workers.values.flatMap(\.ids.values)
        usages.keep(Set(ids + [""]))
    }
}
