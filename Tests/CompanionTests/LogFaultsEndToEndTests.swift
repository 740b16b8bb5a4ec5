import Foundation
import TestKit
import Testing

/// Each way in which the other side, the disk or a file can fail, with the books looked at.
@Suite("companion logs faults", .serialized) struct CompanionEndToEndLogsFaultTests {
    private static let quick = "    scheduler.base 1\n    scheduler.cap 1"

    /// A world with a fake Elasticsearch and the seed's configuration, with short pauses.
    private func world(_ output: String = "") async throws -> (LogWorld, String) {
        let world = try LogWorld()
        try await world.startElastic()
        let config = try world.fluentBit(
            "",
            "    Retry_Limit False\n    net.io_timeout 2s\n" + output,
            flush: "0.1",
            service: Self.quick
        )
        return (world, config)
    }

    // MARK: The other side

    @Test(arguments: ["down", "busy", "slow", "garbage", "hang", "partial", "lost"])
    func `a sink in trouble gets every record in the end`(_ mode: String) async throws {
        let (world, config) = try await world()
        try world.mode(mode)
        try await world.start(["-c", config], environment: world.elasticVariables)
        try world.append(0..<300)
        try await eventually(within: .seconds(10), "the lines are read") {
            try await world.balance()["read"] == 300
        }
        for _ in 0..<10 {
            try await Task.sleep(for: .milliseconds(60))
            let sums = try await world.balance()
            #expect(sums["delivered"] ?? 0 <= world.arrivals())
        }
        switch mode {
        case "slow", "partial": break
        case "hang": #expect(try await world.balance()["buffered"] == 300)
        default:
            #expect(try await world.balance()["buffered"] == 300)
            let ready = try await world.admin("/readyz")
            #expect(ready.code == 503, "\(ready.body)")
        }
        try world.mode("ok")
        try await eventually(within: .seconds(20), "all is delivered", every: .milliseconds(50)) {
            try await world.balance()["delivered"] == 300
        }
        let sums = try await world.balance()
        #expect(sums["buffered"] == 0 && sums["rejected"] == 0)
        #expect(world.numbers() == Set(0..<300))
        // What comes twice is what the books call uncertain.
        let uncertain = try await world.metric("companion_logs_uncertain_records_total")
        #expect(uncertain > 0 || world.arrivals() == 300)
        #expect((uncertain > 0) == ["garbage", "hang", "lost"].contains(mode), "\(uncertain)")
        #expect(try await world.stop().succeeded)
    }

