package import Reactor
import StandIn

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
    ///   - voice: Takes what is written.
    /// - Returns: curl's exit code.
    package static func run(
        _ words: [String],
        environment: [String: String] = FileAccess.environment,
        _ voice: TransferVoice = TransferVoice()
    ) async -> Int32 {
        await voice.run("curl") { await perform(words, environment, voice) }
    }

    /// Does what the words ask for, until it is done or the task is cancelled.
    static func perform(
        _ words: [String],
        _ environment: [String: String],
        _ voice: TransferVoice
    ) async -> Int32 {
        let options: CurlOptions
        do throws(CurlOptions.Mistake) {
            options = try CurlOptions(words)
        } catch {
            voice.note("curl: \(error.text)")
            voice.note("curl: try 'curl --help' for more information")
            return 2
        }
        if options.isHelp || options.isVersion {
            let text =
                "curl (companion): files over HTTP and HTTPS, with curl's own options: -o -O -f -s -S -L -k -H -X\n"
                + "-d -u -w -I -G -A -e -b -i -v -C -J -T -m -D -n, --retry, --cacert and their like\n"
            return voice.output(Array(text.utf8)) ? 0 : 23
        }
        guard !options.urls.isEmpty else {
            voice.note("curl: no URL specified!")
            voice.note("curl: try 'curl --help' for more information")
            return 2
        }
        return await CurlRun(options, environment, voice).all()
    }
}
