package import Basics
package import Records

/// Writes MessagePack.
package struct PackWriter: Sendable {
    /// What was written.
    package var bytes: [UInt8] = []

    /// Begins with nothing.
    package init() {}

    /// Writes the head of a list.
    package mutating func list(_ count: Int) {
        head(count, short: 0x90, shortMaximum: 15, 0xDC, 0xDD)
    }

    /// Writes the head of a map.
    package mutating func map(_ count: Int) {
        head(count, short: 0x80, shortMaximum: 15, 0xDE, 0xDF)
    }

    /// Writes a text.
    package mutating func text(_ text: String) {
        self.text(Array(text.utf8).span)
    }

    /// Writes a text.
    package mutating func text(_ span: Span<UInt8>) {
        if span.count < 32 {
            bytes.append(0xA0 | UInt8(span.count))
        } else if span.count < 256 {
            bytes.append(0xD9)
            bytes.append(UInt8(span.count))
        } else {
            head(span.count, short: 0, shortMaximum: -1, 0xDA, 0xDB)
        }
        append(span)
    }

    /// Writes a binary.
    package mutating func binary(_ span: Span<UInt8>) {
        binaryHead(span.count)
        append(span)
    }

    /// Writes the head of a binary whose bytes follow.
    package mutating func binaryHead(_ count: Int) {
        if count < 256 {
            bytes.append(0xC4)
            bytes.append(UInt8(count))
        } else {
            head(count, short: 0, shortMaximum: -1, 0xC5, 0xC6)
        }
    }

    /// Writes a whole number in its shortest form.
    package mutating func integer(_ number: Int64) {
        switch number {
        case 0...127: bytes.append(UInt8(number))
        case -32..<0: bytes.append(UInt8(bitPattern: Int8(number)))
        case 128...255: big(0xCC, UInt64(number), 1)
        case 256...65_535: big(0xCD, UInt64(number), 2)
        case 65_536...4_294_967_295: big(0xCE, UInt64(number), 4)
        case 4_294_967_296...: big(0xCF, UInt64(number), 8)
        case -128 ..< -32: big(0xD0, UInt64(bitPattern: number), 1)
        case -32_768 ..< -128: big(0xD1, UInt64(bitPattern: number), 2)
        case -2_147_483_648 ..< -32_768: big(0xD2, UInt64(bitPattern: number), 4)
        default: big(0xD3, UInt64(bitPattern: number), 8)
        }
    }

    /// Writes a truth value.
    package mutating func boolean(_ value: Bool) {
        bytes.append(value ? 0xC3 : 0xC2)
    }

    /// Writes Fluentd's event time, or whole seconds.
    package mutating func time(_ time: Timestamp, asInteger: Bool) {
        let seconds = time.seconds
        if asInteger || !(0...Int64(UInt32.max) ~= seconds) { return integer(seconds) }
        bytes.append(0xD7)
        bytes.append(0)
        append(UInt64(seconds), 4)
        append(UInt64(time.nanoseconds - seconds * 1_000_000_000), 4)
    }

    /// Writes a map.
    package mutating func fields(_ fields: Fields) {
        map(fields.count)
        for entry in fields {
            text(entry.key)
            value(entry.value)
        }
    }

    /// Writes a value.
    package mutating func value(_ value: Value) {
        switch value {
        case .null: bytes.append(0xC0)
        case .boolean(let value): boolean(value)
        case .integer(let number): integer(number)
        case .float(let number): big(0xCB, number.bitPattern, 8)
        case .bytes(let bytes): text(bytes.span)
        case .timestamp(let time): self.time(time, asInteger: false)
        case .regex(let pattern): text(pattern)
        case .array(let values):
            list(values.count)
            for value in values { self.value(value) }
        case .object(let fields): self.fields(fields)
        }
    }

    /// Appends bytes as they are.
    package mutating func append(_ span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func head(
        _ count: Int,
        short: UInt8,
        shortMaximum: Int,
        _ medium: UInt8,
        _ long: UInt8
    ) {
        if count <= shortMaximum {
            bytes.append(short | UInt8(count))
        } else if count < 65_536 {
            big(medium, UInt64(count), 2)
        } else {
            big(long, UInt64(count), 4)
        }
    }

    private mutating func big(_ type: UInt8, _ number: UInt64, _ width: Int) {
        bytes.append(type)
        append(number, width)
    }

    private mutating func append(_ number: UInt64, _ width: Int) {
        for index in (0..<width).reversed() {
            bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(index * 8)))
        }
    }
}
