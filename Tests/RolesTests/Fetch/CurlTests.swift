import Basics
import Reactor
import StandIn
import TestKit
import Testing

@testable import Roles

@Suite("Words of curl and wget") struct CurlTests {
    @Test func `joined letters and values are read`() throws {
        let found = try CurlOptions([
            "-sSfL", "-ofile", "-H", "A: b", "-XPUT", "--retry", "3", "-m1.5", "http://a", "-O",
            "--url", "http://b", "--no-location",
        ])
        #expect(found.urls == ["http://a", "http://b"])
        #expect(found.outputs == [.file("file"), .remote])
        #expect(found.flag("silent") && found.flag("show-error") && found.flag("fail"))
        #expect(!found.flag("location"))
        #expect(found.headers == ["A: b"])
        #expect(found.values["request"] == "PUT")
        #expect(found.seconds("max-time") == .milliseconds(1500))
    }

    @Test(
        arguments: [
            (["--bogus"], "option --bogus: is unknown"), (["-Q"], "option -Q: is unknown"),
            (["-o"], "option -o: requires parameter"),
            (["--retry", "x"], "option --retry: expected a proper numerical parameter"),
            (["-F", "a=b"], "option -F: is not done by companion"),
        ]
    )
    func `mistakes are told in curl's words`(_ words: [String], _ text: String) {
        let error = #expect(throws: CurlOptions.Mistake.self) { try CurlOptions(words) }
        #expect(error?.text == text)
    }

    @Test(
        arguments: [
            ("%{a} %%\\n\\t\\q%", "1 %\n\t\\q%"), ("%{b}", ""), ("%{a", "%{a"), ("", ""),
            ("%", "%"),
            ("\\", "\\"),
        ]
    )
    func `places of write-out are filled`(_ format: String, _ wanted: String) {
        let found = CurlWriteOut.text(format) { $0 == "a" ? "1" : nil }
        #expect(found.text == wanted)
        #expect(found.unknown == (format == "%{b}" ? ["b"] : []))
    }

    @Test(
        arguments: [
            ("attachment; filename=\"a b.txt\"", "a b.txt"), ("inline; filename=x", "x"),
            ("attachment; filename=../../etc/x", "x"), ("attachment; filename=..", nil),
            ("attachment", nil),
        ] as [(String, String?)]
    ) @MainLoop
    func `names from servers have no directories`(_ field: String, _ wanted: String?) {
        #expect(CurlRun.fileName(field) == wanted)
    }

    @Test @MainLoop func `wget's words are read`() throws {
        let found = try WgetOptions([
            "-qO-", "-T", "3", "-t2", "-cS", "--header=A: b", "--no-check-certificate", "-P", "d/",
            "http://a", "--", "-b",
        ])
        #expect(found.isQuiet && found.goesOn && found.showsHeaders && !found.verifies)
        #expect(found.output == "-")
        #expect(found.silence == .seconds(3))
        #expect(found.tries == 2)
        #expect(found.folder == "d")
        #expect(found.urls == ["http://a", "-b"])
    }

    @Test(arguments: [["-X"], ["--bogus"], ["-O"], ["-T", "x"]]) @MainLoop
    func `wget's mistakes are told`(_ words: [String]) {
        #expect(throws: WgetOptions.Mistake.self) { try WgetOptions(words) }
    }
}
