import Basics
import Testing

@testable import Roles

@Suite("Options of every role") struct ProcessOptionsTests {
    @Test(
        arguments: [
            ("9901", "127.0.0.1", 9901), ("127.0.0.1:9901", "127.0.0.1", 9901),
            ("[::1]:1", "::1", 1),
            (":9113", "0.0.0.0", 9113),
        ] as [(String, String, UInt16)]
    )
    func `an address is read`(_ text: String, _ host: String, _ port: UInt16) {
        #expect(ListenAddress(text) == ListenAddress(host: host, port: port))
    }

    @Test(arguments: ["", "x", "1.2.3.4:", "1.2.3.4:70000", ":"])
    func `what is no address is refused`(_ text: String) {
        #expect(ListenAddress(text) == nil)
        #expect(throws: Failure.self) { try ProcessOptions.admin(text) }
    }
}
