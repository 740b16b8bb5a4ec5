import Basics
import Formats
import Reactor
import System

/// Makes files of templates, and puts them in place when they are found good.
@MainLoop final class Renderer {
    /// Why files were not put in place.
    enum Outcome: Error {
        /// Their content is not good: a variable is missing, or a command says so.
        case refused(Failure)
        /// Something else is in the way.
        case failed(Failure)
    }

    /// A file that is made and not yet in place.
    private struct Draft {
        var rendering: ReloadSettings.Rendering
        var file: DraftFile
        var content: [UInt8]
        var mode: UInt32
        /// What stood there before; `nil` if nothing did.
        var before: [UInt8]?
    }

    private let settings: ReloadSettings
    private let variables: [String: String]

    /// Prepares to make the files of some settings.
    init(_ settings: ReloadSettings, environment: [String: String]) {
        self.settings = settings
        variables = environment.merging(settings.variables) { $1 }
    }

    /// Removes what a kill has left.
    func sweep() {
        for rendering in settings.renderings { DraftFile.sweep(rendering.target) }
    }

    /// Makes the files, asks the commands, and puts the files in place; else all stays as it was.
    ///
    /// A command with `{}` is asked about each file before it is in place; one without is asked afterwards, and
    /// what stood there before is put back if it refuses.
    /// - Returns: How many files are others now.
    func prepare() async throws(Outcome) -> Int {
        var drafts: [Draft] = []
        for rendering in settings.renderings {
            if let draft = try make(rendering) { drafts.append(draft) }
        }
        let (early, late) = (
            settings.validations.filter { $0.words.contains { $0.contains("{}") } },
            settings.validations.filter { !$0.words.contains { $0.contains("{}") } }
        )
        for words in early {
            for draft in drafts { try await ask(words, about: draft.file.path) }
            for path in settings.scope.files { try await ask(words, about: path) }
        }
        for (index, draft) in drafts.enumerated() {
            do throws(SystemError) {
                try draft.file.commit(mode: draft.mode)
            } catch {
                putBack(drafts[..<index])
                throw .failed(Failure("cannot write \(draft.rendering.target)", error))
            }
        }
        do throws(Outcome) {
            for words in late { try await ask(words, about: nil) }
        } catch {
            putBack(drafts[...])
            throw error
        }
        return drafts.count
    }

    /// What a template becomes with the variables of now.
    func content(of rendering: ReloadSettings.Rendering) throws(Outcome) -> [UInt8] {
        var bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(rendering.source, limit: ReloadSettings.fileMaximum)
        } catch {
            let failure = Failure("cannot read \(rendering.source)", error)
            // A directory is no file however often it is tried.
            throw failure.code == .invalid ? .refused(failure) : .failed(failure)
        }
        if bytes.starts(with: [0x1F, 0x8B]) {
            do throws(FormatError) {
                bytes = try Gzip.decode(bytes.span, limit: ReloadSettings.fileMaximum)
            } catch {
                throw .refused(error.failure(reading: rendering.source))
            }
        }
        guard rendering.style != .none else { return bytes }
        do throws(FormatError) {
            return try VariableText(bytes, style: rendering.style)
                .filled(only: rendering.only) { variables[$0] }
        } catch {
            throw .refused(error.failure(reading: rendering.source))
        }
    }

    private func make(_ rendering: ReloadSettings.Rendering) throws(Outcome) -> Draft? {
        let content = try content(of: rendering)
        let status = try? Files.stat(rendering.target)
        let before = try? Files.read(rendering.target, limit: ReloadSettings.fileMaximum)
        let mode = rendering.mode ?? status?.mode ?? 0o644
        if before == content, status?.mode == mode { return nil }
        do throws(SystemError) {
            try Files.makeDirectories(Files.parent(of: rendering.target))
            let file = try DraftFile(for: rendering.target)
            try file.append(content)
            // Commands that run as another user may read it.
            try Files.chmod(file.path, mode)
            return Draft(
                rendering: rendering,
                file: file,
                content: content,
                mode: mode,
                before: before
            )
        } catch {
            throw .failed(Failure("cannot write \(rendering.target)", error))
        }
    }

    private func putBack(_ drafts: ArraySlice<Draft>) {
        for draft in drafts {
            guard let before = draft.before else {
                try? Files.remove(draft.rendering.target)
                continue
            }
            guard let file = try? DraftFile(for: draft.rendering.target) else { continue }
            try? file.append(before)
            try? file.commit(mode: draft.mode)
        }
    }

    private func ask(_ words: ReloadSettings.Words, about path: String?) async throws(Outcome) {
        var filled = words
        if let path { filled.words = words.words.map { $0.replacing("{}", with: path) } }
        do throws(Failure) {
            try await Commands.run(filled, what: "validation refused the new files")
        } catch {
            // A command that cannot be started says nothing about the files.
            if error.code == .invalid { throw .refused(error) }
            throw .failed(error)
        }
    }
}

/// Runs the commands of a reloader.
@MainLoop enum Commands {
    /// Runs a command to its end.
    ///
    /// - Throws: `invalid` with the last thing it said if it fails; as `ChildProcess.run` if it cannot be started or
    ///   takes too long.
    static func run(_ words: ReloadSettings.Words, what: String) async throws(Failure) {
        var command = Command(words.words[0], Array(words.words.dropFirst()))
        command.output = .capture(limit: 64 << 10)
        command.errors = .capture(limit: 64 << 10)
        let done = try await ChildProcess.run(command, deadline: words.timeout)
        guard !done.status.isSuccess else { return }
        let said = done.errorText.isEmpty ? done.outputText : done.errorText
        let lines = said.split(whereSeparator: \.isNewline).map { String($0).trimmingSpace() }
        let line = lines.last { !$0.isEmpty } ?? ""
        throw Failure(
            .invalid,
            what,
            cause: "\(words.text) ended with \(done.status)"
                + (line.isEmpty ? "" : " and says \"\(line.prefix(300))\"")
        )
    }
}
