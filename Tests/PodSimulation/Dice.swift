/// A small seeded generator (SplitMix64): the same seed throws the same numbers everywhere.
package struct Dice: Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1
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
