import Basics
import Reactor
import Records
import TestKit

@testable import LogPipeline

/// Writers that append, rotate, truncate and delete, and a reader that is killed and comes back.
///
/// It keeps account of every line: what must come, what may be lost, what may come twice.
@MainLoop final class TailWorld {
    /// A deliberate fault; the world must notice each.
    enum Fault: String, CaseIterable, Sendable {
        case none
        /// Writes down how far it read instead of how far everything came to its end.
        case savesReadPosition
        /// Takes the end of a lot for the end of all before it.
        case settlesEarlierLots
        /// Does not look at what a file begins with.
        case ignoresContent
        /// Lets go of renamed files at once.
        case dropsRenamedFiles
        /// Does not look for files that were renamed while it was away.
        case searchesNothing
        /// Forgets what it wrote down.
        case forgetsPositions
        /// Begins files that appear later at their end.
        case readsNewFilesFromEnd
        /// Does not look for copies of what was emptied.
        case seeksNoCopies
        /// Does not look for files that were made and renamed while it was away.
        case missesRenamedFiles
        /// Compares when files were made with what the clock of the wall showed, as if it were never set.
        case trustsTheClock
    }

    enum Deed: CaseIterable, Sendable {
        case append, appendPart, rotateByName, rotateAway, truncate, copyTruncate, recreate
        case read, settle, save, crash, wait
    }

    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    private final class Line {
        let number: Int
        /// What it lies in.
        weak var node: SimulatedDisk.Node?
        var isComplete = false
        var delivered = 0
        var handed = 0
        /// Whether the reader that lives has handed it in.
        var isHanded = false
        var mayBeLost = false

        init(_ number: Int, _ node: SimulatedDisk.Node) {
            self.number = number
            self.node = node
        }
    }

    private final class Owner: LotOwner {
        weak var world: TailWorld?
        init(_ world: TailWorld) { self.world = world }
        func settled(_ lot: Lot) { world?.settled(lot) }
    }

    /// A lot on its way, with the lines in it.
    private struct Flight {
        let lot: Lot
        let lines: [Int]
    }

    let disk = SimulatedDisk()
    let fault: Fault
    private var random: SeededGenerator
    private var lines: [Line] = []
    private var writers: [String: (node: SimulatedDisk.Node, part: Line?)] = [:]
    private var rotations = 0
    private var settings: TailSettings
    private var reader: TailReader?
    private var owner: Owner?
    private var flights: [Flight] = []
    private var store: [Int64: Checkpoint] = [:]
    private var hasStore = false
    private var storedLook: LookTime?
    private var lookedAt: LookTime?
    private var startedAt: LookTime?
    /// Names that files got since the last look, as the kernel would tell.
    private var renamed: [String] = []
    /// The clock of the wall is set in one direction only, so that files that nobody saw are known by when they
    /// were made.
    private let isStrict: Bool
    private let isSetBack: Bool
    private var now = Moment(instant: .zero, wall: Timestamp(seconds: 1_000))
    private var copies: [(origin: SimulatedDisk.Node, copy: SimulatedDisk.Node)] = []
    private var lastOfGroup: [Int: Int] = [:]
    private var crashes = 0
    private(set) var warnings: [String] = []
    private(set) var handedIn = 0
    private(set) var repeats = 0

    init(
        seed: UInt64,
        fault: Fault = .none,
        isStrict: Bool = false,
        change: (inout TailSettings) -> Void = { _ in }
    ) {
        self.isStrict = isStrict
        isSetBack = seed % 2 == 1
        random = SeededGenerator(seed: seed)
        self.fault = fault
        settings = TailSettings(paths: ["/logs/*.log"])
        settings.fingerprintBytes = 24
        settings.readsFromHead = true
        settings.lineLimit = 64
        change(&settings)
        for path in ["/logs/a.log", "/logs/b.log"] {
            writers[path] = (disk.create(path), nil)
        }
    }

    // MARK: The writers

    private func pick<Element>(_ list: [Element]) -> Element {
        list[Int.random(in: 0..<list.count, using: &random)]
    }

    private func writer() -> String { pick(writers.keys.sorted()) }

    private func begin(_ path: String) -> (Line, String)? {
        guard let node = writers[path]?.node else { return nil }
        let line = Line(lines.count, node)
        lines.append(line)
        let filling = String(repeating: "x", count: Int.random(in: 0..<24, using: &random))
        return (line, "\(line.number):\(filling);")
    }

