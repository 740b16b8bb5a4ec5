import Basics
import Formats

/// A value of a YAML, JSON or TOML configuration, with its path.
struct TreeNode {
    let tree: PositionedTree
    let path: FieldPath
    let file: String
    let log: FindingLog

    var place: Place { Place(file, tree.position, isRoot ? "" : path.description) }
    private var isRoot: Bool { path.steps.isEmpty }

    /// Whether nothing is written here.
    var isNull: Bool { tree.scalar?.value.isNull ?? false }

    /// A node at another tree, for the elements of this one.
    func at(_ tree: PositionedTree, _ path: FieldPath) -> TreeNode {
        TreeNode(tree: tree, path: path, file: file, log: log)
    }

    func error(_ what: String, _ remedy: String = "") { log.error(place, what, remedy) }
    func warn(_ what: String, _ remedy: String = "") { log.warn(place, what, remedy) }
    func unsupported(_ what: String, _ remedy: String = "") {
        log.unsupported(place, what, remedy)
    }

    /// The members; an error if this is no mapping.
    func members() -> Members? {
        guard tree.mapping != nil else {
            expected("a map")
            return nil
        }
        return Members(self)
    }

    /// The elements; an error if this is no list.
    func elements() -> [TreeNode] {
        guard let elements = tree.sequence else {
            expected("a list")
            return []
        }
        return elements.enumerated().map { at($0.element, path[$0.offset]) }
    }

    /// The elements of a list, or the one value that stands here instead.
    func oneOrMore() -> [TreeNode] {
        tree.sequence == nil ? [self] : elements()
    }

    /// The text of a scalar, whatever its type.
    func text() -> String? {
        guard let scalar = tree.scalar, !isNull else {
            expected("a text")
            return nil
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
        if let text = tree.scalar?.value.string, let number = Double(text), number.isFinite {
            return number
        }
        expected("a number")
        return nil
    }

    /// A duration: texts like `1m30s`, and numbers that count the unit.
    func duration(unit: Duration = .seconds(1)) -> Duration? {
        guard let scalar = tree.scalar, !isNull else {
            expected("a duration")
            return nil
        }
        if let count = scalar.value.double ?? Double(scalar.text), count.isFinite, count >= 0,
            count < 1e9
        {
            return unit * count
        }
        guard let parsed = Duration(text: scalar.text), parsed >= .zero else {
            error("\"\(scalar.text)\" is no duration", "write 250ms, 30s, 5m")
            return nil
        }
        return parsed
    }

    /// One of these words.
    func choice(_ words: [String]) -> String? {
        guard let scalar = tree.scalar, !isNull else {
            expected("one of \(words.joined(separator: ", "))")
            return nil
        }
        if words.contains(scalar.text) { return scalar.text }
        let nearest = NearestMatch.of(scalar.text, among: words)
        error(
            "\"\(scalar.text)\" is not one of \(words.joined(separator: ", "))",
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
}
