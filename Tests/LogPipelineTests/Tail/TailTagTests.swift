import Testing

@testable import LogPipeline

@Suite("Tail tags") struct TailTagTests {
    @Test(arguments: [
        ("app.logs", "/var/log/a.log", "app.logs"),
        ("kube.*", "/var/log/containers/a.log", "kube.var.log.containers.a.log"),
        ("*", "/var/log/a.log", "var.log.a.log"), ("x.*.y", "/a/b", "x.a.b.y"),
        ("*.", "/a//b", "a.b"), ("t.*", "/a:b\\c", "t.a.b.c"), ("t.*", "/a*b", "t.ab"),
        ("t..*", "/a..b", "t.a.b"),
    ])
    func `a star stands for the path`(_ tag: String, _ path: String, _ expanded: String) {
        #expect(TailTag.expand(tag, path: path) == expanded)
    }
}
