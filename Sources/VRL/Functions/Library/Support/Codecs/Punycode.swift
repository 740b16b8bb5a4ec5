/// Punycode (RFC 3492), and names of domains in it.
enum Punycode {
    private static let base = 36

    private static func adapt(_ delta: Int, _ count: Int, _ isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var k = 0
        while delta > 35 * 26 / 2 {
            delta /= 35
            k += base
        }
        return k + 36 * delta / (delta + 38)
    }

    private static func threshold(_ k: Int, _ bias: Int) -> Int { max(1, min(26, k - bias)) }

    /// A label without its `xn--`; nil if it cannot be told.
    static func encode(_ label: String) -> String? {
        let scalars = label.unicodeScalars.map { Int($0.value) }
        var output = scalars.filter { $0 < 128 }.map { UInt8($0) }
        let basic = output.count
        if basic > 0 { output.append(UInt8(ascii: "-")) }
        var (n, delta, bias, handled) = (128, 0, 72, basic)
        // Longer labels are no names, and the sum must not overflow.
        guard scalars.count < 4096 else { return nil }
        while handled < scalars.count {
            guard let next = scalars.filter({ $0 >= n }).min() else { return nil }
            delta += (next - n) * (handled + 1)
            n = next
            for scalar in scalars {
                if scalar < n { delta += 1 }
                guard scalar == n else { continue }
                var q = delta
                var k = base
                while true {
                    let t = threshold(k, bias)
                    if q < t { break }
                    output.append(digit(t + (q - t) % (base - t)))
                    q = (q - t) / (base - t)
                    k += base
                }
                output.append(digit(q))
                bias = adapt(delta, handled + 1, handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            n += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func digit(_ value: Int) -> UInt8 {
        UInt8(value < 26 ? value + 0x61 : value - 26 + 0x30)
    }

    /// The label that a text without its `xn--` tells; nil if it tells none.
    static func decode(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.count < 4096, bytes.span.isASCII else { return nil }
        let split = bytes.lastIndex(of: UInt8(ascii: "-"))
        var output = split.map { bytes[..<$0].map { Int($0) } } ?? []
        var rest = bytes[(split.map { $0 + 1 } ?? 0)...]
        var (n, i, bias) = (128, 0, 72)
        while !rest.isEmpty {
            let old = i
            var (weight, k) = (1, base)
            while true {
                guard let byte = rest.popFirst() else { return nil }
                let folded = byte | 0x20
                let value: Int
                if (0x61...0x7A).contains(folded), byte > 0x40 {
                    value = Int(folded) - 0x61
                } else if (0x30...0x39).contains(byte) {
                    value = Int(byte) - 0x30 + 26
                } else {
                    return nil
                }
                i += value * weight
                let t = threshold(k, bias)
                if value < t { break }
                weight *= base - t
                guard weight < 1 << 40, i < 1 << 50 else { return nil }
                k += base
            }
            bias = adapt(i - old, output.count + 1, old == 0)
            n += i / (output.count + 1)
            i %= output.count + 1
            guard n < 0x110000, Unicode.Scalar(UInt32(n)) != nil else { return nil }
            output.insert(n, at: i)
            i += 1
        }
        var label = ""
        for value in output {
            guard let scalar = Unicode.Scalar(UInt32(value)) else { return nil }
            label.unicodeScalars.append(scalar)
        }
        return label
    }

    /// A domain's name in ASCII; nil if it is no name.
    ///
    /// Letters become small, and labels of both directions of writing are refused.
    static func asciiName(_ name: String) -> String? {
        var labels: [String] = []
        for part in name.split(separator: ".", omittingEmptySubsequences: false) {
            let label = part.lowercased()
            if label.hasPrefix("xn--") {
                guard let told = decode(String(label.dropFirst(4))), !told.utf8.isEmpty,
                    !told.utf8.allSatisfy({ $0 < 128 }), isLabel(told), isOneWay(told)
                else { return nil }
                labels.append(label)
            } else if label.utf8.allSatisfy({ $0 < 128 }) {
                guard isLabel(label) else { return nil }
                labels.append(label)
            } else {
                guard isLabel(label), isOneWay(label), let told = encode(label) else { return nil }
                labels.append("xn--" + told)
            }
        }
        return labels.joined(separator: ".")
    }

    private static func isLabel(_ label: String) -> Bool {
        label.unicodeScalars.allSatisfy { scalar in
            scalar.value > 0x20 && !"%#/:<>?@[\\]^|\u{7F}".unicodeScalars.contains(scalar)
        }
    }

    /// Whether a label is written in one direction only, as RFC 5893 wants it of those from right to
    /// left, and begins with a letter.
    private static func isOneWay(_ label: String) -> Bool {
        let isRight = { (scalar: Unicode.Scalar) in
            (0x590...0x8FF).contains(scalar.value) || (0xFB1D...0xFDFF).contains(scalar.value)
                || (0xFE70...0xFEFF).contains(scalar.value)
        }
        guard label.unicodeScalars.contains(where: isRight) else { return true }
        let isLetter = label.unicodeScalars.first?.properties.isAlphabetic == true
        return isLetter && label.unicodeScalars.allSatisfy(isRight)
    }

    /// A domain's name as people read it, with what cannot be told left as it is.
    static func unicodeName(_ name: String) -> String {
        name.split(separator: ".", omittingEmptySubsequences: false).map { part in
            guard part.hasPrefix("xn--") else { return String(part) }
            return decode(String(part.dropFirst(4))) ?? String(part)
        }.joined(separator: ".")
    }
}
