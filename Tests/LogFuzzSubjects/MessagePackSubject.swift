import Basics
import Records

/// MessagePack: the reader and the frames agree, in one piece and in many, and what is written reads back.
public func fuzzRecordMessagePack(_ bytes: [UInt8]) {
    let limits = MessagePackLimits(depth: 32, bytes: 1 << 16)
    var reader = MessagePackReader(bytes.span, limits: limits)
    var value: Value?
    var mistake: MessagePackMistake?
    do {
        value = try reader.next()
    } catch {
        mistake = error
        precondition(reader.offset == 0, "a mistake moves nothing")
    }
    precondition(reader.offset <= bytes.count, "read beyond the end")
    var frame = MessagePackFrame(limits: limits)
    var found: Int?
    var broken: MessagePackMistake?
    do {
        // Piece by piece.
        var count = 0
        while found == nil, count < bytes.count {
            count = min(count + 1 + count / 3, bytes.count)
            found = try frame.end(in: bytes.span.extracting(0..<count))
        }
    } catch {
        broken = error
    }
    if value != nil {
        precondition(found == reader.offset, "frame \(String(describing: found))")
    } else {
        precondition(found == nil, "\(String(describing: mistake)), a frame")
        // The reader turns back at a list that is longer than what has come, the frame looks on.
        precondition(
            broken != nil || mistake == .needsMore || mistake == .tooLong,
            "\(String(describing: mistake)), frame \(String(describing: broken))"
        )
    }
    guard let value else { return }
    for count in 0..<min(reader.offset, 64) {
        var part = MessagePackReader(bytes.span.extracting(0..<count), limits: limits)
        precondition((try? part.next()) == nil, "a part is a whole")
    }
    var output: [UInt8] = []
    MessagePackText().append(value, to: &output)
    var again = MessagePackReader(output.span)
    guard let other = try? again.next() else { preconditionFailure("not read back") }
    var second: [UInt8] = []
    MessagePackText().append(other, to: &second)
    precondition(second == output && again.isAtEnd, "another value")
}
