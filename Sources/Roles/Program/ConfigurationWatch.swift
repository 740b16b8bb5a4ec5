package import Basics
package import Reactor
import System

/// Tells when files of the configuration have changed.
///
/// Changes are seen by inotify in the directories of the files, and, where that is not delivered, by a
/// slow look at each file. Directories may be removed, made anew and swapped meanwhile.
@MainLoop package final class ConfigurationWatch {
    /// How soon changes are looked at.
    package struct Pace: Sendable, Hashable {
        /// How long files must be left alone before they are read.
        package var quiet = Duration.milliseconds(50)
        /// The same after Kubernetes has swapped a volume, which is whole then.
        package var swapped = Duration.milliseconds(5)
        /// The longest wait for files that are never left alone.
        package var longest = Duration.seconds(2)
        /// How often files are looked at without being told.
        package var interval = Duration.seconds(10)

        /// The usual pace.
        package init() {}
    }

    /// The most directories that are watched.
    package static let directoriesMaximum = 1000

    private let changed: () -> Void
    private let journal: Journal
    private let pace: Pace
    private var scope = WatchScope()
    private var places: [String: Set<String>?] = [:]
    private var fingerprint = FileFingerprint(WatchScope())
    private var watch: DirectoryWatch?
    private var reading: Task<Void, Never>?
    private var looking: Alarm?
    private var settling: Alarm?
    private var due: Instant?
    private var complaint = ""
    /// When the first of the changes was seen that `changed` tells about; `nil` if the slow look found them.
    package private(set) var began: Instant?
    /// How many changes were told by the kernel.
    package private(set) var events = 0
    /// How often changes were lost because too many came at once, after which everything is looked at.
    package private(set) var overflows = 0
    /// How often a directory could not be watched.
    package private(set) var failures = 0
    /// How many directories are watched.
    package var watched: Int { watch == nil ? 0 : places.count }

    /// Makes a watch of nothing.
    package init(journal: Journal, pace: Pace = Pace(), changed: @escaping () -> Void) {
        self.journal = journal
        self.pace = pace
        self.changed = changed
    }

    /// Watches these files and directories from now on; an empty list of both ends it.
    package func follow(files: [String], directories: [String], since: FileFingerprint) {
        follow(WatchScope(files: files, directories: directories), since: since)
    }

    /// Watches these files and directories from now on.
    package func follow(_ scope: WatchScope, since: FileFingerprint) {
        self.scope = scope
        fingerprint = since
        reading?.cancel()
        watch?.close()
        watch = nil
        places = [:]
        guard !scope.isEmpty else {
            looking = nil
            return
        }
        open()
        look()
        // What changed while the watch was made.
        settle(pace.quiet)
    }

    /// Ends the watch.
    package func close() {
        follow(WatchScope(), since: FileFingerprint(WatchScope()))
        settling = nil
    }

    private func open() {
        do throws(Failure) {
            let watch = try DirectoryWatch([])
            self.watch = watch
            arm()
            reading = Task { @MainLoop [weak self] in
                while let changes = try? await watch.next() { self?.take(changes) }
            }
        } catch {
            complain(error)
        }
    }

    /// Watches what is there now: directories come, go and mean others under the same name.
    private func arm() {
        guard let watch else { return }
        let now = scope.places()
        for path in places.keys where now[path] == nil { watch.remove(path) }
        places = [:]
        var problem: Failure?
        for (path, names) in now.sorted(by: { $0.key < $1.key }) {
            guard places.count < Self.directoriesMaximum else {
                problem = Failure(
                    .exhausted,
                    "cannot watch \(path)",
                    cause: "\(Self.directoriesMaximum) directories are watched already"
                )
                break
            }
            do throws(Failure) {
                try watch.add(path)
                places[path] = names
            } catch {
                // It may have gone meanwhile, which shows in the one above.
                if error.code != .notFound { problem = error }
            }
        }
        if let problem { complain(problem) } else { complaint = "" }
    }

    private func complain(_ failure: Failure) {
        failures += 1
        guard complaint != "\(failure)" else { return }
        complaint = "\(failure)"
        journal.warning(
            "some files are looked at every \(pace.interval.inSeconds) s only: \(failure)"
        )
    }

    private func take(_ changes: [DirectoryWatch.Change]) {
        var isSeen = false
        var isSwap = false
        for change in changes {
            if change.path.isEmpty {
                overflows += 1
                isSeen = true
                continue
            }
            guard case .some(let names) = places[change.path] else { continue }
            if let names, !change.name.isEmpty, !names.contains(change.name) { continue }
            events += 1
            isSeen = true
            if change.name == WatchScope.swapped, change.mask.contains(.movedTo) { isSwap = true }
        }
        guard isSeen else { return }
        if began == nil { began = Loop.main.now }
        // The volume is whole now: that Kubernetes removes the old version next is no reason to wait longer.
        if isSwap {
            let soon = Loop.main.now + pace.swapped
            due = due.map { min($0, soon) } ?? soon
        }
        settle(isSwap ? pace.swapped : pace.quiet)
    }

    private func look() {
        looking = Alarm(at: Loop.main.now + pace.interval) { [weak self] in
            self?.compare()
            self?.look()
        }
    }

    private func settle(_ quiet: Duration) {
        let now = Loop.main.now
        let latest = due ?? now + pace.longest
        due = latest
        settling = Alarm(at: min(now + quiet, latest)) { [weak self] in self?.compare() }
    }

    private func compare() {
        settling = nil
        due = nil
        // First the watch, then the look: what changes in between is told.
        arm()
        let now = FileFingerprint(scope)
        defer { began = nil }
        guard now != fingerprint else { return }
        fingerprint = now
        changed()
    }
}
