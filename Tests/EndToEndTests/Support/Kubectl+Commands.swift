import Foundation
import TestKit

extension Kubectl {
    /// Runs a body with kubectl on an engine of its own.
    static func with(_ body: (_ kubectl: Kubectl) async throws -> Void) async throws {
        try await withEngine(options) { engine in try await body(try await Kubectl(engine)) }
    }

    /// Runs a command and gives what it said, whatever its exit code.
    func run(_ arguments: [String], input: String? = nil) async throws -> TestProgram.Result {
        var line = "k " + arguments.map(Self.quoted).joined(separator: " ")
        if let input {
            let file = try engine.folder.write(input, to: "input-\(UUID().uuidString)")
            line += " < " + Self.quoted(file)
        }
        return try await shell(line)
    }

    /// Runs a command that has to succeed; what it wrote.
    @discardableResult
    func callAsFunction(_ arguments: String..., input: String? = nil) async throws -> String {
        let result = try await run(arguments, input: input)
        guard result.succeeded else {
            throw Trouble("kubectl \(arguments.joined(separator: " ")): \(result.errors)")
        }
        return result.output
    }

    /// Applies a manifest.
    func apply(_ manifest: String) async throws {
        try await self("apply", "-f", "-", input: manifest)
    }

    private static func quoted(_ word: String) -> String {
        "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}