    private func append(_ path: String) {
        complete(path)
        guard let (line, text) = begin(path), let node = writers[path]?.node else { return }
        disk.append(text + "\n", to: node)
        line.isComplete = true
    }

    private func appendPart(_ path: String) {
        complete(path)
        guard let (line, text) = begin(path), let node = writers[path]?.node else { return }
        disk.append(text, to: node)
        writers[path]?.part = line
    }

    private func complete(_ path: String) {
        guard let writer = writers[path], let line = writer.part else { return }
        disk.append("\n", to: writer.node)
        line.isComplete = true
        writers[path]?.part = nil
    }

    /// Lines of a content that are not certain to be read are let off.
    private func letOff(_ node: SimulatedDisk.Node) {
        for line in lines where line.node === node && line.delivered == 0 && !line.isHanded {
            line.mayBeLost = true
        }
    }

    private func knows(_ node: SimulatedDisk.Node) -> Bool {
        reader?.machine.keys[FileKey(device: 1, inode: node.inode)].flatMap {
            reader?.machine.files[$0]
        }.map { !$0.isGone || $0.hiding != nil || $0.descriptor != nil } ?? false
    }

    private func rotate(_ path: String, to target: String) {
        guard let node = writers[path]?.node else { return }
        complete(path)
        // What nobody has seen under its name is found under another by when it was made.
        let isTimed = isStrict && (reader != nil || storedLook != nil)
        if !isTimed && !target.hasSuffix(".log") && !knows(node)
            && store.values.allSatisfy({ !fits($0, node) })
        {
            letOff(node)
        }
        letOffCopies(of: node)
        disk.rename(path, to: target)
        renamed.append(target)
        writers[path] = (disk.create(path), nil)
    }

    private func fits(_ checkpoint: Checkpoint, _ node: SimulatedDisk.Node) -> Bool {
        let bytes = node.bytes
        return checkpoint.key.inode == node.inode && checkpoint.head.begins(bytes.span)
    }

    /// Empties a file after its content was copied to a name that nobody follows.
    private func copyTruncate(_ path: String, to target: String) {
        guard let node = writers[path]?.node else { return }
        complete(path)
        let copy = disk.create(target)
        disk.append(node.bytes, to: copy)
        // What nobody has read anything of is not known in its copy.
        if !isRead(node) { letOff(node) }
        for line in lines where line.node === node { line.node = copy }
        copies.append((node, copy))
        disk.truncate(node)
    }

    /// A file loses its name: who has not noticed yet that it was emptied will look for no copy of it.
    private func letOffCopies(of node: SimulatedDisk.Node) {
        for (origin, copy) in copies where origin === node && !isRead(copy) { letOff(copy) }
    }

    private func isRead(_ node: SimulatedDisk.Node) -> Bool {
        guard let machine = reader?.machine else {
            return store.values.contains { $0.head.count > 0 && fits($0, node) }
        }
        guard
            let file = machine.keys[FileKey(device: 1, inode: node.inode)].flatMap({
                machine.files[$0]
            })
        else { return false }
        return begins(node, with: file.head)
    }

    private func begins(_ node: SimulatedDisk.Node, with head: Fingerprint) -> Bool {
        let bytes = node.bytes
        return head.count > 0 && head.begins(bytes.span)
    }

    private func truncate(_ path: String) {
        guard let node = writers[path]?.node else { return }
        complete(path)
        letOff(node)
        // Should the reader die, it cannot read these again.
        for line in lines where line.node === node {
            line.node = nil
        }
        disk.truncate(node)
    }

    private func recreate(_ path: String) {
        guard let node = writers[path]?.node else { return }
        complete(path)
        if node.opens == 0 { letOff(node) }
        letOffCopies(of: node)
        // Should the reader die, nobody can open it again.
        for line in lines where line.node === node { line.node = nil }
        disk.unlink(path)
        writers[path] = (disk.create(path), nil)
    }

    // MARK: The reader

    private func rules() -> TailRules {
        var rules = TailRules(settings, youngSince: Timestamp(nanoseconds: .min))
        rules.blockBytes = 64
        rules.carryBytes = 16
        rules.anchorBytes = 8
        rules.lookedSince = fault == .missesRenamedFiles ? nil : since(storedLook)
        if fault == .ignoresContent {
            rules.fingerprintBytes = 0
            rules.anchorBytes = 0
        }
        return rules
    }

