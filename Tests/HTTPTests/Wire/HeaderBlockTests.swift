import FuzzSubjects
import Testing

@testable import HTTP

@Suite("Header blocks") struct HeaderBlockTests {
    private static let ids = HeaderID.allCases.filter { $0 != .other }

    @Test(arguments: ids)
    func `a well-known name is found in any case, and nothing like it`(_ id: HeaderID) {
        let name = id.name.description
        #expect(HeaderID(Array(name.utf8).span) == id)
        #expect(HeaderID(Array(name.uppercased().utf8).span) == id)
        #expect(HeaderID(Array(id.spelling.description.utf8).span) == id)
        #expect(id.spelling.description.lowercased() == name)
        for index in name.utf8.indices {
            var other = Array(name.utf8)
            let place = name.utf8.distance(from: name.startIndex, to: index)
            other[place] = other[place] == 0x71 ? 0x7A : 0x71
            #expect(HeaderID(other.span) == .other, "\(String(decoding: other, as: UTF8.self))")
        }
        #expect(HeaderID(Array((name + "x").utf8).span) == .other)
        #expect(HeaderID(Array(name.utf8.dropLast()).span) != id)
    }

    @Test func `odd names are no well-known ones`() {
        for name in ["", "x", String(repeating: "a", count: 100), "h\u{0F}st"] {
            #expect(HeaderID(Array(name.utf8).span) == .other)
        }
    }

    /// The same operations on a block and on a plain list give the same.
    @Test(arguments: 0..<20) func `a block behaves like a list of fields`(seed: UInt64) {
        var generator = SeededList(seed: seed)
        var block = HeaderBlock()
        for round in 0..<400 {
            generator.step(&block)
            #expect(describe(block) == generator.text, "step \(round)")
            let bytes = generator.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            let counted = block.byteCount
            #expect(counted == bytes)
        }
        let capacity = block.capacity
        #expect(capacity < 64 * 1024)
    }

    @Test func `memory is kept for the usual and given back for the unusual`() {
        var block = HeaderBlock()
        block.append(.host, value: "x")
        let usual = block.capacity
        block.removeAll()
        let kept = block.capacity
        #expect(kept == usual && usual > 0)
        block.append(.cookie, value: [UInt8](repeating: 0x61, count: 20_000).span)
        block.removeAll()
        let rest = block.capacity
        #expect(rest == 0)
        block.append(.host, value: "y")
        #expect(describe(block) == "host=y")
    }
}
