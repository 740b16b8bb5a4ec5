import Basics
import Reactor
import Records
import System
import TestKit
import Testing

@testable import LogPipeline

@Suite("The buffer on disk") @MainLoop struct SpoolTests {
    static func texts(_ load: RecordLoad) -> [String] {
        (0..<load.count).map { String(decoding: load.bytes[load[$0]], as: UTF8.self) }
    }

    static func drain(_ spool: Spool) -> [String] {
        var all: [String] = []
        while let (_, load) = spool.next() { all += texts(load) }
        return all
    }

    @Test func `records come out in order and are forgotten when they are done`() async throws {
        let folder = try TemporaryDirectory()
        let spool = Spool(directory: folder.file("b"), limit: 1 << 20)
        try await spool.open()
        spool.append(BufferFrameTests.load(["a", "b"]), partition: [1])
        spool.append(BufferFrameTests.load(["c"]), partition: [2])
        let first = try #require(spool.next())
        #expect(first.partition == [1] && Self.texts(first.load) == ["a", "b"])
        let second = try #require(spool.next())
        #expect(spool.next() == nil && !spool.hasUnread)
        // The second is done, the first is not: both come again.
        for end in second.load.end(nil) { spool.settle(frame: end.frame, count: end.count) }
        for end in first.load.end([1]) { spool.settle(frame: end.frame, count: end.count) }
        await spool.close()
        let again = Spool(directory: folder.file("b"), limit: 1 << 20)
        try await again.open()
        #expect(again.restored == 3)
        let (_, load) = try #require(again.next())
        for end in load.end(nil) { again.settle(frame: end.frame, count: end.count) }
        await again.close()
        let last = Spool(directory: folder.file("b"), limit: 1 << 20)
        try await last.open()
        #expect(Self.drain(last) == ["c"])
        await last.close()
    }

    @Test func `receipts of records on their way to the disk end before it is closed`() async throws
    {
        let folder = try TemporaryDirectory()
        let spool = Spool(directory: folder.file("b"), limit: 1 << 20)
        var safe = 0
        spool.onSafe = { safe += $0 }
        try await spool.open()
        // The first is being brought to the disk, the others wait for it.
        for number in 1...3 {
            spool.append(BufferFrameTests.load(["\(number)"]), partition: [])
            await Task.yield()
        }
        await spool.close()
        #expect(safe == 3)
    }

    @Test func `receipts end when records are on the disk, not before`() async throws {
        let folder = try TemporaryDirectory()
        let spool = Spool(directory: folder.path + "/b", limit: 1 << 20)
        try await spool.open()
        let lots = TestLots()
        var load = RecordLoad()
        let lot = lots.lot(2, mark: 5)
        for text in ["x", "y"] {
            load.bytes.append(text: text)
            load.seal(Receipt(lot), time: Timestamp(nanoseconds: 0))
        }
        spool.append(load, partition: [])
        #expect(lots.settled == [])
        try await eventually(within: .seconds(60), "the receipts' end") { lots.settled == [5] }
        await spool.close()
    }

    @Test func `segments go when all of their records are done`() async throws {
        let folder = try TemporaryDirectory()
        let spool = Spool(directory: folder.file("b"), limit: 300 << 10)
        try await spool.open()
        let text = String(repeating: "x", count: 20 << 10)
        var given: [RecordLoad] = []
        for _ in 0..<40 {
            spool.append(BufferFrameTests.load([text]), partition: [])
            while let (_, load) = spool.next() { given.append(load) }
            if spool.isFull {
                for load in given {
                    for end in load.end(nil) { spool.settle(frame: end.frame, count: end.count) }
                }
                given = []
            }
            #expect(spool.bytes < 400 << 10)
        }
        await spool.close()
    }

    @Test func `the oldest records can be given up`() async throws {
        let folder = try TemporaryDirectory()
        let spool = Spool(directory: folder.file("b"), limit: 256 << 10)
        try await spool.open()
        let text = String(repeating: "x", count: 20 << 10)
        var dropped = 0
        for number in 0..<40 {
            spool.append(BufferFrameTests.load(["\(number) " + text]), partition: [])
            dropped += spool.dropOldest().reduce(0, +)
        }
        let left = Self.drain(spool)
        #expect(dropped + left.count == 40 && dropped > 0)
        #expect(left.last?.hasPrefix("39 ") == true && spool.bytes < 300 << 10)
        await spool.close()
    }

    @Test func `a crash at any byte loses no whole frame`() async throws {
        let folder = try TemporaryDirectory()
        let source = Spool(directory: folder.file("b"), limit: 1 << 20)
        try await source.open()
        var sizes: [Int] = [BufferFrame.magic.count]
        for number in 0..<3 {
            source.append(BufferFrameTests.load(["r\(number)", "s\(number)"]), partition: [])
            sizes.append(source.bytes)
        }
        await source.close()
        let name = try #require(
            try Files.list(folder.file("b")).first { $0.hasSuffix(".logs") }
        )
        let whole = try Files.read(folder.file("b/" + name))
        for cut in 0...whole.count {
            let path = folder.file("cut\(cut)")
            try Files.makeDirectories(path)
            try Files.write(path + "/" + name, Array(whole[..<cut]))
            let spool = Spool(directory: path, limit: 1 << 20)
            try await spool.open()
            let frames = max(sizes.filter { $0 <= cut }.count - 1, 0)
            #expect(spool.restored == 2 * frames)
            // It goes on behind what is torn.
            spool.append(BufferFrameTests.load(["new"]), partition: [])
            let expected = (0..<frames).flatMap { ["r\($0)", "s\($0)"] } + ["new"]
            #expect(Self.drain(spool) == expected, "cut at \(cut)")
            await spool.close()
        }
    }

    @Test func `another process cannot use it at the same time`() async throws {
        let folder = try TemporaryDirectory()
        let spool = Spool(directory: folder.file("b"), limit: 1 << 20)
        try await spool.open()
        let other = Spool(directory: folder.file("b"), limit: 1 << 20)
        await #expect(throws: Failure.self) { try await other.open() }
        await spool.close()
        try await other.open()
        await other.close()
    }
}
