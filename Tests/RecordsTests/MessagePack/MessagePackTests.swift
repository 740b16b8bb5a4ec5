import Basics
import LogFuzzSubjects
import TestKit
import Testing

@testable import Records

@Suite("MessagePack") struct MessagePackTests {
    private static func read(_ bytes: [UInt8]) throws -> Value {
        var reader = MessagePackReader(bytes.span)
        let value = try reader.next()
        let isAtEnd = reader.isAtEnd
        #expect(isAtEnd)
        return value
    }

    // The examples of the format's specification.
    @Test(
        arguments: [
            ([0xC0], Value.null), ([0xC2], .boolean(false)), ([0xC3], .boolean(true)),
            ([0x00], .integer(0)), ([0x7F], .integer(127)), ([0xFF], .integer(-1)),
            ([0xE0], .integer(-32)),
            ([0xCC, 0x80], .integer(128)), ([0xCD, 0x01, 0x00], .integer(256)),
            ([0xCE, 0, 1, 0, 0], .integer(65536)),
            ([0xCF, 0, 0, 0, 1, 0, 0, 0, 0], .integer(1 << 32)),
            ([0xD0, 0xDF], .integer(-33)), ([0xD1, 0xFF, 0x7F], .integer(-129)),
            ([0xD2, 0xFF, 0xFF, 0x7F, 0xFF], .integer(-32769)),
            ([0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0], .integer(.min)),
            ([0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0], .float(1.5)), ([0xA0], .text("")),
            ([0xA1, 0x61], .text("a")), ([0x90], .array([])),
            ([0x92, 1, 2], .array([.integer(1), .integer(2)])),
            ([0x80], .object([:])), ([0x81, 0xA1, 0x61, 1], .object(["a": .integer(1)])),
            ([0xD7, 0, 0, 0, 0, 1, 0, 0, 0, 2], .timestamp(Timestamp(nanoseconds: 1_000_000_002))),
        ] as [([UInt8], Value)]
    )
    func `values are read and written`(_ bytes: [UInt8], _ value: Value) throws {
        #expect(try Self.read(bytes) == value)
        var output: [UInt8] = []
        MessagePackText().append(value, to: &output)
        #expect(output == bytes)
    }

