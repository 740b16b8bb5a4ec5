import Records

/// `parse_duration` and `parse_bytes`.
enum QuantityFunctions {
    static let all: [Function] = [parseDuration, parseBytes]

    private static let durations: [(String, Int64)] = [
        ("ns", 1), ("us", 1000), ("µs", 1000), ("ms", 1_000_000), ("cs", 10_000_000),
        ("ds", 100_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
        ("d", 86_400_000_000_000),
    ]

    /// Units that a duration may have besides, as humantime has them.
    private static let more: [(String, Int64)] = [
        ("nsec", 1), ("usec", 1000), ("msec", 1_000_000), ("millis", 1_000_000),
        ("sec", 1_000_000_000), ("secs", 1_000_000_000), ("second", 1_000_000_000),
        ("seconds", 1_000_000_000), ("min", 60_000_000_000), ("mins", 60_000_000_000),
        ("minute", 60_000_000_000), ("minutes", 60_000_000_000), ("hr", 3_600_000_000_000),
        ("hrs", 3_600_000_000_000), ("hour", 3_600_000_000_000), ("hours", 3_600_000_000_000),
        ("day", 86_400_000_000_000), ("days", 86_400_000_000_000), ("w", 604_800_000_000_000),
        ("week", 604_800_000_000_000), ("weeks", 604_800_000_000_000),
        ("M", 2_630_016_000_000_000), ("month", 2_630_016_000_000_000),
        ("months", 2_630_016_000_000_000), ("y", 31_557_600_000_000_000),
        ("year", 31_557_600_000_000_000), ("years", 31_557_600_000_000_000),
    ]

    private static let parseDuration = Function(
        "parse_duration",
        [Parameter("value", .bytes), Parameter("unit", .bytes)],
        .float,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let text = try arguments.text(0)
        let name = try arguments.text(1)
        guard let unit = durations.first(where: { $0.0 == name })?.1 else {
            throw FunctionError("unknown unit format: '\(name)'")
        }
        let compact = text.filter { $0 != " " }.replacing("µs", with: "us")
        if let nanos = whole(compact) { return .number(Double(nanos) / Double(unit)) }
        guard let (number, letters) = single(text) else {
            throw FunctionError("unable to parse duration: '\(text)'")
        }
        guard let own = durations.first(where: { $0.0 == letters })?.1 else {
            throw FunctionError("unknown duration unit: '\(letters)'")
        }
        return .number(quotient(number, own, unit))
    }

    /// A sum of whole numbers with units: `1h30m`; nil if the text is none.
    private static func whole(_ text: String) -> Int64? {
        var sum: Int64 = 0
        var rest = text.unicodeScalars[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { (0x30...0x39).contains($0.value) }
            let letters = rest[digits.endIndex...].prefix { !(0x30...0x39).contains($0.value) }
            guard let number = Int64(String(digits)), !letters.isEmpty,
                let unit = (durations + more).first(where: { $0.0 == String(letters) })?.1
            else { return nil }
            // humantime has no tenths and hundredths of seconds.
            if ["cs", "ds"].contains(String(letters)) { return nil }
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: unit)
            let (next, isOver) = sum.addingReportingOverflow(product)
            guard !isTooLarge, !isOver else { return nil }
            sum = next
            rest = rest[letters.endIndex...]
        }
        return sum
    }

    /// A number, perhaps with a fraction, and one or two letters.
    private static func single(_ text: String) -> (String, String)? {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        guard let last = digits.last, last != ".", digits.filter({ $0 == "." }).count <= 1 else {
            return nil
        }
        var letters = text[digits.endIndex...]
        if letters.first?.isWhitespace == true { letters = letters.dropFirst() }
        let isUnit = letters.allSatisfy {
            $0.isASCII && $0.isLetter || $0 == "µ" || $0 == "\u{3BC}"
        }
        guard (1...2).contains(letters.count), isUnit else { return nil }
        return (String(digits), String(letters))
    }

    /// A decimal number times one unit by another, rounded once.
    private static func quotient(_ number: String, _ own: Int64, _ unit: Int64) -> Double {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        guard let digits = Int64((parts.first ?? "") + fraction), fraction.count <= 15 else {
            return (Scalars.decimal(number) ?? 0) * Double(own) / Double(unit)
        }
        let scale = (0..<fraction.count).reduce(1.0) { product, _ in product * 10 }
        let (product, isOver) = digits.multipliedReportingOverflow(by: own)
        if isOver { return Double(digits) / scale * Double(own) / Double(unit) }
        return Double(product) / (scale * Double(unit))
    }

    private static let letters = ["", "K", "M", "G", "T", "P", "E"]

    /// The factor of a unit with a base of 2 or 10; nil if it has another name.
    private static func factor(_ name: String, _ isBinary: Bool) -> Double? {
        for (power, letter) in letters.enumerated() {
            let names: [String]
            if power == 0 {
                names = ["B"]
            } else if isBinary {
                names = [letter + "iB", letter + "B"]
            } else {
                names = [power == 1 ? "kB" : letter + "B"]
            }
            if names.contains(name) {
                return (0..<power).reduce(1.0) { product, _ in product * (isBinary ? 1024 : 1000) }
            }
        }
        return nil
    }

    private static let parseBytes = Function(
        "parse_bytes",
        [
            Parameter("value", .bytes), Parameter("unit", .bytes),
            .optional("base", .bytes, isStatic: true),
        ],
        .float,
        fails: true,
        check: { known throws(FunctionError) in try known.choose(2, ["2", "10"], "base") }
    ) { arguments, _ throws(FunctionError) in
        let isBinary = try arguments.text(2, or: "2") == "2"
        let name = try arguments.text(1)
        guard let unit = factor(name, isBinary) else {
            throw FunctionError("unknown unit format: '\(name)'")
        }
        guard let size = size(try arguments.text(0), isBinary) else {
            throw FunctionError("unable to parse bytes: 'invalid digit found in string'")
        }
        return .number(size / unit)
    }

    /// A size as people write it, in bytes: `3.5GiB`, `12 TB`, `1k`.
    private static func size(_ text: String, _ isBinary: Bool) -> Double? {
        let compact = text.filter { $0 != " " && $0 != "_" }
        let digits = compact.prefix { ("0"..."9").contains($0) || $0 == "." }
        guard let number = Scalars.decimal(String(digits)) else { return nil }
        var name = compact[digits.endIndex...].uppercased()[...]
        if name.last == "B" { name = name.dropLast() }
        var isTwos = isBinary
        if name.last == "I" {
            isTwos = true
            name = name.dropLast()
        }
        guard let power = letters.firstIndex(of: String(name)) else { return nil }
        let factor = (0..<power).reduce(1.0) { product, _ in product * (isTwos ? 1024 : 1000) }
        return (number * factor).rounded(.toNearestOrAwayFromZero)
    }
}
