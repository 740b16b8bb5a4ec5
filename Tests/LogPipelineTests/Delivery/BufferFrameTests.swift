import Basics
import Reactor
import Records
import TestKit
import Testing

@testable import LogPipeline

@Suite("Frames of the log buffer") struct BufferFrameTests {
    @MainLoop static func load(_ texts: [String]) -> RecordLoad {
        let lots = TestLots()
        var load = RecordLoad()
        for text in texts {
            let event = lots.event(.fields([:]))
            load.bytes.append(text: text)
            load.seal(event.receipt, time: event.time)
        }
        return load
    }

    @Test @MainLoop func `what is written is read`() throws {
        let load = Self.load(["one", "", "three"])
        let text = BufferFrame(load, partition: Array("p".utf8)).encoded
        let read = BufferFrame(text.span)
        let frame = try #require(read)
        #expect(frame.partition == Array("p".utf8) && frame.unitSum == 3)
        let again = frame.load(frame: 7)
        #expect(again.bytes == load.bytes && again.ends == load.ends && again.time == load.time)
        #expect(again.end([0, 2]).map(\.frame) == [7] && again.end([0, 2]).map(\.count) == [2])
    }

    @Test @MainLoop func `a segment cut anywhere loses the torn frame only`() {
        var segment = BufferFrame.magic
        var ends: [Int] = [segment.count]
        for number in 0..<4 {
            let texts = (0...number).map { "record \($0)" }
            segment += BufferFrame(Self.load(texts), partition: []).encoded
            ends.append(segment.count)
        }
        for cut in 0...segment.count {
            let part = Array(segment[..<cut])
            let survey = BufferFrame.survey(part.span)
            guard cut >= BufferFrame.magic.count else {
                #expect(survey == nil)
                continue
            }
            let whole = ends.filter { $0 <= cut }.count - 1
            #expect(survey?.frames == whole && survey?.end == ends[whole])
            #expect(survey?.units == (0..<whole).reduce(0) { $0 + $1 + 1 })
        }
        let rest = BufferFrame.survey(segment.span, from: ends[2])
        #expect(rest?.frames == 2)
    }

    @Test @MainLoop func `a changed byte is noticed`() {
        let text = BufferFrame(Self.load(["some", "thing"]), partition: [1]).encoded
        for place in text.indices {
            var broken = text
            broken[place] ^= 0x10
            let frame = BufferFrame(broken.span)
            #expect(frame == nil, "byte \(place)")
        }
    }

    @Test func `any bytes are refused or read`() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0..<80, using: &random)).map { _ in
                UInt8.random(in: 0..<4, using: &random)
            }
            let frame = BufferFrame(bytes.span)
            #expect(frame == nil)
            _ = BufferFrame.survey((BufferFrame.magic + bytes).span)
        }
    }
}
