import Testing

@testable import NodeDrivers

@Suite struct `Image references` {
    static let digest = "sha256:" + String(repeating: "0a", count: 32)

    @Test(arguments: [
        ("busybox", "docker.io/library/busybox:latest"),
        ("busybox:1.36", "docker.io/library/busybox:1.36"),
        ("remora/busybox", "docker.io/remora/busybox:latest"),
        ("docker.io/busybox", "docker.io/library/busybox:latest"),
        ("index.docker.io/library/busybox", "docker.io/library/busybox:latest"),
        ("localhost/x", "localhost/x:latest"),
        ("localhost:5000/team/x:v1", "localhost:5000/team/x:v1"),
        ("127.0.0.1:5000/x", "127.0.0.1:5000/x:latest"),
        ("[::1]:5000/x", "[::1]:5000/x:latest"),
        ("registry.example.com/a/b/c:1", "registry.example.com/a/b/c:1"),
        ("Example/x", "Example/x:latest"),
        ("x@" + digest, "docker.io/library/x@" + digest),
        ("r.io/x:1@" + digest, "r.io/x:1@" + digest),
        ("a__b/c-d---e/f.g", "docker.io/a__b/c-d---e/f.g:latest"),
    ])
    func `are completed as Docker completes them`(text: String, full: String) {
        #expect(ImageReference(text)?.description == full)
    }

    @Test(arguments: [
        "", ":", "UPPER", "a/UPPER", "a b", "x:", "x:tag!", "x:-tag", "x@sha256:12", "x@md5:00",
        "/x",
        "x/", "a//b", "-a", "a-", "a..b", "a___b", "http://x/y", String(repeating: "a", count: 256),
        String(repeating: "0a", count: 32), "x:" + String(repeating: "t", count: 129),
        "r.io:70000/x",
        "r.io:/x", "x:1:2",
    ])
    func `of a wrong form are refused`(text: String) {
        #expect(ImageReference(text) == nil)
    }

    @Test func `are asked for by digest if there is one`() {
        #expect(ImageReference("r.io/x:1@" + Self.digest)?.wanted == "r.io/x@" + Self.digest)
        #expect(ImageReference("r.io/x:1")?.wanted == "r.io/x:1")
    }

    @Test(arguments: [
        ("localhost:5000/x", true), ("127.1.2.3/x", true), ("[::1]:80/x", true),
        ("[::2]:80/x", false),
        ("example.com/localhost/x", false), ("busybox", false),
    ])
    func `know whether their registry is on this machine`(text: String, isLocal: Bool) {
        #expect(ImageReference(text)?.isOnLoopback == isLocal)
    }

    @Test(arguments: [
        ("remora/busybox", true), ("docker.io/remora/busybox:latest", true), ("busybox", false),
        ("remora/busybox:1", false), ("r.io/remora/busybox", false),
    ])
    func `know the built-in image`(text: String, isBuiltIn: Bool) {
        #expect(ImageReference(text)?.isBuiltIn == isBuiltIn)
    }

    @Test(arguments: [
        (0, "0s"), (85, "85ms"), (1000, "1s"), (1200, "1.2s"), (12_345, "12.345s"),
        (60_000, "1m0s"),
        (62_050, "1m2.05s"), (3_661_000, "1h1m1s"),
    ])
    func `durations are written as Go writes them`(milliseconds: Int, text: String) {
        #expect(Duration.milliseconds(milliseconds).inGoNotation == text)
    }
}
