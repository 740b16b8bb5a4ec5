import System

/// Finds the end of a log without reading all of it: block by block, backwards.
enum LogTail {
    private static let block = 16384

    /// The offset at which the last so many lines begin; an unfinished line at the end counts as one.
    ///
    /// - Throws: The error of reading.
    static func offset(
        ofLast lines: Int,
        in descriptor: Int32,
        size: Int
    ) throws(SystemError) -> Int {
        if lines <= 0 { return size }
        var left = lines
        var end = size
        var isLastByte = true
        while end > 0 {
            let start = max(end - block, 0)
            let bytes = try Files.read(descriptor: descriptor, from: start, count: end - start)
            for index in bytes.indices.reversed() {
                defer { isLastByte = false }
                // The newline at the very end closes the last line; it does not begin one.
                guard bytes[index] == 0x0A, !isLastByte else { continue }
                left -= 1
                if left == 0 { return start + index + 1 }
            }
            end = start
        }
        return 0
    }

    /// The text of the last lines of a log, cut to its last bytes; empty if it cannot be read.
    static func text(_ path: String, lines: Int, limit: Int) -> [UInt8] {
        guard let file = try? Descriptors.open(path),
            let status = try? Files.stat(descriptor: file.number)
        else { return [] }
        let size = Int(status.size)
        // A line of the log holds 8 KiB of text at most; more than this cannot matter.
        let window = limit + lines * 64
        guard let begin = try? offset(ofLast: lines, in: file.number, size: size) else { return [] }
        let start = max(begin, size - window * 8)
        guard
            let bytes = try? Files.read(
                descriptor: file.number,
                from: start,
                count: size - start
            )
        else { return [] }
        var text: [UInt8] = []
        for line in bytes.split(separator: 0x0A) {
            guard let line = LogLine(line) else { continue }
            text += line.text
            if !line.isPartial { text.append(0x0A) }
        }
        return text.suffix(limit)
    }
}
