import Records

/// `camelcase` and its like.
enum CasingFunctions {
    static let all: [Function] = [
        casing("camelcase") { words in
            words.enumerated().map {
                $0.offset == 0 ? $0.element.lowercased() : capital($0.element)
            }
            .joined()
        },
        casing("pascalcase") { $0.map(capital).joined() },
        casing("snakecase", excludes: true) { $0.map { $0.lowercased() }.joined(separator: "_") },
        casing("screamingsnakecase") { $0.map { $0.uppercased() }.joined(separator: "_") },
        casing("kebabcase") { $0.map { $0.lowercased() }.joined(separator: "-") },
    ]

    private static func capital(_ word: String) -> String {
        word.prefix(1).uppercased() + word.dropFirst().lowercased()
    }

    /// Where a text is cut into words.
    private struct Boundaries: OptionSet {
        let rawValue: Int
        static let underscore = Self(rawValue: 1)
        static let hyphen = Self(rawValue: 2)
        static let space = Self(rawValue: 4)
        static let lowerUpper = Self(rawValue: 8)
        static let upperLower = Self(rawValue: 16)
        static let acronym = Self(rawValue: 32)
        static let lowerDigit = Self(rawValue: 64)
        static let upperDigit = Self(rawValue: 128)
        static let digitLower = Self(rawValue: 256)
        static let digitUpper = Self(rawValue: 512)
        static let humps: Self = [
            .lowerUpper, .acronym, .lowerDigit, .upperDigit, .digitLower, .digitUpper,
        ]
        static let usual: Self = [.underscore, .hyphen, .space, .humps]
    }

    private static let cases: [(String, Boundaries)] = [
        ("camelCase", .humps), ("PascalCase", .humps), ("SCREAMING_SNAKE", .underscore),
        ("snake_case", .underscore), ("kebab-case", .hyphen),
    ]
    private static let names: [(String, Boundaries)] = [
        ("lower_upper", .lowerUpper), ("upper_lower", .upperLower), ("acronym", .acronym),
        ("lower_digit", .lowerDigit), ("upper_digit", .upperDigit), ("digit_lower", .digitLower),
        ("digit_upper", .digitUpper),
    ]

    private static func origin(_ name: String) throws(FunctionError) -> Boundaries {
        if let found = cases.first(where: { $0.0 == name }) { return found.1 }
        let list = cases.map(\.0).joined(separator: ", ")
        throw FunctionError("case must match one of: \(list)")
    }

    private static func excluded(_ items: [Value]) throws(FunctionError) -> Boundaries {
        var excluded: Boundaries = []
        for item in items {
            guard let name = item.string else {
                throw FunctionError("excluded_boundaries must contain only strings")
            }
            guard let found = names.first(where: { $0.0 == name }) else {
                let list = names.map(\.0).joined(separator: ", ")
                throw FunctionError("boundary must match one of: \(list)")
            }
            excluded.insert(found.1)
        }
        return excluded
    }

    private static func casing(
        _ name: String,
        excludes: Bool = false,
        _ join: @escaping @Sendable ([String]) -> String
    ) -> Function {
        var parameters = [
            Parameter("value", .bytes), .optional("original_case", .bytes, isStatic: true),
        ]
        if excludes { parameters.append(.optional("excluded_boundaries", .array, isStatic: true)) }
        return Function(
            name,
            parameters,
            .bytes,
            check: { known throws(FunctionError) in
                if let name = known.text(1) { _ = try origin(name) }
                if excludes, case .array(let items)? = known.constants[2] {
                    _ = try excluded(items)
                }
            }
        ) { arguments, _ throws(FunctionError) in
            let text = try arguments.text(0)
            var boundaries: Boundaries = .usual
            if arguments.has(1) { boundaries = try origin(arguments.text(1)) }
            if excludes, arguments.has(2) {
                boundaries.subtract(try excluded(arguments.array(2)))
            }
            return .text(join(words(of: text, boundaries)))
        }
    }

    private static func words(of text: String, _ boundaries: Boundaries) -> [String] {
        let characters = Array(text)
        var words: [String] = []
        var word = ""
        for (index, character) in characters.enumerated() {
            let isMark =
                character == "_" && boundaries.contains(.underscore)
                || character == "-" && boundaries.contains(.hyphen)
                || character == " " && boundaries.contains(.space)
            if isMark {
                words.append(word)
                word = ""
                continue
            }
            if index > 0, cuts(characters, index, boundaries) {
                words.append(word)
                word = ""
            }
            word.append(character)
        }
        words.append(word)
        return words.filter { !$0.isEmpty }
    }

    /// Whether a word begins at a place.
    private static func cuts(
        _ characters: [Character],
        _ index: Int,
        _ boundaries: Boundaries
    ) -> Bool {
        let left = characters[index - 1]
        let right = characters[index]
        if left.isLowercase, right.isUppercase { return boundaries.contains(.lowerUpper) }
        if left.isLowercase, right.isNumber { return boundaries.contains(.lowerDigit) }
        if left.isUppercase, right.isNumber { return boundaries.contains(.upperDigit) }
        if left.isNumber, right.isLowercase { return boundaries.contains(.digitLower) }
        if left.isNumber, right.isUppercase { return boundaries.contains(.digitUpper) }
        if left.isUppercase, right.isLowercase { return boundaries.contains(.upperLower) }
        if left.isUppercase, right.isUppercase, index + 1 < characters.count,
            characters[index + 1].isLowercase
        {
            return boundaries.contains(.acronym)
        }
        return false
    }
}
