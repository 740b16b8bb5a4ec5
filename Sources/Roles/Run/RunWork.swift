import Basics
import Formats
import Reactor
import System

/// Several roles as the work of one process.
@MainLoop final class RunWork: RoleWork {
    /// A role that runs.
    private struct Runner {
        var work: any RoleWork
        var surroundings: WorkSurroundings
        var task: Task<Void, Never>
    }

    private let path: String
    private let makers: RunMakers
    private let surroundings: WorkSurroundings
    private var machine = RunMachine()
    private var runners: [String: Runner] = [:]
    /// Why roles that wait for their next start ended, or could not begin.
    private var troubles: [String: String] = [:]
    private var waker: Alarm?
    private var watch: ConfigurationWatch?
    private let finished = AsyncQueue<Void>(capacity: 1)
    private let up: LabeledGauges
    private let restarts: LabeledGauges

    /// Takes the roles of a file.
    ///
    /// - Throws: `invalid` with all that is wrong with the file.
    init(
        path: String,
        makers: RunMakers,
        _ surroundings: WorkSurroundings
    ) throws(Failure) {
        self.path = path
        self.makers = makers
        self.surroundings = surroundings
        up = LabeledGauges(name: "companion_role_up", help: "Whether the role runs.", type: "gauge")
        restarts = LabeledGauges(
            name: "companion_role_restarts_total",
            help: "How often the role was begun anew.",
            type: "counter"
        )
        let files = FileAccess()
        first = try makers.read(path, files)
        fingerprint = FileFingerprint(files: files.files, directories: files.directories)
    }

    private var first: RunFile
    private var fingerprint: FileFingerprint

    func run() async throws(Failure) -> Int32 {
        let watch = ConfigurationWatch(journal: surroundings.journal) { [weak self] in
            self?.reload()
        }
        self.watch = watch
        take(first, fingerprint)
        perform(machine.load(first.entries, at: Loop.main.now, grace: surroundings.grace))
        _ = await finished.next()
        watch.close()
        waker = nil
        return 0
    }

    func end(by deadline: Instant) {
        perform(machine.end(by: deadline, at: Loop.main.now))
    }

    func reload() {
        guard machine.deadline == nil else { return }
        let files = FileAccess()
        do throws(Failure) {
            let file = try makers.read(path, files)
            take(file, FileFingerprint(files: files.files, directories: files.directories))
            let actions = machine.load(file.entries, at: Loop.main.now, grace: surroundings.grace)
            // Those that go on read their own configurations again.
            let changed = Set(
                actions.map { action in
                    switch action {
                    case .start(let name), .end(let name, by: _): name
                    case .finish: ""
                    }
                }
            )
            for (name, runner) in runners where !changed.contains(name) { runner.work.reload() }
            perform(actions)
        } catch {
            surroundings.metrics.refused()
            surroundings.journal.error("the roles stay as they are: \(error)")
        }
    }

    private func take(_ file: RunFile, _ fingerprint: FileFingerprint) {
        watch?.follow(files: [path], directories: [], since: fingerprint)
        let names = file.entries.map(\.name).joined(separator: ", ")
        surroundings.journal.info("the roles of \(path): \(names)")
        surroundings.metrics.accepted(
            dialect: "run",
            sha256: makers.digest(of: file),
            warnings: 0,
            at: Loop.main.moment.wall
        )
    }

    // MARK: Roles

    private func perform(_ actions: [RunMachine.Action]) {
        for action in actions {
            switch action {
            case .start(let name): start(name)
            case .end(let name, let deadline):
                if let runner = runners[name] {
                    runner.work.end(by: deadline)
                } else {
                    ended(name)
                }
            case .finish: _ = finished.send(())
            }
        }
        guard let due = machine.nextWake else {
            waker = nil
            return
        }
        waker = Alarm(at: due) { [weak self] in
            guard let self else { return }
            self.perform(self.machine.wake(at: Loop.main.now))
        }
    }

