public import Basics
import Glibc
public import System

/// Changes in directories and files as they happen (inotify).
@MainLoop public final class DirectoryWatch {
    /// One change.
    public struct Change: Sendable, Hashable {
        /// The watched path; empty if changes were lost and everything must be looked at again.
        public var path: String
        /// The name in the watched directory; empty if it is about the watched path itself.
        public var name: String
        /// What happened.
        public var mask: Inotify.Mask
    }

    private let inotify: Inotify
    private var paths: [Int32: String] = [:]
    private var isClosed = false

    /// Watches paths.
    ///
    /// - Throws: `notFound` if one is missing; `exhausted` at the limits of `fs.inotify`.
    public init(
        _ paths: [String],
        mask: Inotify.Mask = [.arrivals, .names]
    ) throws(Failure) {
        do throws(SystemError) {
            inotify = try Inotify()
        } catch {
            throw Failure(
                "cannot watch files",
                error,
                remedy: "raise fs.inotify.max_user_instances"
            )
        }
        for path in paths { try add(path, mask: mask) }
    }

    isolated deinit {
        close()
    }

    /// Watches one more path; the same again changes the mask.
    ///
    /// - Throws: `notFound` if it is missing; `exhausted` at the limit of `fs.inotify`.
    public func add(
        _ path: String,
        mask: Inotify.Mask = [.arrivals, .names]
    ) throws(Failure) {
        do throws(SystemError) {
            paths[try inotify.add(path, mask)] = path
        } catch {
            let remedy = error.number == ENOSPC ? "raise fs.inotify.max_user_watches" : nil
            throw Failure("cannot watch \(path)", error, remedy: remedy)
        }
    }

    /// Ends the watch of a path; one that is not watched is left alone.
    public func remove(_ path: String) {
        for (watch, known) in paths where known == path {
            inotify.remove(watch)
            paths[watch] = nil
        }
    }

    /// Waits for changes and returns all that have happened since the last call, in order.
    ///
    /// - Throws: `timedOut`, `cancelled`, also after `close`.
    public func next(deadline: Instant? = nil) async throws(Failure) -> [Change] {
        while !isClosed {
            do throws(SystemError) {
                let changes = try inotify.read().compactMap(change)
                if !changes.isEmpty { return changes }
            } catch {
                guard error.number == EAGAIN else { throw Failure("cannot watch files", error) }
                try await Loop.main.wait(
                    for: inotify.number,
                    .reading,
                    deadline: deadline,
                    "changes of files"
                )
            }
        }
        throw Failure(.cancelled, "the watch of files was closed")
    }

    /// Ends the watch; a task in `next` fails with `cancelled`.
    public func close() {
        isClosed = true
        Loop.main.waits.abandon(inotify.number)
    }

    private func change(_ event: Inotify.Event) -> Change? {
        if event.mask.contains(.overflow) {
            return Change(path: "", name: "", mask: event.mask)
        }
        guard let path = paths[event.watch] else { return nil }
        if event.mask.contains(.ignored) { paths[event.watch] = nil }
        return Change(path: path, name: event.name, mask: event.mask)
    }
}
