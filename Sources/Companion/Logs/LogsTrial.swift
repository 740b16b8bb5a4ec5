internal import Basics
internal import LogPipeline
internal import Reactor
internal import Records
internal import Roles
internal import System

/// `companion logs test`: runs a configuration on the lines of a file.
@MainLoop struct LogsTrial {
    private let options: LogsOptions
    private let sample: String?
    private let source: String?
    private let tag: String?
    private let onlyResults: Bool
    private let json = JSONText()

    /// Reads the command line.
    ///
    /// - Throws: `invalid` for values that make no sense.
    init(_ invocation: Invocation, program: String) throws(Failure) {
        options = try LogsOptions(invocation, program: program)
        sample = invocation.arguments.first
        source = invocation.text("source")
        tag = invocation.text("tag")
        onlyResults = invocation.flag("results")
    }

    /// Prints what each stage makes of each line.
    ///
    /// - Returns: 0, or 1 if the configuration is bad.
    func run() async throws(Failure) -> Int32 {
        let loaded: LoadedLogs
        let environment = FileAccess.environment
        do throws(LogLoadingError) {
            loaded = try LogsConfigurationSource(options: options).load(
                FileAccess(),
                environment: environment
            )
        } catch {
            Console.note(error.text)
            return 1
        }
        let trial = try Trial(
            loaded.configuration,
            source: source,
            tag: tag,
            environment: { environment[$0] },
            journal: Journal(
                level: .warning,
                isJSON: false,
                time: { "" },
                write: { try? Descriptors.writeAll(2, Array(($0 + "\n").utf8)) }
            )
        )
        var count = 0
        for line in try lines() {
            count += 1
            let steps = trial.run(line)
            if !onlyResults {
                Console.line("line \(count): \(String(decoding: line, as: UTF8.self))")
            }
            show(steps)
        }
        let rest = trial.finish()
        if !rest.isEmpty {
            if !onlyResults { Console.line("at the end:") }
            show(rest)
        }
        return 0
    }

    private func show(_ steps: [Trial.Step]) {
        for step in steps where step.isSink || !onlyResults {
            var record: [UInt8] = []
            json.append(step.record, to: &record)
            let text = String(decoding: record, as: UTF8.self)
            if onlyResults {
                Console.line(text)
            } else {
                let arrow = step.isSink ? "=>" : "->"
                Console.line("  \(arrow) \(step.name) [\(step.tag)] \(text)")
            }
        }
        if steps.isEmpty, !onlyResults { Console.line("  (nothing yet)") }
    }

    private func lines() throws(Failure) -> [[UInt8]] {
        let bytes: [UInt8]
        do throws(SystemError) {
            if let sample {
                bytes = try Files.read(sample)
            } else {
                bytes = try Descriptors.readAll(0, limit: Files.readLimit)
            }
        } catch {
            throw Failure(.notFound, "cannot read the sample", cause: "\(error)")
        }
        var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
