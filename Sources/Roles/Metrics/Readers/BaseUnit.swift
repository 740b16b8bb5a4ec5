/// A unit at the end of a name, and the base unit that Prometheus's conventions want instead.
struct BaseUnit: Sendable {
    /// The unit as names have it.
    let suffix: [UInt8]
    /// The base unit.
    let base: [UInt8]
    /// What values are multiplied with.
    let factor: Double

    private init(_ suffix: String, _ base: String, _ factor: Double) {
        self.suffix = Array(suffix.utf8)
        self.base = Array(base.utf8)
        self.factor = factor
    }

    /// Those whose meaning is beyond doubt; `_kb` is not among them, since it is 1000 bytes or 1024.
    private static let all = [
        BaseUnit("_ms", "_seconds", 1e-3), BaseUnit("_millis", "_seconds", 1e-3),
        BaseUnit("_msec", "_seconds", 1e-3), BaseUnit("_milliseconds", "_seconds", 1e-3),
        BaseUnit("_us", "_seconds", 1e-6), BaseUnit("_micros", "_seconds", 1e-6),
        BaseUnit("_usec", "_seconds", 1e-6), BaseUnit("_microseconds", "_seconds", 1e-6),
        BaseUnit("_ns", "_seconds", 1e-9), BaseUnit("_nanos", "_seconds", 1e-9),
        BaseUnit("_nsec", "_seconds", 1e-9), BaseUnit("_nanoseconds", "_seconds", 1e-9),
        BaseUnit("_kib", "_bytes", 1024), BaseUnit("_mib", "_bytes", 1_048_576),
        BaseUnit("_gib", "_bytes", 1_073_741_824),
    ]

    /// The unit at the end of a name; `nil` if there is none, or nothing before it.
    static func of(_ name: [UInt8]) -> BaseUnit? {
        guard mayHave(name) else { return nil }
        for unit in all where name.count > unit.suffix.count {
            let start = name.count - unit.suffix.count
            if name[start] == UInt8(ascii: "_"), name[start...].elementsEqual(unit.suffix) {
                return unit
            }
        }
        return nil
    }

    /// Whether a name may end with a unit: few do, so that most names cost a look at two bytes.
    @inline(__always)
    static func mayHave(_ name: [UInt8]) -> Bool {
        let count = name.count
        guard count > 3 else { return false }
        switch (name[count - 2], name[count - 1]) {
        case (UInt8(ascii: "m"), UInt8(ascii: "s")), (UInt8(ascii: "u"), UInt8(ascii: "s")),
            (UInt8(ascii: "n"), UInt8(ascii: "s")):
            return name[count - 3] == UInt8(ascii: "_")
        case (UInt8(ascii: "d"), UInt8(ascii: "s")), (UInt8(ascii: "i"), UInt8(ascii: "s")),
            (UInt8(ascii: "o"), UInt8(ascii: "s")), (UInt8(ascii: "e"), UInt8(ascii: "c")),
            (UInt8(ascii: "i"), UInt8(ascii: "b")):
            return true
        default: return false
        }
    }
}
