/// A template in kubectl's dialect of JSONPath: `{.items[*].metadata.name}`.
///
/// Text outside of braces is printed as it is. Inside stand paths, quoted texts, and
/// `range PATH` ... `end`. Paths know fields (dots in keys are written `\.`), `['key']`, indices,
/// slices, `*`, `..`, unions and filters `[?(@.x=="y")]`. What does not exist prints nothing.
public struct JSONPath: Sendable, Hashable {
    indirect enum Node: Sendable, Hashable {
        case root, current, wildcard, recursive
        case field(String)
        /// A key in brackets: the literal key, or else the path it spells.
        case bracketed(String, [Node])
        case slice(Slice)
        case union([[Node]])
        case filter([Node], Comparison?, [Node])
        case literal(JSON)
    }

    struct Slice: Sendable, Hashable {
        var start: Int?
        var end: Int?
        var step: Int?
        var isIndex: Bool
    }

    enum Comparison: String, Sendable, Hashable, CaseIterable {
        case equal = "=="
        case notEqual = "!="
        case atMost = "<="
        case atLeast = ">="
        case less = "<"
        case greater = ">"
    }

    indirect enum Segment: Sendable, Hashable {
        case text(String)
        case expression([Node])
        case range([Node], [Segment])
    }

    private let segments: [Segment]

    /// Reads a template.
    ///
    /// - Throws: where and why the template cannot be read.
    public init(_ template: String) throws(FormatError) {
        var parser = JSONPathParser(template)
        segments = try parser.template()
    }

    /// Reads one expression, with or without braces and leading dot, as `--sort-by` takes it.
    ///
    /// - Throws: where and why the expression cannot be read.
    public init(relaxed expression: String) throws(FormatError) {
        var text = expression
        if text.hasPrefix("{"), text.hasSuffix("}") { text = String(text.dropFirst().dropLast()) }
        if !text.hasPrefix("."), !text.hasPrefix("["), !text.hasPrefix("$") { text = "." + text }
        try self.init("{\(text)}")
    }

    /// The text that the template gives for a value.
    ///
    /// - Throws: that values of different types are compared.
    public func text(of value: JSON) throws(FormatError) -> String {
        var output = ""
        try print(segments, JSONPathWalk(root: value), value, into: &output)
        return output
    }

    /// The values that all expressions of the template find, in order.
    ///
    /// - Throws: that values of different types are compared.
    public func values(in value: JSON) throws(FormatError) -> [JSON] {
        var found: [JSON] = []
        try collect(segments, JSONPathWalk(root: value), value, into: &found)
        return found
    }

    private func print(
        _ segments: [Segment],
        _ walk: JSONPathWalk,
        _ value: JSON,
        into output: inout String
    ) throws(FormatError) {
        for segment in segments {
            switch segment {
            case .text(let text): output += text
            case .expression(let nodes):
                let texts = try walk.find(nodes, from: value).map(Self.printable)
                output += texts.joined(separator: " ")
            case .range(let nodes, let body):
                for element in try walk.find(nodes, from: value) {
                    try print(body, walk, element, into: &output)
                }
            }
        }
    }

    private func collect(
        _ segments: [Segment],
        _ walk: JSONPathWalk,
        _ value: JSON,
        into found: inout [JSON]
    ) throws(FormatError) {
        for segment in segments {
            switch segment {
            case .text: break
            case .expression(let nodes): found += try walk.find(nodes, from: value)
            case .range(let nodes, let body):
                for element in try walk.find(nodes, from: value) {
                    try collect(body, walk, element, into: &found)
                }
            }
        }
    }

    private static func printable(_ value: JSON) -> String {
        switch value {
        case .string(let text): text
        case .null: "<nil>"
        default: value.text(sortedKeys: true)
        }
    }
}
