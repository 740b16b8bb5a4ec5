public import Basics
public import Reactor
internal import Records
internal import System

/// Files that grow, as a source.
///
/// The file is the buffer: it reads no further than records are taken, and remembers of each file up to where
/// all records came to their end.
@MainLoop public final class TailSource: Source {
    /// How often positions are written down at most.
    public static let saveInterval = Duration.milliseconds(200)
    /// How often files are looked at whatever the kernel says.
    static let pollInterval = Duration.seconds(2)
    static let pollMaximum = 256

    /// Its name in the configuration.
    public let id: String
    let settings: TailSettings
    let tagText: String
    let globs: GlobSet
    let journal: Journal
    let disk: any TailDisk
    let checkpoints: any Checkpoints
    let beforeSave: () -> Void
    let podStart: Timestamp
    let host = Host.hostname

    var reader: TailReader?
    var watch: TailWatch?
    var watchTask: Task<Void, Never>?
    let signal = AsyncQueue<Bool>(capacity: 1)
    /// The clock of the intake.
    var clock = WallClock.machine
    var isFinishing = false
    var deadline = Instant(nanoseconds: .max)

    // What is written down.
    var unsaved: [Int64: Checkpoint] = [:]
    var unforgotten: Set<Int64> = []
    var saveAlarm: Alarm?
    var isSaveFailing = false

    // Where files are.
    var aliases: [String: [String]] = [:]
    var rescanAt = Instant.zero
    var lastRescan = Instant.zero
    var pollAt = Instant.zero
    var polled = 0
    /// When it looked around last, and for the first time.
    var lookedAt: LookTime?
    var startedAt: LookTime?
    let boot = LookTime.boot(Host.bootID)

    // What records of a file have in common.
    private struct Looks {
        var tag: Tag
        var frame: LineFrame
    }
    private var looks: [Int: Looks] = [:]

    /// What it is doing wrong, for readiness; nil if all is well.
    public private(set) var trouble: String?

    /// Makes a source that does nothing yet.
    ///
    /// - Parameters:
    ///   - id: Its name; positions are kept under it.
    ///   - tag: The tag of its records; a `*` stands for the file's path.
    ///   - settings: Which files, and how.
    ///   - checkpoints: Where positions are kept (`StateDirectory.checkpoints`).
    ///   - podStart: Files made since are read from their beginning if the settings do not say
    ///     (`PodStart.guess`).
    ///   - journal: What is told.
    ///   - beforeSave: What is written down before positions, at the same moment: the books.
    public convenience init(
        id: String,
        tag: String,
        settings: TailSettings,
        checkpoints: any Checkpoints,
        podStart: Timestamp,
        journal: Journal,
        beforeSave: @escaping () -> Void = {}
    ) {
        self.init(
            id: id,
            tag: tag,
            settings: settings,
            checkpoints: checkpoints,
            podStart: podStart,
            journal: journal,
            disk: SystemDisk(),
            beforeSave: beforeSave
        )
    }

    init(
        id: String,
        tag: String,
        settings: TailSettings,
        checkpoints: any Checkpoints,
        podStart: Timestamp,
        journal: Journal,
        disk: any TailDisk,
        beforeSave: @escaping () -> Void
    ) {
        self.id = id
        tagText = tag
        self.settings = settings
        self.checkpoints = settings.keepsPositions ? checkpoints : MemoryCheckpoints()
        self.podStart = podStart
        self.journal = journal
        self.disk = disk
        self.beforeSave = beforeSave
        globs = GlobSet(settings.paths, excluded: settings.excluded)
    }

    /// Files are read again from where everything came to its end.
    public var readsAgain: Bool { true }

    /// What it counted.
    public var numbers: TailNumbers { reader?.machine.facts ?? TailNumbers() }

    // MARK: Source

