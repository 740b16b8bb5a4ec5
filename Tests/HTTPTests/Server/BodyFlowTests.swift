import Basics
import TestKit
import Testing

@testable import HTTP

@Suite("Bodies without a task: what is sent") struct BodyFlowTests {
    /// What a supply gives, in order; then nothing.
    private static func source(_ pieces: [BodyPiece]) -> () -> BodyPiece {
        var rest = pieces[...]
        return { rest.popFirst() ?? .later }
    }

    private static func chunk(_ text: String) -> BodyPiece { .chunk(BodyChunk(Array(text.utf8))) }

    @Test(arguments: [
        (BodyForm.chunked, "3\r\none\r\n5\r\nthree\r\n0\r\n\r\n"),
        (.plain, "onethree"), (.none, ""),
    ])
    func `pieces that wait go out together, in the form of the answer`(
        form: BodyForm,
        expected: String
    ) {
        var flow = BodyFlow(form)
        let source = Self.source([Self.chunk("one"), Self.chunk("three"), .end])
        let bytes = flow.next(source)
        #expect(String(decoding: bytes ?? [], as: UTF8.self) == expected)
        #expect(flow.isEnding && flow.isOver == expected.isEmpty)
        flow.took(bytes?.count ?? 0)
        #expect(flow.isOver && flow.next(source) == nil)
    }

    @Test func `one piece is sent as it is, without a copy`() throws {
        let chunk = BodyChunk(Array("one".utf8))
        var flow = BodyFlow(.chunked)
        let next = flow.next(Self.source([.chunk(chunk)]))
        let bytes = try #require(next)
        let place = unsafe bytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
        let same = unsafe chunk.framed.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
        #expect(place == same)
        #expect(
            BodyChunk(framed: chunk.framed) == chunk && Array(chunk.content) == Array("one".utf8)
        )
    }

    @Test func `no more is gathered than one call is worth`() {
        let piece = BodyPiece.chunk(BodyChunk([UInt8](repeating: 0x61, count: 10_000)))
        var asked = 0
        var flow = BodyFlow(.chunked)
        let bytes = flow.next {
            asked += 1
            return piece
        }
        #expect(asked == 7 && (bytes?.count ?? 0) < BodyFlow.gatheredMaximum + 11_000)
        flow.took(5)
        #expect(flow.next { .end }?.count == (bytes?.count ?? 0) - 5 && !flow.isEnding)
    }

    @Test(arguments: 0..<200)
    func `whatever is taken at a time, the client gets all in order`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var flow = BodyFlow([BodyForm.chunked, .plain][Int(seed % 2)])
        var expected: [UInt8] = []
        var pieces: [BodyPiece] = []
        for number in 0..<Int.random(in: 0...40, using: &random) {
            if Bool.random(using: &random) { pieces.append(.later) }
            let count = [1, 15, 16, 5000, 70_000].randomElement(using: &random) ?? 1
            let content = [UInt8](repeating: UInt8(number), count: count)
            let chunk = BodyChunk(content)
            pieces.append(.chunk(chunk))
            expected += seed % 2 == 0 ? chunk.framed : content
        }
        pieces.append(.end)
        if seed % 2 == 0 { expected += "0\r\n\r\n".utf8 }
        let source = Self.source(pieces)
        var sent: [UInt8] = []
        while !flow.isOver {
            guard let bytes = flow.next(source) else { continue }
            let count = Int.random(in: 0...bytes.count, using: &random)
            sent += bytes.prefix(count)
            flow.took(count)
        }
        #expect(sent == expected)
    }
}
