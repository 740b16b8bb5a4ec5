import Glibc
import System

/// Collects what a child writes into a pipe, up to a limit.
///
/// It always reads on, so that a talkative child is never stuck.
@MainLoop final class PipeCollector {
    private(set) var bytes: [UInt8] = []
    private(set) var isTruncated = false
    private let limit: Int
    private var descriptor: Int32
    private static let chunk = 65536
    /// Reads in a row before other work gets a turn.
    private static let patience = 4

    init(adopting descriptor: Int32, limit: Int) throws(SystemError) {
        self.descriptor = descriptor
        self.limit = limit
        try Descriptors.setNonBlocking(descriptor)
    }

    func start() {
        waitForMore()
    }

    /// Takes what is in the pipe now and closes it.
    ///
    /// Called when the child has ended: all that it wrote is there. Its own children may hold the
    /// pipe open for ever, so the end of the stream is not waited for.
    func finish() {
        for _ in 0..<1024 where descriptor >= 0 {
            if !readOnce() { break }
        }
        close()
    }

    func close() {
        guard descriptor >= 0 else { return }
        Loop.main.waits.abandon(descriptor)
        Descriptors.close(descriptor)
        descriptor = -1
    }

    private func waitForMore() {
        do throws(SystemError) {
            _ = try Loop.main.call(when: descriptor, .reading) { [self] outcome in
                guard case .ready = outcome else { return }
                for _ in 0..<Self.patience where !readOnce() { break }
                if descriptor >= 0 { waitForMore() }
            }
        } catch {
            close()
        }
    }

    /// Returns whether there may be more at once.
    private func readOnce() -> Bool {
        do throws(SystemError) {
            let more = try Loop.main.readBuffer.read(descriptor, upTo: Self.chunk)
            if more.isEmpty {
                close()
                return false
            }
            let room = limit - bytes.count
            bytes += more.prefix(room)
            if more.count > room { isTruncated = true }
            return more.count == Self.chunk
        } catch {
            if error.number != EAGAIN { close() }
            return false
        }
    }
}
