import Records
import System

/// Arithmetic, and numbers as texts.
enum NumberFunctions {
    static let all: [Function] = [
        abs, rounding("ceil") { $0.rounded(.up) }, rounding("floor") { $0.rounded(.down) },
        rounding("round") { $0.rounded(.toNearestOrAwayFromZero) }, mod, formatInt, formatNumber,
        parseInt, parseFloat, haversine,
    ]

    /// The type of a result that is whole if the argument is.
    private static func same(_ known: KnownArguments) -> Function.Outcome {
        let kinds = known.kinds(0)
        return .init(TypeInfo(kinds == .integer || kinds == .float ? kinds : .number))
    }

    private static let abs = Function(
        "abs",
        [Parameter("value", .number)],
        outcome: same
    ) { arguments, _ throws(FunctionError) in
        let value = try arguments.value(0)
        switch value {
        case .integer(let number): return .integer(number == .min ? .max : Swift.abs(number))
        case .float(let number): return .float(Swift.abs(number))
        default: throw .expected(.number, got: value)
        }
    }

    private static func rounding(
        _ name: String,
        _ round: @escaping @Sendable (Double) -> Double
    ) -> Function {
        Function(
            name,
            [Parameter("value", .number), .optional("precision", .integer)],
            outcome: same
        ) { arguments, _ throws(FunctionError) in
            let value = try arguments.value(0)
            let precision = try arguments.integer(1, or: 0)
            switch value {
            case .integer: return value
            case .float(let number):
                return .number(rounded(number, to: precision, round))
            default: throw .expected(.number, got: value)
            }
        }
    }

    /// A number rounded at a digit after the point.
    static func rounded(
        _ number: Double,
        to precision: Int64,
        _ round: (Double) -> Double = { $0.rounded(.toNearestOrAwayFromZero) }
    ) -> Double {
        let multiplier = power(of: 10, Int(max(-400, min(400, precision))))
        return round(number * multiplier) / multiplier
    }

    private static func power(of base: Double, _ exponent: Int) -> Double {
        exponent < 0
            ? 1 / power(of: base, -exponent)
            : (0..<exponent).reduce(1) { product, _ in product * base }
    }

    private static let mod = Function(
        "mod",
        [Parameter("value", .number), Parameter("modulus", .number)],
        outcome: { known in
            let kinds = known.kinds(0).union(known.kinds(1))
            let type: Kinds = kinds == .integer ? .integer : kinds == .float ? .float : .number
            switch known.constants[1] {
            case .integer(let number)?: return .init(TypeInfo(type), isFallible: number == 0)
            case .float(let number)?:
                return .init(TypeInfo(.float), isFallible: number == 0 || !number.isFinite)
            default: return .init(TypeInfo(type), isFallible: true)
            }
        }
    ) { arguments, _ throws(FunctionError) in
        switch try (arguments.value(0), arguments.value(1)) {
        case (.integer(let left), .integer(let right)):
            guard right != 0 else { throw FunctionError("can't divide by zero") }
            return .integer(right == -1 ? 0 : left % right)
        case (.integer, .float), (.float, .float), (.float, .integer):
            let (left, right) = try (arguments.number(0), arguments.number(1))
            guard right != 0 else { throw FunctionError("can't divide by zero") }
            let rest = left.truncatingRemainder(dividingBy: right)
            guard !rest.isNaN else { throw FunctionError("operation would produce NaN") }
            return .float(rest)
        case (let left, let right):
            throw FunctionError(
                "can't calculate remainder of type \(left.kind.text) and \(right.kind.text)"
            )
        }
    }

    private static func base(_ arguments: Arguments) throws(FunctionError) -> Int? {
        guard arguments.has(1) else { return nil }
        let base = try arguments.integer(1)
        guard (2...36).contains(base) else {
            throw FunctionError("invalid base \(base): must be be between 2 and 36 (inclusive)")
        }
        return Int(base)
    }

