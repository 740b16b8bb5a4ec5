import Basics

/// A document of JSON that was read, so that the next one which differs in numbers only is read by its text alone.
///
/// What may differ are numbers and booleans that are samples, and texts that nobody asked for. All else - keys,
/// labels, blanks, the order - is compared byte by byte, so what is taken gives the samples that the whole way of
/// reading would give; at the first difference the document is left to that one.
struct DocumentTemplate: Sendable {
    /// What stands at a spot.
    enum Kind: UInt8 {
        case number
        /// `true` or `false`.
        case flag
        /// A text that is left out.
        case text
    }

    /// A part of the document that may differ; of texts without the quotes.
    struct Spot: Sendable {
        var start: UInt32
        var end: UInt32
        /// The sample that it is; -1 if it is none.
        var sample: Int32
        var kind: Kind
        /// The index of what it is multiplied with.
        var factor: UInt8
    }

    private let bytes: [UInt8]
    private let spots: [Spot]
    private let factors: [Double]
    /// The samples' numbers in this document.
    private let numbers: [Double]

    /// Keeps a document.
    ///
    /// - Parameters:
    ///   - bytes: Its text.
    ///   - spots: What may differ, in order.
    ///   - factors: What numbers are multiplied with.
    ///   - numbers: Its samples' numbers.
    init(_ bytes: [UInt8], _ spots: [Spot], _ factors: [Double], numbers: [Double]) {
        self.bytes = bytes
        self.spots = spots
        self.factors = factors
        self.numbers = numbers
    }

    /// The samples' numbers of another document; `nil` if it differs in more than numbers, or is none.
    func values(of document: [UInt8]) -> [Double]? {
        guard document.count < JSONTape.sizeMaximum else { return nil }
        var values = numbers
        let (old, new) = (bytes.span, document.span)
        var before = 0
        var place = 0
        for spot in spots {
            let start = Int(spot.start)
            guard Self.isEqual(old, before, new, place, start &- before) else { return nil }
            place &+= start &- before
            before = Int(spot.end)
            switch spot.kind {
            case .number:
                if Self.isSame(old, start, before, new, place) {
                    place &+= before &- start
                    continue
                }
                guard let (number, end) = Self.number(document, place) else { return nil }
                place = end
                if spot.sample >= 0 {
                    values[Int(spot.sample)] = number * factors[Int(spot.factor)]
                }
            case .flag:
                let isTrue = place < new.count && new[place] == UInt8(ascii: "t")
                guard Self.has(isTrue ? "true" : "false", new, place) else { return nil }
                place &+= isTrue ? 4 : 5
                if spot.sample >= 0 {
                    values[Int(spot.sample)] = (isTrue ? 1 : 0) * factors[Int(spot.factor)]
                }
            case .text:
                guard let end = Self.endOfText(new, place) else { return nil }
                place = end
            }
        }
        guard new.count &- place == old.count &- before,
            Self.isEqual(old, before, new, place, old.count &- before)
        else { return nil }
        return values
    }

    @inline(__always)
    private static func isEqual(
        _ old: Span<UInt8>,
        _ start: Int,
        _ new: Span<UInt8>,
        _ place: Int,
        _ count: Int
    ) -> Bool {
        guard count <= new.count &- place else { return false }
        return unsafe old.bytes.isEqual(start, to: new.bytes, place, count: count)
    }

    /// Whether the same number stands there, and what follows it begins in the same way.
    @inline(__always)
    private static func isSame(
        _ old: Span<UInt8>,
        _ start: Int,
        _ end: Int,
        _ new: Span<UInt8>,
        _ place: Int
    ) -> Bool {
        let after = place &+ (end &- start)
        guard end < old.count, after < new.count, old[end] == new[after] else { return false }
        return isEqual(old, start, new, place, end &- start)
    }

    private static func has(_ word: StaticString, _ new: Span<UInt8>, _ place: Int) -> Bool {
        let count = word.utf8CodeUnitCount
        guard count <= new.count - place else { return false }
        return word.withUTF8Buffer { buffer in
            for offset in 0..<count where unsafe buffer[offset] != new[place + offset] {
                return false
            }
            return true
        }
    }

    /// The place of the quote that ends a text.
    @inline(__always)
    private static func endOfText(_ new: Span<UInt8>, _ start: Int) -> Int? {
        var place = start
        while place < new.count {
            let byte = new[place]
            if byte == UInt8(ascii: "\"") { return place }
            if byte < 0x20 { return nil }
            if byte == UInt8(ascii: "\\") {
                guard let length = JSONTape.escape(new, place) else { return nil }
                place &+= length
            } else {
                place &+= 1
            }
        }
        return nil
    }

    /// A number and where it ends; `nil` for all that is none in JSON.
    @inline(__always)
    private static func number(_ bytes: [UInt8], _ start: Int) -> (Double, Int)? {
        let count = bytes.count
        var place = start
        let isNegative = place < count && bytes[place] == UInt8(ascii: "-")
        if isNegative { place &+= 1 }
        let first = place
        var whole: UInt64 = 0
        while place < count, bytes[place] &- UInt8(ascii: "0") < 10 {
            whole = whole &* 10 &+ UInt64(bytes[place] &- UInt8(ascii: "0"))
            place &+= 1
        }
        let digits = place &- first
        if digits == 0 || digits > 1 && bytes[first] == UInt8(ascii: "0") { return nil }
        let isPlain =
            digits < 19
            && (place == count
                || bytes[place] != UInt8(ascii: ".") && bytes[place] | 0x20 != UInt8(ascii: "e"))
        if isPlain { return (isNegative ? -Double(whole) : Double(whole), place) }
        return other(bytes, start, place)
    }

    /// The same for a number with a fraction, an exponent or very many digits.
    private static func other(_ bytes: [UInt8], _ start: Int, _ whole: Int) -> (Double, Int)? {
        var place = whole
        func digits(_ place: inout Int) -> Bool {
            let first = place
            while place < bytes.count, bytes[place] &- UInt8(ascii: "0") < 10 { place &+= 1 }
            return place > first
        }
        if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
            place &+= 1
            guard digits(&place) else { return nil }
        }
        if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
            place &+= 1
            if place < bytes.count,
                bytes[place] == UInt8(ascii: "+") || bytes[place] == UInt8(ascii: "-")
            {
                place &+= 1
            }
            guard digits(&place) else { return nil }
        }
        return DecimalNumber.parse(bytes, start..<place).map { ($0, place) }
    }
}
