import Testing

@testable import Proxying

/// Statuses that answers of checks may have.
@Suite struct StatusTextTests {
    @Test(arguments: [("200", 200...200), ("200-299", 200...299), ("100-999", 100...999)])
    func `a status and a range of them`(text: String, range: ClosedRange<Int>) {
        #expect(StatusText.range(text) == range)
    }

    @Test(arguments: [
        "", "-", "2", "20", "2000", "a", "a-200", "200-", "-200", "200-a", "299-200", "200-250-299",
        "+20", "2xx", "200 ", "200-+99", "099", "٢٠٠",
    ])
    func `what is none`(text: String) {
        #expect(StatusText.range(text) == nil)
        let haproxy =
            "backend b\n option httpchk\n http-check expect status \"\(text)\"\n"
            + " server s 10.0.0.1:80 check\nfrontend f\n bind :80\n default_backend b\n"
        let errors = Reading.findings(haproxy, .haproxy).filter { $0.hasPrefix("error file:3:") }
        #expect(errors.count == 1, "\(text): \(errors)")
        let own =
            "listen: 80\nto: a\nservices:\n  a:\n    hosts: [b:1]\n    health: {path: /, status: \"\(text)\"}\n"
        let said = Reading.findings(own, .own)
        #expect(said.contains { $0.hasPrefix("error file:6:") }, "\(text): \(said)")
    }

    @Test func `one that is none is an error beside good ones too`() {
        let text =
            "backend b\n option httpchk\n http-check expect status 200,a-299\n"
            + " server s 10.0.0.1:80 check\nfrontend f\n bind :80\n default_backend b\n"
        #expect(
            Reading.findings(text, .haproxy)
                == [
                    "error file:3:27: http-check: \"a-299\" is no status; write 200 or 200-399"
                ]
        )
    }
}
