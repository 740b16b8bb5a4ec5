import Basics
import Reactor

/// The password checks of one worker that go on elsewhere, and the requests that wait for them.
///
/// Requests with the same credentials wait for one check.
final class PasswordChecks {
    private struct Pending {
        var ticket: UInt64
        var gate: BasicGate
        var job: BasicGate.Job
        var waiting: [Exchange]
    }

    /// The most checks at a time; requests that would need more are refused.
    static let maximum = 64

    private var pending: [Pending] = []
    private var nextTicket: UInt64 = 0

    init() {}

    /// How many checks go on.
    var count: Int { pending.count }

    /// Lets a request wait for a check.
    ///
    /// - Returns: Whether it may; `false` if too many go on.
    func ask(
        _ job: BasicGate.Job,
        _ gate: BasicGate,
        _ exchange: Exchange,
        _ run: SharedFilters.PasswordRunner
    ) -> Bool {
        for index in pending.indices
        where pending[index].gate === gate && pending[index].job.isSame(as: job) {
            pending[index].waiting.append(exchange)
            return true
        }
        guard pending.count < Self.maximum else { return false }
        nextTicket += 1
        let ticket = nextTicket
        pending.append(Pending(ticket: ticket, gate: gate, job: job, waiting: [exchange]))
        let handle = exchange.proxy.worker.handle
        run(job) { isGood in
            handle.post { worker in
                ProxyWorker.of(worker)?.passwords.finished(ticket, isGood, worker.now)
            }
        }
        return true
    }

    /// A request waits no longer.
    func forget(_ exchange: Exchange) {
        for index in pending.indices { pending[index].waiting.removeAll { $0 === exchange } }
    }

    private func finished(_ ticket: UInt64, _ isGood: Bool, _ now: Instant) {
        guard let index = pending.firstIndex(where: { $0.ticket == ticket }) else { return }
        let done = pending.remove(at: index)
        done.gate.finished(done.job, isGood: isGood, at: now)
        for exchange in done.waiting { exchange.resumeFilters() }
    }
}
