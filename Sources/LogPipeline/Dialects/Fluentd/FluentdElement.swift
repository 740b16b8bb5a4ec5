import Basics
import Formats

/// A parameter with what was written.
struct FluentdParameter {
    var key: String
    /// The text; nil if Ruby said `use_default` or `use_nil`.
    var value: String
    var place: Place
    var valuePlace: Place
}

/// An element such as `<source>`: its argument, parameters and inner elements in order.
struct FluentdElement {
    var name: String
    var argument: String
    var place: Place
    var parameters: [FluentdParameter] = []
    var elements: [FluentdElement] = []

    /// What a parameter says; the last counts.
    subscript(key: String) -> FluentdParameter? {
        parameters.last { $0.key == key }
    }

    func elements(_ name: String) -> [FluentdElement] {
        elements.filter { $0.name == name }
    }

    /// The plugin's name: `@type`, formerly `type`.
    var type: FluentdParameter? { self["@type"] ?? self["type"] }
}

/// The parameters of an element while they are read: what nobody asked for is reported at the end.
final class FluentdKeys {
    let element: FluentdElement
    let log: FindingLog
    private var asked: Set<String> = ["@type", "type", "@id", "id", "@log_level", "log_level"]
    private var taken: Set<String> = []

    init(_ element: FluentdElement, log: FindingLog) {
        self.element = element
        self.log = log
    }

    var place: Place { element.place }

    func one(_ key: String) -> FluentdParameter? {
        asked.insert(key)
        return element[key]
    }

    func has(_ key: String) -> Bool { one(key) != nil }

    func text(_ key: String) -> String? {
        guard let value = one(key)?.value, !value.isEmpty else { return nil }
        return value
    }

    /// The first of several names of one parameter that is there.
    func text(_ keys: [String]) -> String? {
        let values = keys.map { text($0) }
        return values.compactMap { $0 }.first
    }

    func required(_ key: String, _ why: String = "") -> String? {
        if let text = text(key) { return text }
        log.error(place, "\"\(key)\" is missing", why)
        return nil
    }

    func bool(_ key: String) -> Bool? {
        guard let parameter = one(key) else { return nil }
        switch parameter.value.lowercased() {
        // A name alone is a yes.
        case "true", "yes", "": return true
        case "false", "no": return false
        default:
            log.error(parameter.valuePlace, "\"\(parameter.value)\" is not true or false")
            return nil
        }
    }

    func integer(_ key: String, _ range: ClosedRange<Int> = 0...Int(Int32.max)) -> Int? {
        guard let parameter = one(key) else { return nil }
        guard let number = Int(parameter.value) else {
            log.error(parameter.valuePlace, "\"\(parameter.value)\" is no whole number")
            return nil
        }
        guard range.contains(number) else {
            log.error(
                parameter.valuePlace,
                "\(number) is out of range",
                "it must be \(range.lowerBound) to \(range.upperBound)"
            )
            return nil
        }
        return number
    }

    func number(_ key: String) -> Double? {
        guard let parameter = one(key) else { return nil }
        guard let number = Double(parameter.value), number.isFinite else {
            log.error(parameter.valuePlace, "\"\(parameter.value)\" is no number")
            return nil
        }
        return number
    }

    func port(_ key: String = "port") -> UInt16? { integer(key, 1...65535).map { UInt16($0) } }

    /// Bytes: `8m` and its like count by 1,024.
    func size(_ key: String) -> Int? {
        guard let parameter = one(key) else { return nil }
        guard let size = FluentdValues.size(parameter.value) else {
            log.error(
                parameter.valuePlace,
                "\"\(parameter.value)\" is no size",
                "write 256k, 8m, 1g"
            )
            return nil
        }
        return size
    }

    func time(_ key: String) -> Duration? {
        guard let parameter = one(key) else { return nil }
        guard let time = FluentdValues.time(parameter.value) else {
            log.error(parameter.valuePlace, "\"\(parameter.value)\" is no time", "write 5s, 1m, 2h")
            return nil
        }
        return time
    }

    func choice(_ key: String, _ words: [String]) -> String? {
        guard let parameter = one(key) else { return nil }
        let word = parameter.value.lowercased()
        if words.contains(word) { return word }
        let nearest = NearestMatch.of(word, among: words)
        log.error(
            parameter.valuePlace,
            "\"\(parameter.value)\" is not one of \(words.joined(separator: ", "))",
            nearest.map { "did you mean \"\($0)\"?" } ?? ""
        )
        return nil
    }

    /// A list: JSON, or words with commas.
    func list(_ key: String) -> [String] {
        guard let parameter = one(key) else { return [] }
        if parameter.value.hasPrefix("[") {
            guard let json = try? JSON.parse(parameter.value), let elements = json.array else {
                log.error(parameter.valuePlace, "the list cannot be read", "write [\"a\", \"b\"]")
                return []
            }
            return elements.map { $0.string ?? $0.text() }
        }
        return parameter.value.split(separator: ",").map { String($0.trimmed) }
            .filter { !$0.isEmpty }
    }

