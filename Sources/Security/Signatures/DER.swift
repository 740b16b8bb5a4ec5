/// The few forms of DER (X.690) that public keys and signatures need.
enum DER {
    static func sequence(_ content: [UInt8]) -> [UInt8] { value(0x30, content) }

    static func identifier(_ bytes: [UInt8]) -> [UInt8] { value(0x06, bytes) }

    static func bitString(_ content: [UInt8]) -> [UInt8] { value(0x03, [0] + content) }

    /// A number that is not negative, the most significant byte first.
    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        var digits = Array(bytes.drop { $0 == 0 })
        if digits.isEmpty || digits[0] >= 0x80 { digits.insert(0, at: 0) }
        return value(0x02, digits)
    }

    /// How many bits a number has.
    static func bits(of bytes: [UInt8]) -> Int {
        let digits = bytes.drop { $0 == 0 }
        guard let first = digits.first else { return 0 }
        return digits.count * 8 - first.leadingZeroBitCount
    }

    /// The numbers of a short sequence of numbers, without leading zeros: a signature of ECDSA.
    static func integers(of sequence: [UInt8]) -> [[UInt8]] {
        var numbers: [[UInt8]] = []
        var index = 2
        while index + 1 < sequence.count, sequence[index] == 0x02 {
            let end = min(index + 2 + Int(sequence[index + 1]), sequence.count)
            numbers.append(Array(sequence[(index + 2)..<end].drop { $0 == 0 }))
            index = end
        }
        return numbers
    }

    private static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        if count < 0x80 { return [tag, UInt8(count)] + content }
        var length: [UInt8] = []
        var rest = count
        while rest > 0 {
            length.insert(UInt8(rest & 255), at: 0)
            rest >>= 8
        }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }
}
