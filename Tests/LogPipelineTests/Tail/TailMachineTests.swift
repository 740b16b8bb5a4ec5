import Basics
import Reactor
import Testing

@testable import LogPipeline

/// Single rules of following files, on files in memory.
@Suite("Tail machine") @MainLoop struct TailMachineTests {
    private let disk = SimulatedDisk()

    private func reader(
        _ checkpoints: [Checkpoint] = [],
        youngSince: Timestamp = Timestamp(seconds: 0),
        _ change: (inout TailSettings) -> Void = { _ in }
    ) -> TailReader {
        var settings = TailSettings(paths: ["/logs/*.log"])
        change(&settings)
        var rules = TailRules(settings, youngSince: youngSince)
        rules.blockBytes = 64
        rules.carryBytes = 32
        let machine = TailMachine(rules, checkpoints: checkpoints, at: moment(0))
        return TailReader(machine, disk: disk) { _ in }
    }

    private func moment(_ seconds: Int64) -> Moment {
        Moment(
            instant: .zero + .seconds(seconds),
            wall: Timestamp(seconds: 1_000 + seconds)
        )
    }

    /// Looks around and reads until nothing is left.
    private func read(_ reader: TailReader, at seconds: Int64 = 0, look: Bool = true) -> [String] {
        var lines: [String] = []
        let globs = GlobSet(["/logs/*.log"], excluded: [])
        if look { _ = reader.lookAround(globs, at: moment(seconds)) }
        reader.machine.wake(at: moment(seconds))
        for _ in 0..<10_000 {
            switch reader.step(at: moment(seconds)) {
            case .idle: return lines
            case .worked: continue
            case .lines(let found):
                for line in found.lines {
                    let bytes = found.block[Int(line.start)..<Int(line.end)]
                    lines.append(String(decoding: bytes, as: UTF8.self))
                }
                reader.machine.settled(found.file, mark: found.mark)
            }
        }
        return lines + ["it never ends"]
    }

    @Test(
        arguments: [
            (true, 500, ["old"]), (nil, 500, ["old"]), (nil, 5_000, []), (false, 5_000, []),
            (false, 500, ["old"]), (true, 5_000, ["old"]),
        ] as [(Bool?, Int64, [String])]
    )
    func `files that are there at the start`(_ head: Bool?, _ young: Int64, _ lines: [String]) {
        disk.append("old\n", to: disk.create("/logs/a.log"))
        let reader = reader(youngSince: Timestamp(seconds: young)) { $0.readsFromHead = head }
        #expect(read(reader) == lines)
        // What comes later is read in any case.
        disk.append("new\n", to: disk.create("/logs/b.log"))
        #expect(read(reader) == ["new"])
    }

    @Test func `files that nobody changed for long are not begun`() {
        let node = disk.create("/logs/a.log")
        disk.append("old\n", to: node)
        let reader = reader { $0.ignoreOlder = .seconds(60) }
        #expect(read(reader, at: 100) == [])
        disk.now = Timestamp(seconds: 1_101)
        disk.append("new\n", to: node)
        #expect(read(reader, at: 102) == ["new"])
    }

    @Test func `a file that appears when the clock was set forward is not old`() {
        let reader = reader { $0.ignoreOlder = .seconds(60) }
        #expect(read(reader) == [])
        disk.append("new\n", to: disk.create("/logs/a.log"))
        let day = Moment(instant: .zero + .seconds(1), wall: Timestamp(seconds: 90_000))
        _ = reader.lookAround(GlobSet(["/logs/*.log"], excluded: []), at: day)
        #expect(read(reader, at: 1, look: false) == ["new"])
    }

    @Test(arguments: [true, false])
    func `what was renamed meanwhile is read, however old its row seems`(_ isThere: Bool) {
        let node = disk.create("/logs/a.log")
        disk.append("one\n", to: node)
        let first = reader { $0.readsFromHead = true }
        #expect(read(first) == ["one"])
        let (rows, _) = first.machine.takeChanges()
        first.close()
        disk.append("two\n", to: node)
        disk.rename("/logs/a.log", to: "/logs/a.log.1")
        if !isThere { disk.unlink("/logs/a.log.1") }
        // The clock went on by a year.
        let year = Int64(365 * 86_400)
        let second = reader(rows) { $0.readsFromHead = true }
        #expect(read(second, at: year) == (isThere ? ["two"] : []))
        // What is not there any more is forgotten.
        let (_, forgotten) = second.machine.takeChanges()
        #expect(forgotten.isEmpty == isThere)
    }

