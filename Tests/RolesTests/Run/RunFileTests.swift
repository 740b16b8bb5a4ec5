import Basics
import Formats
import Reactor
import RolesFuzzSubjects
import TestKit
import Testing

@testable import Roles

@Suite("Files for companion run") @MainLoop struct RunFileTests {
    private nonisolated static let text = """
        roles:
        - name: app-logs
          role: logs
          args: [--config, /etc/logs.yaml]
          env: {LEVEL: 3}
        - role: reload
        - name: gate
          role: proxy
          config:
            listeners: [{port: 80}]
        - name: raw
          role: proxy
          config: |
            static_resources: {}
        """

    private func read(_ text: String) throws(ConfigurationErrors) -> RunFile {
        try RunFile.read(Array(text.utf8), name: "r.yaml", roles: ["logs", "proxy", "reload"])
    }

    @Test func `a file lists roles with words, variables and configurations`() throws {
        let entries = try read(Self.text).entries
        #expect(entries.map(\.name) == ["app-logs", "reload", "gate", "raw"])
        #expect(entries.map(\.role) == ["logs", "reload", "proxy", "proxy"])
        #expect(entries[0].args == ["--config", "/etc/logs.yaml"])
        #expect(entries[0].environment == ["LEVEL": "3"])
        #expect(entries[2].configuration?.contains("\"listeners\"") == true)
        #expect(entries[3].configuration == "static_resources: {}")
        #expect(entries[1].place.short == "r.yaml:6")
    }

    @Test(arguments: [
        ("", "r.yaml:1:1: a map with roles is expected"), ("[]", "a map with roles is expected"),
        ("roles: []", "r.yaml:1:8: roles: at least one role is expected"),
        ("role: x", "key \"role\" is not known; did you mean \"roles\"?"),
        (
            "roles: [{role: log}]",
            "r.yaml:1:16: roles[0].role: role \"log\" is not known; did you mean"
        ),
        ("roles: [{name: x}]", "roles[0]: \"role\" is missing"),
        ("roles: [x]", "a map with name and role is expected"),
        ("roles: [{role: logs}, {role: logs}]", "a second role is called \"logs\""),
        ("roles: [{role: logs, name: A b}]", "\"A b\" is no name"),
        ("roles: [{role: logs, args: x}]", "roles[0].args: a list is expected, not a string"),
        ("roles: [{role: logs, args: [[x]]}]", "roles[0].args[0]: a text is expected, not a list"),
        ("roles: [{role: logs, env: [x]}]", "a map of names and values is expected"),
        ("roles: [{role: logs, arg: x}]", "key \"arg\" is not known; did you mean \"args\"?"),
        ("roles:\n- {role: [}", "r.yaml:2"),
        ("roles: [{role: logs}]\n---\na: b", "one document is expected"),
    ])
    func `what is wrong is said with its place`(_ text: String, _ sentence: String) {
        do throws(ConfigurationErrors) {
            _ = try read(text)
            Issue.record("it was taken")
        } catch {
            #expect(error.findings.contains { "\($0)".contains(sentence) }, "\(error)")
        }
    }

    @Test func `mistakes of a role's words have line and column`() throws {
        let roles = [
            Role(name: "once", spec: CommandSpec("once", summary: ""), run: { _, _ in 0 }),
            Role(
                name: "logs",
                spec: CommandSpec("logs", summary: "", options: ProcessOptions.specs(port: 1)),
                make: { _, _, _ throws(Failure) in throw Failure(.unavailable, "not reached") },
                run: { _, _ in 0 }
            ),
        ]
        let makers = RunMakers(roles: roles, directory: "/nonexistent")
        for (text, sentence) in [
            ("once", "r.yaml:1:16: roles[0]: the role once does not run beside others; give it"),
            ("logs, args: [--nope]", "r.yaml:1:16: roles[0]: unknown option"),
            ("logs, args: [--help]", "r.yaml:1:16: roles[0]: --help is no word"),
            ("logs, args: [--check]", "r.yaml:1:16: roles[0]: --check belongs to the process"),
            ("logs, args: [--grace, 1s]", "r.yaml:1:16: roles[0]: --grace belongs to the process"),
            ("logs, config: x", "r.yaml:1:16: roles[0]: the role logs takes no configuration"),
        ] {
            let entry = try RunFile.read(
                Array("roles: [{role: \(text)}]".utf8),
                name: "r.yaml",
                roles: ["once", "logs"]
            ).entries[0]
            do throws(Failure) {
                _ = try makers.check(entry, [:])
                Issue.record("\(text) was taken")
            } catch {
                #expect("\(error)".hasPrefix(sentence), "\(error)")
            }
        }
    }

    @Test func `files that are almost right are refused with a place`() throws {
        for bytes in try Corpora.inputs("RunFile", mutations: 100) { fuzzRunFile(bytes) }
    }

    @Test func `every cut of a file is read without harm`() {
        for end in Self.text.utf8.indices {
            _ = try? read(String(Self.text[..<end]))
            fuzzRunFile(Array(Self.text[..<end].utf8))
        }
    }
}