    /// Reads until it is told to finish.
    ///
    /// - Throws: `cancelled`; when positions cannot be read.
    public func run(into intake: any Intake) async throws(Failure) {
        clock = intake.clock
        let reader = try begin()
        startWatch()
        defer {
            watchTask?.cancel()
            watchTask = nil
        }
        lookAround(reader)
        while true {
            guard try await read(reader, into: intake) else { return }
            if reader.machine.isFinishing { return }
            if isFinishing || settings.endsAtEnd {
                // What came to be since the last look is read as well.
                lookAround(reader)
                reader.machine.finish(at: clock.moment)
                continue
            }
            if let instant = due(reader) {
                let alarm = Alarm(at: instant) { [signal] in signal.send(true) }
                _ = await signal.next()
                alarm.cancel()
            }
            if Task.isCancelled { throw Failure(.cancelled, "the source \(id) was cancelled") }
            attend(reader)
        }
    }

    /// Reads everything to its present end; `run` returns then, at the deadline in any case.
    public func finish(by deadline: Instant) {
        isFinishing = true
        self.deadline = deadline
        signal.send(true)
    }

    /// Everything came to its end or never will: positions are written down, files are closed.
    public func close() async {
        watchTask?.cancel()
        watchTask = nil
        save()
        saveAlarm?.cancel()
        saveAlarm = nil
        reader?.close()
        watch = nil
    }

    private func begin() throws(Failure) -> TailReader {
        if let reader { return reader }
        let now = clock.moment
        let before = LookTime(account: try checkpoints.account(source: id))?
            .earliestBirth(at: now, boot: boot)
        var since = settings.readsFromHead == false ? Timestamp(nanoseconds: .max) : podStart
        // Files that were made while nobody looked are new, as they would be had somebody looked.
        if let before { since = min(since, before - .seconds(5)) }
        var rules = TailRules(settings, youngSince: since)
        rules.lookedSince = before.map { $0 - Self.clockSlack }
        rules.openMaximum = min(rules.openMaximum, max(DescriptorLimit.raise() - 128, 16))
        let machine = TailMachine(
            rules,
            checkpoints: try checkpoints.load(source: id),
            at: now
        )
        let name = id
        let reader = TailReader(machine, disk: disk) { [journal] text in
            journal.warning(text, ["source": name])
        }
        self.reader = reader
        return reader
    }

    /// The clock that files are dated with is some milliseconds late.
    nonisolated static let clockSlack = Duration.seconds(1)

    /// Reads until nothing is left to read now.
    ///
    /// - Returns: Whether to go on; not after the deadline, or when nobody takes records any more.
    private func read(_ reader: TailReader, into intake: any Intake) async throws(Failure) -> Bool {
        var bytes = 0
        var steps = 0
        while true {
            if !intake.hasRoom {
                do throws(Failure) {
                    try await intake.room()
                } catch {
                    if isFinishing { return false }
                    throw error
                }
                (bytes, steps) = (0, 0)
            }
            let moment = clock.moment
            if isFinishing && moment.instant >= deadline { return false }
            switch reader.step(at: moment) {
            case .idle: return true
            case .worked: steps += 1
            case .lines(let lines):
                hand(lines, to: intake, at: moment.wall)
                bytes += lines.bytes
                steps += 1
            }
            if bytes >= 256 << 10 || steps >= 64 {
                (bytes, steps) = (0, 0)
                await Loop.main.turn()
                if Task.isCancelled { throw Failure(.cancelled, "the source \(id) was cancelled") }
            }
        }
    }

    // MARK: Records

