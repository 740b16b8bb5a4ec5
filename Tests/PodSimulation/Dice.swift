/// A small seeded generator (SplitMix64): the same seed throws the same numbers everywhere.
package struct Dice: Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        // Mixed, because the stream of a state and that of the next multiple of the step overlap.
        state = Self.mix(Self.mix(seed &+ 0x1234_5678_9ABC_DEF1) ^ 0x5851_F42D_4C95_7F2D)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        mixed = (mixed ^ (mixed >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return mixed ^ (mixed >> 33)
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which must be positive.
    package mutating func below(_ limit: Int) -> Int {
        Int(next() % UInt64(max(1, limit)))
    }

    /// True in `percent` of 100 throws.
    package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    package mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }

    /// A duration of whole milliseconds up to `limit`.
    package mutating func time(upTo limit: Duration) -> Duration {
        .milliseconds(Int64(below(Int(limit.components.seconds * 1000) + 1)))
    }
}
