import Basics
import Synchronization

/// Spans on their way from the workers to the control thread, which sends them.
///
/// Workers put them in and never wait; what does not fit is dropped and counted.
final class SpanMailbox: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        /// Where each span ends.
        var ends: [Int] = []
        var dropped = 0
    }

    /// The most spans that wait, and the most bytes of them.
    static let maximum = 4096
    static let bytesMaximum = 4 << 20

    private let state = Mutex(State())

    /// Puts a span in, a JSON object.
    func add(_ span: Span<UInt8>) {
        // Spans cannot be captured, so they are copied before the lock is taken.
        let copy = Array(copying: span)
        state.withLock { state in
            guard state.ends.count < Self.maximum,
                state.bytes.count + copy.count <= Self.bytesMaximum
            else {
                state.dropped += 1
                return
            }
            state.bytes += copy
            state.ends.append(state.bytes.count)
        }
    }

    /// Takes spans out, and how many were dropped since the last time.
    ///
    /// The bytes are JSON objects with commas between.
    func take(atMost count: Int) -> (bytes: [UInt8], count: Int, dropped: Int) {
        state.withLock { state in
            let number = min(count, state.ends.count)
            let dropped = state.dropped
            state.dropped = 0
            guard number > 0 else { return ([], 0, dropped) }
            let end = state.ends[number - 1]
            var joined: [UInt8] = []
            joined.reserveCapacity(end + number)
            var start = 0
            for place in 0..<number {
                if place > 0 { joined.append(UInt8(ascii: ",")) }
                joined += state.bytes[start..<state.ends[place]]
                start = state.ends[place]
            }
            state.bytes.removeFirst(end)
            state.ends.removeFirst(number)
            for place in state.ends.indices { state.ends[place] -= end }
            return (joined, number, dropped)
        }
    }
}
