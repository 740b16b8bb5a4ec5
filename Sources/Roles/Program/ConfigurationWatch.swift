package import Basics
package import Reactor
import System

/// Tells when files of the configuration have changed.
///
/// Changes are seen by inotify in the directories of the files, and, where that is not delivered, by a
/// slow look at each file.
@MainLoop package final class ConfigurationWatch {
    /// How long files must be left alone before they are read.
    package static let quiet = Duration.milliseconds(50)
    /// How often files are looked at without being told.
    package static let interval = Duration.seconds(10)

    private let changed: () -> Void
    private let journal: Journal
    private var files: [String] = []
    private var directories: [String] = []
    private var fingerprint = FileFingerprint(files: [], directories: [])
    private var watch: DirectoryWatch?
    private var reading: Task<Void, Never>?
    private var looking: Alarm?
    private var settling: Alarm?

    /// Makes a watch of nothing.
    package init(journal: Journal, changed: @escaping () -> Void) {
        self.journal = journal
        self.changed = changed
    }

    /// Watches these files and directories from now on; an empty list of both ends it.
    package func follow(files: [String], directories: [String], since: FileFingerprint) {
        self.files = files
        self.directories = directories
        fingerprint = since
        reading?.cancel()
        watch?.close()
        watch = nil
        guard !files.isEmpty || !directories.isEmpty else {
            looking = nil
            return
        }
        open()
        look()
        // What changed while the watch was made.
        settle()
    }

    /// Ends the watch.
    package func close() {
        follow(files: [], directories: [], since: FileFingerprint(files: [], directories: []))
        settling = nil
    }

    private func open() {
        do throws(Failure) {
            let watch = try DirectoryWatch([])
            for path in FileFingerprint.watched(files, directories) where Files.isDirectory(path) {
                try watch.add(path)
            }
            self.watch = watch
            reading = Task { @MainLoop [weak self] in
                while (try? await watch.next()) != nil { self?.settle() }
            }
        } catch {
            journal.warning(
                "files are looked at every \(Self.interval.components.seconds) seconds only: \(error)"
            )
        }
    }

    private func look() {
        looking = Alarm(at: Loop.main.now + Self.interval) { [weak self] in
            self?.compare()
            self?.look()
        }
    }

    private func settle() {
        settling = Alarm(at: Loop.main.now + Self.quiet) { [weak self] in self?.compare() }
    }

    private func compare() {
        let now = FileFingerprint(files: files, directories: directories)
        guard now != fingerprint else { return }
        fingerprint = now
        changed()
    }
}
