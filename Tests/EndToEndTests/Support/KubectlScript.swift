import Foundation
import TestKit
import Testing

/// The real kubectl against an engine, over TLS and with the credentials that `remora kubeconfig` gives.
struct Kubectl: Sendable {
    let engine: TestEngine
    private let environment: [String: String]

    /// The options of an engine that kubectl can reach.
    static let options = ["--stop-pods", "--listen", "127.0.0.1:0"]

    /// Makes a kubeconfig of an engine's own.
    ///
    /// - Throws: `Trouble` if the engine gives none.
    init(_ engine: TestEngine, _ options: [String] = []) async throws {
        self.engine = engine
        let file = engine.folder.file("kubeconfig-\(UUID().uuidString)")
        let made = try await engine.remora(["kubeconfig", "-o", file] + options)
        guard made.succeeded else { throw Trouble("kubeconfig: \(made.errors)") }
        environment = [
            "KUBECONFIG": file, "HOME": engine.folder.path,
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
    }

    /// Runs a line of shell in the engine's folder; `k` is kubectl.
    func shell(_ line: String, within limit: Duration = .seconds(60)) async throws
        -> TestProgram.Result
    {
        let text = "cd \(engine.folder.path) && k() { kubectl \"$@\"; } && " + line
        return try await TestProgram("sh", ["-c", text], environment: environment)
            .wait(within: limit)
    }

    /// Runs a script: a line that begins with `$` is a command, what follows is expected of it.
    ///
    /// `> TEXT` must be in its output (either stream), `! TEXT` must not, `= N` is its exit code (0 if
    /// nothing is said), `~ SECONDS` tries the command again until all holds.
    func run(_ script: String) async throws -> Int {
        var steps: [Step] = []
        for line in script.split(separator: "\n") {
            let text = String(line.dropFirst(2))
            switch line.prefix(2) {
            case "$ ": steps.append(Step(command: text))
            case "> ": steps[steps.count - 1].expected.append(text)
            case "! ": steps[steps.count - 1].forbidden.append(text)
            case "= ": steps[steps.count - 1].code = Int32(text) ?? -1
            case "~ ": steps[steps.count - 1].patience = Int(text) ?? 0
            case "# ": continue
            default: throw Trouble("not a line of a script: \(line)")
            }
        }
        for step in steps { try await run(step) }
        return steps.count
    }

    private struct Step {
        var command: String
        var expected: [String] = []
        var forbidden: [String] = []
        var code: Int32 = 0
        var patience = 0
    }

    private func run(_ step: Step) async throws {
        let end = ContinuousClock.now + .seconds(step.patience)
        while true {
            let result = try await shell(step.command)
            let text = result.output + result.errors
            var wrong = step.expected.filter { !text.contains($0) }.map { "missing: \($0)" }
            wrong += step.forbidden.filter(text.contains).map { "there: \($0)" }
            if result.code != step.code { wrong.append("exit code \(result.code)") }
            if wrong.isEmpty { return }
            guard ContinuousClock.now < end else {
                Issue.record("$ \(step.command)\n\(wrong.joined(separator: "\n"))\n\(text)")
                return
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
