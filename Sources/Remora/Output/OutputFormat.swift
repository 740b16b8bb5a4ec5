internal import Basics
internal import Formats

/// The forms that `-o` names.
enum OutputFormat {
    /// kubectl's table, with more columns if wide.
    case table(wide: Bool)
    /// The object as JSON, with `managedFields` or without.
    case json(owners: Bool)
    /// The object as YAML, with `managedFields` or without.
    case yaml(owners: Bool)
    /// `kind/name`.
    case name
    /// A JSONPath template.
    case template(JSONPath)

    /// Reads the value of `-o`; JSON and YAML hold `managedFields` only if `showsOwners`, as few want
    /// to see them.
    ///
    /// - Throws: `Failure` that lists the forms, or says where a template is wrong.
    init(_ text: String?, showsOwners: Bool = false) throws(Failure) {
        switch text {
        case nil: self = .table(wide: false)
        case "wide": self = .table(wide: true)
        case "json": self = .json(owners: showsOwners)
        case "yaml": self = .yaml(owners: showsOwners)
        case "name": self = .name
        case let text? where text.hasPrefix("jsonpath="):
            do {
                self = .template(try JSONPath(String(text.dropFirst("jsonpath=".count))))
            } catch {
                throw Failure(.invalid, "cannot read the JSONPath template", cause: "\(error)")
            }
        case let text?:
            throw Failure(
                .invalid,
                "unknown output format \"\(text)\"",
                remedy: "use wide, json, yaml, name or jsonpath=TEMPLATE"
            )
        }
    }

    /// Whether the server shall render a table.
    var isTable: Bool {
        if case .table = self { true } else { false }
    }

    /// Whether only names are shown.
    var isName: Bool {
        if case .name = self { true } else { false }
    }

    /// The text of an object or list in this form; not for tables.
    func text(of object: JSON, kind: ResourceKind) throws(Failure) -> String {
        switch self {
        case .table: return ""
        case .json(let owners):
            return (owners ? object : Self.withoutOwners(object)).text(pretty: true) + "\n"
        case .yaml(let owners):
            return YAML.text(of: owners ? object : Self.withoutOwners(object))
        case .name:
            let items = object["items"]?.array ?? [object]
            return items.map { kind.prefix + ($0["metadata"]?["name"]?.string ?? "") + "\n" }
                .joined()
        case .template(let path):
            do {
                return try path.text(of: object)
            } catch {
                throw Failure(.notFound, "cannot evaluate the JSONPath template", cause: "\(error)")
            }
        }
    }

    private static func withoutOwners(_ object: JSON) -> JSON {
        var shown = object
        if let items = object["items"]?.array { shown["items"] = .array(items.map(withoutOwners)) }
        if shown["metadata"]?["managedFields"] != nil { shown["metadata"]?["managedFields"] = nil }
        return shown
    }
}
