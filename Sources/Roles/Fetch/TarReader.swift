package import Formats

/// The entries of a tar archive in memory: ustar, with GNU's and POSIX' (pax) long names.
package struct TarReader: Sendable {
    /// What an entry is.
    package enum Kind: Sendable, Hashable {
        case file
        case directory
        /// A symbolic link and where it points.
        case symbolicLink(String)
        /// A second name of an entry before it.
        case hardLink(String)
        /// A device, a pipe: by its letter.
        case other(UInt8)
    }

    /// An entry.
    package struct Entry: Sendable, Hashable {
        /// The name as it is written.
        package var name: String
        package var kind: Kind
        /// The permission bits.
        package var mode: UInt32
        /// Where its content lies in the archive.
        package var content: Range<Int>
    }

    /// The most entries.
    package static let entriesMaximum = 100_000
    /// The longest name, in bytes.
    package static let nameMaximum = 4096
    private static let block = 512

    private let bytes: [UInt8]
    private var at = 0

    /// Reads an archive.
    ///
    /// - Throws: What is broken, with the byte at which the entry begins.
    package static func entries(_ bytes: [UInt8]) throws(FormatError) -> [Entry] {
        var reader = TarReader(bytes: bytes)
        return try reader.all()
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func all() throws(FormatError) -> [Entry] {
        var entries: [Entry] = []
        var longName: String?
        var longLink: String?
        var fields: [String: String] = [:]
        while at < bytes.count {
            let start = at
            guard start + Self.block <= bytes.count else {
                throw broken("it ends in the middle of an entry", start)
            }
            // Two empty blocks end it; what follows is padding.
            if bytes[start..<(start + Self.block)].allSatisfy({ $0 == 0 }) { return entries }
            try verify(start)
            let type = bytes[start + 156]
            var size = try number(start + 124, 12)
            if let text = fields["size"], type != UInt8(ascii: "x") {
                guard let given = Int(text), given >= 0 else { throw broken("a size", start) }
                size = given
            }
            at = start + Self.block
            let carries = ![0x31, 0x32, 0x33, 0x34, 0x35, 0x36].contains(type)
            let length = carries ? size : 0
            guard length <= bytes.count - at else {
                throw broken("the content of an entry is cut off", start)
            }
            let content = at..<(at + length)
            let padded = (length + Self.block - 1) / Self.block * Self.block
            at = min(at + padded, bytes.count)
            switch type {
            case UInt8(ascii: "L"): longName = try long(content, start)
            case UInt8(ascii: "K"): longLink = try long(content, start)
            case UInt8(ascii: "x"): fields = try pax(content, start)
            case UInt8(ascii: "g"): _ = try pax(content, start)
            default:
                guard entries.count < Self.entriesMaximum else {
                    throw broken("there are more than \(Self.entriesMaximum) entries", start)
                }
                let name = fields["path"] ?? longName ?? name(start)
                let link = fields["linkpath"] ?? longLink ?? text(start + 157, 100)
                guard !name.isEmpty, name.utf8.count <= Self.nameMaximum,
                    link.utf8.count <= Self.nameMaximum,
                    !name.utf8.contains(0), !link.utf8.contains(0)
                else { throw broken("an entry has no proper name", start) }
                entries.append(
                    Entry(
                        name: name,
                        kind: Self.kind(type, name, link),
                        mode: UInt32(truncatingIfNeeded: try number(start + 100, 8)) & 0o7777,
                        content: content
                    )
                )
                (longName, longLink, fields) = (nil, nil, [:])
            }
        }
        throw broken("its end is missing, so it is cut off", at)
    }

    private static func kind(_ type: UInt8, _ name: String, _ link: String) -> Kind {
        switch type {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): name.hasSuffix("/") ? .directory : .file
        case UInt8(ascii: "1"): .hardLink(link)
        case UInt8(ascii: "2"): .symbolicLink(link)
        case UInt8(ascii: "5"): .directory
        default: .other(type)
        }
    }

    private func broken(_ what: String, _ place: Int) -> FormatError {
        FormatError("the tar archive is broken at byte \(place): \(what)")
    }

    private func verify(_ start: Int) throws(FormatError) {
        var sum = 0
        for index in 0..<Self.block {
            sum += (148..<156).contains(index) ? 32 : Int(bytes[start + index])
        }
        guard try number(start + 148, 8) == sum else {
            throw broken("a checksum is wrong, so this is no tar archive", start)
        }
    }

    private func text(_ start: Int, _ count: Int) -> String {
        String(decoding: bytes[start..<(start + count)].prefix { $0 != 0 }, as: UTF8.self)
    }

    private func name(_ start: Int) -> String {
        let name = text(start, 100)
        guard text(start + 257, 5) == "ustar", bytes[start + 262] == 0 else { return name }
        let prefix = text(start + 345, 155)
        return prefix.isEmpty ? name : prefix + "/" + name
    }

    /// A number in octal digits, or in GNU's binary form.
    private func number(_ start: Int, _ count: Int) throws(FormatError) -> Int {
        if bytes[start] & 0x80 != 0 {
            var value = Int(bytes[start] & 0x3F)
            for byte in bytes[(start + 1)..<(start + count)] {
                guard bytes[start] & 0x40 == 0, value < 1 << 52 else {
                    throw broken("a number is too large", start)
                }
                value = value << 8 | Int(byte)
            }
            return value
        }
        let digits = bytes[start..<(start + count)].drop { $0 == 0x20 || $0 == 0 }
            .prefix { $0 != 0x20 && $0 != 0 }
        var value = 0
        for digit in digits {
            guard (0x30...0x37).contains(digit), value < 1 << 52 else {
                throw broken("a number has other signs than digits", start)
            }
            value = value * 8 + Int(digit - 0x30)
        }
        return value
    }

    private func long(_ content: Range<Int>, _ start: Int) throws(FormatError) -> String {
        guard content.count <= Self.nameMaximum + 1 else {
            throw broken("a name is longer than \(Self.nameMaximum) bytes", start)
        }
        return String(decoding: bytes[content].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Records of the form `27 path=some/name\n`.
    private func pax(_ content: Range<Int>, _ start: Int) throws(FormatError) -> [String: String] {
        guard content.count <= 1 << 20 else { throw broken("its fields are too large", start) }
        var fields: [String: String] = [:]
        var rest = bytes[content]
        while let first = rest.first, first != 0 {
            guard let blank = rest.firstIndex(of: 0x20),
                let length = Int(String(decoding: rest[rest.startIndex..<blank], as: UTF8.self)),
                length > blank - rest.startIndex + 1, length <= rest.count,
                let equals = rest[blank...].firstIndex(of: UInt8(ascii: "=")),
                equals < rest.startIndex + length - 1
            else { throw broken("a field is not of the form length name=value", start) }
            let end = rest.startIndex + length
            let name = String(decoding: rest[(blank + 1)..<equals], as: UTF8.self)
            fields[name] = String(decoding: rest[(equals + 1)..<(end - 1)], as: UTF8.self)
            rest = rest[end...]
        }
        return fields
    }
}
