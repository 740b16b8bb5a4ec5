import Testing

@testable import Proxying

@Suite struct HashTests {
    /// The vectors of the reference implementation.
    @Test(
        arguments: [
            ("", 0, 0xef46_db37_51d8_e999), ("a", 0, 0xd24e_c4f1_a98c_6e5b),
            ("abc", 0, 0x44bc_2cf5_ad77_0999), ("foo", 0, 0x33bf_00a8_59c4_ba3f),
            ("message digest", 0, 0x066e_d728_fcee_b3be),
            ("abcdefghijklmnopqrstuvwxyz", 0, 0xcfe1_f278_fa89_835c),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                0,
                0xe04a_477f_19ee_145d
            ),
        ] as [(String, UInt64, UInt64)]
    )
    func `a hash is xxHash's`(text: String, seed: UInt64, expected: UInt64) {
        let hash = XXHash64.hash(Array(text.utf8), seed: seed)
        #expect(hash == expected)
        #expect(XXHash64.hash(Array(text.utf8), seed: seed &+ 1) != hash)
    }

    @Test func `random numbers spread evenly and repeat with the seed`() {
        var random = RandomSource(seed: 7)
        var counts = Array(repeating: 0, count: 10)
        for _ in 0..<100_000 { counts[random.below(10)] += 1 }
        #expect(chiSquare(counts) < 30)
        var again = RandomSource(seed: 7)
        var other = RandomSource(seed: 8)
        var first = RandomSource(seed: 7)
        #expect(first.next() == again.next())
        #expect(first.next() != other.next())
        #expect((0..<1000).allSatisfy { _ in random.passes(millionths: 1_000_000) })
        #expect(!(0..<1000).contains { _ in random.passes(millionths: 0) })
    }
}

/// How far counts are from even: for k numbers about k - 1, seldom above k + 5 sqrt(2 k).
func chiSquare(_ counts: [Int], shares: [Int]? = nil) -> Double {
    let shares = shares ?? Array(repeating: 1, count: counts.count)
    let total = Double(counts.reduce(0, +))
    let sum = Double(shares.reduce(0, +))
    return zip(counts, shares).reduce(0) { result, pair in
        let expected = total * Double(pair.1) / sum
        let distance = Double(pair.0) - expected
        return result + distance * distance / expected
    }
}
