import Formats
import Testing

@testable import Proxying

/// The commands that variables of other languages become.
@Suite struct DialectCommandTests {
    static let texts =
        NginxVariables.fixed.map { ("$" + $0.key, $0.value) }
        + HAProxyText.aliases.map { ("%" + $0.key, $0.value) }
        + HAProxyText.fetches.map { ("%[\($0.key)]", $0.value) }
        + [("httplog", HAProxyText.http), ("tcplog", HAProxyText.tcp)]
        + OwnReader.jsonMembers.map { ($0.key, $0.value) }

    @Test(arguments: texts.sorted { $0.0 < $1.0 })
    func `every variable is a command that is known`(variable: String, text: String) throws {
        _ = try CommandText(text)
    }

    @Test(arguments: [
        ("listen: 1\nto: a:1\naccess_log: {format: 'x %NOPE%'}\n", 3, 14),
        ("listen: 1\nto: a:1\nrequest_headers: {set: {x-a: '%REQ(A'}}\n", 3, 30),
    ])
    func `a wrong command is told with its place`(text: String, line: Int, column: Int) throws {
        let error = #expect(throws: ConfigurationErrors.self) {
            try Reading.value(text, .own)
        }
        #expect(error?.errors.map { $0.position?.line } == [line])
        #expect(error?.errors.map { $0.position?.column } == [column])
    }
}
