internal import Basics
public import Formats

/// Reads a document strictly by the schema: resolves scalars by the type that is meant and reports
/// every unknown, ill-typed, missing or repeated field.
///
/// What is reported as an error is left out of the value, so that later checks do not stumble
/// over it.
public struct SchemaReader {
    private let schema: Schema
    /// Everything that was found, in document order.
    public private(set) var findings: [Finding] = []

    private static let findingsMaximum = 200

    /// Makes a reader for one document.
    public init(schema: Schema = .shared) {
        self.schema = schema
    }

    /// The value of a document that should be an object of type `typeName`.
    public mutating func read(_ tree: PositionedTree, as typeName: String) -> JSON {
        object(tree, typeName, FieldPath()) ?? .object(JSONObject())
    }

    private mutating func value(
        _ tree: PositionedTree,
        _ type: Schema.FieldType,
        _ path: FieldPath
    ) -> JSON? {
        switch type {
        case .object(let name): return object(tree, name, path)
        case .list(let element): return list(tree, element, path)
        case .map(let element): return map(tree, element, path)
        case .any: return tree.json
        default: break
        }
        guard case .scalar(let scalar) = tree.content else {
            report(
                .type,
                path,
                "\(type.expected) is expected, not \(tree.kindName)",
                remedy: "write one value"
            )
            return nil
        }
        return self.scalar(scalar, type, path)
    }

    private mutating func object(
        _ tree: PositionedTree,
        _ typeName: String,
        _ path: FieldPath
    ) -> JSON? {
        guard let type = schema.type(named: typeName) else { return tree.json }
        guard let members = tree.mapping else {
            report(
                .type,
                path,
                "an object is expected, not \(tree.kindName)",
                remedy: "indent the fields of \(typeName) below it"
            )
            return nil
        }
        var object = JSONObject()
        var present: Set<String> = []
        for member in members {
            let path = path + member.key
            guard let field = type.fields[member.key] else {
                reportUnknown(member.key, type, path)
                continue
            }
            if member.value.isNull { continue }
            guard let value = value(member.value, field.type, path) else {
                present.insert(member.key)
                continue
            }
            if !value.isEmptyForAPI { present.insert(member.key) }
            checkKeys(of: value, field, path)
            object[member.key] = value
        }
        for name in type.requiredFields where !present.contains(name) {
            report(
                .required,
                path + name,
                "Required value",
                remedy: "add \"\(name)\"" + (path.steps.isEmpty ? "" : " to \(path)")
            )
        }
        return .object(object)
    }

    private mutating func list(
        _ tree: PositionedTree,
        _ element: Schema.FieldType,
        _ path: FieldPath
    ) -> JSON? {
        guard let items = tree.sequence else {
            report(
                .type,
                path,
                "a list is expected, not \(tree.kindName)",
                remedy: "begin each element with \"- \""
            )
            return nil
        }
        var values: [JSON] = []
        for (index, item) in items.enumerated() {
            // An element that cannot be read still counts, so that the indices stay right.
            if item.isNull {
                report(
                    .type,
                    path[index],
                    "\(element.expected) is expected, not nothing",
                    remedy: "remove the element, or write \"\""
                )
            }
            values.append(
                item.isNull ? .null : value(item, element, path[index]) ?? .null
            )
        }
        return .array(values)
    }

    private mutating func map(
        _ tree: PositionedTree,
        _ element: Schema.FieldType,
        _ path: FieldPath
    ) -> JSON? {
        guard let members = tree.mapping else {
            report(
                .type,
                path,
                "a map is expected, not \(tree.kindName)",
                remedy: "write key: value pairs below it"
            )
            return nil
        }
        var object = JSONObject()
        for member in members {
            if member.value.isNull, element == .string {
                object[member.key] = .string("")
            } else if let value = value(member.value, element, path + member.key) {
                object[member.key] = value
            }
        }
        return .object(object)
    }

    private mutating func checkKeys(of value: JSON, _ field: Schema.Field, _ path: FieldPath) {
        // Names and ports have rules of their own with messages of their own.
        guard !field.listKeys.isEmpty, !Self.ownRules.contains(field.name),
            let items = value.array
        else { return }
        var seen: Set<[JSON]> = []
        for (index, item) in items.enumerated() {
            let keys = field.listKeys.map { item[$0] ?? .null }
            guard keys.allSatisfy({ !$0.isNull }) else { continue }
            if !seen.insert(keys).inserted {
                let text = keys.map { $0.string.map { "\"\($0)\"" } ?? $0.text() }
                report(
                    .duplicate,
                    path[index] + field.listKeys[0],
                    "Duplicate value: \(text.joined(separator: ", "))",
                    remedy: "remove one of the two"
                )
            }
        }
    }

    private static let ownRules: Set<String> = [
        "containers", "initContainers", "ephemeralContainers", "volumes", "ports", "env",
        "volumeMounts", "volumeDevices", "hostAliases", "imagePullSecrets",
    ]

    private mutating func reportUnknown(
        _ key: String,
        _ type: Schema.ObjectType,
        _ path: FieldPath
    ) {
        let what = "unknown field \"\(key)\""
        let owners = schema.typeNames.filter {
            Self.everyday.contains($0) && schema.type(named: $0)?.fields[key] != nil
        }
        if !owners.isEmpty {
            report(
                .unknownField,
                path,
                what + " in \(type.name)",
                remedy: "it belongs to \(owners.joined(separator: ", ")): indent it there"
            )
        } else if let nearest = Spelling.nearest(to: key, among: type.fields.keys.sorted()) {
            report(.unknownField, path, what, remedy: "did you mean \"\(nearest)\"?")
        } else {
            report(.unknownField, path, what + " in \(type.name)", remedy: "remove it")
        }
    }

    /// The types that a field in the wrong place most likely belongs to.
    private static let everyday: Set<String> = [
        "Container", "PodSpec", "ObjectMeta", "Probe", "DeploymentSpec", "VolumeMount", "EnvVar",
        "SecurityContext", "PodSecurityContext", "ResourceRequirements", "ContainerPort",
    ]

    mutating func report(
        _ kind: Finding.Kind,
        _ path: FieldPath,
        _ what: String,
        remedy: String = "",
        isWarning: Bool = false
    ) {
        guard findings.count < Self.findingsMaximum else { return }
        findings.append(Finding(kind, path, what, remedy: remedy, isWarning: isWarning))
    }
}

extension Schema.ObjectType {
    fileprivate var requiredFields: [String] {
        fields.values.filter(\.isRequired).map(\.name).sorted()
    }
}

extension PositionedTree {
    fileprivate var isNull: Bool { scalar?.value.isNull ?? false }

    /// What stands here, for messages.
    var kindName: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "an object"
        case .scalar(let scalar):
            switch scalar.value {
            case .null: "nothing"
            case .string(let text): "the string \"\(text.clipped)\""
            case .bool(let flag): "the boolean \(flag)"
            default: "the number \(scalar.text.clipped)"
            }
        }
    }
}

extension String {
    /// At most 60 characters, for messages.
    var clipped: String { count > 60 ? prefix(57) + "..." : self }
}

extension JSON {
    /// Whether the API server takes the value for missing.
    var isEmptyForAPI: Bool {
        switch self {
        case .null: true
        case .string(let text): text.isEmpty
        case .array(let items): items.isEmpty
        default: false
        }
    }
}