    private func start() -> TailReader {
        if let reader { return reader }
        disk.lists = true
        let rows = fault == .forgetsPositions ? [] : store.values.sorted { $0.row < $1.row }
        var rules = rules()
        if fault == .forgetsPositions && hasStore { rules.readsFromHead = false }
        rules.youngSince = fault == .forgetsPositions ? .init(nanoseconds: .max) : rules.youngSince
        let machine = TailMachine(rules, checkpoints: rows, at: now)
        let reader = TailReader(machine, disk: disk) { [weak self] in self?.warnings.append($0) }
        self.reader = reader
        owner = Owner(self)
        startedAt = LookTime(wall: now.wall, instant: now.instant)
        renamed = []
        look(reader)
        return reader
    }

    private func look(_ reader: TailReader) {
        if fault == .searchesNothing && reader.machine.isFirstLook {
            reader.machine.known = reader.machine.known.filter { key, _ in
                disk.names.contains { $0.key.hasSuffix(".log") && $0.value.inode == key.inode }
            }
        }
        if fault == .readsNewFilesFromEnd && !reader.machine.isFirstLook {
            reader.machine.rules.ignoreOlder = .seconds(-1_000_000)
        }
        let globs = GlobSet(settings.paths, excluded: [])
        _ = reader.lookAround(globs, at: now)
        for path in renamed where fault != .missesRenamedFiles {
            guard let since = since(startedAt) else { continue }
            reader.lookMissed(path, globs, since: since, at: now)
        }
        renamed = []
        lookedAt = LookTime(wall: now.wall, instant: now.instant)
        dropRenamed(reader)
    }

    private func dropRenamed(_ reader: TailReader) {
        guard fault == .dropsRenamedFiles else { return }
        for id in reader.machine.gone { reader.machine.retire(id) }
    }

    private func read(steps: Int) throws {
        let reader = start()
        look(reader)
        for id in reader.machine.files.keys.sorted() { reader.machine.changed(id) }
        disk.lists = fault != .seeksNoCopies
        defer { disk.lists = true }
        for _ in 0..<steps {
            switch reader.step(at: now) {
            case .idle: return
            case .worked: continue
            case .lines(let found): try take(found)
            }
        }
    }

    private func take(_ found: TailReader.Lines) throws {
        guard let owner, !found.lines.isEmpty else { return }
        var numbers: [Int] = []
        for place in found.lines {
            let bytes = found.block[Int(place.start)..<Int(place.end)]
            let text = String(decoding: bytes, as: UTF8.self)
            guard let number = Int(text.prefix { $0 != ":" }), text.hasSuffix(";"),
                number < lines.count
            else { throw Wrong(description: "no line was written as “\(text)”") }
            if let last = lastOfGroup[found.file], last >= number {
                throw Wrong(description: "line \(number) came after \(last) of the same file")
            }
            lastOfGroup[found.file] = number
            if crashes == 0 && lines[number].handed > 0 {
                throw Wrong(description: "line \(number) came twice though nobody died")
            }
            if lines[number].handed > 0 { repeats += 1 }
            lines[number].handed += 1
            lines[number].isHanded = true
            numbers.append(number)
        }
        handedIn += numbers.count
        let lot = Lot(owner: owner, group: found.file, mark: found.mark, count: numbers.count)
        flights.append(Flight(lot: lot, lines: numbers))
    }

    private func settle(_ count: Int) {
        for _ in 0..<count where !flights.isEmpty {
            let flight = flights.remove(at: Int.random(in: 0..<flights.count, using: &random))
            for number in flight.lines { lines[number].delivered += 1 }
            flight.lot.settle(flight.lines.count)
        }
    }

    private func settled(_ lot: Lot) {
        if fault == .settlesEarlierLots, let file = reader?.machine.files[lot.group] {
            let earlier = file.pending.unsettledMarks.filter { $0 < lot.mark }
            for mark in earlier { reader?.machine.settled(lot.group, mark: mark) }
        }
        reader?.machine.settled(lot.group, mark: lot.mark)
    }

    private func save() {
        guard let (changed, forgotten) = reader?.machine.takeChanges() else { return }
        hasStore = true
        storedLook = lookedAt
        for var checkpoint in changed {
            if fault == .savesReadPosition {
                checkpoint.position = checkpoint.reached
                checkpoint.anchor = .empty
            }
            store[checkpoint.row] = checkpoint
        }
        for row in forgotten { store[row] = nil }
    }

