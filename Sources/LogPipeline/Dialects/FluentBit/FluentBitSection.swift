import Basics
import Formats

/// A key of a section, with what was written.
struct FluentBitProperty {
    /// As it was written.
    var key: String
    var value: String
    /// Where the key stands.
    var place: Place
    /// Where the value stands.
    var valuePlace: Place
}

/// A section of a classic configuration, or what stands in its place in YAML.
struct FluentBitSection {
    /// `service`, `input`, `filter`, `output`, `parser`, `multiline_parser`, in lower case.
    var kind: String
    var place: Place
    var properties: [FluentBitProperty] = []
    /// Sections of processors that belong to it (YAML).
    var processors: [FluentBitSection] = []

    /// What a key says; whatever its case.
    subscript(key: String) -> FluentBitProperty? {
        properties.first { $0.key.lowercased() == key }
    }
}

/// The keys of a section while they are read: what nobody asked for is reported at the end.
final class FluentBitKeys {
    let section: FluentBitSection
    let log: FindingLog
    private var asked: Set<String> = []
    private var prefixes: [String] = []
    private let byKey: [String: [FluentBitProperty]]

    init(_ section: FluentBitSection, log: FindingLog) {
        self.section = section
        self.log = log
        byKey = Dictionary(grouping: section.properties) { $0.key.lowercased() }
    }

    var place: Place { section.place }

    func all(_ key: String) -> [FluentBitProperty] {
        asked.insert(key)
        return byKey[key] ?? []
    }

    /// The one property of a key; several are reported, the last counts.
    func one(_ key: String) -> FluentBitProperty? {
        let found = all(key)
        if found.count > 1, let last = found.last {
            log.warn(last.place, "\"\(last.key)\" is there twice; the last counts", "remove one")
        }
        return found.last
    }

    /// The properties whose keys begin so, in order.
    func prefixed(_ prefix: String, except: Set<String> = []) -> [FluentBitProperty] {
        prefixes.append(prefix)
        return section.properties.filter {
            let key = $0.key.lowercased()
            return key.hasPrefix(prefix) && !except.contains(key)
        }
    }

    func has(_ key: String) -> Bool { !all(key).isEmpty }
    /// The text of a key; nil if it is not there or empty.
    func text(_ key: String) -> String? {
        guard let value = one(key)?.value, !value.isEmpty else { return nil }
        return value
    }

    func bool(_ key: String) -> Bool? {
        guard let property = one(key) else { return nil }
        if let truth = FluentBitValues.bool(property.value) { return truth }
        log.error(property.valuePlace, "\"\(property.value)\" is not on or off")
        return nil
    }

    func integer(_ key: String, _ range: ClosedRange<Int> = 0...Int(Int32.max)) -> Int? {
        guard let property = one(key) else { return nil }
        guard let number = Int(property.value) else {
            log.error(property.valuePlace, "\"\(property.value)\" is no whole number")
            return nil
        }
        guard range.contains(number) else {
            log.error(
                property.valuePlace,
                "\(number) is out of range",
                "it must be \(range.lowerBound) to \(range.upperBound)"
            )
            return nil
        }
        return number
    }

    func number(_ key: String) -> Double? {
        guard let property = one(key) else { return nil }
        guard let number = Double(property.value), number.isFinite else {
            log.error(property.valuePlace, "\"\(property.value)\" is no number")
            return nil
        }
        return number
    }

    func port(_ key: String = "port") -> UInt16? {
        integer(key, 1...65535).map { UInt16($0) }
    }

    /// Bytes; `false` is no limit, which is nil here as well.
    func size(_ key: String) -> Int? {
        guard let property = one(key) else { return nil }
        if property.value.lowercased() == "false" { return nil }
        guard let size = FluentBitValues.size(property.value) else {
            log.error(
                property.valuePlace,
                "\"\(property.value)\" is no size",
                "write bytes, 32k, 5M or 1G"
            )
            return nil
        }
        return size
    }

    func time(_ key: String) -> Duration? {
        guard let property = one(key) else { return nil }
        guard let time = FluentBitValues.time(property.value) else {
            log.error(
                property.valuePlace,
                "\"\(property.value)\" is no time",
                "write seconds, or 5s, 1m, 2h, 1d"
            )
            return nil
        }
        return time
    }

    /// The items of a list with commas; of several keys one after the other.
    func list(_ key: String) -> [String] {
        all(key).flatMap { $0.value.split(separator: ",") }
            .map { String($0.trimmed) }
            .filter { !$0.isEmpty }
    }

