import HTTP
import Testing

@Suite("Request target") struct HTTPTargetTests {
    @Test func `segments and query are decoded after they were split`() throws {
        let target = try #require(HTTPTarget("/api/v1//pods/a%2Fb/log?x=1%262&y=a+b&z&=q&k=v=w"))
        #expect(target.path == "/api/v1//pods/a%2Fb/log")
        #expect(target.segments == ["api", "v1", "pods", "a/b", "log"])
        #expect(target.parameters.map(\.name) == ["x", "y", "z", "", "k"])
        #expect(target.parameters.map(\.value) == ["1&2", "a b", "", "q", "v=w"])
    }

    @Test func `the absolute form names the same resource`() throws {
        let target = try #require(HTTPTarget("http://localhost:80/a?b=c"))
        #expect(target.path == "/a")
        #expect(target.rawQuery == "b=c")
        #expect(HTTPTarget("http://localhost?b")?.path == "/")
    }

    @Test(arguments: [
        "", "*", "a/b", "/a%", "/a%2", "/a%zz", "/%00", "/a/../b", "/a/%2e%2E/b", "/./a", "/%ff",
        "/a?b=%", "/a?%ff=1",
    ])
    func `a broken target is refused`(text: String) {
        #expect(HTTPTarget(text) == nil)
    }

    @Test func `encoding and decoding are inverse`() {
        let text = "a b/ü?&=+%~-_."
        #expect(HTTPTarget.encode(text) == "a%20b%2F%C3%BC%3F%26%3D%2B%25~-_.")
        #expect(HTTPTarget.decode(HTTPTarget.encode(text)) == text)
        let target = HTTPTarget.target("/p", query: [("a b", "c&d")])
        #expect(HTTPTarget(target)?.parameters.first?.value == "c&d")
    }

    @Test func `header names compare without case and keep their order`() {
        var headers: HTTPHeaders = ["A": "1", "b": "2", "a": "3", "Connection": "x , Upgrade"]
        #expect(headers.values("a") == ["1", "3"])
        #expect(headers.list("connection") == ["x", "Upgrade"])
        #expect(headers.list("connection", contains: "upgrade"))
        #expect(!headers.list("connection", contains: "up"))
        headers["A"] = "4"
        #expect(headers.values("a") == ["4"])
        headers["a"] = nil
        #expect(headers.count == 2)
    }
}
