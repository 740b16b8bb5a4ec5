/// Random numbers that are cheap and not secret (wyrand), one source for each worker.
struct RandomSource: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0xa076_1d64_78bd_642f
        let product = state.multipliedFullWidth(by: state ^ 0xe703_7ed1_a0b4_28db)
        return product.high ^ product.low
    }

    /// A number from 0 up to but without the bound, which is at least 1.
    mutating func below(_ bound: Int) -> Int {
        // The product's upper half; the unevenness of bound / 2^64 is nothing here.
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number from 0 up to but without 1.
    mutating func share() -> Double {
        Double(next() >> 11) / Double(1 << 53 as UInt64)
    }

    /// True for so many of a million calls.
    mutating func passes(millionths: Int) -> Bool {
        if millionths >= 1_000_000 { return true }
        return millionths > 0 && below(1_000_000) < millionths
    }
}
