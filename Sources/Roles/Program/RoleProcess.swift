package import Basics
import Formats
import HTTP
package import Reactor
import System

/// A role as a program: journal, signals, admin pages, and the work.
@MainLoop package final class RoleProcess {
    /// What happens to the program.
    private enum Event: Sendable {
        case signal(Int32)
        case quit(String)
        case ended
    }

    /// How long after the start the role has what it needs.
    private static let settled = Duration.milliseconds(500)

    private let name: String
    private let options: ProcessOptions
    private let events = AsyncQueue<Event>(capacity: 64)
    private let start = Loop.main.now
    private var isEnding = false
    /// What a work is given.
    package let surroundings: WorkSurroundings

    /// Prepares a process; nothing happens before `run`.
    package init(name: String, _ options: ProcessOptions) {
        self.name = name
        self.options = options
        let readers = JournalReaders()
        surroundings = WorkSurroundings(
            journal: Journal(
                level: options.level,
                isJSON: options.isJSON,
                time: { Loop.main.moment.wall.rfc3339Micro },
                write: { line in
                    try? Descriptors.writeAll(2, Array((line + "\n").utf8))
                    readers.pass(line)
                }
            ),
            environment: FileAccess.environment,
            grace: options.grace,
            metrics: CompanionMetrics(),
            memory: .of(options.memory),
            readers: readers
        )
    }

    /// Does a work until it ends by itself, or until a signal or the admin pages end it.
    ///
    /// SIGTERM, SIGINT and SIGQUIT end it in order, a second one at once; SIGHUP reloads; what others mean is the
    /// work's.
    /// - Returns: The work's exit code; 0 after an end that was asked for, 1 if the work cannot begin.
    /// - Throws: The work's failure; `unavailable` if the admin port that was asked for is taken.
    package func run(_ work: any RoleWork) async throws(Failure) -> Int32 {
        let names = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] + work.signals
        let signals = try SignalWatch(names.compactMap(Signals.number))
        do throws(Failure) {
            try await work.begin()
        } catch {
            surroundings.journal.errors("\(error)")
            return 1
        }
        let admin = try makeAdmin(work)
        let serving = Task { @MainLoop in await admin?.run() }
        surroundings.metrics.state.set(1)
        // What only the start needed is given back.
        let settling = Settling.once(after: Self.settled)
        defer { settling.end() }
        let listening = Task { @MainLoop [events] in
            while let number = try? await signals.next() { _ = events.send(.signal(number)) }
        }
        let outcome = Task { @MainLoop [events] () -> Result<Int32, Failure> in
            defer { _ = events.send(.ended) }
            do throws(Failure) {
                return .success(try await work.run())
            } catch {
                return .failure(error)
            }
        }
        let isAsked = await follow(work)
        let result = await outcome.value
        listening.cancel()
        signals.close()
        await admin?.stop(within: .milliseconds(100))
        serving.cancel()
        let code = try result.get()
        return isAsked ? 0 : code
    }

    /// Hands on what happens, until the work has ended.
    ///
    /// - Returns: Whether the end was asked for.
    private func follow(_ work: any RoleWork) async -> Bool {
        while let event = await events.next() {
            let why: String
            switch event {
            case .ended: return isEnding
            case .quit(let reason):
                // Scripts ask more than once; who is in a hurry has signals.
                if isEnding { continue }
                why = reason
            case .signal(let number):
                why = Signals.name(of: number)
                if why == "SIGHUP" {
                    if !isEnding { work.reload() }
                    continue
                }
                if work.signals.contains(why), isEnding || !work.take(signal: why) { continue }
            }
            if isEnding {
                surroundings.journal.warning("\(why): ending at once")
                work.end(by: Loop.main.now)
                continue
            }
            isEnding = true
            surroundings.metrics.state.set(2)
            let grace = work.grace ?? options.grace
            let outlook = await work.outlook(within: grace)
            surroundings.journal.info("ending on \(why): \(outlook)")
            work.end(by: Loop.main.now + grace)
        }
        return isEnding
    }

    private func makeAdmin(_ work: any RoleWork) throws(Failure) -> HTTPServer? {
        guard var address = options.adminAddress else { return nil }
        if case .usual = options.admin {
            guard work.wantsAdmin else { return nil }
            if let own = work.adminAddress { address = own }
        }
        let listener: StreamListener
        do throws(Failure) {
            listener = try StreamListener.listen(host: address.host, port: address.port)
        } catch {
            // Two roles of one pod may both want the usual port; neither may fail for that.
            guard case .usual = options.admin, work.adminAddress == nil else { throw error }
            surroundings.journal.warning(
                "there are no admin pages: \(error); give --admin ADDR:PORT"
            )
            return nil
        }
        var limits = HTTPLimits()
        limits.connections = 64
        let desk = AdminDesk(current: { [weak self] in self?.pages(work) ?? [] })
        let admin = HTTPServer(listener: listener, limits: limits) { request, responder in
            try await desk.answer(request, responder)
        }
        let port = ListenAddress(host: address.host, port: listener.port)
        surroundings.journal.info("admin pages on http://\(port)/")
        return admin
    }

    /// The pages that every process has, and the work's.
    private func pages(_ work: any RoleWork) -> [AdminPage] {
        let own: [AdminPage] = [
            .get("/metrics", "metrics for Prometheus") { [start, surroundings] _ in
                AdminPage.Answer(
                    text: work.metrics(
                        beside: surroundings.metrics.text(uptime: Loop.main.now - start)
                    ),
                    type: AdminPage.prometheusType
                )
            },
            .post("/reload", "read the configuration again") { _ in
                work.reload()
                return .ok
            },
            .post("/quitquitquit", "end in order") { [events] _ in
                _ = events.send(.quit("POST /quitquitquit"))
                return AdminPage.Answer(text: "OK\n")
            },
        ]
        return AdminPage.probes { [weak self] in
            self?.isEnding ?? true
                ? AdminPage.Answer(status: 503, text: "ending\n") : work.readiness
        } + work.pages + own
    }
}
