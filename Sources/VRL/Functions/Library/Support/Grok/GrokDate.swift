import Basics
import Records

/// The matcher `date("yyyy-MM-dd HH:mm:ss", "+02:00")`: a time in the language of Joda, as milliseconds.
struct GrokDate: Sendable {
    /// What fits a text of the format.
    private(set) var regex = ""
    private var format: ChronoFormat
    private var zone = Zone.utc
    /// What stands before the fraction of a second, if that is no point.
    private var mark: Character?
    private var endsWithOffset = false

    /// Reads the arguments of a matcher.
    init(_ call: GrokCall) throws(FunctionError) {
        guard let text = call.arguments.first, call.arguments.count <= 2 else { throw call.refusal }
        if call.arguments.count == 2 {
            guard let named = Zones.named(call.arguments[1]) else { throw call.refusal }
            zone = named
        }
        var chrono = ""
        var (regex, mark) = ("", Character?.none)
        var rest = text[...]
        while let letter = rest.first {
            if letter == "'" {
                let quoted = rest.dropFirst().prefix { $0 != "'" }
                Self.literal(quoted, &chrono, &regex)
                rest = rest.dropFirst(quoted.count + 2)
                continue
            }
            let run = rest.prefix { $0 == letter }
            rest = rest.dropFirst(run.count)
            if letter == "S" {
                // The mark before it belongs to the fraction.
                if let last = chrono.popLast(), last != "." { mark = last }
                chrono += "%.f"
                regex += "\\d{\(run.count)}"
            } else if letter.isASCII, letter.isLetter {
                guard let found = Self.conversion(letter, run.count) else {
                    throw FunctionError(
                        "the date format '\(text)' is not supported here because of '\(run)'; "
                            + "take it as a text and use parse_timestamp"
                    )
                }
                chrono += found.chrono
                regex += found.regex
            } else {
                Self.literal(run, &chrono, &regex)
            }
        }
        guard text.contains("M"), text.contains("d"), text.contains("y") || text.contains("Y")
        else {
            throw FunctionError(
                "a date format without year, month and day is not supported here; "
                    + "take it as a text and use parse_timestamp"
            )
        }
        guard let format = try? ChronoFormat(chrono) else { throw call.refusal }
        self.format = format
        self.regex = regex
        self.mark = mark
        endsWithOffset = text.hasSuffix("Z")
    }

    private static func literal(
        _ text: some StringProtocol,
        _ chrono: inout String,
        _ regex: inout String
    ) {
        for character in text {
            chrono += character == "%" ? "%%" : String(character)
            let isPlain = character.isLetter || character.isNumber || character == " "
            regex += isPlain ? String(character) : "\\\(character)"
        }
    }

    /// What some equal letters of a format mean.
    private static func conversion(
        _ letter: Character,
        _ count: Int
    ) -> (chrono: String, regex: String)? {
        let digits = "\\d{\(count)}"
        switch (letter, count) {
        case ("h", _): return ("%I", digits)
        case ("H", _): return ("%H", digits)
        case ("m", _): return ("%M", digits)
        case ("s", _): return ("%S", digits)
        case ("y", 2), ("Y", 2): return ("%y", digits)
        case ("y", 1): return ("%Y", "\\d{4}")
        case ("y", _), ("Y", _): return ("%Y", digits)
        case ("d", 1): return ("%-d", "\\d{1,2}")
        case ("d", _): return ("%d", digits)
        case ("M", 1): return ("%-m", "\\d{1,2}")
        case ("M", 2): return ("%m", digits)
        case ("M", 3): return ("%b", "\\w{3}")
        case ("M", _): return ("%B", "\\w+")
        case ("a", _): return ("%p", "(?:[aA][mM]|[pP][mM])")
        case ("E", 3): return ("%a", "\\w{3}")
        case ("E", 4...): return ("%A", "\\w+")
        case ("Z", 1): return ("%z", "(?:Z|[+-]\\d\\d:?\\d\\d)")
        case ("Z", 2): return ("%:z", "(?:Z|[+-]\\d\\d:?\\d\\d)")
        default: return nil
        }
    }

    /// The milliseconds of a text; nil if it is no such time.
    func value(of text: String) -> Value? {
        var text = text
        if endsWithOffset, text.hasSuffix("Z") { text = text.dropLast() + "+0000" }
        if let mark, let place = text.lastIndex(of: mark) {
            text.replaceSubrange(place...place, with: ".")
        }
        let bytes = Array(text.utf8)
        guard let time = try? format.parse(bytes.span, zone: zone) else { return nil }
        return .integer(time.unix(.milliseconds))
    }
}