    private func start(_ name: String) {
        guard let entry = machine.members.first(where: { $0.entry.name == name })?.entry else {
            return
        }
        var surroundings = surroundings
        surroundings.journal = surroundings.journal.with(["role": name])
        surroundings.metrics = CompanionMetrics()
        surroundings.environment.merge(entry.environment) { _, own in own }
        let journal = surroundings.journal
        let work: any RoleWork
        do throws(Failure) {
            work = try makers.make(entry, surroundings)
        } catch {
            journal.error("cannot begin: \(error)")
            troubles[name] = "\(error)"
            return later(name)
        }
        troubles[name] = nil
        let task = Task { @MainLoop [weak self] in
            var trouble: String
            do throws(Failure) {
                trouble = "it ended with exit code \(try await work.run())"
            } catch {
                trouble = "\(error)"
            }
            guard let self else { return }
            self.runners[name] = nil
            if self.isWanted(name) {
                self.troubles[name] = trouble
                journal.error("\(trouble); it begins anew soon")
            } else {
                journal.info("ended")
            }
            self.ended(name)
        }
        runners[name] = Runner(work: work, surroundings: surroundings, task: task)
    }

    /// Whether a role shall run; else its end was asked for.
    private func isWanted(_ name: String) -> Bool {
        guard let member = machine.members.first(where: { $0.entry.name == name }) else {
            return false
        }
        if case .running = member.phase { return machine.deadline == nil }
        return false
    }

    /// What cannot begin has ended, but not in the middle of what the machine asked for.
    private func later(_ name: String) {
        Task { @MainLoop [weak self] in self?.ended(name) }
    }

    private func ended(_ name: String) {
        perform(machine.ended(name, at: Loop.main.now))
    }

    // MARK: Pages

    var readiness: AdminPage.Answer {
        var lines: [String] = []
        for member in machine.members {
            let name = member.entry.name
            if let runner = runners[name] {
                let answer = runner.work.readiness
                if answer.status >= 400 { lines.append("\(name): \(answer.text.firstLine)") }
            } else {
                lines.append("\(name): \(troubles[name] ?? "it does not run")")
            }
        }
        return lines.isEmpty
            ? .ok : AdminPage.Answer(status: 503, text: lines.joined(separator: "\n") + "\n")
    }

    var pages: [AdminPage] {
        let list = AdminPage.get("/roles", "the roles and how they are") { [weak self] _ in
            .json(self?.list ?? .null)
        }
        return [list] + machine.members.flatMap { pages(of: $0.entry.name) }
    }

    private func pages(of name: String) -> [AdminPage] {
        guard let runner = runners[name] else { return [] }
        let work = runner.work
        let metrics = AdminPage.get("/metrics", "its metrics") { _ in
            AdminPage.Answer(text: work.metrics, type: AdminPage.prometheusType)
        }
        let reload = AdminPage.post("/reload", "read its configuration again") { _ in
            work.reload()
            return .ok
        }
        let own = [
            AdminPage.get("/readyz", "whether it can do its work") { _ in work.readiness }, metrics,
            reload,
        ]
        return (work.pages + own).map { page in
            var page = page
            page.path = "/roles/" + name + page.path
            return page
        }
    }

    private var list: JSON {
        .array(
            machine.members.map { member in
                var object: JSONObject = [
                    "name": .string(member.entry.name), "role": .string(member.entry.role),
                    "restarts": .int(Int64(member.restarts)),
                ]
                switch member.phase {
                case .running: object["state"] = "running"
                case .waiting: object["state"] = "waiting"
                case .ending: object["state"] = "ending"
                case .ended: object["state"] = "ended"
                }
                if let trouble = troubles[member.entry.name] {
                    object["trouble"] = .string(trouble)
                }
                return .object(object)
            }
        )
    }

    var metrics: String {
        let names = machine.members.map(\.entry.name)
        let parts = names.compactMap { name in
            runners[name].map { (role: name, text: $0.work.metrics) }
        }
        return up.text(
            machine.members.map { ($0.entry.name, runners[$0.entry.name] == nil ? 0 : 1) }
        )
            + restarts.text(machine.members.map { ($0.entry.name, $0.restarts) })
            + MetricsMerge.text(parts)
    }
}

/// A metric with a sample for each role.
private struct LabeledGauges {
    let name: String
    let help: String
    let type: String

    func text(_ values: [(role: String, value: Int)]) -> String {
        "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            + values.map { "\(name){role=\"\($0.role)\"} \($0.value)\n" }.joined()
    }
}

extension String {
    fileprivate var firstLine: Substring { prefix { $0 != "\n" } }
}
