import Basics
import Testing

@Suite("Ring") struct RingTests {
    @Test func `the oldest give way and are counted`() {
        var ring = Ring<Int>(capacity: 3)
        #expect(ring.last == nil)
        #expect(Array(ring) == [])
        for number in 1...3 { #expect(ring.append(number) == nil) }
        #expect(Array(ring) == [1, 2, 3])
        #expect(ring.append(4) == 1)
        #expect(ring.append(5) == 2)
        #expect(Array(ring) == [3, 4, 5])
        #expect(ring.last == 5)
        #expect(ring.count == 3)
        #expect(ring.dropped == 2)
        ring.removeAll()
        #expect(Array(ring) == [])
        ring.append(9)
        #expect(ring.last == 9)
    }

    @Test func `a ring of one keeps the newest`() {
        var ring = Ring<Int>(capacity: 1)
        for number in 0..<10 { ring.append(number) }
        #expect(Array(ring) == [9])
    }
}