    private func isFollowed(_ node: SimulatedDisk.Node) -> Bool {
        disk.names.contains { $0.value === node && $0.key.hasSuffix(".log") }
    }

    private func since(_ look: LookTime?) -> Timestamp? {
        fault == .trustsTheClock ? look?.wall : look?.earliestBirth(at: now)
    }

    private func isMadeSinceLook(_ node: SimulatedDisk.Node) -> Bool {
        storedLook?.instant.map { node.made >= $0 } ?? false
    }

    private func crash() {
        guard reader != nil else { return }
        crashes += 1
        reader = nil
        flights = []
        lastOfGroup = [:]
        disk.closeAll()
        let rows = Array(store.values)
        for line in lines { line.isHanded = false }
        for line in lines where line.delivered == 0 {
            guard let node = line.node, node.links > 0 else {
                line.mayBeLost = true
                continue
            }
            let followed = isFollowed(node)
            let isCopied = copies.contains { origin, copy in
                copy === node && isFollowed(origin)
                    && rows.contains {
                        $0.key.inode == origin.inode && begins(node, with: $0.head)
                    }
            }
            // Copies of what is gone itself are not looked for.
            let isOrphan = copies.contains { $0.copy === node && !isFollowed($0.origin) }
            let isYoung = isStrict && !isOrphan && isMadeSinceLook(node)
            if !followed && !isCopied && !isYoung && rows.allSatisfy({ !fits($0, node) }) {
                line.mayBeLost = true
            }
        }
    }

    // MARK: Time goes on

    func perform(_ deed: Deed) throws {
        now.instant = now.instant + .milliseconds(10)
        now.wall = now.wall + .milliseconds(10)
        disk.now = now.wall
        disk.instant = now.instant
        switch deed {
        case .append: append(writer())
        case .appendPart: appendPart(writer())
        case .rotateByName:
            let path = writer()
            rotations += 1
            rotate(path, to: path.dropLast(4) + ".\(rotations).log")
        case .rotateAway:
            let path = writer()
            rotations += 1
            rotate(path, to: path + ".\(rotations)")
        case .truncate: truncate(writer())
        case .copyTruncate:
            let path = writer()
            rotations += 1
            copyTruncate(path, to: path + ".\(rotations)")
        case .recreate: recreate(writer())
        case .read: try read(steps: Int.random(in: 1..<24, using: &random))
        case .settle: settle(Int.random(in: 1..<4, using: &random))
        case .save: save()
        case .crash: crash()
        case .wait:
            // Clocks of the wall jump; nothing may depend on it.
            now.instant = now.instant + .seconds(6)
            let jump =
                isStrict
                ? 6 + (isSetBack ? -500 : 500) : Int64.random(in: -500...500, using: &random)
            now.wall = now.wall + .seconds(jump)
            for path in writers.keys { complete(path) }
            try read(steps: 1_000)
            reader?.machine.wake(at: now)
            try read(steps: 1_000)
        }
    }

    func run(deeds: Int, crashes: Bool) throws {
        let all = Deed.allCases.filter { crashes || $0 != .crash }
        let often: [Deed] = [.append, .append, .append, .read, .read, .settle, .save]
        for _ in 0..<deeds { try perform(pick(all + often + often)) }
        try finish()
    }

    /// The end: everything is read, everything settles, and the account is checked.
    func finish() throws {
        for path in writers.keys { complete(path) }
        try read(steps: 10_000)
        settle(flights.count)
        reader?.machine.finish(at: now)
        try read(steps: 10_000)
        settle(flights.count)
        for line in lines where line.isComplete && line.delivered == 0 && !line.mayBeLost {
            throw Wrong(description: "line \(line.number) was lost")
        }
        guard let reader else { return }
        let facts = reader.machine.facts
        guard facts.lag == 0 else { throw Wrong(description: "\(facts.lag) bytes are left") }
        for file in reader.machine.files.values where !file.pending.isEmpty {
            throw Wrong(description: "lots of \(file.path) are waited for though all ended")
        }
        for file in reader.machine.files.values
        where !file.isOver && file.settled.position != file.place.position {
            throw Wrong(description: "\(file.path) is not done though all ended")
        }
        reader.close()
        guard disk.descriptors.isEmpty else {
            throw Wrong(description: "\(disk.descriptors.count) files are open after the end")
        }
    }
}
