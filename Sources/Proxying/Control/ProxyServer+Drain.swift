import Basics
import Reactor

extension ProxyServer {
    /// How long idle connections stay open while the end is announced: a request may be on its way.
    static let announcement = Duration.seconds(1)

    /// Takes no more connections; those that are there are told with their next answer that they end.
    public func closeListeners() {
        isDraining = true
        for worker in workers { worker.post { ProxyWorker.of($0)?.announceEnd() } }
    }

    /// Ends in order: takes no more connections, answers the requests at hand, and waits for the clients.
    ///
    /// A client learns with its answer that the connection ends; one that sends nothing for a second is
    /// hung up. Nothing runs any more afterwards.
    /// - Parameter limit: How long connections may go on; they are cut then.
    /// - Returns: How many were cut.
    public func drain(within limit: Duration) async -> Int {
        let start = Loop.main.now
        closeListeners()
        var isHungUp = false
        var left = await count { $0.connectionCount + $0.closingListeners.count }
        while left > 0, !isCut, Loop.main.now < start + limit {
            if !isHungUp, Loop.main.now >= start + min(Self.announcement, limit / 2) {
                isHungUp = true
                for worker in workers { worker.post { ProxyWorker.of($0)?.drain() } }
            }
            do throws(Failure) {
                try await Loop.main.sleep(for: .milliseconds(10))
            } catch {
                break
            }
            left = await count { $0.connectionCount + $0.closingListeners.count }
        }
        for worker in workers { worker.post { ProxyWorker.of($0)?.flushLogs() } }
        _ = await connectionCount()
        await flushSpans()
        stop()
        return left
    }

    /// Ends a drain that is going on at once.
    public func cut() {
        isCut = true
    }

    /// Opens the files of access logs again.
    public func reopenLogs() {
        for worker in workers { worker.post { ProxyWorker.of($0)?.reopenLogs() } }
    }

    /// How many connections of clients there are: requests, relays, and handshakes under way.
    public func connectionCount() async -> Int {
        await count(\.connectionCount)
    }

    private func count(_ number: @escaping @Sendable (ProxyWorker) -> Int) async -> Int {
        var sum = 0
        for worker in workers {
            sum += await withCheckedContinuation { continuation in
                let isTaken = worker.post {
                    continuation.resume(returning: ProxyWorker.of($0).map(number) ?? 0)
                }
                if !isTaken { continuation.resume(returning: 0) }
            }
        }
        return sum
    }
}
