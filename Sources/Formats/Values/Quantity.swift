/// A Kubernetes resource quantity: `500m`, `1.5Gi`, `1e3`.
///
/// Kept exactly in units of 10⁻⁹; finer fractions are rounded up, values beyond ±(2⁶³ - 1) are
/// capped, both as apimachinery's `resource.Quantity` does. Equality and order go by value, so
/// `1Gi` equals `1073741824`.
public struct Quantity: Sendable {
    /// The family of suffixes a quantity was written with, which its canonical text keeps.
    public enum Format: Sendable, Hashable {
        /// `n u m`, none, `k M G T P E`.
        case decimalSI
        /// `Ki Mi Gi Ti Pi Ei`.
        case binarySI
        /// `e3`, `E-3`.
        case decimalExponent
    }

    /// The value in units of 10⁻⁹.
    public let nanos: Int128
    /// The family of suffixes.
    public let format: Format

    /// Makes a quantity from its value in units of 10⁻⁹, capped at ±(2⁶³ - 1).
    public init(nanos: Int128, format: Format = .decimalSI) {
        let limit = Int128(Int64.max) * 1_000_000_000
        self.nanos = min(max(nanos, -limit), limit)
        self.format = format
    }

    /// Makes a quantity of whole units.
    public init(_ value: Int, format: Format = .decimalSI) {
        self.init(nanos: Int128(value) * 1_000_000_000, format: format)
    }

    /// Makes a quantity of thousandths, such as milli-CPUs.
    public init(milli: Int) {
        self.init(nanos: Int128(milli) * 1_000_000)
    }

    /// None at all.
    public static let zero = Self(0)

    /// Whether nothing is meant.
    public var isZero: Bool { nanos == 0 }

    /// The value in whole units, rounded up (away from zero).
    public var value: Int { Int(clamping: Self.divide(nanos, by: 1_000_000_000)) }

    /// The value in thousandths, rounded up (away from zero) and capped at 64 bits.
    public var milliValue: Int { Int(clamping: Self.divide(nanos, by: 1_000_000)) }

    private static func divide(_ nanos: Int128, by unit: Int128) -> Int128 {
        let (quotient, remainder) = nanos.quotientAndRemainder(dividingBy: unit)
        return quotient + (remainder == 0 ? 0 : remainder.signum())
    }

    /// The sum, in the format of the left side unless that is zero.
    public static func + (left: Self, right: Self) -> Self {
        Self(
            nanos: left.nanos + right.nanos,
            format: left.isZero ? right.format : left.format
        )
    }

    /// The difference, in the format of the left side unless that is zero.
    public static func - (left: Self, right: Self) -> Self {
        Self(
            nanos: left.nanos - right.nanos,
            format: left.isZero ? right.format : left.format
        )
    }
}

extension Quantity: Hashable, Comparable {
    /// Equal values are equal, however written.
    public static func == (left: Self, right: Self) -> Bool { left.nanos == right.nanos }

    /// Orders by value.
    public static func < (left: Self, right: Self) -> Bool { left.nanos < right.nanos }

    /// Hashes the value.
    public func hash(into hasher: inout Hasher) { hasher.combine(nanos) }
}

extension Quantity: CustomStringConvertible {
    /// The canonical text: no fraction, the largest suffix that needs none.
    public var text: String {
        if nanos == 0 { return "0" }
        let kibi: Int128 = 1024 * 1_000_000_000
        if format == .binarySI, nanos.magnitude >= kibi.magnitude, nanos % 1_000_000_000 == 0 {
            return binaryText
        }
        var mantissa = nanos
        var exponent = -9
        while mantissa % 1000 == 0, exponent < 18 {
            mantissa /= 1000
            exponent += 3
        }
        if format == .decimalExponent {
            return exponent == 0 ? "\(mantissa)" : "\(mantissa)e\(exponent)"
        }
        return "\(mantissa)\(Self.decimalSuffixes[(exponent + 9) / 3])"
    }

    /// The canonical text.
    public var description: String { text }

    private var binaryText: String {
        var mantissa = nanos / 1_000_000_000
        var power = 0
        while mantissa % 1024 == 0, power < 6 {
            mantissa /= 1024
            power += 1
        }
        return "\(mantissa)\(["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power])"
    }

    static let decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
}
