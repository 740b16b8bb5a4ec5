import Basics
import Testing

@Suite struct ByteBufferTests {
    /// A buffer that expectations may look at.
    private final class Held {
        var it = ByteBuffer()
        var bytes: [UInt8] { Self.bytes(of: it) }

        private static func bytes(of buffer: borrowing ByteBuffer) -> [UInt8] {
            Array(copying: buffer.readable)
        }

        var text: String { String(decoding: bytes, as: UTF8.self) }
        var hasMemory: Bool { it.hasMemory }
    }

    @Test func `bytes come out in the order they went in, however they are cut`() {
        let buffer = Held()
        var expected: [UInt8] = []
        var next: UInt8 = 0
        for round in 1...200 {
            for _ in 0..<(round * 7 % 61) {
                buffer.it.append(byte: next)
                expected.append(next)
                next &+= 1
            }
            let amount = min(buffer.it.count, round * 5 % 43)
            buffer.it.consume(amount)
            expected.removeFirst(amount)
            #expect(buffer.bytes == expected)
        }
    }

    @Test(arguments: [
        (0, "0", "0"), (7, "7", "7"), (10, "10", "a"), (255, "255", "ff"), (4096, "4096", "1000"),
        (Int.max, "9223372036854775807", "7fffffffffffffff"),
    ])
    func `numbers are written in digits`(number: Int, decimal: String, hexadecimal: String) {
        let buffer = Held()
        buffer.it.append(decimal: number)
        #expect(buffer.text == decimal)
        buffer.it.removeAll()
        buffer.it.append(hexadecimal: UInt(number))
        #expect(buffer.text == hexadecimal)
    }

    @Test func `negative numbers have a sign`() {
        let buffer = Held()
        buffer.it.append(decimal: -120)
        buffer.it.append(" ")
        buffer.it.append(decimal: Int.min)
        #expect(buffer.text == "-120 -9223372036854775808")
    }

    @Test func `an empty buffer has no memory, and gives a block back`() {
        let pool = BlockPool(blockSize: 64, keepsMaximum: 1)
        let buffer = Held()
        #expect(!buffer.hasMemory)
        buffer.it.borrow(from: pool)
        let capacity = buffer.it.capacity
        #expect(capacity == 64)
        buffer.it.append("some bytes")
        buffer.it.giveBack(to: pool)
        #expect(buffer.hasMemory, "it holds bytes")
        buffer.it.consume(buffer.it.count)
        buffer.it.giveBack(to: pool)
        #expect(!buffer.hasMemory)
        #expect(pool.keptCount == 1)
    }

    @Test func `a block that was outgrown goes back to the machine`() {
        let pool = BlockPool(blockSize: 64)
        let buffer = Held()
        buffer.it.borrow(from: pool)
        for _ in 0..<100 { buffer.it.append(byte: 1) }
        buffer.it.consume(100)
        buffer.it.giveBack(to: pool)
        #expect(!buffer.hasMemory)
        #expect(pool.keptCount == 0)
    }

    @Test func `bytes of an empty buffer's memory move over, others are copied`() {
        let left = Held()
        let right = Held()
        right.it.append("one")
        left.it.append(moving: &right.it)
        right.it.append("two")
        left.it.append(moving: &right.it)
        #expect(left.text == "onetwo")
        #expect(right.text == "")
    }

    @Test func `room is written into, and an error appends nothing`() {
        let buffer = Held()
        buffer.it.append("a")
        let written = unsafe buffer.it.write(atLeast: 1000) { room in
            #expect(room.count >= 1000)
            unsafe room[0] = UInt8(ascii: "b")
            return 1
        }
        #expect(written == 1)
        let refused = unsafe buffer.it.write(atLeast: 1) { _ in -1 }
        #expect(refused == -1)
        buffer.it.append("cd")
        buffer.it.retract(1)
        #expect(buffer.text == "abc")
    }
}
