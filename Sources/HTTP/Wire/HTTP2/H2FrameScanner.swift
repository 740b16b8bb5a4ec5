import Basics

/// Looks at the headers of a client's frames before the library takes them, for what it lets pass.
///
/// The library forgets closed streams, and passes over what comes on them and over priorities.
struct H2FrameScanner {
    private var header: InlineArray<14, UInt8> = .init(repeating: 0)
    private var count = 0
    private var wanted = Self.headerLength
    /// Bytes to pass over; first those of the preface.
    private var skip = 24

    private static let headerLength = 9

    /// Looks for the first frame that breaks the protocol.
    ///
    /// - Returns: How many bytes are before it, and what is wrong; `nil` if nothing is.
    mutating func find(
        _ bytes: Span<UInt8>,
        _ ended: inout H2EndedStreams
    ) -> (length: Int, violation: H2Violation)? {
        var place = 0
        while place < bytes.count {
            if skip > 0 {
                let passed = min(skip, bytes.count - place)
                skip -= passed
                place += passed
                continue
            }
            header[count] = bytes[place]
            count += 1
            place += 1
            if count == Self.headerLength, kind == .priority, length == 5 { wanted = 14 }
            guard count == wanted else { continue }
            let violation = judge(&ended)
            if let violation { return (max(0, place - count), violation) }
            skip = length - (wanted - Self.headerLength)
            count = 0
            wanted = Self.headerLength
        }
        return nil
    }

    private enum Kind {
        case data, headers, priority, reset, other
    }

    private var kind: Kind {
        switch header[3] {
        case 0: .data
        case 1: .headers
        case 2: .priority
        case 3: .reset
        default: .other
        }
    }

    private var length: Int { Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2]) }

    /// A number of 31 bits.
    private func stream(at place: Int) -> Int32 {
        (0..<4).reduce(0) { $0 << 8 | Int32(header[place + $1] & ($1 == 0 ? 0x7F : 0xFF)) }
    }

    private func judge(_ ended: inout H2EndedStreams) -> H2Violation? {
        let id = stream(at: 5)
        switch kind {
        case .data: return ended.contains(id) ? .streamClosed : nil
        case .headers:
            if ended.contains(id) { return .streamClosed }
            return ended.mayBegin(id) ? nil : .protocolError
        case .priority:
            // Nothing else is done with priorities (RFC 9113 section 5.3.2).
            return id == 0 || wanted == 14 && stream(at: 9) == id ? .protocolError : nil
        case .reset:
            ended.reset(id)
            return nil
        case .other: return nil
        }
    }
}
