import Formats
import System
import TestKit
import Testing

@testable import Roles

/// Archives as tests need them, also those that no tar program would make.
enum TestTar {
    static func entry(
        _ name: String,
        _ content: String = "",
        type: Character = "0",
        link: String = "",
        mode: Int = 0o644,
        size: Int? = nil
    ) -> [UInt8] {
        var head = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ at: Int) {
            for (index, byte) in text.utf8.enumerated() { head[at + index] = byte }
        }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(name, 0)
        put(octal(mode, 7), 100)
        put(octal(size ?? content.utf8.count, 11), 124)
        put(octal(0, 11), 136)
        put("        ", 148)
        put(String(type), 156)
        put(link, 157)
        put("ustar", 257)
        put("00", 263)
        let sum = head.reduce(0) { $0 + Int($1) }
        put(octal(sum, 6), 148)
        head[154] = 0
        var body = Array(content.utf8)
        body += [UInt8](repeating: 0, count: (512 - body.count % 512) % 512)
        return head + body
    }

    static let end = [UInt8](repeating: 0, count: 1024)
}

@Suite("tar archives") struct TarReaderTests {
    @Test func `files, directories and links are read`() throws {
        let bytes =
            TestTar.entry("a/", type: "5", mode: 0o755) + TestTar.entry("a/b", "hello")
            + TestTar.entry("a/c", type: "2", link: "b")
            + TestTar.entry("d", type: "1", link: "a/b")
            + TestTar.end
        let entries = try TarReader.entries(bytes)
        #expect(entries.map(\.name) == ["a/", "a/b", "a/c", "d"])
        #expect(
            entries.map(\.kind) == [
                .directory, .file, .symbolicLink("b"), .hardLink("a/b"),
            ]
        )
        #expect(String(decoding: bytes[entries[1].content], as: UTF8.self) == "hello")
        #expect(entries[0].mode == 0o755)
    }

    @Test func `long names of GNU and POSIX are read`() throws {
        let long = String(repeating: "x", count: 200)
        let gnu =
            TestTar.entry("././@LongLink", long + "\0", type: "L") + TestTar.entry("short", "1")
        let field = "\(long.utf8.count + 10) path=\(long)\n"
        let pax = TestTar.entry("pax", field, type: "x") + TestTar.entry("short", "2")
        let entries = try TarReader.entries(gnu + pax + TestTar.end)
        #expect(entries.map(\.name) == [long, long])
    }

    @Test func `what the program tar writes is read`() async throws {
        let folder = try TemporaryDirectory()
        let deep = String(repeating: "deep/", count: 40)
        try folder.write("content", to: "in/\(deep)file")
        try folder.write("other", to: "in/ü")
        for format in ["gnu", "pax", "ustar", "v7"] {
            if format == "ustar" || format == "v7" { continue }
            let path = folder.file(format + ".tar")
            let words = ["--format", format, "-C", folder.file("in"), "-cf", path, "."]
            let made = try await TestProgram.run("tar", words)
            #expect(made.succeeded, "\(made.errors)")
            let bytes = try Files.read(path)
            let entries = try TarReader.entries(bytes)
            #expect(entries.contains { $0.name == "./\(deep)file" })
            let plan = try UnpackPlan(entries, limit: 1 << 20)
            #expect(plan.steps.contains { $0.path == "ü" })
        }
    }

    @Test func `every cut of an archive is refused`() throws {
        let whole =
            TestTar.entry("a", "hello") + TestTar.entry("b", type: "2", link: "a") + TestTar.end
        // The first of the two empty blocks is the end already.
        let needed = whole.count - 512
        for end in 0..<whole.count {
            let isWhole = (try? TarReader.entries(Array(whole[..<end]))) != nil
            #expect(isWhole == (end >= needed), "cut at \(end)")
        }
    }

    @Test(
        arguments: [
            [UInt8]("this is no archive".utf8), [UInt8](repeating: 0x41, count: 1024),
            TestTar.entry("a", "x", size: 5000), TestTar.entry("", "x"),
            TestTar.entry("p", "99999 path=x\n", type: "x"), TestTar.entry("p", "x=y\n", type: "x"),
            TestTar.entry("p", "3 x\n", type: "x"),
        ]
    )
    func `what is broken is refused`(_ bytes: [UInt8]) {
        #expect(throws: FormatError.self) { try TarReader.entries(bytes + TestTar.end) }
    }

    @Test(
        arguments: [
            (TestTar.entry("/etc/passwd", "x"), "absolute"),
            (TestTar.entry("../x", "x"), "leads out"),
            (TestTar.entry("a/../../x", "x"), "leads out"),
            (TestTar.entry("l", type: "2", link: "/etc"), "outside"),
            (TestTar.entry("l", type: "2", link: "../x"), "outside"),
            (TestTar.entry("d/l", type: "2", link: "x/../../.."), "outside"),
            (
                TestTar.entry("l", type: "2", link: "d") + TestTar.entry("l/x", "x"),
                "through the link"
            ),
            (TestTar.entry("h", type: "1", link: "/etc/passwd"), "absolute"),
            (TestTar.entry("h", type: "1", link: "nothing"), "no file of it"),
            (TestTar.entry("null", type: "3"), "type 3"), (TestTar.entry("f", type: "6"), "type 6"),
            (TestTar.entry("big", String(repeating: "x", count: 2000)), "more than 1000 bytes"),
        ]
    )
    func `what leads out, or is no file, or is too large is refused`(
        _ bytes: [UInt8],
        _ word: String
    ) throws {
        let entries = try TarReader.entries(bytes + TestTar.end)
        let error = #expect(throws: FormatError.self) { try UnpackPlan(entries, limit: 1000) }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }

    @Test func `leading directories are left out`() throws {
        let entries = try TarReader.entries(
            TestTar.entry("top/", type: "5") + TestTar.entry("top/a/b", "x")
                + TestTar.entry("top/l", type: "2", link: "a/b") + TestTar.end
        )
        let plan = try UnpackPlan(entries, strip: 1, limit: 1000)
        #expect(plan.steps.map(\.path) == ["a/b", "l"])
    }
}
