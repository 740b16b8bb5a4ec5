import Basics
import Formats
import Reactor
import StandIn
import System

/// Does what a script of a shell that waits or fetches would do, without a shell.
@MainLoop struct ShellRun {
    let voice: WaitStandIn.Voice
    let environment: [String: String]

    /// Reads the words of a command, `sh -c SCRIPT`, and does what they say.
    ///
    /// - Parameters:
    ///   - words: The command and its arguments.
    ///   - environment: The variables of the process.
    ///   - isCheck: Whether it is only said what is wrong.
    ///   - role: Whose remarks these are.
    ///   - voice: Takes what is written.
    /// - Returns: The script's exit code; 128 and the number of a signal that ended it; 2 for one that is not
    ///   understood.
    /// - Throws: If signals cannot be listened for.
    static func run(
        _ words: [String],
        _ environment: [String: String],
        isCheck: Bool,
        role: String = "wait",
        _ voice: WaitStandIn.Voice
    ) async throws(Failure) -> WaitStandIn.Ending {
        let program: ShellProgram
        do throws(ConfigurationErrors) {
            program = try ShellProgram.read(words, environment: environment)
        } catch {
            for finding in error.findings { voice.errors("\(finding)\n") }
            return .code(2)
        }
        for note in program.notes { voice.errors("\(role): \(note)\n") }
        if isCheck { return .code(0) }
        let shell = ShellRun(voice: voice, environment: environment)
        let (code, signal) = await (try Interruptible()).run { await shell.carry(out: program) }
        if let signal { return .code(128 + signal) }
        return .code(code ?? 1)
    }

    private func carry(out program: ShellProgram) async -> Int32 {
        let start = Loop.main.now
        var machine = program.start(environment: environment)
        var answer = ShellAnswer()
        while !Task.isCancelled {
            let (action, limit) = machine.next(answer, at: Loop.main.now - start)
            let deadline = limit.map { start + $0 }
            switch action {
            case .end(let code): return code
            case .say(let text, let isError):
                if isError { voice.errors(text) } else { voice.output(text) }
                answer = ShellAnswer()
            case .pause(let time):
                let end = Loop.main.now + time
                try? await Loop.main.sleep(until: deadline.map { min($0, end) } ?? end)
                answer = ShellAnswer()
            case .ask(let question):
                let holds = await ShellAnswers(environment: environment).holds(question, deadline)
                answer = ShellAnswer(holds ? 0 : 1)
            case .transfer(let transfer): answer = await carry(out: transfer, deadline)
            case .read(let path): answer = Self.content(of: path)
            case .time: answer = ShellAnswer(0, String(Loop.main.moment.wall.seconds))
            }
        }
        return 1
    }

    private static func content(of path: String) -> ShellAnswer {
        guard let text = try? Files.text(path, limit: ShellMachine.textMaximum) else {
            return ShellAnswer(1)
        }
        return ShellAnswer(0, text)
    }

    // MARK: Transfers

    /// What a transfer has written for the script.
    @MainLoop private final class Heard {
        var bytes: [UInt8] = []
    }

    private func carry(
        out transfer: ShellTransfer,
        _ deadline: Instant?
    ) async -> ShellAnswer {
        let heard = Heard()
        var words = transfer.words
        if case .file(let path) = transfer.output {
            words += [transfer.program == "curl" ? "-o" : "-O", path]
        }
        let voice = voice
        func write(_ text: String, _ sink: ShellSink) {
            switch sink {
            case .output: voice.output(text)
            case .errors: voice.errors(text)
            case .script: heard.bytes += Array(text.utf8)
            case .nowhere, .file: break
            }
        }
        var told = TransferVoice()
        told.output = { bytes in
            switch transfer.output {
            case .script:
                let left = ShellMachine.textMaximum - heard.bytes.count
                heard.bytes += bytes.prefix(max(left, 0))
            case .nowhere, .file: break
            case .output, .errors: write(String(decoding: bytes, as: UTF8.self), transfer.output)
            }
            return true
        }
        told.note = { write($0 + "\n", transfer.problems) }
        let variables = environment.merging(transfer.variables) { $1 }
        let work = Task { @MainLoop [told, words] () -> Int32 in
            transfer.program == "curl"
                ? await CurlProgram.perform(words, variables, told)
                : await WgetProgram.perform(words, told)
        }
        let limit = Task { @MainLoop in
            guard let deadline else { return }
            try? await Loop.main.sleep(until: deadline)
            work.cancel()
        }
        let code = await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
        }
        limit.cancel()
        return ShellAnswer(code, String(decoding: heard.bytes, as: UTF8.self))
    }
}
