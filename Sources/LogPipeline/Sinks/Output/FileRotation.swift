import Formats
import System

/// Moves old files out of the way: `app.log` becomes `app.log.1`, that `app.log.2` and so on.
enum FileRotation {
    private static let pieceSize = 256 << 10

    /// Moves a file, with those before it one number further; what is beyond the number is removed.
    static func rotate(
        _ path: String,
        kept: Int,
        compression: CompressionKind
    ) throws(SystemError) {
        guard kept > 0 else { return try Files.remove(path) }
        let endings = ["", ".gz", ".zst", ".zz"]
        for ending in endings { try removeIfThere("\(path).\(kept)\(ending)") }
        for number in stride(from: kept - 1, to: 0, by: -1) {
            for ending in endings where Files.exists("\(path).\(number)\(ending)") {
                try Files.rename(
                    "\(path).\(number)\(ending)",
                    to: "\(path).\(number + 1)\(ending)"
                )
            }
        }
        try Files.rename(path, to: path + ".1")
        let (coding, ending): (StreamEncoder.Coding, String)
        switch compression {
        case .none: return
        case .gzip: (coding, ending) = (.gzip, ".gz")
        case .zlib: (coding, ending) = (.zlib, ".zz")
        case .zstd: (coding, ending) = (.zstd, ".zst")
        }
        try compress(path + ".1", to: "\(path).1\(ending)", coding)
    }

    /// Packs a file piece by piece, and removes it then.
    private static func compress(
        _ path: String,
        to target: String,
        _ coding: StreamEncoder.Coding
    ) throws(SystemError) {
        let draft = target + ".tmp"
        let mode = try Files.stat(path).mode & 0o777
        let input = try Descriptors.open(path)
        try Files.write(draft, [UInt8](), mode: mode)
        let encoder = StreamEncoder(coding)
        var packed: [UInt8] = []
        var isAtEnd = false
        while !isAtEnd {
            let piece = try Descriptors.read(input.number, upTo: pieceSize)
            if piece.isEmpty {
                encoder.finish(to: &packed)
                isAtEnd = true
            } else {
                encoder.write(piece.span, to: &packed)
            }
            if !packed.isEmpty { try Files.append(draft, packed) }
            packed.removeAll(keepingCapacity: true)
        }
        try Files.rename(draft, to: target)
        try Files.remove(path)
    }

    private static func removeIfThere(_ path: String) throws(SystemError) {
        if Files.exists(path) { try Files.remove(path) }
    }
}
