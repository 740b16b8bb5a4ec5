import HTTP
import Testing

@testable import Proxying

/// Values with stars, switches and formats of our own language.
@Suite struct OwnPatternTests {
    private static func http(_ text: String) throws -> HTTPSettings {
        let configuration = try Reading.value("listen: 80\nto: a:1\n" + text, .own).configuration
        guard case .http(let http)? = configuration.listeners.first?.chains.first?.handler else {
            throw CancellationError()
        }
        return http
    }

    @Test(arguments: [
        ("https://*.example.com", "https://a.example.com", true),
        ("https://*.example.com", "https://a.b.example.com", true),
        ("https://*.example.com", "https://example.com", false),
        ("https://*.example.com", "https://aXexample.com", false),
        ("https://*.example.com", "https://a.example.com.evil.org", false),
        ("https://*.example.com", "https://evil.org/.example.com", false),
        ("https://*.example.com", "http://a.example.com", false),
        ("https://*.example.com:*", "https://a.example.com:8443", true),
        ("https://*.example.com:*", "https://a.example.com", false),
        ("http://localhost:*", "http://localhost:3000", true),
        ("*.example.com", "https://a.example.com", true), ("*", "null", true),
        ("https://a.example.com", "https://a.example.com", true),
        ("/https://[ab]\\.example\\.com/", "https://b.example.com", true),
    ])
    func `an origin may have a star anywhere`(origin: String, asked: String, fits: Bool) throws {
        for text in ["cors: '\(origin)'\n", "cors: {origins: ['\(origin)']}\n"] {
            guard case .cors(let settings)? = try Self.http(text).filters.first else {
                Issue.record("no CORS")
                return
            }
            let test = try TextTest(settings.origins[0])
            #expect(test.passes(Array(asked.utf8).span) == fits, "\(settings.origins)")
        }
    }

    @Test(arguments: ["%PROTOCOL%", "%PROTOCOL%\n"])
    func `a line of an access log ends once`(format: String) throws {
        let quoted = format.replacing("\n", with: "\\n")
        let settings = try Self.http("access_log: {format: \"\(quoted)\"}\n")
        #expect(settings.accessLogs.map(\.format) == [.text("%PROTOCOL%\n")])
    }

    @Test(arguments: [
        ("", true, nil), ("admin: off\n", false, nil), ("admin: false\n", false, nil),
        ("admin: 9902\n", true, HostPort(host: "127.0.0.1", port: 9902)),
    ])
    func `admin pages are somewhere, or nowhere`(text: String, wants: Bool, place: HostPort?) throws
    {
        let read = try Reading.value("listen: 80\nto: a:1\n" + text, .own).configuration
        #expect(read.wantsAdmin == wants)
        #expect(read.admin == place)
    }
}
