import Formats
import Proxying
import Testing

@Suite struct DialectTests {
    @Test(arguments: [
        ("static_resources:\n", "x", Dialect.envoy),
        ("{\"static_resources\": {}}", "x", .envoy),
        ("admin:\n  address: {}\nstatic_resources:\n", "x.yaml", .envoy),
        ("# c\nevents { }\nhttp {\n", "x", .nginx),
        ("worker_processes 1;\n", "x", .nginx),
        ("server {\n listen 80;\n}\n", "default.conf", .nginx),
        ("global\n  daemon\n", "x", .haproxy),
        ("frontend web\n  bind :80\n", "x", .haproxy),
        ("listen pg\n  bind :80\n", "x", .haproxy),
        ("listen: 8080\nto: a:1\n", "x", .own),
        ("admin: 9901\nlisteners: []\n", "x.yaml", .own),
        ("", "haproxy.cfg", .haproxy),
        ("", "/etc/nginx/nginx.conf", .nginx),
        ("", "envoy.yaml", .envoy),
        ("", "proxy.yaml", .own),
    ])
    func `the language is guessed`(text: String, name: String, dialect: Dialect) {
        #expect(Dialect.guess(text: text, name: name) == dialect)
    }

    @Test func `a file that tells nothing is asked about`() {
        let findings = Reading.findingsOfUnknown("hello", name: "x")
        #expect(
            findings == [
                "x: it is not plain which language this is; name it: envoy, nginx, haproxy, own"
            ]
        )
    }
}

extension Reading {
    static func findingsOfUnknown(_ text: String, name: String) -> [String] {
        do {
            _ = try ConfigurationReader.read(Array(text.utf8), name: name)
            return []
        } catch {
            return error.findings.map(\.description)
        }
    }
}
