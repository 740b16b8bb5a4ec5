import Basics
import HTTP

/// The trace that a request belongs to, as W3C's `traceparent` or B3 headers tell it.
struct TraceContext: Equatable {
    /// The forms in which it came, which are those it is sent on in.
    enum Form: UInt8 {
        case none
        case w3c
        case b3
        case b3Multi
    }

    var high: UInt64 = 0
    var low: UInt64 = 0
    /// The span of whoever sent the request; 0 is none.
    var parent: UInt64 = 0
    /// The span of this proxy.
    var span: UInt64 = 0
    /// Whether it is recorded; `nil` leaves the decision here.
    var isSampled: Bool?
    var form = Form.none

    init() {}

    /// Reads what a request carries.
    init(_ fields: borrowing HeaderBlock) {
        if let index = fields.first(.traceParent) {
            if let found = Self.parent(fields.value(index)) { self = found }
        } else if let index = fields.first(.b3) {
            if let found = Self.single(fields.value(index)) { self = found }
        } else if fields.contains(.xB3TraceID) || fields.contains(.xB3Sampled) {
            self = Self.multi(fields)
        }
    }

    /// Whether a trace came with the request.
    var isKnown: Bool { high | low != 0 }

    /// `00-<trace>-<span>-<flags>`; later versions may say more.
    private static func parent(_ text: Span<UInt8>) -> Self? {
        let dash = UInt8(ascii: "-")
        guard text.count >= 55, text[2] == dash, text[35] == dash, text[52] == dash,
            let version = number(text.extracting(0..<2)), version != 0xFF,
            version != 0 && text.count > 55 && text[55] == dash || text.count == 55,
            let high = number(text.extracting(3..<19)),
            let low = number(text.extracting(19..<35)),
            let span = number(text.extracting(36..<52)),
            let flags = number(text.extracting(53..<55)),
            high | low != 0, span != 0
        else { return nil }
        var context = Self()
        (context.high, context.low, context.parent) = (high, low, span)
        context.isSampled = flags & 1 != 0
        context.form = .w3c
        return context
    }

    /// `<trace>-<span>[-<sampled>[-<parent>]]`, or the decision alone.
    private static func single(_ text: Span<UInt8>) -> Self? {
        var context = Self()
        context.form = .b3
        let dash = UInt8(ascii: "-")
        guard let end = text.firstIndex(of: dash) else {
            context.isSampled = decision(text)
            return context.isSampled == nil ? nil : context
        }
        let rest = text.extracting(end + 1..<text.count)
        let second = rest.firstIndex(of: dash) ?? rest.count
        guard context.setTrace(text.extracting(0..<end)),
            context.setParent(rest.extracting(0..<second))
        else { return nil }
        if second < rest.count {
            let tail = rest.extracting(second + 1..<rest.count)
            context.isSampled = decision(
                tail.extracting(0..<(tail.firstIndex(of: dash) ?? tail.count))
            )
        }
        return context
    }

    private static func multi(_ fields: borrowing HeaderBlock) -> Self {
        var context = Self()
        context.form = .b3Multi
        if let trace = fields.first(.xB3TraceID), let span = fields.first(.xB3SpanID) {
            if !context.setTrace(fields.value(trace)) || !context.setParent(fields.value(span)) {
                context = Self()
                context.form = .b3Multi
            }
        }
        if let index = fields.first(.xB3Sampled) {
            context.isSampled = decision(fields.value(index))
        }
        if let index = fields.first(.xB3Flags), fields.value(index).equals("1") {
            context.isSampled = true
        }
        return context
    }

    private static func decision(_ text: Span<UInt8>) -> Bool? {
        if text.equals("1") || text.equals("d") || text.equals("true") { return true }
        return text.equals("0") || text.equals("false") ? false : nil
    }

    private mutating func setTrace(_ text: Span<UInt8>) -> Bool {
        if text.count == 16, let number = Self.number(text) {
            (high, low) = (0, number)
        } else if text.count == 32, let first = Self.number(text.extracting(0..<16)),
            let second = Self.number(text.extracting(16..<32))
        {
            (high, low) = (first, second)
        } else {
            return false
        }
        return isKnown
    }

    private mutating func setParent(_ text: Span<UInt8>) -> Bool {
        guard text.count == 16, let number = Self.number(text), number != 0 else { return false }
        parent = number
        return true
    }

    /// The number of digits in lower case, at most 16 of them.
    private static func number(_ text: Span<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for index in text.indices {
            let byte = text[index]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: return nil
            }
            number = number << 4 | UInt64(digit)
        }
        return number
    }

    /// Writes the trace for the host, in W3C's form and in that it came in; `scratch` is empty before and after.
    func write(to fields: inout HeaderBlock, scratch: inout ByteBuffer) {
        scratch.append("00-")
        appendTrace(&scratch)
        scratch.append("-")
        Self.append(span, &scratch)
        scratch.append(isSampled == true ? "-01" : "-00")
        fields.set(.traceParent, value: scratch.readable)
        scratch.removeAll()
        // The state belongs to the trace that came.
        if form != .w3c { fields.removeAll(.traceState) }
        switch form {
        case .none, .w3c: break
        case .b3:
            appendTrace(&scratch)
            scratch.append("-")
            Self.append(span, &scratch)
            scratch.append(isSampled == true ? "-1" : "-0")
            if parent != 0 {
                scratch.append("-")
                Self.append(parent, &scratch)
            }
            fields.set(.b3, value: scratch.readable)
        case .b3Multi:
            appendTrace(&scratch)
            fields.set(.xB3TraceID, value: scratch.readable)
            scratch.removeAll()
            Self.append(span, &scratch)
            fields.set(.xB3SpanID, value: scratch.readable)
            scratch.removeAll()
            if parent != 0 {
                Self.append(parent, &scratch)
                fields.set(.xB3ParentSpanID, value: scratch.readable)
            }
            fields.set(.xB3Sampled, value: isSampled == true ? "1" : "0")
        }
        scratch.removeAll()
    }

    func appendTrace(_ buffer: inout ByteBuffer) {
        Self.append(high, &buffer)
        Self.append(low, &buffer)
    }

    /// Sixteen digits.
    static func append(_ number: UInt64, _ buffer: inout ByteBuffer) {
        for place in 0..<16 {
            buffer.append(hexadecimal: UInt(number >> UInt64(60 - 4 * place) & 15))
        }
    }
}
