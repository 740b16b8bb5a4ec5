/// Labels in the form in which they are exposed, `a="b",c="d"`, in the order of their names.
///
/// Samples keep their labels in this form, so that nothing is encoded again when they are written.
package struct LabelText: Sendable, Hashable {
    /// One label.
    package struct Pair: Sendable, Hashable {
        /// Its name: `[a-zA-Z_][a-zA-Z0-9_]*`.
        package var name: String
        /// Its value: any text.
        package var value: String

        /// Makes a label.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The text.
    package private(set) var bytes: [UInt8] = []
    /// The most bytes of a label's value; longer ones are cut.
    static let valueMaximum = 4096

    /// No labels.
    package init() {}

    /// Labels in the order of their names; of two with the same name the last one stays.
    package init(_ pairs: [Pair]) {
        let sorted = pairs.enumerated().sorted {
            $0.element.name == $1.element.name
                ? $0.offset < $1.offset : $0.element.name < $1.element.name
        }.map(\.element)
        for (index, pair) in sorted.enumerated() where !pair.value.isEmpty {
            if index + 1 < sorted.count, sorted[index + 1].name == pair.name { continue }
            let value = Array(pair.value.utf8)
            append(Array(pair.name.utf8), value, 0..<value.count)
        }
    }

    /// Forgets all labels and keeps the room.
    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Adds a label whose name comes after those that are there.
    ///
    /// What is no UTF-8 in the value is replaced, quotes, backslashes and line ends are escaped, other control
    /// characters stay: the forms allow them.
    mutating func append(_ name: [UInt8], _ value: [UInt8], _ range: Range<Int>) {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: name)
        bytes.append(UInt8(ascii: "="))
        bytes.append(UInt8(ascii: "\""))
        Self.appendEscaped(value, range, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a value as it stands between quotes.
    static func appendEscaped(_ value: [UInt8], _ range: Range<Int>, to bytes: inout [UInt8]) {
        let end = min(range.upperBound, range.lowerBound + valueMaximum)
        var isPlain = true
        for place in range.lowerBound..<end
        where value[place] >= 0x80 || value[place] == UInt8(ascii: "\"")
            || value[place] == UInt8(ascii: "\\") || value[place] == 0x0A
        {
            isPlain = false
            break
        }
        if isPlain {
            bytes.append(contentsOf: value[range.lowerBound..<end])
            return
        }
        for byte in String(decoding: value[range.lowerBound..<end], as: UTF8.self).utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
            default: bytes.append(byte)
            }
        }
    }

    /// The labels of a text in this form.
    static func pairs(_ bytes: [UInt8], _ range: Range<Int>) -> [Pair] {
        var found: [Pair] = []
        var place = range.lowerBound
        while place < range.upperBound {
            let nameStart = place
            while place < range.upperBound, bytes[place] != UInt8(ascii: "=") { place += 1 }
            let name = String(decoding: bytes[nameStart..<place], as: UTF8.self)
            place += 2
            var value: [UInt8] = []
            while place < range.upperBound, bytes[place] != UInt8(ascii: "\"") {
                if bytes[place] == UInt8(ascii: "\\"), place + 1 < range.upperBound {
                    place += 1
                    value.append(bytes[place] == UInt8(ascii: "n") ? 0x0A : bytes[place])
                } else {
                    value.append(bytes[place])
                }
                place += 1
            }
            found.append(Pair(name, String(decoding: value, as: UTF8.self)))
            place += 2
        }
        return found
    }

    /// The labels.
    package var pairs: [Pair] { Self.pairs(bytes, 0..<bytes.count) }
}
