import System

/// An address of the internet, of version 4 (four bytes) or 6 (sixteen).
struct Address: Equatable {
    var bytes: [UInt8]

    var isVersion6: Bool { bytes.count == 16 }

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads an address; nil if the text is none.
    init?(_ text: String) {
        guard !text.utf8.contains(UInt8(ascii: "%")), text.utf8.count <= 45,
            let address = SocketAddress(number: text, port: 0), !address.isPath,
            address.isIPv6 == text.utf8.contains(UInt8(ascii: ":"))
        else { return nil }
        bytes = address.hostBytes
    }

    /// The address as people write it: of zeros the longest run is left out.
    var text: String {
        guard isVersion6 else { return bytes.map(String.init).joined(separator: ".") }
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return "::ffff:" + Address(bytes: Array(bytes[12...])).text
        }
        let groups = (0..<8).map { Int(bytes[2 * $0]) << 8 | Int(bytes[2 * $0 + 1]) }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(longest.count, 1) { longest = start..<end }
            start = max(end, start + 1)
        }
        func joined(_ part: some Sequence<Int>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return joined(groups) }
        return joined(groups[..<longest.lowerBound]) + "::" + joined(groups[longest.upperBound...])
    }

    /// The address with all bits beyond a number cleared.
    func prefix(_ count: Int) -> Address {
        Address(
            bytes: bytes.enumerated().map { index, byte in
                let bits = max(0, min(8, count - 8 * index))
                return byte & UInt8(truncatingIfNeeded: 0xFF00 >> bits)
            }
        )
    }
}
