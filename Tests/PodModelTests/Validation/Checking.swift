import Formats
import PodModel
import Testing

/// Reads a text as one object and shows what was found, as the loader would.
func findings(_ text: String, kind: String = "Pod") throws -> [String] {
    let tree = try #require(try YAML.documents(in: text).first)
    return Validation.check(tree, kind: kind).findings.map { finding in
        "\(tree.position(of: finding.path)) \(finding.isWarning ? "warning: " : "")\(finding)"
    }
}

/// A pod with one container `app`, more fields of the container, and more fields of the spec.
func pod(container: String = "", spec: String = "") -> String {
    var text = "metadata: {name: p}\nspec:\n  containers:\n  - name: app\n    image: a:1\n"
    for line in container.split(separator: "\n") { text += "    \(line)\n" }
    for line in spec.split(separator: "\n") { text += "  \(line)\n" }
    return text
}

/// One row of a table: what is written, and what is found.
struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var kind: String
    var text: String
    var expected: [String]

    init(_ name: String, kind: String = "Pod", _ text: String, _ expected: String...) {
        self.name = name
        self.kind = kind
        self.text = text
        self.expected = expected
    }

    var testDescription: String { name }
}
