public import Basics

/// Writes values as MessagePack.
///
/// Texts are texts whatever their bytes are; each number is as short as it can be.
public struct MessagePackText: Sendable, Hashable {
    /// What times are written as.
    public enum Times: Sendable, Hashable {
        /// Forward's event times.
        case events
        /// RFC 3339.
        case texts
        /// Seconds since 1970.
        case seconds
    }

    /// What times in values are written as.
    public var times: Times

    /// Makes a writer.
    public init(times: Times = .events) {
        self.times = times
    }

    /// Appends a value.
    public func append(_ value: Value, to output: inout [UInt8]) {
        switch value {
        case .null: output.append(0xC0)
        case .boolean(let truth): output.append(truth ? 0xC3 : 0xC2)
        case .integer(let number): append(number, to: &output)
        case .float(let number):
            output.append(0xCB)
            Self.append(number.bitPattern, bytes: 8, to: &output)
        case .bytes(let text): append(text: text.span, to: &output)
        case .timestamp(let time): append(time, to: &output)
        case .array(let values):
            append(listOf: values.count, to: &output)
            for value in values { append(value, to: &output) }
        case .object(let fields): append(fields, to: &output)
        case .regex(let text): append(text: text, to: &output)
        }
    }

    /// Appends a map.
    public func append(_ fields: Fields, to output: inout [UInt8]) {
        append(mapOf: fields.count, to: &output)
        for entry in fields.entries {
            append(text: entry.key, to: &output)
            append(entry.value, to: &output)
        }
    }

    /// Appends the beginning of a list of so many values.
    public func append(listOf count: Int, to output: inout [UInt8]) {
        Self.append(count: count, short: 0x90, below: 16, [0, 0xDC, 0xDD], to: &output)
    }

    /// Appends the beginning of a map of so many pairs.
    public func append(mapOf count: Int, to output: inout [UInt8]) {
        Self.append(count: count, short: 0x80, below: 16, [0, 0xDE, 0xDF], to: &output)
    }

    /// Appends a text.
    public func append(text: Span<UInt8>, to output: inout [UInt8]) {
        Self.append(count: text.count, short: 0xA0, below: 32, [0xD9, 0xDA, 0xDB], to: &output)
        unsafe text.withUnsafeBufferPointer { unsafe output.append(contentsOf: $0) }
    }

    /// Appends a text.
    public func append(text: String, to output: inout [UInt8]) {
        Self.append(
            count: text.utf8.count,
            short: 0xA0,
            below: 32,
            [0xD9, 0xDA, 0xDB],
            to: &output
        )
        output.append(contentsOf: text.utf8)
    }

    /// Appends a truth value.
    public func append(_ truth: Bool, to output: inout [UInt8]) {
        output.append(truth ? 0xC3 : 0xC2)
    }

    /// Appends bytes that are no text.
    public func append(binary: Span<UInt8>, to output: inout [UInt8]) {
        Self.append(count: binary.count, short: 0, below: 0, [0xC4, 0xC5, 0xC6], to: &output)
        unsafe binary.withUnsafeBufferPointer { unsafe output.append(contentsOf: $0) }
    }

    /// Appends a time of Forward: seconds and nanoseconds (extension 0); beyond its range whole seconds.
    public func append(event time: Timestamp, to output: inout [UInt8]) {
        let seconds = time.seconds
        guard UInt32(exactly: seconds) != nil else { return append(Int64(seconds), to: &output) }
        output.append(0xD7)
        output.append(0)
        Self.append(UInt64(truncatingIfNeeded: seconds), bytes: 4, to: &output)
        let rest = time.nanoseconds &- seconds &* 1_000_000_000
        Self.append(UInt64(truncatingIfNeeded: rest), bytes: 4, to: &output)
    }

    /// Appends a whole number.
    public func append(_ number: Int64, to output: inout [UInt8]) {
        let bits = UInt64(bitPattern: number)
        switch number {
        case 0..<128, -32..<0: output.append(UInt8(truncatingIfNeeded: bits))
        case 128..<256:
            output.append(0xCC)
            output.append(UInt8(truncatingIfNeeded: bits))
        case 256..<65536:
            output.append(0xCD)
            Self.append(bits, bytes: 2, to: &output)
        case 65536..<(1 << 32):
            output.append(0xCE)
            Self.append(bits, bytes: 4, to: &output)
        case (1 << 32)...:
            output.append(0xCF)
            Self.append(bits, bytes: 8, to: &output)
        case (-128)...:
            output.append(0xD0)
            Self.append(bits, bytes: 1, to: &output)
        case (-32768)...:
            output.append(0xD1)
            Self.append(bits, bytes: 2, to: &output)
        case (-1 << 31)...:
            output.append(0xD2)
            Self.append(bits, bytes: 4, to: &output)
        default:
            output.append(0xD3)
            Self.append(bits, bytes: 8, to: &output)
        }
    }

    private func append(_ time: Timestamp, to output: inout [UInt8]) {
        switch times {
        case .events: append(event: time, to: &output)
        case .texts: append(text: time.rfc3339Short.span, to: &output)
        case .seconds: append(time.seconds, to: &output)
        }
    }

    private static func append(_ bits: UInt64, bytes: Int, to output: inout [UInt8]) {
        var shift = UInt64(bytes * 8)
        while shift > 0 {
            shift -= 8
            output.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
    }

    /// Appends a count with the byte for its width: of 8 bits (0 if there is none), 16 and 32.
    private static func append(
        count: Int,
        short: UInt8,
        below limit: Int,
        _ leads: InlineArray<3, UInt8>,
        to output: inout [UInt8]
    ) {
        if count < limit {
            output.append(short | UInt8(count))
        } else if count < 256, leads[0] != 0 {
            output.append(leads[0])
            append(UInt64(count), bytes: 1, to: &output)
        } else if count < 65536 {
            output.append(leads[1])
            append(UInt64(count), bytes: 2, to: &output)
        } else {
            output.append(leads[2])
            append(UInt64(min(count, Int(UInt32.max))), bytes: 4, to: &output)
        }
    }
}
