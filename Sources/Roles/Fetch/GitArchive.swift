import Basics
import Reactor
import System

/// Gets a tree of a git repository with the program `git`: one commit, without its history.
@MainLoop enum GitArchive {
    /// How long git may take if nobody says otherwise.
    private static let usual = Duration.seconds(300)

    /// Writes a tree as a tar archive.
    ///
    /// - Parameters:
    ///   - repository: An address or a path, as git takes it.
    ///   - reference: A branch, a tag or a commit.
    ///   - path: The directory or file inside; empty for all.
    ///   - content: Where it goes.
    ///   - deadline: When it must be over.
    /// - Throws: `read` if there is no git; `content` if there is no such reference or path; `connect`.
    static func get(
        _ repository: String,
        _ reference: String,
        _ path: String,
        into content: FetchedContent,
        _ deadline: Instant?
    ) async throws(WebFailure) {
        let folder = content.draft.path + ".git"
        let end = deadline ?? Loop.main.now + usual
        let place = FetchItem.withoutUser(repository)
        defer { try? Files.removeTree(folder) }
        try await git(["init", "--quiet", "--bare", folder], end, "make a repository")
        let fetch = ["fetch", "--quiet", "--depth", "1", "--no-tags", "--", repository, reference]
        try await git(["--git-dir", folder] + fetch, end, "fetch \(reference) of \(place)")
        let tree = path.isEmpty ? "FETCH_HEAD" : "FETCH_HEAD:\(path)"
        let tar = folder + "/tree.tar"
        try await git(
            ["--git-dir", folder, "archive", "--format=tar", "--output", tar, tree],
            end,
            "read \(path.isEmpty ? "the tree" : path) at \(reference) of \(place)"
        )
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(tar, limit: 1 << 30)
        } catch {
            throw WebFailure(.read, Failure("cannot read what git wrote", error))
        }
        try content.append(bytes)
    }

    private static func git(
        _ words: [String],
        _ end: Instant,
        _ what: String
    ) async throws(WebFailure) {
        var command = Command("git", words)
        var variables = FileAccess.environment
        // Nobody is there to answer.
        variables["GIT_TERMINAL_PROMPT"] = "0"
        command.environment = variables
        let done: ChildProcess.Completed
        do throws(Failure) {
            let left = max(end - Loop.main.now, .milliseconds(1))
            done = try await ChildProcess.run(command, deadline: left)
        } catch {
            if error.code == .notFound {
                throw WebFailure(
                    .read,
                    "cannot \(what)",
                    cause: "there is no program git in this image",
                    remedy: "use an image with git, or an archive over HTTP (…/archive/main.tar.gz)"
                )
            }
            throw .transport(error, .connect)
        }
        guard !done.status.isSuccess else { return }
        let lines = done.errorText.split(whereSeparator: \.isNewline).map(String.init)
        // The first says what is wrong, the others what follows of it.
        let said = lines.first { $0.hasPrefix("fatal:") || $0.hasPrefix("error:") } ?? lines.last
        let text = said ?? "\(done.status)"
        let isAbsent =
            text.contains("couldn't find remote ref") || text.contains("not a valid object")
            || text.contains("not our ref") || text.contains("not a tree")
        throw WebFailure(
            isAbsent ? .content : .connect,
            "cannot \(what)",
            cause: "git says \"\(text.prefix(300))\""
        )
    }
}
