import Basics
import Reactor
import System

/// A file that one worker appends its lines of access logs to.
///
/// Lines are collected and written whole: when there are many, and at least every second. A file
/// opened for appending takes each write in one piece, so that workers may share it. Lines that the
/// file does not take are dropped and counted.
final class LogFile {
    private let workerReference: Unretained<Worker>
    private let slab: StatisticsSlab
    private let dropped: Statistics.ID
    private var descriptor: Int32
    /// `nil` for what the program was started with.
    private let path: String?
    private var buffer = ByteBuffer()
    private var timer = TimerWheel.ID.none

    /// So many bytes are written at once.
    private static let batch = 60 * 1024

    init(
        _ sink: AccessLogSettings.Sink,
        _ worker: Worker,
        _ slab: StatisticsSlab,
        dropped: Statistics.ID
    ) {
        workerReference = Unretained(worker)
        self.slab = slab
        self.dropped = dropped
        switch sink {
        case .standardOutput: (descriptor, path) = (1, nil)
        case .standardError: (descriptor, path) = (2, nil)
        case .file(let path):
            descriptor = -1
            self.path = path
            _ = reopen()
        }
    }

    deinit {
        if path != nil, descriptor >= 0 { Descriptors.close(descriptor) }
    }

    /// Writes what waits, and opens the path again; the old file is kept if that fails.
    ///
    /// - Returns: Why it failed.
    func reopen() -> Failure? {
        guard let path else { return nil }
        if descriptor >= 0 { flush() }
        do throws(SystemError) {
            let fresh = try Descriptors.openLog(path).release()
            if descriptor >= 0 { Descriptors.close(descriptor) }
            descriptor = fresh
            return nil
        } catch {
            return Failure("cannot open the log \(path)", error)
        }
    }

    /// Appends a line.
    func write(_ body: (inout ByteBuffer) -> Void) {
        guard descriptor >= 0 else {
            slab.add(dropped)
            return
        }
        if !buffer.hasMemory { buffer.reserve(Self.batch + 4096) }
        body(&buffer)
        if buffer.count >= Self.batch {
            flush()
        } else if timer.isNone {
            let worker = workerReference.object
            timer = worker.timers.set(self, at: worker.now + .seconds(1))
        }
    }

    /// Writes what waits.
    func flush() {
        workerReference.object.timers.drop(&timer)
        while !buffer.isEmpty {
            let count = Self.send(descriptor, buffer)
            if count <= 0 {
                slab.add(dropped, Int64(Self.lines(buffer)))
                buffer.removeAll()
                return
            }
            buffer.consume(count)
        }
    }

    private static func send(_ descriptor: Int32, _ buffer: borrowing ByteBuffer) -> Int {
        Descriptors.write(descriptor, buffer.readable)
    }

    private static func lines(_ buffer: borrowing ByteBuffer) -> Int {
        let bytes = buffer.readable
        var count = 0
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") { count += 1 }
        return count
    }
}

extension LogFile: TimerTarget {
    func timerFired(_ tag: Int) {
        timer = .none
        flush()
    }
}
