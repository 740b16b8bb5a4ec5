internal import Basics
internal import Formats

/// A column of a table: its heading, and what stands in it for an object.
struct TableColumn: Sendable {
    let name: String
    let type: String
    let format: String
    /// 0 is always shown, 1 with `-o wide`.
    let priority: Int
    let cell: @Sendable (JSON, Timestamp) -> JSON

    init(
        _ name: String,
        type: String = "string",
        format: String = "",
        isWide: Bool = false,
        _ cell: @escaping @Sendable (JSON, Timestamp) -> JSON
    ) {
        self.name = name
        self.type = type
        self.format = format
        self.priority = isWide ? 1 : 0
        self.cell = cell
    }

    var definition: JSON {
        [
            "name": .string(name), "type": .string(type), "format": .string(format),
            "description": .string(name), "priority": .int(priority),
        ]
    }

    // MARK: The usual columns

    static let name = Self("Name", format: "name") { object, _ in
        object["metadata"]?["name"] ?? ""
    }

    static let age = Self("Age") { object, now in
        .string(TableText.age(object["metadata"]?["creationTimestamp"], now))
    }

    /// A column of one field's text.
    static func field(
        _ name: String,
        _ path: FieldPath,
        missing: String = "<none>",
        isWide: Bool = false
    ) -> Self {
        Self(name, isWide: isWide) { object, _ in
            let text = TableText.text(object.value(at: path))
            return .string(text.isEmpty ? missing : text)
        }
    }

    /// A column of one field's number.
    static func number(_ name: String, _ path: FieldPath, isWide: Bool = false) -> Self {
        Self(name, type: "integer", isWide: isWide) { object, _ in
            .int(object.value(at: path)?.int ?? 0)
        }
    }
}

/// Texts of cells.
enum TableText {
    static func text(_ value: JSON?) -> String {
        guard let value, !value.isNull else { return "" }
        return value.string ?? value.text()
    }

    /// The age of a time, as kubectl prints it.
    static func age(_ time: JSON?, _ now: Timestamp) -> String {
        guard let text = time?.string, let stamp = Timestamp(rfc3339: text) else {
            return "<unknown>"
        }
        return (now - stamp).humanText
    }

    static func list(_ values: [JSON]?, _ text: (JSON) -> String?) -> String {
        let texts = (values ?? []).compactMap(text)
        return texts.isEmpty ? "<none>" : texts.joined(separator: ",")
    }

    /// Access modes in short: `RWO,ROX`.
    static func accessModes(_ modes: JSON?) -> String {
        let short = [
            "ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX",
            "ReadWriteOncePod": "RWOP",
        ]
        return (modes?.array ?? []).compactMap { short[$0.string ?? ""] }.joined(separator: ",")
    }

    /// A label selector in one line: `app=web,tier in (a,b)`.
    static func selector(_ selector: JSON?) -> String {
        var parts = (selector?["matchLabels"]?.object?.members ?? [])
            .map { "\($0.key)=\(text($0.value))" }.sorted()
        for expression in selector?["matchExpressions"]?.array ?? [] {
            let key = text(expression["key"])
            let values = (expression["values"]?.array ?? []).map { text($0) }.sorted()
                .joined(separator: ",")
            switch expression["operator"]?.string {
            case "In": parts.append("\(key) in (\(values))")
            case "NotIn": parts.append("\(key) notin (\(values))")
            case "Exists": parts.append(key)
            case "DoesNotExist": parts.append("!\(key)")
            default: break
            }
        }
        return parts.isEmpty ? "<none>" : parts.joined(separator: ",")
    }
}
