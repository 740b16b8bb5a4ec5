public import Basics
public import Reactor
import System

/// Reads the log of one container run, and with `follow` what is still written to it.
///
/// Only the live file is read, as by `kubectl logs`; a followed one across rotations.
@MainLoop public final class LogReader {
    private let path: String
    private let options: LogOptions
    private var filter: LogFilter
    private var file: Descriptor?
    private var inode: UInt64 = 0
    private var place = 0
    private var watch: DirectoryWatch?
    private var endTask: Task<Void, Never>?
    private var hasEnded: Bool

    private static let window = 65536

    /// Opens a log.
    ///
    /// - Parameters:
    ///   - path: The live log file, `.../<container>/<n>.log`.
    ///   - options: Which part of it, and in which form.
    ///   - untilEnd: Returns when the container has ended; followed logs end then, after the last
    ///     line. Without it a followed log never ends by itself.
    /// - Throws: `notFound` if there is no such log.
    public init(
        path: String,
        options: LogOptions,
        untilEnd: (@MainLoop @Sendable () async -> Void)? = nil
    ) throws(Failure) {
        self.path = path
        self.options = options
        filter = LogFilter(options)
        hasEnded = !options.follow
        if options.follow {
            guard let slash = path.lastIndex(of: "/") else {
                throw Failure(.invalid, "cannot follow log \(path)", cause: "it is not a path")
            }
            // Watched before it is opened, so that nothing written between the two is missed.
            watch = try DirectoryWatch(
                [String(path[..<slash])],
                mask: [.modified, .created, .movedTo]
            )
        }
        do throws(SystemError) {
            let size = try open()
            if let lines = options.tailLines, let number = file?.number {
                place = try LogTail.offset(ofLast: lines, in: number, size: size)
            }
        } catch {
            throw Failure("cannot read log \(path)", error)
        }
        guard options.follow, let untilEnd else { return }
        endTask = Task { @MainLoop [weak self] in
            await untilEnd()
            self?.hasEnded = true
            self?.watch?.close()
        }
    }

    isolated deinit {
        endTask?.cancel()
        watch?.close()
    }

    /// The next piece of text; `nil` at the end.
    ///
    /// - Throws: `cancelled`; the error of reading.
    public func next() async throws(Failure) -> [UInt8]? {
        while !filter.isFull {
            if Task.isCancelled { throw Failure(.cancelled, "the reading of a log was cancelled") }
            let wasEnded = hasEnded
            let bytes = try read()
            if !bytes.isEmpty {
                let text = filter.feed(bytes)
                if !text.isEmpty { return text }
                continue
            }
            if try rotated() { continue }
            // Only an end noticed before the last read means that nothing is left.
            if wasEnded { return nil }
            if hasEnded { continue }
            await waitForChange()
        }
        return nil
    }

    private func waitForChange() async {
        guard let watch else {
            hasEnded = true
            return
        }
        do throws(Failure) {
            _ = try await watch.next()
        } catch {
            if !Task.isCancelled { hasEnded = true }
        }
    }

    private func read() throws(Failure) -> [UInt8] {
        guard let number = file?.number else { return [] }
        do throws(SystemError) {
            let bytes = try Files.read(descriptor: number, from: place, count: Self.window)
            place += bytes.count
            return bytes
        } catch {
            throw Failure("cannot read log \(path)", error)
        }
    }

    /// Goes on to the new file if the log was rotated and the old one is read to its end.
    private func rotated() throws(Failure) -> Bool {
        guard options.follow, let status = try? Files.stat(path), status.inode != inode else {
            return false
        }
        // What came between the last read and the rotation is still in the old file.
        guard let number = file?.number, let size = try? Files.stat(descriptor: number).size,
            Int(size) <= place
        else { return true }
        do throws(SystemError) {
            _ = try open()
            return true
        } catch {
            return false
        }
    }

    private func open() throws(SystemError) -> Int {
        let opened = try Descriptors.open(path)
        let status = try Files.stat(descriptor: opened.number)
        file = consume opened
        inode = status.inode
        place = 0
        return Int(status.size)
    }
}
