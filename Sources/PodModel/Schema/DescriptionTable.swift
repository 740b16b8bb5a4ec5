/// Descriptions of types and their fields, read from paragraphs.
///
/// A type's name stands on a line of its own with its description, its fields below it:
///
///     Container: A program that runs in a pod.
///       name: What it is called in its pod; a DNS label.
///       command: The program and its first arguments, in place of
///         the image's entrypoint.
///
/// A line that is indented deeper than a field goes on with the one before it. `+Type` takes over
/// the descriptions of another type's fields. The fields of the type `*` are described so wherever
/// nothing else is said.
struct DescriptionTable: Sendable {
    /// What stands for all types.
    static let anyType = "*"

    /// The descriptions by `Type` and `Type.field`.
    private(set) var texts: [String: String] = [:]
    /// The types whose fields others take over.
    private(set) var bases: [String: String] = [:]

    private static let fieldIndent = 2

    init(_ table: String) {
        var type = ""
        var place = ""
        for line in table.split(separator: "\n") {
            let indent = line.prefix { $0 == " " }.count
            let content = line.dropFirst(indent)
            if indent > Self.fieldIndent {
                texts[place, default: ""] += " " + content
            } else if content.first == "+" {
                bases[type] = String(content.dropFirst())
            } else {
                guard let colon = content.firstIndex(of: ":") else {
                    preconditionFailure("a description without a colon: \(line)")
                }
                let name = content[..<colon]
                if indent == 0 { type = String(name) }
                place = indent == 0 ? type : "\(type).\(name)"
                precondition(texts[place] == nil, "two descriptions of \(place)")
                texts[place] = String(content[colon...].dropFirst().drop { $0 == " " })
            }
        }
    }

    func text(of type: String) -> String? { texts[type] }

    func text(of type: String, _ field: String) -> String? {
        var place: String? = type
        while let name = place {
            if let text = texts["\(name).\(field)"] { return text }
            place = bases[name]
        }
        return texts["\(Self.anyType).\(field)"]
    }
}
