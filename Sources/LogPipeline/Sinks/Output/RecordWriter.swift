import Basics
import Reactor
import System

/// Writes records to a descriptor that may be full, block or break in the middle of one.
///
/// A record of which a part was written goes on there at the next attempt, so that no line comes twice or
/// half.
@MainLoop final class RecordWriter {
    /// What came of a write.
    enum Outcome {
        /// Everything was written.
        case done
        /// So many records were; why the others were not.
        case stopped(after: Int, Failure)
    }

    /// The descriptor; -1 once it is closed.
    private(set) var descriptor: Int32
    private let subject: String
    /// A record that was begun: its bytes, and how many of them were written.
    private var torn: (bytes: [UInt8], written: Int)?
    /// How many bytes were written in all.
    private(set) var written: Int64 = 0

    /// The most bytes between two turns of the loop.
    private static let pieceSize = 256 << 10

    /// Takes over an open descriptor.
    init(adopting descriptor: Int32, subject: String) {
        self.descriptor = descriptor
        self.subject = subject
    }

    isolated deinit {
        close()
    }

    /// Writes records; it waits while the other side takes nothing, until it is cancelled.
    func write(_ load: RecordLoad) async -> Outcome {
        var place = begin(load)
        while place < load.bytes.count {
            let end = min(place + Self.pieceSize, load.bytes.count)
            let result =
                descriptor < 0
                ? -9 : Descriptors.write(descriptor, load.bytes.span.extracting(place..<end))
            if result > 0 {
                place += result
                written += Int64(result)
                await Loop.main.turn()
                if Task.isCancelled {
                    return stop(load, place, Failure(.cancelled, "writing was ended"))
                }
                continue
            }
            let number = result == 0 ? 11 : -result
            // EAGAIN
            guard number == 11 else {
                return stop(load, place, failure(Int32(number)))
            }
            do throws(Failure) {
                try await Loop.main.writable(descriptor)
            } catch {
                return stop(load, place, error)
            }
        }
        return .done
    }

    /// Closes the descriptor; twice is once.
    func close() {
        guard descriptor >= 0 else { return }
        Descriptors.close(descriptor)
        descriptor = -1
    }

    /// Where to begin: behind what is there of the first record.
    private func begin(_ load: RecordLoad) -> Int {
        guard let torn, load.count > 0 else { return 0 }
        self.torn = nil
        let first = load[0]
        return load.bytes[first].elementsEqual(torn.bytes) ? torn.written : 0
    }

    private func stop(_ load: RecordLoad, _ place: Int, _ failure: Failure) -> Outcome {
        var count = 0
        while count < load.count, load[count].upperBound <= place { count += 1 }
        if count < load.count, place > load[count].lowerBound {
            torn = (Array(load.bytes[load[count]]), place - load[count].lowerBound)
        }
        return .stopped(after: count, failure)
    }

    private func failure(_ number: Int32) -> Failure {
        let words = SocketIO.text(of: -Int(number))
        switch number {
        case 32:
            return Failure(
                .unavailable,
                "cannot write to \(subject)",
                cause: "its reader is gone",
                remedy: "start what reads it again"
            )
        case 28, 122:
            return Failure(
                .exhausted,
                "cannot write to \(subject)",
                cause: words,
                remedy: "free space; records wait meanwhile"
            )
        default: return Failure(.unavailable, "cannot write to \(subject)", cause: words)
        }
    }
}

extension RecordWriter.Outcome {
    /// What it means for a request of so many records.
    func answer(of count: Int) -> DeliveryAnswer {
        switch self {
        case .done: return .delivered
        case .stopped(after: 0, let failure): return .failed(Setback(.retry, "\(failure)"))
        case .stopped(after: let done, let failure):
            return .partly(
                (done..<count).map {
                    ItemVerdict(item: $0, isRetriable: true, reason: "\(failure)", code: nil)
                }
            )
        }
    }
}
