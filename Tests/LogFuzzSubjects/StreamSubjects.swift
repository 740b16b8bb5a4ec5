import Basics
import LogPipeline
import Postgres
import Records

/// Syslog's framing: messages are the same however the bytes come, and what waits is bounded.
public func fuzzSyslogFrames(_ bytes: [UInt8]) {
    let limit = 64
    func messages(_ pieces: [[UInt8]], isSyslog: Bool) -> [[UInt8]] {
        var framer = SyslogFramer(limit: limit, isSyslog: isSyslog)
        var found: [[UInt8]] = []
        var skipped = 0
        for piece in pieces {
            let part = framer.take(piece)
            found += part.ranges.map { Array(part.block[$0]) }
            skipped += part.skipped
            precondition(framer.waiting <= limit + 10, "more waits than a message")
        }
        let last = framer.finish()
        found += last.ranges.map { Array(last.block[$0]) }
        skipped += last.skipped
        precondition(found.allSatisfy { !$0.isEmpty && $0.count <= limit }, "a message's length")
        let total = found.reduce(skipped) { $0 + $1.count }
        precondition(total <= bytes.count, "more comes out than went in")
        return found
    }
    let middle = bytes.count / 2
    let halves = [Array(bytes[..<middle]), Array(bytes[middle...])]
    for isSyslog in [false, true] {
        let whole = messages([bytes], isSyslog: isSyslog)
        precondition(whole == messages(halves, isSyslog: isSyslog), "halves")
        precondition(whole == messages(bytes.map { [$0] }, isSyslog: isSyslog), "bytes")
    }
}

/// Lines, with an end that the first byte chooses: they are the same however the bytes come, and nothing is lost.
public func fuzzLineFrames(_ bytes: [UInt8]) {
    let ends: [[UInt8]] = [[10], [0], [13, 10], [0x61, 0x61], [0x61, 0x61, 0x62], [0x7C]]
    let choice = Int(bytes.first ?? 0)
    let end = ends[choice % ends.count]
    let limit = choice < 0x80 ? 4 : 64
    let stream = Array(bytes.dropFirst())
    func lines(_ pieces: [[UInt8]]) -> [[UInt8]] {
        var framer = LineFramer(limit: limit, delimiter: end)
        var found: [[UInt8]] = []
        for piece in pieces {
            let part = framer.take(piece)
            found += part.ranges.map { Array(part.block[$0]) }
            precondition(framer.waiting <= limit + end.count, "more waits than a line")
        }
        let last = framer.finish()
        found += last.ranges.map { Array(last.block[$0]) }
        precondition(framer.waiting == 0, "something is left")
        precondition(found.allSatisfy { $0.count <= limit }, "a line's length")
        return found
    }
    let whole = lines([stream])
    let middle = stream.count / 2
    precondition(whole == lines([Array(stream[..<middle]), Array(stream[middle...])]), "halves")
    precondition(whole == lines(stream.map { [$0] }), "bytes")
    let isEnd = { (byte: UInt8) in end.contains(byte) || byte == 13 }
    precondition(
        whole.joined().filter { !isEnd($0) } == stream.filter { !isEnd($0) },
        "bytes are lost"
    )
}

/// Forward messages: a stream is cut into the same objects however it comes, and reading never traps.
public func fuzzForward(_ bytes: [UInt8]) {
    func objects(_ pieces: [[UInt8]]) -> [[UInt8]] {
        var stream = ForwardStream(limit: 4096)
        var found: [[UInt8]] = []
        do throws(MessagePackMistake) {
            for piece in pieces {
                stream.append(piece)
                while let object = try stream.next() { found.append(object) }
            }
        } catch {
            return found
        }
        return found
    }
    let whole = objects([bytes])
    precondition(whole == objects(bytes.map { [$0] }), "a stream is cut by its pieces")
    for object in whole {
        _ = try? ForwardMessage.read(object.span, limit: 1 << 16)
        var reader = MessagePackReader(object.span)
        guard (try? reader.next()) != nil else { continue }
        precondition(reader.isAtEnd, "an object ends elsewhere")
    }
    _ = try? ForwardMessage.read(bytes.span, limit: 1 << 16)
}

/// PostgreSQL's messages: they are the same however the bytes come.
public func fuzzPostgresMessages(_ bytes: [UInt8]) {
    func messages(_ pieces: [[UInt8]]) -> [PostgresMessage] {
        var decoder = PostgresDecoder()
        var found: [PostgresMessage] = []
        do throws(PostgresDecoder.Mistake) {
            for piece in pieces {
                decoder.append(piece)
                while let message = try decoder.next() { found.append(message) }
            }
        } catch {
            return found
        }
        return found
    }
    let whole = messages([bytes])
    precondition(whole == messages(bytes.map { [$0] }), "messages are cut by their pieces")
    for message in whole {
        _ = message.firstValue
        _ = message.texts(from: 4)
        _ = message.number(at: 0)
        _ = PostgresError(message).sentence
    }
}