    /// A map: JSON, or `name:value` with commas.
    func map(_ key: String) -> [(String, String)] {
        guard let parameter = one(key) else { return [] }
        if parameter.value.hasPrefix("{") {
            guard let json = try? JSON.parse(parameter.value), case .object(let members) = json
            else {
                log.error(parameter.valuePlace, "the map cannot be read", "write {\"a\": \"b\"}")
                return []
            }
            return members.map { ($0.key, $0.value.string ?? $0.value.text()) }
        }
        return parameter.value.split(separator: ",").compactMap { item in
            let parts = item.split(separator: ":", maxSplits: 1).map { String($0.trimmed) }
            guard parts.count == 2 else {
                log.error(parameter.valuePlace, "\"\(item)\" has no value", "write name:value")
                return nil
            }
            return (parts[0], parts[1])
        }
    }

    func elements(_ name: String) -> [FluentdElement] {
        taken.insert(name)
        return element.elements(name)
    }

    func ignored(_ keys: String..., because reason: String) {
        for key in keys {
            if let parameter = one(key) {
                log.warn(parameter.place, "\"\(key)\" has no effect here: \(reason)")
            }
        }
    }

    func unsupported(_ keys: String..., instead remedy: String = "") {
        for key in keys {
            if let parameter = one(key) {
                log.unsupported(parameter.place, "\"\(key)\" is not supported", remedy)
            }
        }
    }

    func unsupported(switch key: String, unless standard: Bool, instead remedy: String = "") {
        guard let truth = bool(key), truth != standard, let parameter = one(key) else { return }
        log.unsupported(parameter.place, "\"\(key)\" is not supported to be \(truth)", remedy)
    }

    func unsupported(elements names: String..., instead remedy: String = "") {
        for name in names {
            for element in elements(name) {
                log.unsupported(element.place, "<\(name)> is not supported", remedy)
            }
        }
    }

    func accepted(_ keys: String...) {
        for key in keys { asked.insert(key) }
    }

    func accepted(elements names: String...) {
        for name in names { taken.insert(name) }
    }

    /// Parameters that begin so, in order.
    func prefixed(_ prefix: String) -> [FluentdParameter] {
        let found = element.parameters.filter { $0.key.hasPrefix(prefix) }
        for parameter in found { asked.insert(parameter.key) }
        return found
    }

    /// All parameters, whose names are the user's own.
    func own() -> [FluentdParameter] {
        for parameter in element.parameters { asked.insert(parameter.key) }
        return element.parameters.filter { !$0.key.hasPrefix("@") }
    }

    /// Reports what nobody asked for.
    func finish() {
        for parameter in element.parameters where !asked.contains(parameter.key) {
            log.unknown(parameter.place, "the parameter", parameter.key, among: asked.sorted())
        }
        for inner in element.elements where !taken.contains(inner.name) {
            log.unknown(inner.place, "the element", inner.name, among: taken.sorted())
        }
    }
}

/// How values are written in Fluentd's configurations.
enum FluentdValues {
    static func size(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number < 9e15 else { return nil }
        let scale: Double? =
            switch text.dropFirst(digits.count).lowercased() {
            case "", "b": 1
            case "k", "kb": 1024
            case "m", "mb": 1_048_576
            case "g", "gb": 1_073_741_824
            case "t", "tb": 1_099_511_627_776
            default: nil
            }
        guard let scale, number * scale < 9e17 else { return nil }
        return Int(number * scale)
    }

    static func time(_ text: String) -> Duration? { FluentBitValues.time(text) }

    /// A field as this program writes it: `$.a.b` and `$['a']['b']` become `$a['b']`; names stay.
    static func accessor(_ text: String) -> String {
        guard text.hasPrefix("$") else { return text }
        var steps: [String] = []
        var rest = text.dropFirst()
        while let first = rest.first {
            if first == "." {
                rest = rest.dropFirst()
                let name = rest.prefix { $0 != "." && $0 != "[" }
                steps.append(String(name))
                rest = rest.dropFirst(name.count)
            } else if first == "[", let end = rest.firstIndex(of: "]") {
                let inner = rest[rest.index(after: rest.startIndex)..<end]
                steps.append(String(inner.filter { $0 != "'" && $0 != "\"" }))
                rest = rest[rest.index(after: end)...]
            } else {
                return text
            }
        }
        guard let first = steps.first, !first.isEmpty else { return text }
        return "$" + first + steps.dropFirst().map { "['\($0)']" }.joined()
    }

    /// A text with `${tag}`, `${tag[1]}`, `${field}` and `${$.a.b}` as this program's templates have them.
    static func template(_ text: String) -> String {
        var made = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            made += rest[..<start.lowerBound]
            let inner = rest[start.upperBound...]
            guard let end = inner.firstIndex(of: "}") else {
                return made + rest[start.lowerBound...]
            }
            let name = String(inner[..<end].trimmed)
            if name == "tag" {
                made += "$TAG"
            } else if name == "chunk_id" {
                made += "$UUID"
            } else if name.hasPrefix("tag["), name.hasSuffix("]") {
                made += "$TAG" + name.dropFirst(3)
            } else if name.hasPrefix("tag_parts["), name.hasSuffix("]") {
                made += "$TAG" + name.dropFirst(9)
            } else if name.hasPrefix("$") {
                let path = accessor(name).dropFirst().replacing("['", with: ".")
                made += "{{ \(path.replacing("']", with: "")) }}"
            } else {
                made += "{{ \(name) }}"
            }
            rest = inner[inner.index(after: end)...]
        }
        return made + rest
    }
}
