import Basics
import Reactor
import Testing

@testable import LogPipeline

/// Files under names that are not followed: renamed, copied, or somebody else's.
@Suite("Tail rotation") @MainLoop struct TailRotationTests {
    private let disk = SimulatedDisk()
    private let globs = GlobSet(["/logs/*.log"], excluded: [])

    private func moment(_ seconds: Int64) -> Moment {
        Moment(
            instant: .zero + .seconds(seconds),
            wall: Timestamp(seconds: 1_000 + seconds)
        )
    }

    private func reader(
        _ checkpoints: [Checkpoint] = [],
        lookedAt seconds: Int64? = nil
    ) -> TailReader {
        var settings = TailSettings(paths: ["/logs/*.log"])
        settings.readsFromHead = true
        var rules = TailRules(settings, youngSince: Timestamp(seconds: 0))
        rules.blockBytes = 64
        rules.fingerprintBytes = 4
        rules.lookedSince = seconds.map { Timestamp(seconds: 1_000 + $0) }
        let machine = TailMachine(rules, checkpoints: checkpoints, at: moment(seconds ?? 0))
        return TailReader(machine, disk: disk) { _ in }
    }

    /// Looks around and reads until nothing is left.
    private func read(_ reader: TailReader, at seconds: Int64 = 0) -> [String] {
        disk.now = Timestamp(seconds: 1_000 + seconds)
        var lines: [String] = []
        _ = reader.lookAround(globs, at: moment(seconds))
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

    /// Ends a run; its rows are what the next begins with.
    private func end(_ reader: TailReader) -> [Checkpoint] {
        reader.close()
        return reader.machine.all()
    }

    @Test(
        arguments: [
            ("app.log.1", ["app.log"]), ("app.log-20240102", ["app.log"]),
            ("app.log.2024-01-02T03:04:05Z", ["app.log", "app.log.2024-01", "app.log.2024"]),
            ("app-2024-01-02.log", ["app.log", "app-2024.log", "app-2024-01.log"]),
            ("app.log.old", ["app.log"]), ("app.1.log", ["app.log"]),
            ("app.log.1.gz", ["app.log.gz"]),
            ("app.log", []), ("other.txt", []), ("1", []), ("", []), ("app.log.", []),
        ] as [(String, [String])]
    )
    func `names that rotation gives`(_ name: String, _ origins: [String]) {
        #expect(Set(RotatedName.origins(of: name)).isSuperset(of: origins))
        #expect(!origins.isEmpty || RotatedName.origins(of: name).isEmpty)
    }

    @Test func `files rotated while nobody looked are read to their end, the oldest first`() {
        let oldest = disk.create("/logs/a.log")
        let block = (0..<40).map { "first \($0)\n" }.joined()
        disk.append(block, to: oldest)
        let first = reader()
        #expect(read(first).count == 40)
        let rows = end(first)
        // More than a block of each, so that the files could take turns.
        disk.now = Timestamp(seconds: 1_010)
        disk.append((40..<80).map { "first \($0)\n" }.joined(), to: oldest)
        disk.rename("/logs/a.log", to: "/logs/a.log.2")
        let middle = disk.create("/logs/a.log")
        disk.append((0..<40).map { "second \($0)\n" }.joined(), to: middle)
        disk.rename("/logs/a.log", to: "/logs/a.log.1")
        disk.append((0..<40).map { "third \($0)\n" }.joined(), to: disk.create("/logs/a.log"))
        let wanted =
            (40..<80).map { "first \($0)" } + (0..<40).map { "second \($0)" }
            + (0..<40).map { "third \($0)" }
        let second = reader(rows, lookedAt: 5)
        #expect(read(second, at: 20) == wanted)
        #expect(second.machine.files.values.allSatisfy { $0.path == "/logs/a.log" })
        // They are known from now on.
        #expect(read(second, at: 60) == [])
        let third = reader(end(second), lookedAt: 60)
        #expect(read(third, at: 70) == [])
    }

    @Test func `files of others and old ones are left alone`() {
        disk.append("old\n", to: disk.create("/logs/a.log.1"))
        disk.append("one\n", to: disk.create("/logs/a.log"))
        let first = reader()
        #expect(read(first) == ["one"])
        let rows = end(first)
        disk.now = Timestamp(seconds: 1_010)
        disk.append("text\n", to: disk.create("/logs/notes.txt"))
        disk.append("zipped\n", to: disk.create("/logs/a.log.2.gz"))
        disk.append("other\n", to: disk.create("/logs/b.txt.1"))
        #expect(read(reader(rows, lookedAt: 5), at: 20) == [])
    }

    @Test func `a file that got the inode of one that is gone is not read for it`() {
        let node = disk.create("/logs/a.log")
        disk.append("one\n", to: node)
        let first = reader()
        #expect(read(first) == ["one"])
        let rows = end(first)
        disk.unlink("/logs/a.log")
        let other = disk.create("/logs/notes.txt")
        #expect(other.inode == node.inode)
        disk.append("somebody else's and longer\n", to: other)
        #expect(read(reader(rows, lookedAt: 5), at: 20) == [])
    }

    @Test func `what copytruncate took away is read in the copy, before what comes after`() {
        let node = disk.create("/logs/a.log")
        disk.append("one\n", to: node)
        let first = reader()
        #expect(read(first) == ["one"])
        disk.append("two\n", to: node)
        disk.append("one\ntwo\n", to: disk.create("/logs/a.log.1"))
        disk.truncate(node)
        disk.append("three\n", to: node)
        #expect(read(first, at: 1) == ["two", "three"])
        #expect(first.machine.numbers.truncated == 1 && first.machine.numbers.bytesLost == 0)
        // The copy's further names do not make it new.
        #expect(read(first, at: 20) == [])
        disk.rename("/logs/a.log.1", to: "/logs/a.log.2")
        first.lookMissed("/logs/a.log.2", globs, since: Timestamp(seconds: 1_000), at: moment(21))
        #expect(read(first, at: 21) == [])
    }

    @Test func `copytruncate while nobody looked loses nothing`() {
        let node = disk.create("/logs/a.log")
        disk.append("one\n", to: node)
        let first = reader()
        #expect(read(first) == ["one"])
        let rows = end(first)
        disk.append("two\n", to: node)
        disk.append("one\ntwo\n", to: disk.create("/logs/a.log.1"))
        disk.truncate(node)
        disk.append("three\n", to: node)
        let second = reader(rows, lookedAt: 5)
        #expect(read(second, at: 20) == ["two", "three"])
        #expect(read(reader(end(second), lookedAt: 20), at: 30) == [])
    }

    @Test func `a copy that holds nothing new is not read`() {
        let node = disk.create("/logs/a.log")
        disk.append("one\n", to: node)
        let reader = reader()
        #expect(read(reader) == ["one"])
        // It was copied, went on, was read, and was emptied.
        disk.append("one\n", to: disk.create("/logs/a.log.1"))
        disk.append("two\n", to: node)
        #expect(read(reader, at: 1) == ["two"])
        disk.truncate(node)
        disk.append("three and more\n", to: node)
        #expect(read(reader, at: 2) == ["three and more"])
        disk.rename("/logs/a.log.1", to: "/logs/a.log.2")
        reader.lookMissed("/logs/a.log.2", globs, since: Timestamp(seconds: 900), at: moment(3))
        #expect(read(reader, at: 3) == [])
    }

    @Test func `a file that was made and renamed before a look is read`() {
        disk.append("one\n", to: disk.create("/logs/a.log"))
        let reader = reader()
        #expect(read(reader) == ["one"])
        disk.now = Timestamp(seconds: 1_005)
        disk.rename("/logs/a.log", to: "/logs/a.log.1")
        disk.append("two\n", to: disk.create("/logs/a.log"))
        disk.rename("/logs/a.log", to: "/logs/a.log.2")
        disk.append("three\n", to: disk.create("/logs/a.log"))
        // The kernel tells of the names one by one.
        reader.look("/logs/a.log", at: moment(6))
        let since = Timestamp(seconds: 1_000)
        for name in ["a.log.1", "a.log.2"] {
            reader.lookMissed("/logs/" + name, globs, since: since, at: moment(6))
        }
        #expect(read(reader, at: 6) == ["two", "three"])
    }
}
