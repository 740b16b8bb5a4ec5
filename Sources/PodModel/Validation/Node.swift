internal import Formats

/// A place in an object under validation: the value there, if any, and the way to it.
///
/// Rules read what they need and stay silent about what is missing or of another type; that is
/// reported by the schema.
struct Node {
    let value: JSON?
    let path: FieldPath

    init(_ value: JSON?, _ path: FieldPath = FieldPath()) {
        self.value = value == .null ? nil : value
        self.path = path
    }

    /// The member of that key.
    subscript(key: String) -> Node { Node(value?[key], path + key) }

    /// The elements of a list.
    var items: [Node] {
        (value?.array ?? []).enumerated().map { Node($0.element, path[$0.offset]) }
    }

    /// The members of an object or map, in order.
    var members: [(key: String, node: Node)] {
        (value?.object?.members ?? []).map { ($0.key, Node($0.value, path + $0.key)) }
    }

    /// Whether there is a value.
    var exists: Bool { value != nil }

    /// The text; empty if there is none.
    var text: String { value?.string ?? "" }

    /// The number, if there is one.
    var int: Int? { value?.int }

    /// Whether it is true.
    var isTrue: Bool { value == .bool(true) }

    /// The amount, if there is one.
    var quantity: Quantity? { value.flatMap { try? Quantity(json: $0) } }

    /// The texts of a list of strings.
    var texts: [String] { items.map(\.text) }
}

/// Collects findings in the words of the API server.
struct Checker {
    private(set) var findings: [Finding] = []

    mutating func add(
        _ kind: Finding.Kind,
        _ node: Node,
        _ what: String,
        _ remedy: String = ""
    ) {
        findings.append(Finding(kind, node.path, what, remedy: remedy))
    }

    mutating func required(_ node: Node, _ detail: String = "", fix remedy: String = "") {
        let fix = remedy.isEmpty ? "set it" : remedy
        add(.required, node, "Required value" + (detail.isEmpty ? "" : ": " + detail), fix)
    }

    mutating func invalid(_ node: Node, _ detail: String, fix remedy: String) {
        add(.invalid, node, "Invalid value: \(Self.show(node.value)): \(detail)", remedy)
    }

    mutating func duplicate(_ node: Node, value: String? = nil, fix remedy: String = "") {
        let shown = value.map { "\"\($0)\"" } ?? Self.show(node.value)
        add(
            .duplicate,
            node,
            "Duplicate value: \(shown)",
            remedy.isEmpty ? "use each only once" : remedy
        )
    }

    mutating func notFound(_ node: Node, fix remedy: String) {
        add(.notFound, node, "Not found: \(Self.show(node.value))", remedy)
    }

    mutating func forbidden(_ node: Node, _ detail: String, fix remedy: String = "") {
        add(.forbidden, node, "Forbidden: \(detail)", remedy.isEmpty ? "remove it" : remedy)
    }

    mutating func tooMany(_ node: Node, most: Int) {
        let count = node.items.count
        add(
            .tooMany,
            node,
            "Too many: \(count): must have at most \(most) items",
            "remove \(count - most) of them"
        )
    }

    mutating func tooLong(_ node: Node, most: Int) {
        add(.tooLong, node, "Too long: may not be more than \(most) bytes", "shorten it")
    }

    mutating func warn(_ node: Node, _ what: String, fix remedy: String = "") {
        findings.append(
            Finding(.remark, node.path, what, remedy: remedy, isWarning: true)
        )
    }

    /// The value must be one of these, if there is one.
    mutating func choice(_ node: Node, _ supported: [String]) {
        guard node.exists, !supported.contains(node.text) else { return }
        let names = supported.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
        let nearest = Spelling.nearest(to: node.text, among: supported.filter { !$0.isEmpty })
        add(
            .notSupported,
            node,
            "Unsupported value: \(Self.show(node.value)): supported values: \(names)",
            nearest.map { "did you mean \"\($0)\"?" } ?? "use one of these"
        )
    }

    /// The value must pass a check that answers with complaints, if there is one.
    mutating func check(
        _ node: Node,
        _ rule: (String) -> [String],
        fix remedy: String
    ) {
        guard node.exists else { return }
        for complaint in rule(node.text) { invalid(node, complaint, fix: remedy) }
    }

    /// The number must lie in the range, if there is one.
    mutating func range(_ node: Node, _ range: ClosedRange<Int>) {
        guard let number = node.int, !range.contains(number) else { return }
        invalid(
            node,
            "must be between \(range.lowerBound) and \(range.upperBound), inclusive",
            fix: "choose a number in that range"
        )
    }

    /// The number must not be negative, if there is one.
    mutating func notNegative(_ node: Node) {
        guard let number = node.int, number < 0 else { return }
        invalid(node, "must be greater than or equal to 0", fix: "choose 0 or more")
    }

    /// At most one of the members may be there; the second and later ones are reported.
    ///
    /// - Returns: the first that is there.
    mutating func exactlyOne(
        _ node: Node,
        of keys: [String],
        more: String
    ) -> String? {
        let present = keys.filter { node[$0].exists }
        for key in present.dropFirst() {
            forbidden(node[key], more, fix: "keep one of \(present.joined(separator: ", "))")
        }
        return present.first
    }

    static func show(_ value: JSON?) -> String {
        switch value {
        case nil, .null?: "null"
        case .string(let text)?: "\"\(text.clipped)\""
        case .some(let other): other.text().clipped
        }
    }
}
