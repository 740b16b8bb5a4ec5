import Basics
import Testing

@testable import Roles

@Suite("Addresses of HTTP") struct WebAddressTests {
    @Test(
        arguments: [
            ("http://a", "a", 80, "/", false), ("https://a/b?c=d#e", "a", 443, "/b?c=d", true),
            ("http://a:8080/-/reload", "a", 8080, "/-/reload", false),
            ("a/b", "a", 80, "/b", false), ("http://[::1]:9090/x", "::1", 9090, "/x", false),
            ("HTTP://A?q", "A", 80, "/?q", false), ("http://a/b c", "a", 80, "/b%20c", false),
            ("http://a/ü", "a", 80, "/%C3%BC", false), ("http://a:/x", "a", 80, "/x", false),
        ] as [(String, String, UInt16, String, Bool)]
    )
    func `an address is taken apart`(
        _ text: String,
        _ host: String,
        _ port: UInt16,
        _ target: String,
        _ isSecure: Bool
    ) throws {
        let address = try WebAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.target == target)
        #expect(address.isSecure == isSecure)
    }

    @Test(
        arguments: [
            "", "ftp://a", "http://", "http://a:0", "http://a:99999", "http://a:x/", "http://[::1",
            "http://[::1]x", "http:///x", "http://a b/", "http+unix://x/", "http://u:%zz@a/",
        ]
    )
    func `what is no address is refused`(_ text: String) {
        #expect(throws: Failure.self) { try WebAddress(text) }
    }

    @Test func `user and password are decoded and never told`() throws {
        let address = try WebAddress("https://us%40er:p%3Ass@host:1/x")
        #expect(address.user == "us@er")
        #expect(address.password == "p:ss")
        #expect(address.basic == "Basic dXNAZXI6cDpzcw==")
        #expect("\(address)" == "https://host:1/x")
        let error = #expect(throws: Failure.self) { try WebAddress("http://u:secret@host:x/") }
        #expect(error?.description.contains("secret") == false)
    }

    @Test func `a socket's path stands where the host does`() throws {
        let address = try WebAddress("http+unix://%2Frun%2Fx.sock/y")
        #expect(address.socket == "/run/x.sock")
        #expect(address.target == "/y")
    }

    @Test(
        arguments: [
            ("http://b/c", "http://b/c"), ("/x", "http://a:81/x"), ("x", "http://a:81/b/x"),
            ("../x", "http://a:81/x"), ("?q=1", "http://a:81/b/c?q=1"), ("//z/w", "http://z/w"),
            ("./x/../y", "http://a:81/b/y"), ("", "http://a:81/b/c?d"),
            ("../../..", "http://a:81/"),
            ("https://b", "https://b/"),
        ]
    )
    func `a reference is resolved`(_ reference: String, _ wanted: String) throws {
        let base = try WebAddress("http://u:p@a:81/b/c?d")
        let found = try base.resolving(reference)
        #expect("\(found)" == wanted)
        #expect(found.user == nil)
    }

    @Test(arguments: ["ftp://x/y", "javascript:alert", "mailto:a@b"])
    func `a reference to something else is refused`(_ reference: String) throws {
        let base = try WebAddress("http://a/")
        #expect(throws: Failure.self) { try base.resolving(reference) }
    }
}
