import Basics
import Formats
import Testing

@Suite struct CompressionTests {
    static let samples: [[UInt8]] = [
        [], Array("a".utf8), Array(repeating: 0x61, count: 300_000),
        (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) },
    ]

    private func decode(
        _ coding: StreamEncoder.Coding,
        _ bytes: [UInt8],
        limit: Int
    ) throws(FormatError) -> [UInt8] {
        switch coding {
        case .gzip: try Gzip.decode(bytes.span, limit: limit)
        case .zlib: try Zlib.decode(bytes.span, limit: limit)
        case .zstd: try Zstd.decode(bytes.span, limit: limit)
        }
    }

    private func encode(_ coding: StreamEncoder.Coding, _ bytes: [UInt8]) -> [UInt8] {
        switch coding {
        case .gzip: Gzip.encode(bytes.span)
        case .zlib: Zlib.encode(bytes.span)
        case .zstd: Zstd.encode(bytes.span)
        }
    }

    @Test(arguments: StreamEncoder.Coding.allCases)
    func `what is compressed comes out again`(coding: StreamEncoder.Coding) throws {
        for sample in Self.samples {
            let packed = encode(coding, sample)
            #expect(try decode(coding, packed, limit: sample.count) == sample)
        }
        #expect(encode(coding, Self.samples[2]).count < 2000)
    }

    @Test(arguments: StreamEncoder.Coding.allCases)
    func `pieces make one text`(coding: StreamEncoder.Coding) throws {
        let encoder = StreamEncoder(coding)
        var output: [UInt8] = []
        var whole: [UInt8] = []
        for sample in Self.samples {
            encoder.write(sample.span, to: &output)
            whole += sample
        }
        encoder.flush(to: &output)
        encoder.finish(to: &output)
        encoder.finish(to: &output)
        #expect(try decode(coding, output, limit: whole.count) == whole)
    }

    @Test(arguments: StreamEncoder.Coding.allCases)
    func `a bomb is stopped at the limit`(coding: StreamEncoder.Coding) {
        let packed = encode(coding, Self.samples[2])
        #expect(throws: FormatError("the text has more than 299999 bytes when it is unpacked")) {
            try decode(coding, packed, limit: 299_999)
        }
    }

    @Test(arguments: StreamEncoder.Coding.allCases)
    func `a text that is cut or changed is refused`(coding: StreamEncoder.Coding) {
        let packed = encode(coding, Self.samples[3])
        for count in [0, 1, 5, packed.count / 2, packed.count - 1] {
            #expect(throws: FormatError.self) {
                try decode(coding, Array(packed[..<count]), limit: 1 << 20)
            }
        }
        #expect(throws: FormatError.self) {
            try decode(coding, Array("some words and no header".utf8), limit: 1 << 20)
        }
    }

    @Test func `members and frames one after the other are one text`() throws {
        let first = Array("one ".utf8)
        let second = Array("two".utf8)
        let gzip = Gzip.encode(first.span) + Gzip.encode(second.span) + [0, 0, 0]
        #expect(try Gzip.decode(gzip.span, limit: 100) == first + second)
        let zstd = Zstd.encode(first.span) + Zstd.encode(second.span)
        #expect(try Zstd.decode(zstd.span, limit: 100) == first + second)
    }

    @Test func `the headers are those of the formats`() {
        let text = Array("x".utf8)
        #expect(Gzip.encode(text.span).prefix(2) == [0x1F, 0x8B])
        #expect(Zlib.encode(text.span).first == 0x78)
        #expect(Zstd.encode(text.span).prefix(4) == [0x28, 0xB5, 0x2F, 0xFD])
        #expect(Zlib.crc32(Array("123456789".utf8).span) == 0xCBF4_3926)
        #expect(StreamEncoder.Coding.zlib.contentEncoding == "deflate")
    }
}
