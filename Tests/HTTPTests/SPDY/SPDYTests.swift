import Basics
import Security
import TestKit
import Testing

@testable import HTTP

@Suite("SPDY/3.1") struct SPDYTests {
    static let frames: [SPDYFrame] = [
        .open(
            stream: 1,
            headers: [
                SPDYHeader("streamtype", "error"), SPDYHeader("port", "8080"),
                SPDYHeader("requestid", "0"),
            ],
            isLast: true
        ),
        .reply(stream: 1, headers: [], isLast: false),
        .open(stream: 3, headers: [SPDYHeader("streamtype", "data")], isLast: false),
        .data(stream: 3, bytes: Array("hello".utf8), isLast: false),
        .headers(stream: 3, headers: [SPDYHeader("date", "")], isLast: false),
        .ping(7),
        .data(stream: 3, bytes: [], isLast: true),
        .reset(stream: 3, status: 5),
        .goAway,
    ]

    @Test func `the dictionary is that of the draft`() {
        #expect(SPDYDictionary.bytes.count == 1423)
        let sum = Digest.sha1(SPDYDictionary.bytes).map {
            ($0 < 16 ? "0" : "") + String($0, radix: 16)
        }
        #expect(sum.joined() == "d68ca9b208de9c3754703445a22cf668a5abebb3")
    }

    @Test(arguments: [1, 2, 3, 7, 8, 9, 64, 10_000])
    func `what is written is read, however it is cut`(_ size: Int) throws {
        let encoder = SPDYEncoder()
        let bytes = Self.frames.flatMap { encoder.bytes($0) }
        var decoder = SPDYDecoder()
        var read: [SPDYFrame] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            decoder.append(Array(bytes[start..<min(start + size, bytes.count)]))
            while let frame = try decoder.next() { read.append(frame) }
        }
        #expect(Self.joined(read) == Self.frames)
    }

    /// Pieces of one data frame as one.
    private static func joined(_ frames: [SPDYFrame]) -> [SPDYFrame] {
        var joined: [SPDYFrame] = []
        for frame in frames {
            if case .data(let stream, let more, let isLast) = frame,
                case .data(stream, let bytes, false)? = joined.last
            {
                joined[joined.count - 1] = .data(
                    stream: stream,
                    bytes: bytes + more,
                    isLast: isLast
                )
            } else {
                joined.append(frame)
            }
        }
        return joined
    }

    @Test func `long data is cut into frames, and only the last is the last`() throws {
        let bytes = [UInt8](repeating: 7, count: 150_000)
        var decoder = SPDYDecoder()
        decoder.append(SPDYEncoder().bytes(.data(stream: 5, bytes: bytes, isLast: true)))
        var ends: [Bool] = []
        var read: [UInt8] = []
        while let frame = try decoder.next() {
            guard case .data(5, let piece, let isLast) = frame else { continue }
            read += piece
            ends.append(isLast)
        }
        #expect(read == bytes)
        #expect(ends == [false, false, true])
    }

    @Test func `frames that say nothing here are read over`() throws {
        var decoder = SPDYDecoder()
        // SETTINGS without entries, WINDOW_UPDATE of stream 1, and a type that nobody knows.
        decoder.append([0x80, 3, 0, 4, 0, 0, 0, 4, 0, 0, 0, 0])
        decoder.append([0x80, 3, 0, 9, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 9])
        decoder.append([0x80, 3, 0, 99, 0, 0, 0, 0])
        decoder.append(SPDYEncoder().bytes(.ping(3)))
        #expect(try decoder.next() == .ping(3))
        #expect(try decoder.next() == nil)
    }

    @Test(
        arguments: [
            ([0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1], "version 2; only 3 is spoken here"),
            ([0x80, 3, 0, 1, 0, 1, 0, 1], "a frame of 65537 bytes that is not data"),
            ([0x80, 3, 0, 6, 0, 0, 0, 2, 0, 0], "a frame that is too short"),
            ([0x80, 3, 0, 2, 0, 0, 0, 6, 0, 0, 0, 1, 1, 2], "the zlib text is broken"),
        ] as [([UInt8], String)]
    )
    func `what is malformed says why`(_ bytes: [UInt8], _ why: String) {
        var decoder = SPDYDecoder()
        decoder.append(bytes)
        #expect { _ = try decoder.next() } throws: { "\($0)".contains(why) }
    }

    @Test func `headers that unpack to very much are refused`() throws {
        let long = String(repeating: "a", count: SPDYDecoder.headerLimit)
        var decoder = SPDYDecoder()
        let encoder = SPDYEncoder()
        decoder.append(
            encoder.bytes(.open(stream: 1, headers: [SPDYHeader("x", long)], isLast: false))
        )
        #expect { _ = try decoder.next() } throws: { "\($0)".contains("when it is unpacked") }
    }

    @Test(arguments: 0..<200)
    func `anything may be read`(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let encoder = SPDYEncoder()
        var bytes = Self.frames.shuffled(using: &generator).flatMap { encoder.bytes($0) }
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            let at = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[at] = UInt8.random(in: 0...255, using: &generator)
        }
        var decoder = SPDYDecoder()
        decoder.append(bytes)
        var count = 0
        while let frame = try? decoder.next(), count < 1000 {
            _ = frame
            count += 1
        }
        #expect(count < 1000)
    }
}
