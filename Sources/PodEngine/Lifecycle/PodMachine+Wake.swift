public import Basics

extension PodMachine {
    /// When `woken` must be delivered next, if ever; an instant in the past means at once.
    public var nextWake: Instant? {
        guard stage != .finished else { return nil }
        var next: Instant?
        func consider(_ instant: Instant?) {
            guard let instant else { return }
            next = next.map { min($0, instant) } ?? instant
        }
        consider(stepUntil)
        consider(abandonedUntil)
        if stage == .syncing { consider(deadline) }
        if step == nil, let retryAt, retryAt > now.instant { consider(retryAt) }
        if stage == .syncing, step == nil, let resizeRetryAt, resizeRetryAt > now.instant {
            consider(resizeRetryAt)
        }
        for index in records.indices {
            let record = records[index]
            consider(record.kill?.until)
            if record.isRunning, record.isUp {
                for probe in record.probes { consider(probe.wake) }
            }
            if stage == .syncing, step == nil, interlude == nil, !record.isRunning {
                consider(startWake(record))
            }
        }
        return next
    }

    /// When a container that waits to be started may be; past instants have been acted upon already.
    private func startWake(_ record: ContainerRecord) -> Instant? {
        [record.retryAt, record.heldUntil].compactMap(\.self).filter { $0 > now.instant }.min()
    }
}
