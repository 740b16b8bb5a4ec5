/// What fields mean, for `kubectl explain`: a sentence or two for each, in the table's order.
///
/// The texts are written as paragraphs, a type's name on a line of its own with its description, and
/// its fields below it:
///
///     Container: A program that runs in a pod.
///       name: What it is called in its pod; a DNS label.
public enum SchemaDescriptions {
    /// What a type is; `nil` if nothing is known.
    public static func of(_ type: String) -> String? { texts[type] }

    /// What a field of a type means; `nil` if nothing is known.
    public static func of(_ type: String, _ field: String) -> String? {
        texts["\(type).\(field)"] ?? shared[field]
    }

    private static let texts = parse([podTexts, objectTexts].joined(separator: "\n"))

    /// Fields that mean the same wherever they are.
    private static let shared = [
        "apiVersion": "The group and version of the object's form, such as v1 or apps/v1.",
        "kind": "What kind of object this is.",
        "metadata": "The object's name, labels and history.",
        "spec": "What is wanted.",
        "status": "What is there; the engine writes it.",
    ]

    static func parse(_ table: String) -> [String: String] {
        var texts: [String: String] = [:]
        var type = ""
        for line in table.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else {
                preconditionFailure("a description without a colon: \(line)")
            }
            let name = line[..<colon].drop { $0 == " " }
            let text = String(line[line.index(after: colon)...].drop { $0 == " " })
            if line.first == " " {
                texts["\(type).\(name)"] = text
            } else {
                type = String(name)
                texts[type] = text
            }
        }
        return texts
    }
}