    @Test func `a file with two names is read once, under the first`() {
        let node = disk.create("/logs/a.log")
        disk.link(node, "/logs/b.log")
        disk.append("one\n", to: node)
        let reader = reader { $0.readsFromHead = true }
        #expect(read(reader) == ["one"])
        disk.unlink("/logs/a.log")
        disk.append("two\n", to: node)
        #expect(read(reader) == ["two"])
        #expect(reader.machine.files.values.map(\.path) == ["/logs/a.log"])
        #expect(reader.machine.facts.files == 1 && reader.machine.gone.isEmpty)
    }

    @Test func `an inode that another file got is another file`() {
        disk.append("one\n", to: disk.create("/logs/a.log"))
        let first = reader { $0.readsFromHead = true }
        #expect(read(first) == ["one"])
        let (rows, _) = first.machine.takeChanges()
        first.close()
        let inode = disk.names["/logs/a.log"]?.inode
        disk.unlink("/logs/a.log")
        disk.append("two and more\n", to: disk.create("/logs/b.log"))
        #expect(disk.names["/logs/b.log"]?.inode == inode)
        let second = reader(rows) { $0.readsFromHead = false }
        #expect(read(second) == ["two and more"])
        // Nothing was lost that anybody could have read.
        #expect(second.machine.numbers.truncated == 0 && second.machine.numbers.bytesLost == 0)
    }

    @Test func `a device that has another number is forgiven`() {
        disk.append("one\ntwo\n", to: disk.create("/logs/a.log"))
        let first = reader { $0.readsFromHead = true }
        #expect(read(first) == ["one", "two"])
        var (rows, _) = first.machine.takeChanges()
        first.close()
        for place in rows.indices { rows[place].key.device = 99 }
        #expect(read(reader(rows) { $0.readsFromHead = true }) == [])
    }

    @Test func `truncation tells how much was lost`() {
        let node = disk.create("/logs/a.log")
        disk.append("one\n", to: node)
        let reader = reader { $0.readsFromHead = true }
        #expect(read(reader) == ["one"])
        disk.append("unread\n", to: node)
        reader.look("/logs/a.log", at: moment(0))
        _ = reader.machine.visit(
            1,
            FileLook(
                key: FileKey(device: 1, inode: node.inode),
                size: 11,
                modified: disk.now,
                links: 1
            ),
            at: moment(0)
        )
        disk.truncate(node)
        disk.append("a\n", to: node)
        #expect(read(reader) == ["a"])
        #expect(reader.machine.numbers.bytesLost == 7 && reader.machine.numbers.truncated == 1)
    }

    @Test func `a line that grows slowly is not read again each time`() {
        let node = disk.create("/logs/a.log")
        let reader = reader { $0.readsFromHead = true }
        #expect(read(reader) == [])
        for _ in 0..<100 {
            disk.append(String(repeating: "x", count: 10), to: node)
            #expect(read(reader) == [])
        }
        disk.bytesRead = 0
        disk.append("x", to: node)
        #expect(read(reader) == [])
        #expect(disk.bytesRead < 300)
        disk.append("\nz\n", to: node)
        #expect(read(reader) == [String(repeating: "x", count: 1_001), "z"])
    }

    @Test func `busy files take turns`() {
        for name in ["a", "b", "c"] {
            let text = String(repeating: "\(name)123456\n", count: 100)
            disk.append(text, to: disk.create("/logs/\(name).log"))
        }
        let reader = reader { $0.readsFromHead = true }
        let lines = read(reader)
        #expect(lines.count == 300)
        // Within the first three blocks each had its turn.
        #expect(Set(lines.prefix(24).compactMap(\.first)) == ["a", "b", "c"])
    }

    @Test func `without descriptors it goes on with fewer`() {
        for number in 0..<20 {
            disk.append("\(number)\n", to: disk.create("/logs/\(number).log"))
        }
        let reader = reader { $0.readsFromHead = true }
        disk.refusesFrom = 5
        let lines = read(reader)
        disk.refusesFrom = .max
        #expect(Set(lines + read(reader, at: 2)).count == 20)
        #expect(reader.machine.rules.openMaximum < 5 && disk.openMost <= 6)
    }

    @Test func `the first place that was lost for good is said`() {
        let node = disk.create("/logs/a.log")
        let other = disk.create("/logs/b.log")
        disk.append("one\n", to: node)
        disk.append("two\n", to: other)
        let reader = reader {
            $0.readsFromHead = true
            $0.openMaximum = 1
        }
        #expect(read(reader).count == 2)
        // It is closed, grows, and is removed before anybody can open it again.
        disk.append("three\n", to: node)
        reader.machine.files[1]?.size = 10
        disk.unlink("/logs/a.log")
        #expect(read(reader) == [])
        #expect(reader.machine.numbers.bytesLost == 6 && reader.machine.facts.files == 1)
    }
}
