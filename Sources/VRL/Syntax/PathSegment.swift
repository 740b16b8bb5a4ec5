/// One step of a path into a value.
enum PathSegment: Sendable, Hashable {
    /// A field of a map.
    case field(String)
    /// An item of a list; counted from its end if negative.
    case index(Int)
    /// The first of these fields that is there.
    case coalesce([String])
}

extension [PathSegment] {
    /// The path as a script writes it, after a variable's name or the root.
    var text: String {
        var text = ""
        for segment in self {
            switch segment {
            case .field(let name): text += "." + Self.quoted(name)
            case .index(let index): text += "[\(index)]"
            case .coalesce(let names):
                text += ".(" + names.map(Self.quoted).joined(separator: " | ") + ")"
            }
        }
        return text
    }

    private static func quoted(_ name: String) -> String {
        let isPlain = !name.isEmpty && name.utf8.allSatisfy(Lexer.continuesWord)
        return isPlain ? name : "\"" + name.replacing("\"", with: "\\\"") + "\""
    }
}
