/// Checks that a decoder gives the same result however its input is cut into pieces.
public enum ChunkVerifier {
    /// A cut of the input whose result differs from that of the whole input.
    public struct Difference: Error, CustomStringConvertible {
        /// The lengths of the pieces.
        public let pieces: [Int]
        /// The result of the input in one piece.
        public let whole: String
        /// The result of the input in these pieces.
        public let cut: String

        /// What differs, for the test's message.
        public var description: String {
            "cut into \(pieces): \(cut); in one piece: \(whole)"
        }
    }

    /// Decodes the input in one piece, in equal pieces of every size, cut in two at every place,
    /// and in `rounds` seeded random ways, and compares the results.
    ///
    /// - Parameters:
    ///   - input: The bytes to decode; keep them below a few kilobytes, the work is quadratic.
    ///   - sizes: The largest of the equal pieces; smaller makes it faster.
    ///   - rounds: How many random cuts are tried.
    ///   - decode: Feeds the pieces to a new decoder; the result must show everything it produced.
    /// - Returns: The result, the same for every cut.
    /// - Throws: `Difference`, or what `decode` throws.
    @discardableResult
    public static func verify<Output: Equatable>(
        _ input: [UInt8],
        sizes: Int = .max,
        rounds: Int = 50,
        decode: ([[UInt8]]) throws -> Output
    ) throws -> Output {
        let whole = try decode([input])
        for pieces in cuts(of: input, sizes: sizes, rounds: rounds) {
            let output = try decode(pieces)
            guard output == whole else {
                throw Difference(pieces: pieces.map(\.count), whole: "\(whole)", cut: "\(output)")
            }
        }
        return whole
    }

    /// All the ways of cutting the input that `verify` tries, the whole input left out.
    public static func cuts(
        of input: [UInt8],
        sizes: Int = .max,
        rounds: Int = 50
    ) -> [[[UInt8]]] {
        guard input.count > 1 else { return [] }
        var cuts: [[[UInt8]]] = []
        for size in 1..<input.count {
            if size <= sizes {
                cuts.append(
                    stride(from: 0, to: input.count, by: size)
                        .map { Array(input[$0..<min($0 + size, input.count)]) }
                )
            }
            cuts.append([Array(input[..<size]), Array(input[size...])])
        }
        var generator = SeededGenerator(seed: UInt64(input.count))
        for _ in 0..<rounds {
            var pieces: [[UInt8]] = []
            var start = 0
            while start < input.count {
                let end = min(input.count, start + Int.random(in: 1...17, using: &generator))
                pieces.append(Array(input[start..<end]))
                start = end
            }
            cuts.append(pieces)
        }
        return cuts
    }
}
