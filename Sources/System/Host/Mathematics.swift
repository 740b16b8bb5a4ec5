import Glibc

/// The functions of numbers that Swift has from the C library only.
public enum Mathematics {
    /// The logarithm to base 2.
    public static func logarithm2(_ number: Double) -> Double { log2(number) }
    /// The sine of an angle in radians.
    public static func sine(_ angle: Double) -> Double { sin(angle) }
    /// The cosine of an angle in radians.
    public static func cosine(_ angle: Double) -> Double { cos(angle) }
    /// The angle in radians whose sine it is.
    public static func arcsine(_ number: Double) -> Double { asin(number) }
    /// The angle in radians of a point seen from the origin.
    public static func angle(x: Double, y: Double) -> Double { atan2(y, x) }
}
