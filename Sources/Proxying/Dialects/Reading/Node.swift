import Basics
import Formats

/// A value of a YAML or JSON configuration, with its path.
struct Node {
    /// How the members of mappings are named and values written.
    enum Style {
        /// As they are.
        case plain
        /// As protobuf does: `snake_case` or `lowerCamelCase`, durations as `1.5s`.
        case protobuf
    }

    let tree: PositionedTree
    let path: FieldPath
    let file: String
    let style: Style
    let log: FindingLog

    var place: Place { Place(file, tree.position, path.description) }

    /// Whether nothing is written here.
    var isNull: Bool { tree.scalar?.value.isNull ?? false }

    /// A node at another tree, for the elements of this one.
    func at(_ tree: PositionedTree, _ path: FieldPath) -> Node {
        Node(tree: tree, path: path, file: file, style: style, log: log)
    }

    func error(_ what: String, _ remedy: String = "") { log.error(place, what, remedy) }
    func warn(_ what: String, _ remedy: String = "") { log.warn(place, what, remedy) }
    func unsupported(_ what: String, _ remedy: String = "") {
        log.unsupported(place, what, remedy)
    }

    /// The members; an error if this is no mapping.
    func fields() -> Fields? {
        guard tree.mapping != nil else {
            expected("a map")
            return nil
        }
        return Fields(self)
    }

    /// The elements; an error if this is no list, though to protobuf one value is a list of one.
    func elements() -> [Node] {
        guard let elements = tree.sequence else {
            if style == .protobuf { return [self] }
            expected("a list")
            return []
        }
        return elements.enumerated().map { at($0.element, path[$0.offset]) }
    }

    /// The text of a scalar.
    func text() -> String? {
        guard let scalar = tree.scalar, !isNull else {
            expected("a text")
            return nil
        }
        if style == .protobuf, scalar.value.string == nil || scalar.isPlain && scalar.bool != nil {
            error(
                "a text is expected, but \(scalar.text) is \(kind)",
                "put it in quotes: \"\(scalar.text)\""
            )
        }
        return scalar.text
    }

    func bool() -> Bool? {
        guard let truth = tree.scalar?.bool else {
            expected("true or false")
            return nil
        }
        return truth
    }

    func integer(_ range: ClosedRange<Int> = 0...Int(UInt32.max)) -> Int? {
        var number = tree.scalar?.value.int
        if number == nil, let double = tree.scalar?.value.double, double == double.rounded(),
            abs(double) < 1e15
        {
            number = Int(double)
        }
        if number == nil, let text = tree.scalar?.value.string { number = Int(text) }
        guard let number else {
            expected("a whole number")
            return nil
        }
        guard range.contains(number) else {
            let bounds =
                range.upperBound == Int(UInt32.max) || range.upperBound == .max
                ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            error("\(number) is out of range", "it must be \(bounds)")
            return nil
        }
        return number
    }

    func number() -> Double? {
        if let number = tree.scalar?.value.double { return number }
        if let text = tree.scalar?.value.string, let number = Double(text) { return number }
        expected("a number")
        return nil
    }

    /// A duration; `nil` and an error if there is none or it is negative.
    func duration() -> Duration? {
        if style == .protobuf, tree.mapping != nil, let parts = fields() {
            // Protobuf's message, which Envoy takes for its text.
            let seconds = parts.integer("seconds", 0...315_576_000_000) ?? 0
            let nanoseconds = parts.integer("nanos", 0...999_999_999) ?? 0
            parts.finish()
            return .seconds(seconds) + .nanoseconds(nanoseconds)
        }
        let text = tree.scalar?.text ?? ""
        let parsed: Duration? =
            switch style {
            case .protobuf: Self.protobufDuration(text)
            case .plain: Self.plainDuration(text)
            }
        guard let parsed, parsed >= .zero else {
            let example = style == .protobuf ? "write seconds: 0.25s, 90s" : "write 250ms, 30s, 5m"
            guard tree.scalar != nil else {
                expected("a duration")
                return nil
            }
            error("\"\(text)\" is no duration", example)
            return nil
        }
        return parsed
    }

    /// The choice of an enumeration: `words` by their number.
    func choice(_ words: [String]) -> Int? {
        guard let scalar = tree.scalar, !isNull else {
            expected("one of \(words.filter { !$0.isEmpty }.joined(separator: ", "))")
            return nil
        }
        if style == .protobuf, let number = scalar.value.int, words.indices.contains(number) {
            return number
        }
        let word = style == .protobuf ? scalar.text.uppercased() : scalar.text
        if let index = words.firstIndex(where: {
            style == .protobuf ? $0.uppercased() == word : $0 == word
        }), !word.isEmpty {
            return index
        }
        let known = words.filter { !$0.isEmpty }
        let nearest = NearestMatch.of(scalar.text, among: known)
        error(
            "\"\(scalar.text)\" is not one of \(known.joined(separator: ", "))",
            nearest.map { "did you mean \($0)?" } ?? ""
        )
        return nil
    }

    func expected(_ what: String) {
        error("\(what) is expected, not \(kind)")
    }

    var kind: String {
        if let scalar = tree.scalar {
            return scalar.value.string != nil && scalar.isPlain && scalar.bool != nil
                ? "a boolean" : scalar.value.kind
        }
        return tree.mapping != nil ? "a map" : "a list"
    }

    /// Seconds with a fraction and an `s`, as protobuf writes them.
    static func protobufDuration(_ text: String) -> Duration? {
        guard text.last == "s" else { return nil }
        let number = text.dropLast()
        guard !number.isEmpty, number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            number.first != ".", number.last != "."
        else { return nil }
        return Duration(text: text)
    }

    /// Texts like `1m30s`; a number alone is seconds.
    static func plainDuration(_ text: String) -> Duration? {
        if let seconds = Double(text), seconds >= 0, seconds < 1e9 {
            return .nanoseconds(Int64(seconds * 1e9))
        }
        return Duration(text: text)
    }
}