    /// One of these words, in any case; the word in lower case.
    func choice(_ key: String, _ words: [String]) -> String? {
        guard let property = one(key) else { return nil }
        let word = property.value.lowercased()
        if words.contains(word) { return word }
        let nearest = NearestMatch.of(word, among: words)
        log.error(
            property.valuePlace,
            "\"\(property.value)\" is not one of \(words.joined(separator: ", "))",
            nearest.map { "did you mean \"\($0)\"?" } ?? ""
        )
        return nil
    }

    /// A text that must be there.
    func required(_ key: String, _ why: String = "") -> String? {
        if let text = text(key) { return text }
        log.error(
            one(key)?.place ?? place,
            has(key) ? "\"\(key)\" is empty" : "\"\(key)\" is missing",
            why
        )
        return nil
    }

    func ignored(_ keys: String..., because reason: String) {
        for key in keys {
            for property in all(key) {
                log.warn(property.place, "\"\(property.key)\" has no effect here: \(reason)")
            }
        }
    }

    func unsupported(_ keys: String..., instead remedy: String = "") {
        for key in keys {
            for property in all(key) {
                log.unsupported(property.place, "\"\(property.key)\" is not supported", remedy)
            }
        }
    }

    /// Switches that must stay as they are; others are not supported.
    func unsupported(switch key: String, unless standard: Bool, instead remedy: String = "") {
        guard let truth = bool(key), truth != standard, let property = one(key) else { return }
        log.unsupported(
            property.place,
            "\"\(property.key)\" is not supported to be \(truth ? "on" : "off")",
            remedy
        )
    }

    /// Keys that are taken without a word: they are the tool's inner matters.
    func accepted(_ keys: String...) {
        for key in keys { asked.insert(key) }
    }

    /// Reports what nobody asked for.
    func finish() {
        for property in section.properties {
            let key = property.key.lowercased()
            if asked.contains(key) || prefixes.contains(where: { key.hasPrefix($0) }) { continue }
            log.unknown(property.place, "the key", property.key, among: asked.sorted())
        }
    }
}

/// How values are written in Fluent Bit's configurations.
enum FluentBitValues {
    static func bool(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "on", "true", "yes": true
        case "off", "false", "no": false
        default: nil
        }
    }

    /// Bytes: a number with `k`, `m` or `g`, which count thousands here, and perhaps `b`.
    static func size(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number < 9e15 else { return nil }
        let scale: Double? =
            switch text.dropFirst(digits.count).lowercased() {
            case "", "b": 1
            case "k", "kb": 1e3
            case "m", "mb": 1e6
            case "g", "gb": 1e9
            case "ki", "kib": 1024
            case "mi", "mib": 1_048_576
            case "gi", "gib": 1_073_741_824
            default: nil
            }
        guard let scale, number * scale < 9e17 else { return nil }
        return Int(number * scale)
    }

    /// Seconds, or a number with `ms`, `s`, `m`, `h` or `d`.
    static func time(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number < 1e10 else { return nil }
        let scale: Double? =
            switch text.dropFirst(digits.count).lowercased() {
            case "", "s": 1
            case "ms": 0.001
            case "m": 60
            case "h": 3600
            case "d": 86400
            default: nil
            }
        guard let scale, number * scale < 9e9 else { return nil }
        return .nanoseconds(Int64(number * scale * 1e9))
    }

    /// A text with `\\n`, `\\r`, `\\t` and `\\0` in the place of what cannot be written.
    static func unescaped(_ text: String) -> String {
        var result = ""
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                switch scalar {
                case "n": result.unicodeScalars.append("\n")
                case "r": result.unicodeScalars.append("\r")
                case "t": result.unicodeScalars.append("\t")
                case "0": result.unicodeScalars.append("\0")
                default: result.unicodeScalars.append(scalar)
                }
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Words with blanks between; quoted ones may hold blanks.
    static func words(_ text: String, most: Int = .max) -> [String] {
        var words: [String] = []
        var rest = text[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            guard let first = rest.first else { return words }
            if words.count == most - 1 {
                words.append(unquoted(String(rest.trimmed)))
                return words
            }
            if first == "\"" {
                var word = ""
                var isEscaped = false
                var end: Substring.Index?
                for index in rest.indices.dropFirst() {
                    let character = rest[index]
                    if isEscaped {
                        if character != "\"" { word.append("\\") }
                        word.append(character)
                        isEscaped = false
                    } else if character == "\\" {
                        isEscaped = true
                    } else if character == "\"" {
                        end = index
                        break
                    } else {
                        word.append(character)
                    }
                }
                if let end {
                    words.append(word)
                    rest = rest[rest.index(after: end)...]
                    continue
                }
            }
            let word = rest.prefix { $0 != " " && $0 != "\t" }
            words.append(String(word))
            rest = rest.dropFirst(word.count)
        }
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return text }
        return String(text.dropFirst().dropLast())
    }
}
