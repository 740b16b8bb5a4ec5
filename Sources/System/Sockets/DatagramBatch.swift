import CLinux
import Glibc

/// Room for many datagrams, which one call of the kernel fills (`recvmmsg`).
///
/// Memory is taken with the first use; used by one thread.
public final class DatagramBatch {
    /// The most datagrams of one call.
    public static let countMaximum = 64

    /// The bytes: the datagram at `index` begins at `index * size`.
    public private(set) var bytes: [UInt8] = []
    /// How many datagrams the last call brought.
    public private(set) var count = 0
    /// How many of all that came so far were longer than the room and are cut.
    public private(set) var truncated = 0
    /// How many datagrams the socket has dropped since it was made, as far as the kernel has told.
    public private(set) var lost: UInt32 = 0
    /// The most bytes that are kept of one datagram.
    public let size: Int
    private let room: Int
    private var lengths: [UInt32]

    /// Makes room for `count` datagrams (1 to 64) of so many bytes.
    public init(count: Int = 32, size: Int = 16 << 10) {
        precondition((1...Self.countMaximum).contains(count) && size > 0)
        room = count
        self.size = size
        lengths = [UInt32](repeating: 0, count: count)
    }

    /// Where the bytes of a datagram of the last call are.
    public func range(_ index: Int) -> Range<Int> {
        let start = index * size
        return start..<(start + min(size, Int(lengths[index])))
    }

    /// Has the kernel tell with each datagram how many were lost; it does nothing where the kernel cannot.
    public static func countLost(_ socket: Int32) {
        _ = remora_count_lost(socket)
    }

    /// How many datagrams a socket has dropped since it was made; `nil` where the kernel does not tell (before
    /// Linux 4.12, and in some sandboxes).
    public static func lost(_ socket: Int32) -> UInt32? {
        var lost: UInt32 = 0
        return unsafe remora_lost(socket, &lost) == 0 ? lost : nil
    }

    /// Takes the datagrams that wait.
    ///
    /// - Throws: `EAGAIN` if there is none.
    public func receive(_ socket: Int32) throws(SystemError) {
        if bytes.isEmpty { bytes = [UInt8](repeating: 0, count: room * size) }
        count = 0
        let (room, size) = (Int32(self.room), self.size)
        count = Int(
            try checked("recvmmsg") {
                unsafe bytes.withUnsafeMutableBufferPointer { place in
                    unsafe lengths.withUnsafeMutableBufferPointer { lengths in
                        unsafe remora_receive_many(
                            socket,
                            place.baseAddress,
                            size,
                            lengths.baseAddress,
                            room,
                            &lost
                        )
                    }
                }
            }
        )
        for index in 0..<count where Int(lengths[index]) > size { truncated += 1 }
    }
}
