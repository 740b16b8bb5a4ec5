import Basics
import HTTP
package import Reactor
import Security
import StandIn
import System

/// Does what a command line of curl asks for, and keeps curl's rules about failures.
///
/// What is otherwise: a file of `-o` is written beside its place and renamed when it is whole, so that a transfer
/// that is cut leaves the old one; and a body of a status of 400 or more that is saved is warned about.
@MainLoop package enum CurlProgram {
    /// Runs the words behind `curl`.
    ///
    /// - Parameters:
    ///   - words: The words.
    ///   - environment: The variables of the process.
    ///   - output: Takes what goes to standard output.
    ///   - note: Takes lines for standard error.
    /// - Returns: curl's exit code.
    package static func run(
        _ words: [String],
        environment: [String: String] = FileAccess.environment,
        output: @escaping @MainLoop ([UInt8]) -> Bool = {
            (try? Descriptors.writeAll(1, $0)) != nil
        },
        note: @escaping @MainLoop (String) -> Void = { Console.note($0) }
    ) async -> Int32 {
        let work = Task { @MainLoop () -> Int32 in
            await perform(words, environment, output, note)
        }
        return await Interruption.code(of: work) { note("curl: ended by a signal") }
    }

    /// Does what the words ask for, until it is done or the task is cancelled.
    static func perform(
        _ words: [String],
        _ environment: [String: String],
        _ output: @escaping @MainLoop ([UInt8]) -> Bool,
        _ note: @escaping @MainLoop (String) -> Void
    ) async -> Int32 {
        let options: CurlOptions
        do throws(CurlOptions.Mistake) {
            options = try CurlOptions(words)
        } catch {
            note("curl: \(error.text)")
            note("curl: try 'curl --help' for more information")
            return 2
        }
        if options.isHelp || options.isVersion {
            let text =
                "curl (companion): files over HTTP and HTTPS, with curl's own options: -o -O -f -s -S -L -k -H -X\n"
                + "-d -u -w -I -G -A -e -b -i -v -C -J -T -m -D -n, --retry, --cacert and their like\n"
            return output(Array(text.utf8)) ? 0 : 23
        }
        guard !options.urls.isEmpty else {
            note("curl: no URL specified!")
            note("curl: try 'curl --help' for more information")
            return 2
        }
        return await CurlRun(options, environment, output, note).all()
    }
}

/// Ends work when the process is asked to end.
@MainLoop enum Interruption {
    /// The result of work, or 128 and the number of the signal that ended it.
    static func code(
        of work: Task<Int32, Never>,
        _ told: @escaping @MainLoop () -> Void
    ) async -> Int32 {
        let numbers = ["SIGTERM", "SIGINT"].compactMap(Signals.number)
        guard let signals = try? SignalWatch(numbers) else { return await work.value }
        var ended: Int32?
        let watching = Task { @MainLoop in
            guard let number = try? await signals.next() else { return }
            ended = number
            work.cancel()
        }
        let code = await work.value
        watching.cancel()
        signals.close()
        guard let ended else { return code }
        told()
        return 128 + ended
    }
}
