package import Formats
package import Security

/// What the content of a file must be: a digest by its name.
package struct Checksum: Sendable, Hashable, CustomStringConvertible {
    /// The algorithm.
    package var algorithm: NamedDigest
    /// The digest in lower-case hexadecimal digits.
    package var digits: String

    private static let names: [(name: String, algorithm: NamedDigest, digits: Int)] = [
        ("sha256", .sha256, 64), ("sha512", .sha512, 128), ("sha384", .sha384, 96),
    ]

    package var description: String {
        let name = Self.names.first { $0.algorithm == algorithm }?.name ?? algorithm.rawValue
        return "\(name):\(digits)"
    }

    /// A digest of an algorithm.
    package init(_ algorithm: NamedDigest, _ bytes: [UInt8]) {
        self.algorithm = algorithm
        digits = Digest.hexadecimal(bytes)
    }

    /// Reads `sha256:…`, `sha512:…`, or the digits alone, whose number tells the algorithm.
    ///
    /// - Throws: What is no checksum.
    package init(_ text: String) throws(FormatError) {
        let parts = text.split(separator: ":", maxSplits: 1)
        let digits = (parts.last.map(String.init) ?? "").lowercased()
        let isHexadecimal = digits.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
        }
        let name = parts.count == 2 ? parts[0].lowercased().filter { $0 != "-" } : nil
        guard isHexadecimal,
            let found = Self.names.first(where: {
                $0.digits == digits.utf8.count && (name == nil || name == $0.name)
            })
        else {
            throw FormatError(
                "\"\(text.prefix(140))\" is no checksum",
                remedy: "write sha256: and 64 digits, or sha512: and 128"
            )
        }
        algorithm = found.algorithm
        self.digits = digits
    }

    /// The checksum of a file in a list as `sha256sum` writes it (`digits  name`), or in BSD's form
    /// (`SHA256 (name) = digits`); a list of nothing but one digest is that of any file.
    ///
    /// - Parameters:
    ///   - name: The file's name; directories in the list are left out.
    ///   - list: The list.
    /// - Returns: Its checksum.
    /// - Throws: That the list names no such file, or what its line says is no checksum.
    package static func of(_ name: String, in list: String) throws(FormatError) -> Checksum {
        let lines = list.split(whereSeparator: \.isNewline).filter {
            !$0.hasPrefix("#") && !$0.allSatisfy(\.isWhitespace)
        }
        if lines.count == 1, !lines[0].contains(" ") { return try Checksum(String(lines[0])) }
        for line in lines {
            if let open = line.firstRange(of: " ("), let close = line.firstRange(of: ") = ") {
                guard open.upperBound <= close.lowerBound,
                    base(line[open.upperBound..<close.lowerBound]) == name
                else { continue }
                return try Checksum("\(line[..<open.lowerBound]):\(line[close.upperBound...])")
            }
            let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            guard words.count == 2 else { continue }
            let file = words[1].drop { $0 == " " || $0 == "*" }
            if base(file) == name { return try Checksum(String(words[0])) }
        }
        throw FormatError(
            "the list of checksums has no \"\(name)\"",
            remedy: "name it as the list does, with --checksum-name"
        )
    }

    private static func base(_ path: Substring) -> String {
        path.split(separator: "/").last.map(String.init) ?? String(path)
    }
}