    private static let formatInt = Function(
        "format_int",
        [Parameter("value", .integer), .optional("base", .integer)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let number = try arguments.integer(0)
        return .text(String(number, radix: try base(arguments) ?? 10))
    }

    private static let parseInt = Function(
        "parse_int",
        [Parameter("value", .bytes), .optional("base", .integer)],
        .integer,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let text = try arguments.text(0)
        var digits = text[...]
        var base = try base(arguments) ?? 10
        if !arguments.has(1) {
            guard !text.isEmpty else { throw FunctionError("value is empty") }
            if text.hasPrefix("0b") {
                (base, digits) = (2, text.dropFirst(2))
            } else if text.hasPrefix("0o") {
                (base, digits) = (8, text.dropFirst(2))
            } else if text.hasPrefix("0x") {
                (base, digits) = (16, text.dropFirst(2))
            } else if text.hasPrefix("0") {
                base = 8
            }
        }
        do throws(FunctionError) {
            return .integer(try Scalars.integer(digits, base: base))
        } catch {
            throw FunctionError("could not parse integer: \(error.message)")
        }
    }

    private static let parseFloat = Function(
        "parse_float",
        [Parameter("value", .bytes)],
        .float,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        .float(try Scalars.float(arguments.text(0)))
    }

    private static let formatNumber = Function(
        "format_number",
        [
            Parameter("value", .number), .optional("scale", .integer),
            .optional("decimal_separator", .bytes), .optional("grouping_separator", .bytes),
        ],
        .bytes
    ) { arguments, _ throws(FunctionError) in
        let value = try arguments.value(0)
        let text: String
        switch value {
        case .integer(let number): text = String(number)
        case .float(let number): text = Scalars.plain(number)
        default: throw .expected(.number, got: value)
        }
        let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
        var whole = parts[0]
        var fraction = parts.count > 1 ? parts[1] : nil
        if arguments.has(1) {
            // More zeros than this tell nothing.
            let scale = Int(max(0, min(4096, try arguments.integer(1))))
            let digits = fraction ?? ""
            fraction =
                scale == 0
                ? nil
                : digits.prefix(scale) + String(repeating: "0", count: max(0, scale - digits.count))
        }
        if arguments.has(3) { whole = grouped(whole, try arguments.text(3)) }
        let separator = try arguments.text(2, or: ".")
        return .text(fraction.map { whole + separator + $0 } ?? whole)
    }

    private static func grouped(_ digits: String, _ separator: String) -> String {
        let sign = digits.hasPrefix("-") ? "-" : ""
        let digits = Array(digits.dropFirst(sign.count))
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result += separator }
            result.append(digit)
        }
        return sign + result
    }

    /// The mean radius of the earth, in metres.
    private static let earthRadius = 6_371_008.8

    private static let haversine = Function(
        "haversine",
        [
            Parameter("latitude1", .float), Parameter("longitude1", .float),
            Parameter("latitude2", .float), Parameter("longitude2", .float),
            .optional("measurement_unit", .bytes, isStatic: true),
        ],
        .object(["distance": TypeInfo(.float), "bearing": TypeInfo(.float)]),
        check: { known throws(FunctionError) in
            try known.choose(4, ["kilometers", "miles"], "measurement_unit")
        }
    ) { arguments, _ throws(FunctionError) in
        func radians(_ place: Int) throws(FunctionError) -> Double {
            try arguments.number(place) * .pi / 180
        }
        let (latitude1, longitude1) = try (radians(0), radians(1))
        let (latitude2, longitude2) = try (radians(2), radians(3))
        let half = Mathematics.sine((latitude2 - latitude1) / 2)
        let other = Mathematics.sine((longitude2 - longitude1) / 2)
        let share =
            half * half
            + Mathematics.cosine(latitude1) * Mathematics.cosine(latitude2) * other * other
        var distance = 2 * Mathematics.arcsine(share.squareRoot()) * earthRadius / 1000
        if try arguments.text(4, or: "kilometers") == "miles" { distance *= 0.621_371_2 }
        let turn = longitude2 - longitude1
        let y = Mathematics.sine(turn) * Mathematics.cosine(latitude2)
        let x =
            Mathematics.cosine(latitude1) * Mathematics.sine(latitude2)
            - Mathematics.sine(latitude1) * Mathematics.cosine(latitude2) * Mathematics.cosine(turn)
        let degrees = Mathematics.angle(x: x, y: y) * 180 / .pi + 360
        return .object([
            "distance": .number(rounded(distance, to: 7)),
            "bearing": .number(rounded(degrees.truncatingRemainder(dividingBy: 360), to: 3)),
        ])
    }
}
