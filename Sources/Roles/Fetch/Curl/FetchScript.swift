import Basics
import Formats
package import Reactor
import StandIn
import System

/// Does what a script of a shell that calls curl would do, without a shell.
@MainLoop package enum FetchScript {
    /// Reads the words of a command, `sh -c SCRIPT`, and does what they say.
    ///
    /// - Parameters:
    ///   - words: The command and its arguments.
    ///   - environment: The variables of the process.
    ///   - isCheck: Whether it is only said what is wrong.
    ///   - output: Takes what goes to standard output.
    ///   - note: Takes lines for standard error.
    /// - Returns: The shell's exit code: that of the last line, or of the one that ended it; 2 for a script that is not
    ///   understood.
    package static func run(
        _ words: [String],
        environment: [String: String] = FileAccess.environment,
        isCheck: Bool = false,
        output: @escaping @MainLoop ([UInt8]) -> Bool = {
            (try? Descriptors.writeAll(1, $0)) != nil
        },
        note: @escaping @MainLoop (String) -> Void = { Console.note($0) }
    ) async -> Int32 {
        let script: ShellFetch
        do throws(ConfigurationErrors) {
            script = try ShellFetch.read(words, environment: environment)
        } catch {
            for finding in error.findings { note("\(finding)") }
            return 2
        }
        for text in script.notes { note("fetch: \(text)") }
        if isCheck { return 0 }
        let work = Task { @MainLoop () -> Int32 in
            await carry(out: script.lines, environment, output, note)
        }
        return await Interruption.code(of: work) { note("fetch: ended by a signal") }
    }

    private static func carry(
        out lines: [ShellFetch.Line],
        _ environment: [String: String],
        _ output: @escaping @MainLoop ([UInt8]) -> Bool,
        _ note: @escaping @MainLoop (String) -> Void
    ) async -> Int32 {
        var code: Int32 = 0
        for line in lines where !Task.isCancelled {
            if line.needsLast, code != 0 { continue }
            switch line.step {
            case .curl(let words):
                code = await CurlProgram.perform(words, environment, output, note)
            case .say(let text, let isError):
                if isError {
                    note(text.hasSuffix("\n") ? String(text.dropLast()) : text)
                } else {
                    _ = output(Array(text.utf8))
                }
                code = 0
            case .pause(let time):
                try? await Loop.main.sleep(for: time)
                code = 0
            case .end(let code): return code
            }
            if line.isStrict, code != 0 { return code }
        }
        return code
    }
}
