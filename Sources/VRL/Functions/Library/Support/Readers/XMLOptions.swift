import Records

/// How an XML document becomes a value.
struct XMLOptions {
    var trims: Bool
    var includesAttributes: Bool
    var attributePrefix: String
    var textKey: String
    var alwaysUsesTextKey: Bool
    var readsTruths: Bool
    var readsNull: Bool
    var readsNumbers: Bool

    /// The map of a document's nodes.
    func value(ofDocument nodes: [XMLNode]) -> Value {
        .object(gathered([], nodes))
    }

    private func gathered(_ attributes: [(String, String)], _ children: [XMLNode]) -> Fields {
        var fields: Fields = [:]
        if includesAttributes {
            for (name, text) in attributes { fields[attributePrefix + name] = .text(text) }
        }
        for child in children {
            let key: String
            switch child {
            case .element(let name, _, _): key = name
            case .text: key = textKey
            case .other: continue
            }
            let item = value(of: child)
            switch fields[key] {
            case nil: fields[key] = item
            case .array(var items)?:
                items.append(item)
                fields[key] = .array(items)
            case let first?: fields[key] = .array([first, item])
            }
        }
        return fields
    }

    private func value(of node: XMLNode) -> Value {
        switch node {
        case .text(let text): return scalar(text)
        case .other: return .null
        case .element(_, let attributes, let children):
            if includesAttributes, !attributes.isEmpty {
                return .object(gathered(attributes, children))
            }
            if alwaysUsesTextKey, attributes.isEmpty { return .object(gathered([], children)) }
            guard children.count == 1, let only = children.first else {
                return .object(gathered(attributes, children))
            }
            if case .element(let name, _, _) = only { return .object([name: value(of: only)]) }
            return value(of: only)
        }
    }

    private func scalar(_ text: String) -> Value {
        if readsNull, text.isEmpty || text == "null" { return .null }
        if readsTruths, text == "true" { return .boolean(true) }
        if readsTruths, text == "false" { return .boolean(false) }
        guard readsNumbers else { return .text(text) }
        if let number = Int64(text) { return .integer(number) }
        return Scalars.decimal(text).map { .number($0) } ?? .text(text)
    }
}
