import Foundation

/// The corpora of the fuzzers, and inputs made of them.
public enum Corpora {
    /// The inputs that `Fuzz/<name>/Corpus` holds, and mutations of them, the same each time.
    public static func inputs(_ name: String, mutations: Int = 400) throws -> [[UInt8]] {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appending(path: "Fuzz/\(name)/Corpus")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let seeds = try files.map { Array(try Data(contentsOf: folder.appending(path: $0))) }
        var dice = SeededGenerator(seed: 20_261_121)
        return seeds
            + seeds.flatMap { seed in
                (0..<mutations).map { _ in mutated(seed, seeds, &dice) }
            }
    }

    private static func mutated(
        _ seed: [UInt8],
        _ seeds: [[UInt8]],
        _ dice: inout SeededGenerator
    ) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...4, using: &dice) {
            let place = Int.random(in: 0...bytes.count, using: &dice)
            switch Int.random(in: 0..<6, using: &dice) {
            case 0: bytes.insert(UInt8.random(in: 0...255, using: &dice), at: place)
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2 where place < bytes.count:
                bytes[place] = UInt8.random(in: 0...255, using: &dice)
            case 3 where place < bytes.count:
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
            case 4:
                let other = seeds[Int.random(in: 0..<seeds.count, using: &dice)]
                bytes = bytes[..<place] + other.suffix(Int.random(in: 0...20, using: &dice))
            default:
                let marks = Array("\"\\{}[],:.- \n\t=%0eutfn<>|;'".utf8)
                let mark = marks[Int.random(in: 0..<marks.count, using: &dice)]
                bytes.insert(mark, at: place)
            }
        }
        return bytes
    }
}
