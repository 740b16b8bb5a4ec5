import HTTP

extension EngineFuzzSubject {
    /// Frames of SPDY/3.1.
    ///
    /// Any cut gives the same as the whole, and what is written again is read as the same.
    public static let spdy = EngineFuzzSubject(name: "SPDY") { input in
        let whole = frames(in: [input])
        for pieces in cuts(input) {
            let again = frames(in: pieces)
            if again != whole { return "\(pieces.map(\.count)): \(again), \(whole)" }
        }
        let encoder = SPDYEncoder()
        // Bytes of headers that are no UTF-8 become three each: more than may be read.
        guard size(whole.frames) < SPDYDecoder.headerLimit / 2 else { return nil }
        let read = frames(in: [whole.frames.flatMap { encoder.bytes($0) }])
        if read.frames != whole.frames || !read.failure.isEmpty {
            return "\(whole.frames) was written as \(read)"
        }
        return nil
    }

    private struct Transcript: Equatable {
        var frames: [SPDYFrame] = []
        var failure = ""
    }

    private static func frames(in pieces: [[UInt8]]) -> Transcript {
        var decoder = SPDYDecoder()
        var transcript = Transcript()
        for piece in pieces where transcript.failure.isEmpty {
            decoder.append(piece)
            do throws(SPDYViolation) {
                while let frame = try decoder.next() { add(frame, to: &transcript.frames) }
            } catch {
                transcript.failure = error.what
            }
        }
        return transcript
    }

    /// Adds a frame; pieces of data that follow each other are one.
    private static func add(_ frame: SPDYFrame, to frames: inout [SPDYFrame]) {
        guard case .data(let stream, let bytes, let isLast) = frame else {
            return frames.append(frame)
        }
        if case .data(stream, let before, false)? = frames.last {
            frames[frames.count - 1] = .data(stream: stream, bytes: before + bytes, isLast: isLast)
        } else {
            frames.append(frame)
        }
    }

    private static func size(_ frames: [SPDYFrame]) -> Int {
        frames.reduce(0) { sum, frame in
            switch frame {
            case .open(_, let headers, _), .reply(_, let headers, _), .headers(_, let headers, _):
                headers.reduce(sum) { $0 + $1.name.utf8.count + $1.value.utf8.count + 8 }
            default: sum
            }
        }
    }
}
