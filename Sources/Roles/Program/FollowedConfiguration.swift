package import Basics
import Formats
package import Reactor

/// The configuration that a work follows: which one since when, what was wrong with a newer one, and when its files
/// have changed.
@MainLoop package final class FollowedConfiguration {
    /// What is told about a configuration.
    package struct Description: Sendable, Hashable {
        /// Where it comes from: a path, or what it was derived from.
        package var origin: String
        /// Its language; `nil` if nobody wrote it.
        package var dialect: String?
        /// The SHA-256 of all that was read for it.
        package var hash: String
        /// What has no effect, or another one than its writer may think.
        package var warnings: [String]
        /// What was decided without its writer.
        package var decisions: [String]

        /// Puts it together.
        package init(
            origin: String,
            dialect: String?,
            hash: String,
            warnings: [String],
            decisions: [String]
        ) {
            self.origin = origin
            self.dialect = dialect
            self.hash = hash
            self.warnings = warnings
            self.decisions = decisions
        }
    }

    /// The one that is followed; `nil` before the first.
    package private(set) var active: Description?
    /// How many were taken.
    package private(set) var takenCount = 0
    /// What was wrong with the last one that was refused, in lines; `nil` if none was since.
    package private(set) var refusal: String?
    /// When the active one was taken.
    private var taken: Timestamp?
    private let journal: Journal
    private let metrics: CompanionMetrics
    private let changed: () -> Void
    private var watch: ConfigurationWatch?

    /// Follows nothing yet; `changed` is called when files have changed.
    package init(_ surroundings: WorkSurroundings, changed: @escaping () -> Void) {
        journal = surroundings.journal
        metrics = surroundings.metrics
        self.changed = changed
    }

    /// One was taken.
    ///
    /// - Parameters:
    ///   - description: What is told about it.
    ///   - level: How loudly its decisions are told.
    ///   - why: What it was read for.
    package func accept(
        _ description: Description,
        decisions level: Journal.Level,
        because why: String
    ) {
        let what = active == nil ? "configuration taken" : "configuration taken again"
        let isSame = active?.hash == description.hash
        active = description
        taken = Loop.main.moment.wall
        takenCount += 1
        refusal = nil
        metrics.accepted(
            dialect: description.dialect,
            sha256: description.hash,
            warnings: description.warnings.count,
            at: taken
        )
        for decision in description.decisions where !isSame { journal.note(level, decision) }
        for warning in description.warnings where !isSame { journal.warning(warning) }
        journal.info(
            what,
            ["from": description.origin, "sha256": description.hash, "because": why]
        )
    }

    /// One was refused, and the one before it stays; the first is told by who began the work.
    ///
    /// - Parameters:
    ///   - problem: A line for each thing that is wrong.
    ///   - why: What it was read for.
    package func refuse(_ problem: String, because why: String) {
        metrics.refused()
        // The same mistake is said once.
        guard problem != refusal else { return }
        refusal = problem
        guard let active else { return }
        journal.errors(problem)
        journal.error(
            "the new configuration is refused, the old one is kept",
            ["from": active.origin, "sha256": active.hash, "because": why]
        )
    }

    /// Looks at these files and directories from now on.
    package func follow(
        _ files: [String],
        _ directories: [String],
        since fingerprint: FileFingerprint?
    ) {
        let watch = watch ?? ConfigurationWatch(journal: journal, changed: changed)
        self.watch = watch
        watch.follow(
            files: files,
            directories: directories,
            since: fingerprint ?? FileFingerprint(files: files, directories: directories)
        )
    }

    /// Looks at nothing any more.
    package func close() {
        watch?.close()
        watch = nil
    }

    /// The page that tells of it.
    package var page: AdminPage {
        .get(
            "/config",
            "which configuration is active since when, and what was wrong with a newer one"
        ) { [self] _ in .json(json) }
    }

    private var json: JSON {
        [
            "origin": .string(active?.origin ?? ""),
            "dialect": active?.dialect.map { .string($0) } ?? .null,
            "sha256": .string(active?.hash ?? ""),
            "taken": taken.map { .string($0.rfc3339) } ?? .null,
            "warnings": .strings(active?.warnings ?? []),
            "decisions": .strings(active?.decisions ?? []),
            "refused": refusal.map { .strings($0.split(separator: "\n").map(String.init)) }
                ?? .null,
        ]
    }
}

extension Journal {
    /// Writes a line of level `error` for each line of what is wrong with a configuration.
    package func errors(_ problem: String) {
        for line in problem.split(separator: "\n") {
            error(line.hasPrefix("error: ") ? String(line.dropFirst(7)) : String(line))
        }
    }
}
