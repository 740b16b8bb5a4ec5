import Basics
import Formats
import Reactor

/// Several roles as the work of one process.
@MainLoop final class RunWork: RoleWork {
    /// A role that runs.
    struct Runner {
        var work: any RoleWork
        var metrics: CompanionMetrics
        /// Whether the work has what it needs to begin.
        var hasBegun = false
    }

    private let path: String
    private let makers: RunMakers
    private let surroundings: WorkSurroundings
    private(set) var machine = RunMachine()
    private(set) var runners: [String: Runner] = [:]
    /// Why roles that wait for their next start ended, or could not begin.
    private(set) var troubles: [String: String] = [:]
    private var waker: Alarm?
    private let settling = Settling()
    private var watch: ConfigurationWatch?
    private let finished = AsyncQueue<Void>(capacity: 1)

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
        let files = FileAccess()
        first = try makers.read(path, files)
        fingerprint = FileFingerprint(files: files.files, directories: files.directories)
    }

    private var first: RunFile
    private var fingerprint: FileFingerprint
    /// What tells the list that is followed from others.
    private var digest = ""

    func run() async throws(Failure) -> Int32 {
        let watch = ConfigurationWatch(journal: surroundings.journal) { [weak self] in
            self?.changed()
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

    func outlook(within grace: Duration) async -> String {
        "\(runners.count) roles end within \(grace.humanText), the last of the list first"
    }

    let signals = ["SIGUSR1"]

    func take(signal: String) -> Bool {
        var isEnd = false
        for runner in runners.values where runner.work.signals.contains(signal) {
            if runner.work.take(signal: signal) { isEnd = true }
        }
        return isEnd
    }

    func reload() {
        read(evenIfSame: true)
    }

    /// The file, or a volume around it, has changed; roles are left alone if it says the same.
    private func changed() {
        read(evenIfSame: false)
    }

    private func read(evenIfSame: Bool) {
        guard machine.deadline == nil else { return }
        let files = FileAccess()
        do throws(Failure) {
            let file = try makers.read(path, files)
            guard evenIfSame || makers.digest(of: file) != digest else {
                let fingerprint = FileFingerprint(
                    files: files.files,
                    directories: files.directories
                )
                return follow(fingerprint)
            }
            take(file, FileFingerprint(files: files.files, directories: files.directories))
            let actions = machine.load(file.entries, at: Loop.main.now, grace: surroundings.grace)
            // Those that go on read their own configurations again.
            let changed = Set(
                actions.map { action in
                    switch action {
                    case .start(let name), .configure(let name), .end(let name, by: _): name
                    case .finish: ""
                    }
                }
            )
            for (name, runner) in runners where !changed.contains(name) { runner.work.reload() }
            perform(actions)
        } catch {
            surroundings.metrics.refused()
            digest = ""
            surroundings.journal.errors("\(error)")
            surroundings.journal.error("the roles stay as they are")
        }
    }

    private func follow(_ fingerprint: FileFingerprint) {
        watch?.follow(files: [path], directories: [], since: fingerprint)
    }

    private func take(_ file: RunFile, _ fingerprint: FileFingerprint) {
        follow(fingerprint)
        digest = makers.digest(of: file)
        surroundings.memory.parts = makers.parts(of: file)
        let names = file.entries.map(\.name).joined(separator: ", ")
        surroundings.journal.info("the roles of \(path): \(names)")
        surroundings.metrics.accepted(
            dialect: "run",
            sha256: digest,
            warnings: 0,
            at: Loop.main.moment.wall
        )
    }

    // MARK: Roles

    private func perform(_ actions: [RunMachine.Action]) {
        for action in actions {
            switch action {
            case .start(let name): start(name)
            case .configure(let name): configure(name)
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
        guard let entry = entry(name) else { return }
        var surroundings = surroundings
        surroundings.journal = surroundings.journal.with(["role": name])
        surroundings.metrics = CompanionMetrics()
        surroundings.environment.merge(entry.environment) { _, own in own }
        let journal = surroundings.journal
        let work: any RoleWork
        do throws(Failure) {
            work = try makers.make(entry, surroundings)
        } catch {
            return later(name, "\(error)", journal)
        }
        runners[name] = Runner(work: work, metrics: surroundings.metrics)
        settling.begin()
        Task { @MainLoop [weak self] in
            let trouble: String
            do throws(Failure) {
                try await work.begin()
                self?.begun(name, work, journal)
                trouble = "it ended with exit code \(try await work.run())"
            } catch {
                trouble = "\(error)"
            }
            self?.runners[name] = nil
            self?.stopped(name, trouble, journal)
        }
    }

    /// A role has what it needs.
    private func begun(_ name: String, _ work: any RoleWork, _ journal: Journal) {
        runners[name]?.hasBegun = true
        troubles[name] = nil
        guard let address = work.adminAddress else { return }
        journal.info(
            "its configuration wants admin pages at \(address); they are at /roles/\(name)/ of those of the process"
        )
    }

    /// Gives a role its new configuration; one that cannot be laid leaves it as it was.
    private func configure(_ name: String) {
        guard let entry = entry(name), let runner = runners[name] else { return }
        do throws(Failure) {
            try makers.configure(entry)
            runner.work.reload()
        } catch {
            surroundings.journal.with(["role": name]).errors("\(error)")
        }
    }

    private func entry(_ name: String) -> RunFile.Entry? {
        machine.members.first { $0.entry.name == name }?.entry
    }

    /// A role has ended, or could not begin.
    private func stopped(_ name: String, _ trouble: String, _ journal: Journal) {
        guard isWanted(name) else {
            journal.info("ended")
            return ended(name)
        }
        troubles[name] = trouble
        journal.errors(trouble)
        ended(name)
        guard let member = machine.members.first(where: { $0.entry.name == name }),
            case .waiting = member.phase
        else { return }
        journal.warning("it begins anew in \(member.pause.humanText)")
    }

    /// Whether a role shall run; else its end was asked for.
    private func isWanted(_ name: String) -> Bool {
        guard let member = machine.members.first(where: { $0.entry.name == name }) else {
            return false
        }
        if case .running = member.phase { return machine.deadline == nil }
        return false
    }

    /// What cannot be made has ended, but not in the middle of what the machine asked for.
    private func later(_ name: String, _ trouble: String, _ journal: Journal) {
        Task { @MainLoop [weak self] in
            // A change of the file may have made it meanwhile.
            if let self, self.runners[name] == nil { self.stopped(name, trouble, journal) }
        }
    }

    private func ended(_ name: String) {
        perform(machine.ended(name, at: Loop.main.now))
    }
}
