import Basics
import Formats
import HTTP
import Reactor
import Security
import System

/// Sends signals to processes of the pod.
@MainLoop enum ReloadSignal {
    /// Sends a signal, and waits for what Prometheus says about it if that was asked for.
    ///
    /// - Returns: Whom it was sent to, for the journal.
    /// - Throws: `notFound` if nobody fits; `forbidden` if this user may not.
    static func send(
        _ signalling: ReloadSettings.Signalling
    ) async throws(Failure) -> String {
        var before: RuntimeInformation?
        if let address = signalling.verification { before = try await information(address) }
        let targets = try targets(signalling.target)
        let sent = Loop.main.moment.wall.rfc3339
        for target in targets { try send(signalling.number, to: target.pid, target.name) }
        if let address = signalling.verification {
            try await verify(address, before?.time, sent: sent)
        }
        return targets.map { "\($0.name) (process \($0.pid))" }.joined(separator: ", ")
    }

    private static func targets(
        _ target: ReloadSettings.Signalling.Target
    ) throws(Failure) -> [(pid: Int32, name: String)] {
        switch target {
        case .name(let program):
            let finder = try ProcessFinder.now()
            let found = finder.find(program)
            guard !found.isEmpty else { throw finder.missing(program) }
            return found.map { ($0.pid, $0.name) }
        case .file(let path):
            let text: String
            do throws(SystemError) {
                text = try Files.text(path, limit: 4096).trimmingSpace()
            } catch {
                throw Failure("cannot read the process number in \(path)", error)
            }
            let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
            guard let pid = Int32(line.trimmingSpace()), pid > 0 else {
                throw Failure(.invalid, "there is no process number in \(path)")
            }
            return [(pid, "the process of \(path)")]
        }
    }

    private static func send(_ number: Int32, to pid: Int32, _ name: String) throws(Failure) {
        do throws(SystemError) {
            // The descriptor never means another process that got the same number later.
            let process = try Processes.watch(pid)
            try Processes.signal(process.number, number)
        } catch {
            if error.isForbidden {
                throw Failure(
                    .forbidden,
                    "cannot send \(Signals.name(of: number)) to \(name) (process \(pid))",
                    cause: "it belongs to another user",
                    remedy: "give both containers the same runAsUser, or add the capability KILL"
                )
            }
            if error.isNoProcess {
                throw Failure(
                    .notFound,
                    "cannot send \(Signals.name(of: number)) to \(name) (process \(pid))",
                    cause: "there is no such process"
                )
            }
            throw Failure("cannot send a signal to \(name) (process \(pid))", error)
        }
    }

    // MARK: Prometheus' runtime information

    /// What Prometheus tells about its configuration.
    struct RuntimeInformation: Sendable, Hashable {
        /// Whether the last reload was good.
        var isGood: Bool
        /// When the configuration was taken, as it says.
        var time: String

        /// Whether it was taken in this second or later: the time has no parts of seconds, so that it stays the same
        /// when the configuration is taken twice in one.
        ///
        /// - Parameter sent: A time in UTC (RFC 3339).
        /// - Returns: Whether it was.
        func isTaken(in sent: String) -> Bool {
            let seconds = "2006-01-02T15:04:05".utf8.count
            return time.hasSuffix("Z") && time.utf8.count > seconds
                && time.prefix(seconds) >= sent.prefix(seconds)
        }

        /// Reads `/api/v1/status/runtimeinfo`.
        init?(_ bytes: [UInt8]) {
            guard let json = try? JSON.parse(bytes), let data = json["data"],
                let good = data["reloadConfigSuccess"]?.bool
            else { return nil }
            isGood = good
            time = data["lastConfigTime"]?.string ?? ""
        }
    }

    private static func information(_ address: WebAddress) async throws(Failure)
        -> RuntimeInformation
    {
        var hook = ReloadSettings.Webhook(address: address, method: "GET")
        hook.tls = .unverified
        let (_, body) = try await Webhooks.request(hook, limit: 1 << 20)
        guard let found = RuntimeInformation(body) else {
            throw Failure(.unavailable, "cannot understand what \(address) says")
        }
        return found
    }

    /// Waits until the configuration is another than before, ten seconds at most.
    ///
    /// - Parameters:
    ///   - address: Where that shows.
    ///   - before: When the configuration was taken that was there before the signal.
    ///   - sent: When the signal was sent.
    /// - Throws: `unavailable` if it was refused, `timedOut`; what requests throw.
    private static func verify(
        _ address: WebAddress,
        _ before: String?,
        sent: String
    ) async throws(Failure) {
        let deadline = Loop.main.now + .seconds(10)
        // The next second has begun by then, and shows as another time.
        let settled = Loop.main.now + .milliseconds(1500)
        while true {
            let now = try await information(address)
            let isSameSecond = now.isTaken(in: sent) && Loop.main.now > settled
            if now.time != before || !now.isGood || isSameSecond {
                guard now.isGood else {
                    throw Failure(
                        .unavailable,
                        "the program has refused its new configuration",
                        cause: "\(address) says reloadConfigSuccess: false",
                        remedy: "see its log"
                    )
                }
                return
            }
            guard Loop.main.now < deadline else {
                throw Failure(
                    .timedOut,
                    "the signal had no effect within 10 s",
                    cause: "\(address) shows the configuration of \(now.time)"
                )
            }
            try await Loop.main.sleep(for: .milliseconds(100))
        }
    }
}