    private func hand(_ found: TailReader.Lines, to intake: any Intake, at now: Timestamp) {
        if found.skipped > 0 || found.repeated > 0 {
            intake.note(repeated: found.repeated, skipped: found.skipped)
        }
        guard !found.lines.isEmpty else {
            scheduleSave()
            return
        }
        let looks = looks(of: found, intake)
        let lot = Lot(
            owner: self,
            group: found.file,
            mark: found.mark,
            count: found.lines.count
        )
        let receipt = Receipt(lot)
        let frame = frame(of: found, looks, at: now)
        var events: [Event] = []
        events.reserveCapacity(found.lines.count)
        if let starts = found.starts, settings.offsetKey != nil {
            for (line, start) in zip(found.lines, starts) {
                let own = LineFrame(
                    key: frame.key,
                    added: frame.added,
                    offsetKey: frame.offsetKey,
                    offset: start - Int64(line.start)
                )
                let text = LineText(found.block, Int(line.start)..<Int(line.end), frame: own)
                events.append(Event(.line(text), time: now, tag: looks.tag, receipt: receipt))
            }
        } else {
            for line in found.lines {
                let text = LineText(found.block, Int(line.start)..<Int(line.end), frame: frame)
                events.append(Event(.line(text), time: now, tag: looks.tag, receipt: receipt))
            }
        }
        intake.take(consume events, bytes: found.bytes)
    }

    private func looks(of found: TailReader.Lines, _ intake: any Intake) -> Looks {
        if let known = looks[found.file] { return known }
        if let reader, looks.count > 1024 + 2 * reader.machine.files.count {
            looks = looks.filter { reader.machine.files[$0.key] != nil }
        }
        var added = settings.added
        if let key = settings.pathKey { added.update(key, .text(found.path)) }
        if let key = settings.hostKey { added.update(key, .text(host)) }
        let new = Looks(
            tag: intake.tag(TailTag.expand(tagText, path: found.path)),
            frame: LineFrame(key: settings.key, added: added)
        )
        looks[found.file] = new
        return new
    }

    private func frame(
        of found: TailReader.Lines,
        _ looks: Looks,
        at now: Timestamp
    ) -> LineFrame {
        if settings.timeKey == nil && settings.offsetKey == nil { return looks.frame }
        var added = looks.frame.added
        if let key = settings.timeKey { added.update(key, .timestamp(now)) }
        return LineFrame(
            key: settings.key,
            added: added,
            offsetKey: settings.offsetKey,
            offset: found.offset
        )
    }
}

extension TailSource: LotOwner {
    /// Every record of a lot came to its end.
    public func settled(_ lot: Lot) {
        guard let reader else { return }
        reader.machine.settled(lot.group, mark: lot.mark)
        scheduleSave()
        // A file without a name may be let go of now.
        if reader.machine.gone.contains(lot.group) { signal.send(true) }
    }

    /// Positions are written down a little later, with all that changes until then.
    func scheduleSave() {
        guard saveAlarm == nil else { return }
        let wait = isSaveFailing ? Duration.seconds(1) : Self.saveInterval
        saveAlarm = Alarm(at: Loop.main.now + wait) { [weak self] in
            self?.saveAlarm = nil
            self?.save()
        }
    }

    /// Writes down what changed; what cannot be written stays and is tried again.
    func save() {
        guard let reader else { return }
        let (changed, forgotten) = reader.machine.takeChanges()
        for checkpoint in changed { unsaved[checkpoint.row] = checkpoint }
        for row in forgotten {
            unsaved[row] = nil
            unforgotten.insert(row)
        }
        beforeSave()
        do throws(Failure) {
            try checkpoints.save(
                source: id,
                changed: Array(unsaved.values),
                forgotten: Array(unforgotten),
                account: lookedAt?.account ?? [:]
            )
            unsaved.removeAll(keepingCapacity: unsaved.capacity <= 64)
            unforgotten.removeAll()
            if isSaveFailing {
                isSaveFailing = false
                trouble = nil
                journal.info("positions are written down again", ["source": id])
            }
        } catch {
            let text = "positions are kept in memory only: \(error)"
            trouble = text
            if !isSaveFailing { journal.warning(text, ["source": id]) }
            isSaveFailing = true
            scheduleSave()
        }
    }
}
