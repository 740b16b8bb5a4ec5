import Basics
import Foundation
import HTTP
import Testing

@testable import Proxying

/// Values of fields that are replaced where an expression is found.
@Suite struct FieldRewriteTests {
    private static func rewritten(
        _ fields: [(String, String)],
        _ rules: String
    ) throws -> [String] {
        let text =
            "defaults\n mode http\nfrontend f\n bind :80\n\(rules)\n default_backend b\nbackend b\n server s 10.0.0.1:80\n"
        var configuration = try Reading.value(text, .haproxy).configuration
        // The hosts of the bench are its own.
        configuration.listeners[0].name = "in"
        configuration.clusters[0].endpoints[0].address = HostPort(host: "10.0.0.1", port: 80)
        let bench = try ProxyBench(configuration)
        bench.serve = { peer in
            guard peer.text.contains("\r\n\r\n") else { return }
            let lines = fields.map { "\($0.0): \($0.1)\r\n" }.joined()
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\(lines)\r\n")
        }
        let client = bench.client()
        let lines = fields.map { "\($0.0): \($0.1)\r\n" }.joined()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n")
        bench.settle()
        let all = (bench.hosts.first?.all ?? "") + client.text
        return all.components(separatedBy: "\r\n").filter { $0.lowercased().hasPrefix("x-") }
    }

    @Test(arguments: [
        (
            " http-request replace-header X-A ^http://(.*)$ https://\\1", "http://b/c",
            ["x-a: https://b/c", "x-a: http://b/c"]
        ),
        (
            " http-response replace-header x-a (.*) \"\\1; Secure\"", "id=1",
            ["x-a: id=1", "x-a: id=1; Secure"]
        ),
        (
            " http-request replace-header X-A nothing else", "value",
            ["x-a: value", "x-a: value"]
        ),
        // The whole value gives way, also where only a part fits.
        (
            " http-request replace-header X-A al [\\0]", "value",
            ["x-a: [al]", "x-a: value"]
        ),
        (
            " http-request replace-value X-A ^192\\.168\\.(.*)$ 172.16.\\1",
            "192.168.1.2, 10.0.0.1,192.168.3.4",
            ["x-a: 172.16.1.2, 10.0.0.1,172.16.3.4", "x-a: 192.168.1.2, 10.0.0.1,192.168.3.4"]
        ),
        (
            " http-request replace-header X-A b c if { path / }", "b",
            ["x-a: c", "x-a: b"]
        ),
        (
            " http-request replace-header X-A b c if { path /else }", "b",
            ["x-a: b", "x-a: b"]
        ),
    ])
    func `what an expression finds gives way`(
        rule: String,
        value: String,
        expected: [String]
    ) throws {
        #expect(
            try Self.rewritten([("x-a", value)], rule).filter { $0.hasPrefix("x-a") } == expected
        )
    }

    @Test func `every field of the name is looked at`() throws {
        let fields = [("x-a", "1"), ("x-b", "1"), ("x-a", "2"), ("x-a", "1")]
        let seen = try Self.rewritten(fields, " http-request replace-header x-a 1 one")
        #expect(seen.prefix(4) == ["x-a: one", "x-b: 1", "x-a: 2", "x-a: one"], "\(seen)")
    }

    @Test(arguments: [
        ("http-request replace-header x-a", "are expected"),
        ("http-request replace-header x-a ( b", "is no regular expression"),
        ("http-response replace-value x-a b %[src]", "not supported"),
        ("http-request replace-header Host a b", "not supported"),
    ])
    func `what cannot be done is an error`(rule: String, said: String) {
        let text =
            "defaults\n mode http\nfrontend f\n bind :80\n \(rule)\n default_backend b\nbackend b\n server s 10.0.0.1:80\n"
        let errors = Reading.findings(text, .haproxy).filter { $0.hasPrefix("error file:5:") }
        #expect(errors.count == 1 && errors[0].contains(said), "\(errors)")
    }
}