    @Test(
        arguments: [
            (
                [0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                Value.float(18_446_744_073_709_551_616)
            ), ([0xCA, 0x3F, 0x80, 0, 0], .float(1)), ([0xCA, 0x7F, 0xC0, 0, 0], .null),
            ([0xC4, 2, 0x61, 0xFF], .bytes(Bytes([0x61, 0xFF]))), ([0xD9, 1, 0x61], .text("a")),
            ([0x81, 1, 2], .object(["1": .integer(2)])),
            ([0x82, 0xA1, 0x61, 1, 0xA1, 0x61, 2], .object(["a": .integer(2)])),
            ([0xD6, 0xFF, 0, 0, 0, 1], .timestamp(Timestamp(seconds: 1))),
            (
                [0xD7, 0xFF, 0, 0, 0, 4, 0, 0, 0, 1],
                .timestamp(Timestamp(nanoseconds: 1_000_000_001))
            ),
            (
                [0xC7, 12, 0xFF, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                .timestamp(Timestamp(nanoseconds: -999_999_999))
            ), ([0xD4, 5, 7], .bytes(Bytes([7]))),
        ] as [([UInt8], Value)]
    )
    func `other spellings are read`(_ bytes: [UInt8], _ value: Value) throws {
        #expect(try Self.read(bytes) == value)
    }

    @Test func `what is not whole needs more, and what is wrong is refused`() throws {
        let whole: [UInt8] = [0x82, 0xA1, 0x61, 0x92, 1, 0xCD, 1, 0, 0xA1, 0x62, 0xC3]
        for count in 0..<whole.count {
            #expect(throws: MessagePackMistake.needsMore) {
                _ = try Self.read(Array(whole.prefix(count)))
            }
        }
        #expect(throws: MessagePackMistake.invalid(1)) { _ = try Self.read([0x91, 0xC1]) }
        let deep = [UInt8](repeating: 0x91, count: 100) + [0xC0]
        #expect(throws: MessagePackMistake.tooDeep) { _ = try Self.read(deep) }
        #expect(throws: MessagePackMistake.tooLong) {
            _ = try Self.read([0xDD, 0xFF, 0xFF, 0xFF, 0xFF])
        }
        #expect(throws: MessagePackMistake.tooLong) {
            _ = try Self.read([0xDB, 0xFF, 0xFF, 0xFF, 0xFF])
        }
    }

    @Test func `several values stand one after another`() throws {
        let bytes: [UInt8] = [1, 0xA1, 0x61, 0x92, 2, 3, 0xA5, 0x61]
        var reader = MessagePackReader(bytes.span)
        #expect(try reader.next() == .integer(1))
        #expect(try reader.listCount() == nil)
        #expect(try reader.next() == .text("a"))
        #expect(try reader.listCount() == 2)
        #expect(try reader.next() == .integer(2))
        #expect(try reader.next() == .integer(3))
        #expect(throws: MessagePackMistake.needsMore) { _ = try reader.next() }
        let offset = reader.offset
        #expect(offset == 6)
    }

    @Test func `a text's place is told without copying it`() throws {
        let bytes: [UInt8] = [0xA2, 0x61, 0x62, 0xC4, 1, 0, 7, 0xD9, 3, 0x61]
        var reader = MessagePackReader(bytes.span)
        #expect(try reader.content() == 1..<3)
        #expect(try reader.content() == 5..<6)
        #expect(try reader.content() == nil)
        #expect(try reader.next() == .integer(7))
        #expect(throws: MessagePackMistake.needsMore) { _ = try reader.content() }
        let offset = reader.offset
        #expect(offset == 7)
    }

    @Test func `times beyond Forward's range are whole seconds`() throws {
        for seconds: Int64 in [-1, 1 << 32] {
            var output: [UInt8] = []
            MessagePackText().append(event: Timestamp(seconds: seconds), to: &output)
            #expect(try Self.read(output) == .integer(seconds))
        }
    }

    @Test func `the end of a value that comes in pieces is found`() throws {
        let bytes: [UInt8] = [0x92, 0xA2, 0x61, 0x62, 0x81, 1, 0xCD, 1, 0, 0xC0]
        var frame = MessagePackFrame()
        for count in 0..<9 { #expect(try frame.end(in: bytes.span.extracting(0..<count)) == nil) }
        #expect(try frame.end(in: bytes.span) == 9)
        #expect(try frame.end(in: Array(bytes[9...]).span) == 1)
        var small = MessagePackFrame(limits: MessagePackLimits(bytes: 100))
        #expect(throws: MessagePackMistake.tooLong) {
            _ = try small.end(in: ([0xC5, 1, 0] as [UInt8]).span)
        }
    }

    @Test func `long texts and lists have wider counts`() throws {
        for count in [31, 32, 255, 256, 65535, 65536] {
            let value = Value.array([
                .text(String(repeating: "a", count: count)),
                .array(Array(repeating: .null, count: count)),
            ])
            var output: [UInt8] = []
            MessagePackText().append(value, to: &output)
            #expect(try Self.read(output) == value)
        }
        var output: [UInt8] = []
        MessagePackText().append(binary: ([1, 2] as [UInt8]).span, to: &output)
        #expect(output == [0xC4, 2, 1, 2])
    }

    @Test func `times may be texts or seconds`() {
        let time = Value.timestamp(Timestamp(nanoseconds: 1_500_000_000))
        var output: [UInt8] = []
        MessagePackText(times: .seconds).append(time, to: &output)
        #expect(output == [1])
        MessagePackText(times: .texts).append(time, to: &output)
        #expect(String(decoding: output.dropFirst(2), as: UTF8.self) == "1970-01-01T00:00:01.500Z")
    }

    @Test func `anything may be read`() throws {
        for input in try Corpora.inputs("RecordMessagePack", mutations: 1000) {
            fuzzRecordMessagePack(input)
        }
    }
}