    @Test func `a certificate that is over is said, and records wait for a new one`() async throws {
        let authority = try await TestAuthority()
        let names = ["DNS:localhost", "IP:127.0.0.1"]
        let world = try LogWorld()
        try await world.startElastic(try await authority.leaf(names, life: .past))
        try world.folder.write(authority.certificate, to: "authority.crt")
        let config = try world.fluentBit(
            "",
            """
                Retry_Limit False
                tls On
                tls.ca_file \(world.folder.file("authority.crt"))
                tls.verify_hostname On
            """,
            flush: "0.1",
            service: Self.quick
        )
        try world.append(0..<50)
        try await world.start(["-c", config], environment: world.elasticVariables)
        try await eventually(within: .seconds(10), "the reason is said") {
            let trouble = try await world.admin("/readyz").body
            return trouble.contains("expired")
        }
        #expect(try await world.balance()["buffered"] == 50)
        #expect(
            world.companion?.errors.contains("expired") == true,
            "\(world.companion?.errors ?? "")"
        )
        #expect(world.arrivals() == 0)
        try world.certify(try await authority.leaf(names))
        try await eventually(within: .seconds(10), "all is delivered") {
            try await world.balance()["delivered"] == 50
        }
        #expect(world.numbers() == Set(0..<50) && world.arrivals() == 50)
        #expect(try await world.stop().succeeded)
    }

    @Test(arguments: ["down", "hang"])
    func `a dead sink does not hold up the end, and nothing is lost`(_ mode: String) async throws {
        let world = try LogWorld()
        try await world.startElastic()
        try world.mode(mode)
        let config = try world.fluentBit("", "    Retry_Limit False", flush: "0.1")
        try await world.start(["-c", config, "--grace", "2s"], environment: world.elasticVariables)
        try world.append(0..<100)
        try await eventually(within: .seconds(10), "the lines are read") {
            try await world.balance()["read"] == 100
        }
        // What is written while it ends is read as well, or later.
        try world.append(100..<150)
        let began = ContinuousClock.now
        let ended = try await world.stop()
        #expect(ended.succeeded && ContinuousClock.now - began < .seconds(6))
        #expect(ended.errors.contains("records are not delivered"))
        try world.mode("ok")
        try await world.start(["-c", config], environment: world.elasticVariables)
        try await eventually(within: .seconds(10), "all is delivered") {
            world.numbers() == Set(0..<150)
        }
        #expect(try await world.stop().succeeded)
    }

    // MARK: The disk

    @Test func `a full disk holds up what must be kept, and nothing is lost`() async throws {
        let (world, config) = try await world()
        try world.mode("items")
        let disk = try await TinyDisk()
        try await world.start(
            ["-c", config],
            environment: world.elasticVariables,
            state: disk.path
        )
        try world.append(0..<10)
        try await eventually(within: .seconds(10), "the first are delivered") {
            try await world.balance()["delivered"] == 10
        }
        try disk.fill()
        try world.append(10..<20)
        try world.append("{\"n\":99,\"x\":\"refuse\"}\n")
        try await eventually(within: .seconds(10), "what is in order goes on") {
            try await world.balance()["delivered"] == 20
        }
        try await eventually(within: .seconds(10), "it is said") {
            world.companion?.errors.contains("positions are kept in memory") == true
        }
        // A refused record that cannot be kept is not done.
        var sums = try await world.balance()
        #expect(sums["rejected"] == 0 && sums["buffered"] == 1, "\(sums)")
        #expect(try await world.admin("/readyz").code == 503)
        try disk.empty()
        try await eventually(within: .seconds(15), "all is done") {
            try await world.balance()["buffered"] == 0
        }
        sums = try await world.balance()
        #expect(sums["rejected"] == 1 && sums["delivered"] == 20)
        let letters = try String(contentsOfFile: disk.file("dead-letters.jsonl"), encoding: .utf8)
        #expect(letters.split(separator: "\n").count == 1 && letters.contains("\"n\":99"))
        try await eventually(within: .seconds(10), "positions are written again") {
            world.companion?.errors.contains("written down again") == true
        }
        #expect(try await world.stop().succeeded)
        // Nothing is read twice.
        try await world.start(
            ["-c", config],
            environment: world.elasticVariables,
            state: disk.path
        )
        try world.append(20..<21)
        _ = try await world.documents(21)
        #expect(world.arrivals() == 21)
        #expect(try await world.stop().succeeded)
    }

    @Test func `a file on a full disk gets every line once, and none is torn`() async throws {
        let world = try LogWorld()
        let disk = try await TinyDisk()
        let config = try world.folder.write(
            """
            [SERVICE]
                Flush 0.1
            \(Self.quick)
            [INPUT]
                Name tail
                Path \(world.log())
                Read_from_Head On
            [OUTPUT]
                Name file
                Match *
                Path \(disk.path)
                File out
                Format template
                Template {log}
                Retry_Limit False
            """,
            to: "file.conf"
        )
        try await world.start(["-c", config])
        let filling = String(repeating: "x", count: 100)
        func lines(_ range: Range<Int>) -> String { range.map { "\($0) \(filling)\n" }.joined() }
        try world.append(lines(0..<100))
        try await eventually(within: .seconds(10), "the first are written") {
            try await world.balance()["delivered"] == 100
        }
        // More than fits.
        try world.append(lines(100..<6000))
        try await eventually(within: .seconds(10), "it is said") {
            try await world.admin("/readyz").code == 503
        }
        #expect(try await world.balance()["buffered"] ?? 0 > 0)
        try await disk.grow()
        try await eventually(within: .seconds(20), "all is written", every: .milliseconds(100)) {
            try await world.balance()["delivered"] == 6000
        }
        #expect(try await world.balance()["buffered"] == 0)
        #expect(try await world.stop().succeeded)
        let isWhole =
            try String(contentsOfFile: disk.file("out"), encoding: .utf8) == lines(0..<6000)
        #expect(isWhole)
    }

    @Test func `damaged positions are moved aside, and files are read again`() async throws {
        let (world, config) = try await world()
        try world.append(0..<20)
        try await world.start(["-c", config], environment: world.elasticVariables)
        try await eventually(within: .seconds(10), "all is delivered") {
            try await world.balance()["delivered"] == 20
        }
        #expect(try await world.stop().succeeded)
        let path = world.folder.file("state/positions.db")
        let size = try #require(FileManager.default.contents(atPath: path)).count
        try world.folder.write([UInt8](repeating: 0xA5, count: size), to: "state/positions.db")
        try? FileManager.default.removeItem(atPath: path + "-wal")
        try world.append(20..<30)
        try await world.start(["-c", config], environment: world.elasticVariables)
        try await eventually(within: .seconds(10), "all is delivered again") {
            world.numbers() == Set(0..<30) && world.arrivals() == 50
        }
        let names = try FileManager.default.contentsOfDirectory(
            atPath: world.folder.file("state")
        )
        let aside = try #require(names.first { $0.hasPrefix("positions.db.damaged-") })
        #expect(world.companion?.errors.contains(aside) == true)
        try await world.balance()
        #expect(try await world.stop().succeeded)
    }

    // MARK: Files

    @Test func `ten thousand files are followed with few open`() async throws {
        let (world, config) = try await world()
        // In memory: to make so many files takes other disks long.
        let disk = try await TinyDisk(size: "100m")
        try FileManager.default.removeItem(atPath: world.folder.file("logs"))
        try FileManager.default.createSymbolicLink(
            atPath: world.folder.file("logs"),
            withDestinationPath: disk.path
        )
        for number in 0..<10_000 {
            try "{\"n\":\(number)}\n".write(
                toFile: world.log("\(number).log"),
                atomically: false,
                encoding: .utf8
            )
        }
        try await world.start(["-c", config], environment: world.elasticVariables)
        let pid = try #require(world.companion?.pid)
        var open = 0
        try await eventually(within: .seconds(40), "all is delivered", every: .milliseconds(250)) {
            let numbers = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
            open = max(open, numbers.count)
            return try await world.balance()["delivered"] == 10_000
        }
        #expect(open <= 4096 + 128)
        #expect(world.numbers() == Set(0..<10_000) && world.arrivals() == 10_000)
        #expect(try world.memory("VmHWM") < 96)
        try world.append(10_000..<10_001, to: "7.log")
        _ = try await world.documents(10_001, within: .seconds(10))
        #expect(try await world.stop().succeeded)
    }

    @Test(arguments: ["skip", "split"])
    func `a line of 100 MB takes little memory and is counted`(_ kind: String) async throws {
        let world = try LogWorld()
        let config = try world.folder.write(
            """
            [SERVICE]
                Flush 0.1
            [INPUT]
                Name tail
                Path \(world.log())
                Read_from_Head On
                \(kind == "skip" ? "Skip_Long_Lines On" : "Buffer_Max_Size 1M")
            [OUTPUT]
                Name null
                Match *
            """,
            to: "long.conf"
        )
        let megabyte = Data(repeating: 0x78, count: 1 << 20)
        #expect(FileManager.default.createFile(atPath: world.log(), contents: nil))
        let handle = try #require(FileHandle(forWritingAtPath: world.log()))
        for _ in 0..<100 { try handle.write(contentsOf: megabyte) }
        try handle.write(contentsOf: Data("\nlast\n".utf8))
        try handle.close()
        try await world.start(["-c", config])
        let wanted = kind == "skip" ? 1 : 101
        try await eventually(within: .seconds(20), "all is read", every: .milliseconds(50)) {
            try await world.balance()["delivered"] == wanted
        }
        let skipped = try await world.metric("companion_logs_skipped_bytes_total")
        #expect(skipped == (kind == "skip" ? 100 << 20 : 0))
        let counter = kind == "skip" ? "skipped" : "split"
        let lines = try await world.metric("companion_logs_tail_lines_\(counter)_total")
        #expect(lines == (kind == "skip" ? 1 : 99), "\(lines)")
        #expect(try world.memory("VmHWM") < 64)
        #expect(try await world.stop().succeeded)
    }

    @Test
    func `a file that is emptied while it is read is begun anew, and what is lost is counted`()
        async throws
    {
        let (world, config) = try await world()
        try world.mode("down")
        let filling = String(repeating: "x", count: 1000)
        try world.append((0..<20_000).map { "{\"n\":\($0),\"x\":\"\(filling)\"}\n" }.joined())
        try await world.start(["-c", config], environment: world.elasticVariables)
        var read = 0
        try await eventually(within: .seconds(10), "the buffer is full", every: .milliseconds(300))
        {
            let before = read
            read = try await world.balance()["read"] ?? 0
            return read > 0 && read == before
        }
        // The file is the buffer.
        #expect(read < 20_000)
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: world.log())[.size] as? Int
        )
        let handle = try #require(FileHandle(forWritingAtPath: world.log()))
        try handle.truncate(atOffset: 0)
        try handle.close()
        try world.append(20_000..<20_010)
        try world.mode("ok")
        try await eventually(within: .seconds(20), "the rest is delivered") {
            try await world.balance()["delivered"] == read + 10
        }
        #expect(world.numbers() == Set(0..<read).union(20_000..<20_010))
        let lost = try await world.metric("companion_logs_tail_lost_bytes_total")
        let bytes = try await world.metric("companion_logs_read_bytes_total")
        #expect(lost + bytes == size + 10 * "{\"n\":20000}\n".utf8.count)
        #expect(try await world.metric("companion_logs_tail_truncated_total") == 1)
        #expect(try await world.stop().succeeded)
    }

    @Test func `files rotated while nobody looked are read to their end, the old one first`()
        async throws
    {
        let (world, config) = try await world()
        try world.append(0..<10)
        try await world.start(["-c", config], environment: world.elasticVariables)
        try await eventually(within: .seconds(10), "the first are delivered") {
            try await world.balance()["delivered"] == 10
        }
        try await Task.sleep(for: .milliseconds(400))
        try await world.kill()
        try world.append(10..<20)
        for rotation in [20, 30] {
            try FileManager.default.moveItem(
                atPath: world.log(),
                toPath: world.log("app.log.\(rotation)")
            )
            try world.append(rotation..<(rotation + 10))
        }
        try await world.start(["-c", config], environment: world.elasticVariables)
        try await eventually(within: .seconds(10), "all is delivered") {
            world.numbers() == Set(0..<40)
        }
        #expect(world.documents().compactMap { $0.fields["n"] as? Int } == Array(0..<40))
        #expect(try await world.stop().succeeded)
    }
}
