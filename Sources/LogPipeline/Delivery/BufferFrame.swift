import Basics
import Formats

/// A piece of a log buffer's segment: records that were written together.
///
/// The form is described in `Documentation/formats/log-buffer.md`.
package struct BufferFrame: Sendable, Hashable {
    /// What a segment begins with.
    package static let magic: [UInt8] = Array("RMLOGBF1".utf8)
    /// Length and checksum in front of a frame.
    static let headSize = 8
    /// The longest frame.
    static let sizeMaximum = 64 << 20
    /// Number of records, their read records, length of the partition, time.
    private static let fixedSize = 20

    /// What the records have in common.
    var partition: [UInt8]
    /// The time of the first record.
    var time: Timestamp
    /// Where each record ends in `bytes`.
    var ends: [UInt32]
    /// How many read records each stands for.
    var units: [Int32]
    /// The records' bytes.
    var bytes: [UInt8]

    /// How many read records all stand for.
    package var unitSum: Int { units.reduce(0) { $0 + Int($1) } }

    /// The frame of a load.
    init(_ load: RecordLoad, partition: [UInt8]) {
        self.partition = partition
        time = load.time
        ends = load.ends
        units = load.origins.unitsByItem
        bytes = load.bytes
    }

    /// Its text on disk.
    package var encoded: [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(Self.fixedSize + partition.count + 8 * ends.count + bytes.count)
        body.append(little: UInt32(ends.count))
        body.append(little: UInt32(clamping: unitSum))
        body.append(little: UInt32(partition.count))
        body.append(little: UInt32(truncatingIfNeeded: time.nanoseconds))
        body.append(little: UInt32(truncatingIfNeeded: time.nanoseconds >> 32))
        body += partition
        for end in ends { body.append(little: end) }
        for unit in units { body.append(little: UInt32(bitPattern: unit)) }
        body += bytes
        var text: [UInt8] = []
        text.reserveCapacity(Self.headSize + body.count)
        text.append(little: UInt32(body.count))
        text.append(little: Zlib.crc32(body.span))
        text += body
        return text
    }

    /// The length of the frame whose head stands here; nil if it cannot be one.
    package static func length(_ head: Span<UInt8>, at offset: Int = 0) -> Int? {
        guard offset + headSize <= head.count else { return nil }
        let length = Int(head.little(offset))
        return (fixedSize...sizeMaximum).contains(length) ? headSize + length : nil
    }

    /// Reads a whole frame; nil if it is torn or broken.
    package init?(_ text: Span<UInt8>) {
        guard let length = Self.length(text), length == text.count else { return nil }
        let body = text.extracting(Self.headSize..<length)
        guard Zlib.crc32(body) == text.little(4) else { return nil }
        let count = Int(body.little(0))
        let nameLength = Int(body.little(8))
        let time = UInt64(body.little(12)) | UInt64(body.little(16)) << 32
        let start = Self.fixedSize + nameLength
        // Compared so that nothing overflows.
        guard nameLength <= body.count, count <= body.count / 8, start + 8 * count <= body.count
        else { return nil }
        self.time = Timestamp(nanoseconds: Int64(bitPattern: time))
        partition = Array(copying: body.extracting(Self.fixedSize..<start))
        ends = (0..<count).map { body.little(start + 4 * $0) }
        units = (0..<count).map { Int32(bitPattern: body.little(start + 4 * (count + $0))) }
        bytes = Array(copying: body.extracting((start + 8 * count)..<body.count))
        var last: UInt32 = 0
        for end in ends {
            guard end >= last, Int(end) <= bytes.count else { return nil }
            last = end
        }
        guard Int(last) == bytes.count, units.allSatisfy({ $0 >= 0 }),
            unitSum == Int(body.little(4))
        else { return nil }
    }

    /// The read records of a frame, from its first bytes alone.
    static func units(_ start: Span<UInt8>) -> Int {
        start.count >= headSize + 8 ? Int(start.little(headSize + 4)) : 0
    }

    /// Its records, which belong to a frame of a number.
    func load(frame: Int) -> RecordLoad {
        var load = RecordLoad()
        load.bytes.reserveCapacity(bytes.count)
        var start = 0
        for (item, end) in ends.enumerated() {
            load.bytes.append(bytes, start..<Int(end))
            load.seal(frame: frame, units: Int(units[item]), time: time)
            start = Int(end)
        }
        return load
    }

    /// What a segment holds.
    package struct Survey: Sendable, Hashable {
        /// Where the last whole frame ends.
        package var end: Int
        /// How many frames there are from the wanted place on, and their read records.
        package var frames = 0
        package var units = 0
    }

    /// Looks through a segment up to the first frame that is torn.
    ///
    /// - Parameters:
    ///   - segment: All its bytes.
    ///   - start: Frames before this are not counted.
    /// - Returns: nil if it is no segment.
    package static func survey(_ segment: Span<UInt8>, from start: Int = 0) -> Survey? {
        guard segment.count >= magic.count else { return nil }
        for place in magic.indices where segment[place] != magic[place] { return nil }
        var survey = Survey(end: magic.count)
        while let length = length(segment, at: survey.end), survey.end + length <= segment.count {
            let text = segment.extracting(survey.end..<(survey.end + length))
            guard let frame = BufferFrame(text) else { break }
            if survey.end >= start {
                survey.frames += 1
                survey.units += frame.unitSum
            }
            survey.end += length
        }
        return survey
    }
}

extension [UInt8] {
    fileprivate mutating func append(little number: UInt32) {
        append(UInt8(truncatingIfNeeded: number))
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number >> 16))
        append(UInt8(truncatingIfNeeded: number >> 24))
    }
}

extension Span<UInt8> {
    fileprivate func little(_ offset: Int) -> UInt32 {
        UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2]) << 16
            | UInt32(self[offset + 3]) << 24
    }
}
