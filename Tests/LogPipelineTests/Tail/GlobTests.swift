import Reactor
import Testing

@testable import LogPipeline

@Suite("Globs") struct GlobTests {
    @Test(arguments: [
        ("/var/log/*.log", "/var/log/a.log", true), ("/var/log/*.log", "/var/log/.a.log", false),
        ("/var/log/*.log", "/var/log/x/a.log", false), ("/var/log/*.log", "/var/log/.log", false),
        ("/var/log/.*", "/var/log/.a", true), ("/a?c", "/abc", true), ("/a?c", "/ac", false),
        ("/a?c", "/a/c", false), ("/[a-c]x", "/bx", true), ("/[a-c]x", "/dx", false),
        ("/[!a-c]x", "/dx", true), ("/[^a-c]x", "/ax", false), ("/[]]x", "/]x", true),
        ("/[a", "/[a", true), ("/a\\*b", "/a*b", true), ("/a\\*b", "/axb", false),
        ("/**/x.log", "/x.log", true), ("/**/x.log", "/a/b/x.log", true),
        ("/**/x.log", "/a/.b/x.log", false), ("/a/**", "/a/b/c", true),
        ("/{a,b}/*.{log,txt}", "/b/c.txt", true), ("/{a,b}/*.{log,txt}", "/c/c.txt", false),
        ("/{a,{b,c}d}", "/cd", true), ("/{a}", "/{a}", true), ("/a{,.1}", "/a", true),
        ("/a{,.1}", "/a.1", true), ("/a//b", "/a/b", true), ("*.log", "a.log", true),
        ("*.log", "/a.log", false), ("/x*y*z", "/xaybz", true), ("/x*y*z", "/xazby", false),
        ("/a*", "/a", true), ("/*a", "/baa", true), ("/ä*", "/äb", true),
    ])
    func `patterns fit`(_ pattern: String, _ path: String, _ fits: Bool) {
        #expect(GlobSet([pattern], excluded: []).fits(path) == fits)
    }

    @Test(arguments: [
        ("*.gz", "/var/log/a.gz", true), ("/var/*.gz", "/var/log/a.gz", true),
        ("/var/log/b*", "/var/log/b.log", true), ("*.{gz,zip}", "/a/b.zip", true),
        ("*.gz", "/var/log/a.log", false), ("a.log", "/var/log/a.log", false),
    ])
    func `what is left out may fit across slashes`(_ pattern: String, _ path: String, _ out: Bool) {
        let globs = GlobSet(["/**"], excluded: [pattern])
        #expect(globs.fits(path) == !out)
    }

    @Test func `many braces are cut off`() {
        let pattern = String(repeating: "{a,b}", count: 40)
        #expect(Glob.parse(pattern).count <= Glob.alternativesMaximum)
    }

    @Test func `many stars take no long time`() {
        let name = "/" + String(repeating: "a", count: 200) + "b"
        let pattern = "/" + String(repeating: "a*", count: 60) + "c"
        #expect(!GlobSet([pattern], excluded: []).fits(name))
    }

    @Test @MainLoop func `files are found, and the directories to watch`() {
        let disk = SimulatedDisk()
        let names = [
            "/logs/a.log", "/logs/b.txt", "/logs/pod/1/c.log", "/logs/pod/2/d.log",
            "/logs/.h/e.log",
        ]
        for name in names { _ = disk.create(name) }
        func find(_ patterns: [String], excluded: [String] = []) -> GlobSet.Found {
            GlobSet(patterns, excluded: excluded).find(on: disk)
        }
        #expect(find(["/logs/*.log"]).paths == ["/logs/a.log"])
        #expect(find(["/logs/*.log"]).directories == ["/logs"])
        #expect(find(["/logs/pod/*/*.log"]).paths == ["/logs/pod/1/c.log", "/logs/pod/2/d.log"])
        #expect(
            find(["/logs/pod/*/*.log"]).directories == ["/logs/pod", "/logs/pod/1", "/logs/pod/2"]
        )
        #expect(
            find(["/logs/**/*.log"]).paths.sorted() == [
                "/logs/a.log", "/logs/pod/1/c.log", "/logs/pod/2/d.log",
            ]
        )
        #expect(find(["/logs/**"], excluded: ["*.log"]).paths == ["/logs/b.txt"])
        #expect(find(["/logs/a.log", "/logs/*.log"]).paths == ["/logs/a.log"])
        // What is not there is waited for as near as can be.
        #expect(find(["/logs/new/*.log"]).directories == ["/logs"])
        #expect(find(["/none/at/all.log"]).directories == ["/"])
    }
}
