internal import Basics

/// An amount of a resource, as it is written.
public struct Quantity: Sendable, Hashable, CustomStringConvertible {
    /// The text.
    public var description: String

    /// Takes any text that begins like a number.
    public init?(_ text: String) {
        guard let first = text.utf8.first, (43...57).contains(first) else { return nil }
        self.description = text
    }
}

/// Base64 with padding.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            var word = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
            var group: [UInt8] = []
            for _ in 0..<4 {
                group.insert(alphabet[word & 63], at: 0)
                word >>= 6
            }
            for pad in 0..<(3 - part.count) { group[3 - pad] = 61 }
            text += group
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var word = 0
        var bits = 0
        for byte in text.utf8 where byte != 61 && byte != 10 && byte != 13 {
            guard let value = alphabet.firstIndex(of: byte) else { return nil }
            word = (word << 6 | value) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(word >> bits & 255))
            }
        }
        return bytes
    }
}

extension Timestamp {
    init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int? {
            guard bytes.count >= from + count else { return nil }
            return Int(String(decoding: bytes[from..<from + count], as: UTF8.self))
        }
        guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2)
        else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let days = era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
        self.init(seconds: Int64(days * 86_400 + hour * 3600 + minute * 60 + second))
    }

    var rfc3339: String {
        let days = Int(seconds) / 86_400
        let rest = Int(seconds) - days * 86_400
        let shifted = days + 719_468
        let era = shifted / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * march + 2) / 5 + 1
        let month = march < 10 ? march + 3 : march - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))T\(two(rest / 3600)):"
            + "\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }

    var rfc3339Micro: String { rfc3339 }
}
