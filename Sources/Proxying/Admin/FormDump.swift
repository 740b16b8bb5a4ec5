package import Formats

/// Values of the configuration as JSON, whatever their types.
package enum FormDump {
    /// A value as JSON: structures are objects, cases their names, durations texts.
    ///
    /// Texts that may be secrets (keys, certificates, passwords given in place) are left out.
    package static func json(_ value: Any) -> JSON {
        switch value {
        case let text as String: return .string(text)
        case let flag as Bool: return .bool(flag)
        case let number as Int: return .int(number)
        case let number as UInt16: return .int(Int(number))
        case let number as UInt8: return .int(Int(number))
        case let number as Double: return .double(number)
        case let duration as Duration: return .string(seconds(duration))
        case let address as HostPort: return .string(address.description)
        case let source as TextSource:
            switch source {
            case .file(let path): return ["file": .string(path)]
            case .inline(let text): return ["inline": .string("\(text.utf8.count) bytes")]
            }
        default:
            // An empty list of anything could be cast to bytes.
            if type(of: value) == [UInt8].self, let bytes = value as? [UInt8] {
                return .string(String(decoding: bytes, as: UTF8.self))
            }
            return structure(value)
        }
    }

    private static func structure(_ value: Any) -> JSON {
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.map { json($0.value) } ?? .null
        case .collection, .set: return .array(mirror.children.map { json($0.value) })
        case .dictionary: return .array(mirror.children.map { json($0.value) })
        case .tuple where mirror.children.contains { $0.label?.hasPrefix(".") ?? true }:
            return .array(mirror.children.map { json($0.value) })
        case .enum:
            guard let payload = mirror.children.first else { return .string("\(value)") }
            return .object(JSONObject([(payload.label ?? "value", json(payload.value))]))
        default:
            guard !mirror.children.isEmpty else { return .string("\(value)") }
            var object = JSONObject()
            for child in mirror.children {
                let isSecret = child.label.map(secrets.contains) ?? false
                let value: JSON = isSecret ? hidden(child.value) : json(child.value)
                // What is not set says nothing.
                if value != .null { object[child.label ?? "value"] = value }
            }
            return .object(object)
        }
    }

    /// The names of what may be secret wherever it stands.
    private static let secrets: Set = ["password", "secret", "token"]

    /// Whether there is one, and no more.
    private static func hidden(_ value: Any) -> JSON {
        if case .null = json(value) { .null } else { "given" }
    }

    private static func seconds(_ duration: Duration) -> String {
        let parts = duration.components
        let milliseconds = parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000
        return milliseconds % 1000 == 0
            ? "\(milliseconds / 1000)s" : "\(Double(milliseconds) / 1000)s"
    }
}
